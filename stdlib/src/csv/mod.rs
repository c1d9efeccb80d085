//! `_csv`: comma-separated values.
//!
//! * `dialect`: `Dialect` and the registry of dialects
//! * `reader`: parsing
//! * `writer`: writing

mod dialect;
mod reader;
mod writer;

use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_exact_int;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use dialect::{Dialect, dialect_of, registered, registry};
use reader::Reader;
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};
use writer::Writer;

/// Longest field that is parsed.
static FIELD_LIMIT: AtomicI64 = AtomicI64::new(128 * 1024);

fn field_limit() -> i64 {
    FIELD_LIMIT.load(Ordering::Relaxed)
}

/// `_csv.Error`.
fn error_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = vm.registered("_csv.Error", |vm| {
        crate::support::new_exception_class(vm, "_csv", "Error", vm.exceptions.exception)
    })?;
    Ok(class.downcast().expect("type() makes a class"))
}

#[cold]
fn error(vm: &Vm, message: impl AsRef<str>) -> Raised {
    match error_class(vm) {
        Ok(class) => vm.raise_message(class, message.as_ref()),
        Err(raised) => raised,
    }
}

/// The first argument and the dialect, of `reader` and `writer`.
fn source_and_dialect(vm: &Vm, args: Args<'_>, function: &str) -> PyResult<(Value, Gc<Native<Dialect>>)> {
    let given = args.positional_values();
    let count = given.len();
    let (source, base) = match given {
        [source] => (*source, args.keyword("dialect")),
        [source, base] => (*source, Some(*base)),
        [] => return Err(vm.type_error(format!("{function} expected at least 1 argument, got 0"))),
        _ => return Err(vm.type_error(format!("{function} expected at most 2 arguments, got {count}"))),
    };
    let settings = settings_of(vm, args)?;
    Ok((source, dialect_of(vm, base, settings)?))
}

/// The keyword arguments that are settings.
fn settings_of(vm: &Vm, args: Args<'_>) -> PyResult<Option<Gc<Dict>>> {
    let settings = args.keyword_dict(vm);
    if let Some(settings) = settings {
        let twice = args.positional_values().len() > 1;
        if !twice {
            settings.remove(vm, vm.intern("dialect").value())?;
        }
    }
    Ok(settings)
}

#[pymodule(name = "_csv", doc = "CSV parsing and writing.\n", classes(super::dialect::Dialect))]
pub mod csv {
    use super::*;

    #[pyattr(name = "Error")]
    fn error_type(vm: &Vm) -> PyResult {
        error_class(vm).map(Gc::value)
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let put = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        for (name, quoting) in super::dialect::QUOTINGS {
            put(name, vm.new_int(quoting as i64));
        }
        put("Reader", vm.native_type(Reader::TYPE_DEF)?.value());
        put("Writer", vm.native_type(Writer::TYPE_DEF)?.value());
        put("_dialects", registry(vm)?.value());
        Ok(())
    }

    /// Return a reader object that will process lines from the given iterable.
    ///
    /// The "iterable" argument can be any object that returns a line
    /// of input for each iteration, such as a file object or a list.  The
    /// optional "dialect" argument defines a CSV dialect.  The function
    /// also accepts optional keyword arguments which override settings
    /// provided by the dialect.
    ///
    /// The returned object is an iterator.  Each iteration returns a row
    /// of the CSV file (which can span multiple input lines).
    #[pyfunction(sig = "(iterable, /, dialect='excel', **fmtparams)")]
    fn reader(vm: &Vm, args: Args<'_>) -> PyResult {
        let (source, dialect) = source_and_dialect(vm, args, "reader")?;
        let source = vm.iter(source)?;
        let class = vm.native_type(Reader::TYPE_DEF)?;
        Ok(vm
            .new_native(class, Reader { source, dialect, line_num: Cell::new(0), records: Cell::new(0) })
            .value())
    }

    /// Return a writer object that will write user data on the given file object.
    ///
    /// The "fileobj" argument can be any object that supports the file API.
    /// The optional "dialect" argument defines a CSV dialect.  The function
    /// also accepts optional keyword arguments which override settings
    /// provided by the dialect.
    #[pyfunction(sig = "(fileobj, /, dialect='excel', **fmtparams)")]
    fn writer(vm: &Vm, args: Args<'_>) -> PyResult {
        let (file, dialect) = source_and_dialect(vm, args, "writer")?;
        let write = vm.getattr_opt(file, vm.intern("write"))?;
        let Some(write) = write.filter(|w| crate::support::is_callable(vm, *w)) else {
            return Err(vm.type_error("argument 1 must have a \"write\" method"));
        };
        let class = vm.native_type(Writer::TYPE_DEF)?;
        Ok(vm.new_native(class, Writer { write, dialect }).value())
    }

    /// Create a mapping from a string name to a CVS dialect.
    ///
    /// The optional "dialect" argument specifies the base dialect instance
    /// or the name of the registered dialect.  The function also accepts
    /// optional keyword arguments which override settings provided by the
    /// dialect.
    #[pyfunction(sig = "(name, /, dialect='excel', **fmtparams)")]
    fn register_dialect(vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let given = args.positional_values();
        let (name, base) = match given {
            [name] => (*name, args.keyword("dialect")),
            [name, base] => (*name, Some(*base)),
            [] => return Err(vm.type_error("register_dialect expected at least 1 argument, got 0")),
            _ => {
                let count = given.len();
                return Err(
                    vm.type_error(format!("register_dialect expected at most 2 arguments, got {count}"))
                );
            }
        };
        if !name.is::<Str>() {
            return Err(vm.type_error("dialect name must be a string"));
        }
        let settings = settings_of(vm, args)?;
        let dialect = dialect_of(vm, base, settings)?;
        registry(vm)?.insert(vm, name, dialect.value())
    }

    /// Delete the name/dialect mapping associated with a string name.
    #[pyfunction(sig = "(name)")]
    fn unregister_dialect(vm: &Vm, name: Value) -> PyResult<()> {
        registered(vm, name)?;
        registry(vm)?.remove(vm, name).map(drop)
    }

    /// Return the dialect instance associated with name.
    #[pyfunction(sig = "(name)")]
    fn get_dialect(vm: &Vm, name: Value) -> PyResult {
        registered(vm, name)
    }

    /// Return a list of all known dialect names.
    #[pyfunction]
    fn list_dialects(vm: &Vm) -> PyResult {
        let names = vm.collect(registry(vm)?.value())?;
        Ok(vm.list_from(names))
    }

    /// Sets an upper limit on parsed fields.
    ///
    /// Returns old limit. If limit is not given, no new limit is set and
    /// the old limit is returned
    #[pyfunction(sig = "(new_limit=<unrepresentable>)")]
    fn field_size_limit(vm: &Vm, new_limit: Option<Value>) -> PyResult<i64> {
        let old = field_limit();
        if let Some(limit) = new_limit {
            let Some(limit) = as_exact_int(limit) else {
                return Err(vm.type_error("limit must be an integer"));
            };
            let Some(limit) = limit.to_i64() else {
                return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
            };
            FIELD_LIMIT.store(limit, Ordering::Relaxed);
        }
        Ok(old)
    }
}
