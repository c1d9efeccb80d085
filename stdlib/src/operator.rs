//! `_operator`: the operators of Python as functions, and the callables that fetch items, attributes and methods.

use adder_interp::buffer::{Buffer, Order};
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::ops::BinaryOp;
use adder_interp::vm::special::Special;
use adder_macros::{Trace, pyclass, pymethods};

pub use functions::MODULE;

/// TypeError unless the object can be concatenated like a sequence.
fn check_sequence(vm: &Vm, v: Value) -> PyResult<()> {
    if vm.is_sequence(v) {
        return Ok(());
    }
    Err(vm.type_error(format!("'{}' object can't be concatenated", vm.type_of(v).name())))
}

/// An iterator for a search; the TypeError of `countOf` and `indexOf` otherwise.
fn iterate(vm: &Vm, v: Value) -> PyResult {
    vm.iterator_or(v, || format!("argument of type '{}' is not iterable", vm.type_of(v).name()))
}

/// The bytes that `_compare_digest` compares: ASCII text or a bytes-like object.
fn digest_bytes(vm: &Vm, v: Value) -> PyResult<Vec<u8>> {
    match v.downcast::<Str>() {
        Some(s) if s.is_ascii() => Ok(s.unit_bytes().to_vec()),
        Some(_) => Err(vm.type_error("comparing strings with non-ASCII characters is not supported")),
        None => Ok(Buffer::simple(vm, v)?.view().to_vec(Order::C)),
    }
}

/// Operator interface.
///
/// This module exports a set of functions implemented in C corresponding
/// to the intrinsic operators of Python.  For example, operator.add(x, y)
/// is equivalent to the expression x+y.  The function names are those
/// used for special methods; variants without leading and trailing
/// '__' are also provided for convenience.
#[adder_macros::pymodule(
    name = "_operator",
    classes(super::AttrGetter, super::ItemGetter, super::MethodCaller)
)]
mod functions {
    use super::*;

    /// Return True if a is true, False otherwise.
    #[pyfunction]
    fn truth(vm: &Vm, a: Value) -> PyResult<bool> {
        vm.truthy(a)
    }
    /// Same as not a.
    #[pyfunction(name = "not_")]
    fn not(vm: &Vm, a: Value) -> PyResult<bool> {
        Ok(!vm.truthy(a)?)
    }
    /// Same as b in a (note reversed operands).
    #[pyfunction]
    fn contains(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
        vm.contains(a, b)
    }
    /// Return the first index of b in a.
    #[pyfunction(name = "indexOf")]
    fn index_of(vm: &Vm, a: Value, b: Value) -> PyResult<usize> {
        let iterator = iterate(vm, a)?;
        let mut at = 0;
        while let Some(item) = vm.next(iterator)? {
            if vm.eq(item, b)? {
                return Ok(at);
            }
            at += 1;
        }
        Err(vm.value_error("sequence.index(x): x not in sequence"))
    }
    /// Return the number of items in a which are, or which equal, b.
    #[pyfunction(name = "countOf")]
    fn count_of(vm: &Vm, a: Value, b: Value) -> PyResult<usize> {
        let iterator = iterate(vm, a)?;
        let mut count = 0;
        while let Some(item) = vm.next(iterator)? {
            count += vm.eq(item, b)? as usize;
        }
        Ok(count)
    }
    /// Same as a is b.
    #[pyfunction(name = "is_")]
    fn is_same(a: Value, b: Value) -> bool {
        a.is_same(b)
    }
    /// Same as a is not b.
    #[pyfunction]
    fn is_not(a: Value, b: Value) -> bool {
        !a.is_same(b)
    }
    /// Same as a is None.
    #[pyfunction]
    fn is_none(a: Value) -> bool {
        a.is_none()
    }
    /// Same as a is not None.
    #[pyfunction]
    fn is_not_none(a: Value) -> bool {
        !a.is_none()
    }
    /// Same as a.__index__()
    #[pyfunction]
    fn index(vm: &Vm, a: Value) -> PyResult {
        Ok(vm.new_int_from(vm.index(a)?.to_int()))
    }
    /// Same as a + b.
    #[pyfunction]
    fn add(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Add, a, b, false)
    }
    /// Same as a - b.
    #[pyfunction]
    fn sub(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Sub, a, b, false)
    }
    /// Same as a * b.
    #[pyfunction]
    fn mul(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Mul, a, b, false)
    }
    /// Same as a @ b.
    #[pyfunction]
    fn matmul(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::MatMul, a, b, false)
    }
    /// Same as a // b.
    #[pyfunction]
    fn floordiv(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::FloorDiv, a, b, false)
    }
    /// Same as a / b.
    #[pyfunction]
    fn truediv(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::TrueDiv, a, b, false)
    }
    /// Same as a % b.
    #[pyfunction(name = "mod")]
    fn modulo(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Mod, a, b, false)
    }
    /// Same as a << b.
    #[pyfunction]
    fn lshift(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Shl, a, b, false)
    }
    /// Same as a >> b.
    #[pyfunction]
    fn rshift(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Shr, a, b, false)
    }
    /// Same as a & b.
    #[pyfunction(name = "and_")]
    fn bit_and(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::And, a, b, false)
    }
    /// Same as a ^ b.
    #[pyfunction]
    fn xor(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Xor, a, b, false)
    }
    /// Same as a | b.
    #[pyfunction(name = "or_")]
    fn bit_or(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Or, a, b, false)
    }
    /// Same as a ** b.
    #[pyfunction]
    fn pow(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Pow, a, b, false)
    }
    /// Same as a += b.
    #[pyfunction]
    fn iadd(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Add, a, b, true)
    }
    /// Same as a -= b.
    #[pyfunction]
    fn isub(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Sub, a, b, true)
    }
    /// Same as a *= b.
    #[pyfunction]
    fn imul(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Mul, a, b, true)
    }
    /// Same as a @= b.
    #[pyfunction]
    fn imatmul(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::MatMul, a, b, true)
    }
    /// Same as a //= b.
    #[pyfunction]
    fn ifloordiv(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::FloorDiv, a, b, true)
    }
    /// Same as a /= b.
    #[pyfunction]
    fn itruediv(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::TrueDiv, a, b, true)
    }
    /// Same as a %= b.
    #[pyfunction]
    fn imod(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Mod, a, b, true)
    }
    /// Same as a <<= b.
    #[pyfunction]
    fn ilshift(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Shl, a, b, true)
    }
    /// Same as a >>= b.
    #[pyfunction]
    fn irshift(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Shr, a, b, true)
    }
    /// Same as a &= b.
    #[pyfunction]
    fn iand(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::And, a, b, true)
    }
    /// Same as a ^= b.
    #[pyfunction]
    fn ixor(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Xor, a, b, true)
    }
    /// Same as a |= b.
    #[pyfunction]
    fn ior(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Or, a, b, true)
    }
    /// Same as a **= b.
    #[pyfunction]
    fn ipow(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.binary_op(BinaryOp::Pow, a, b, true)
    }
    /// Same as -a.
    #[pyfunction]
    fn neg(vm: &Vm, a: Value) -> PyResult {
        vm.unary_op(Special::Neg, a)
    }
    /// Same as +a.
    #[pyfunction]
    fn pos(vm: &Vm, a: Value) -> PyResult {
        vm.unary_op(Special::Pos, a)
    }
    /// Same as abs(a).
    #[pyfunction]
    fn abs(vm: &Vm, a: Value) -> PyResult {
        vm.unary_op(Special::Abs, a)
    }
    /// Same as ~a.
    #[pyfunction]
    fn inv(vm: &Vm, a: Value) -> PyResult {
        vm.unary_op(Special::Invert, a)
    }
    /// Same as ~a.
    #[pyfunction]
    fn invert(vm: &Vm, a: Value) -> PyResult {
        vm.unary_op(Special::Invert, a)
    }
    /// Same as a == b.
    #[pyfunction]
    fn eq(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.compare(CompareOp::Eq, a, b)
    }
    /// Same as a != b.
    #[pyfunction]
    fn ne(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.compare(CompareOp::Ne, a, b)
    }
    /// Same as a < b.
    #[pyfunction]
    fn lt(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.compare(CompareOp::Lt, a, b)
    }
    /// Same as a <= b.
    #[pyfunction]
    fn le(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.compare(CompareOp::Le, a, b)
    }
    /// Same as a > b.
    #[pyfunction]
    fn gt(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.compare(CompareOp::Gt, a, b)
    }
    /// Same as a >= b.
    #[pyfunction]
    fn ge(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.compare(CompareOp::Ge, a, b)
    }
    /// Same as a + b, for a and b sequences.
    #[pyfunction]
    fn concat(vm: &Vm, a: Value, b: Value) -> PyResult {
        check_sequence(vm, a)?;
        vm.binary_op(BinaryOp::Add, a, b, false)
    }
    /// Same as a += b, for a and b sequences.
    #[pyfunction]
    fn iconcat(vm: &Vm, a: Value, b: Value) -> PyResult {
        check_sequence(vm, a)?;
        vm.binary_op(BinaryOp::Add, a, b, true)
    }
    /// Same as a[b].
    #[pyfunction]
    fn getitem(vm: &Vm, a: Value, b: Value) -> PyResult {
        vm.getitem(a, b)
    }
    /// Same as a[b] = c.
    #[pyfunction]
    fn setitem(vm: &Vm, a: Value, b: Value, c: Value) -> PyResult<()> {
        vm.setitem(a, b, Some(c))
    }
    /// Same as del a[b].
    #[pyfunction]
    fn delitem(vm: &Vm, a: Value, b: Value) -> PyResult<()> {
        vm.setitem(a, b, None)
    }
    /// Return 'a == b'.
    ///
    /// This function uses an approach designed to prevent
    /// timing analysis, making it appropriate for cryptography.
    ///
    /// a and b must both be of the same type: either str (ASCII only),
    /// or any bytes-like object.
    ///
    /// Note: If a and b are of different lengths, or if an error occurs,
    /// a timing attack could theoretically reveal information about the
    /// types and lengths of a and b--but not their values.
    #[pyfunction(name = "_compare_digest")]
    fn compare_digest(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
        if a.is::<Str>() != b.is::<Str>() {
            // Whichever is text is not bytes-like.
            let text = if a.is::<Str>() { a } else { b };
            return Buffer::simple(vm, text).map(|_| false);
        }
        let (x, y) = (digest_bytes(vm, a)?, digest_bytes(vm, b)?);
        // No early exit: the time depends on the length of b alone.
        let same = x.len() == y.len();
        let left = if same { &x } else { &y };
        let difference = left.iter().zip(&y).fold(u8::from(!same), |d, (p, q)| d | (p ^ q));
        Ok(std::hint::black_box(difference) == 0)
    }
    /// Return an estimate of the number of items in obj.
    ///
    /// This is useful for presizing containers when building from an iterable.
    ///
    /// If the object supports len(), the result will be exact.
    /// Otherwise, it may over- or under-estimate by an arbitrary amount.
    /// The result will be an integer >= 0.
    #[pyfunction(sig = "(obj, default=0, /)")]
    fn length_hint(vm: &Vm, obj: Value, default: isize) -> PyResult {
        // A default below 0 is returned as it is.
        Ok(match vm.length_hint_opt(obj)? {
            Some(n) => vm.new_int(n as i64),
            None => vm.new_int(default as i64),
        })
    }
    /// Same as obj(*args, **kwargs).
    #[pyfunction(sig = "(obj, /, *args, **kwargs)")]
    fn call(vm: &Vm, args: Args<'_>) -> PyResult {
        let Some(&obj) = args.positional_values().first() else {
            return Err(vm.type_error("call expected at least 1 argument, got 0"));
        };
        vm.call_args(obj, Args::new(&args.all_values()[1..], args.kwnames()))
    }
}

/// The only argument of a call of a getter.
fn single(vm: &Vm, name: &str, args: Args<'_>) -> PyResult {
    args.reject_keywords(vm, name)?;
    match args.positional_values() {
        [obj] => Ok(*obj),
        values => Err(vm.type_error(format!("{name} expected 1 argument, got {}", values.len()))),
    }
}

/// `operator.name(reprs of items)`.
fn repr_call(vm: &Vm, this: Value, items: &[Value], keywords: Option<Gc<Dict>>) -> PyResult {
    let name = vm.type_of(this).qualified_name();
    let text = vm.enter_repr(this, || {
        let mut parts = Vec::new();
        for &item in items {
            parts.push(vm.repr_text(item)?);
        }
        if let Some(keywords) = keywords {
            let mut at = 0;
            while let Some((i, key, value)) = keywords.next_entry(at) {
                parts.push(format!("{}={}", vm.str_text(key)?, vm.repr_text(value)?));
                at = i + 1;
            }
        }
        Ok(format!("{name}({})", parts.join(", ")))
    })?;
    Ok(vm.new_str(&text.unwrap_or_else(|| format!("{name}(...)"))))
}

/// Return a callable object that fetches the given item(s) from its operand.
///
/// After f = itemgetter(2), the call f(r) returns r[2].
/// After g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])
#[pyclass(name = "itemgetter", module = "operator")]
#[derive(Trace)]
pub struct ItemGetter {
    items: Gc<Tuple>,
}

#[pymethods]
impl ItemGetter {
    #[pynew(sig = "(item, /, *items)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "itemgetter")?;
        if args.all_values().is_empty() {
            return Err(vm.type_error("itemgetter expected 1 argument, got 0"));
        }
        let items = Tuple::new(&vm.heap, args.all_values());
        Ok(vm.new_native(cls, ItemGetter { items }).value())
    }
    #[pymethod]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let obj = single(vm, "itemgetter", args)?;
        if let [item] = **self.items {
            return vm.getitem(obj, item);
        }
        let mut found = vm.vec();
        for &item in self.items.as_ref().iter() {
            found.push(&vm.heap, vm.getitem(obj, item)?);
        }
        Ok(vm.new_tuple(&found))
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<ItemGetter>>, vm: &Vm) -> PyResult {
        repr_call(vm, this.value(), &this.items, None)
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(this: Gc<Native<ItemGetter>>, vm: &Vm) -> Value {
        vm.new_tuple(&[vm.type_of(this.value()).value(), this.items.value()])
    }
}

/// Return a callable object that fetches the given attribute(s) from its operand.
///
/// After f = attrgetter('name'), the call f(r) returns r.name.
/// After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).
/// After h = attrgetter('name.first', 'name.last'), the call h(r) returns
/// (r.name.first, r.name.last).
#[pyclass(name = "attrgetter", module = "operator")]
#[derive(Trace)]
pub struct AttrGetter {
    /// The names as given.
    names: Gc<Tuple>,
    /// Each name as a tuple of the interned parts between its dots.
    paths: Gc<Tuple>,
}

impl AttrGetter {
    fn fetch(vm: &Vm, obj: Value, path: Value) -> PyResult {
        let path: Gc<Tuple> = path.downcast().expect("paths are tuples");
        let mut at = obj;
        for part in path.as_ref().iter() {
            at = vm.getattr(at, part.downcast().expect("parts are strings"))?;
        }
        Ok(at)
    }
}

#[pymethods]
impl AttrGetter {
    #[pynew(sig = "(attr, /, *attrs)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "attrgetter")?;
        if args.all_values().is_empty() {
            return Err(vm.type_error("attrgetter expected 1 argument, got 0"));
        }
        let mut paths = vm.vec();
        for name in args.all_values() {
            let Some(name) = name.downcast::<Str>() else {
                return Err(vm.type_error("attribute name must be a string"));
            };
            let mut parts = vm.vec();
            for part in name.to_string_lossy().split('.') {
                parts.push(&vm.heap, vm.intern(part).value());
            }
            let path = vm.new_tuple(&parts);
            paths.push(&vm.heap, path);
        }
        let paths = Tuple::new(&vm.heap, &paths);
        let names = Tuple::new(&vm.heap, args.all_values());
        Ok(vm.new_native(cls, AttrGetter { names, paths }).value())
    }
    #[pymethod]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let obj = single(vm, "attrgetter", args)?;
        if let [path] = **self.paths {
            return AttrGetter::fetch(vm, obj, path);
        }
        let mut found = vm.vec();
        for &path in self.paths.as_ref().iter() {
            found.push(&vm.heap, AttrGetter::fetch(vm, obj, path)?);
        }
        Ok(vm.new_tuple(&found))
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<AttrGetter>>, vm: &Vm) -> PyResult {
        repr_call(vm, this.value(), &this.names, None)
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(this: Gc<Native<AttrGetter>>, vm: &Vm) -> Value {
        vm.new_tuple(&[vm.type_of(this.value()).value(), this.names.value()])
    }
}

/// Return a callable object that calls the given method on its operand.
///
/// After f = methodcaller('name'), the call f(r) returns r.name().
/// After g = methodcaller('name', 'date', foo=1), the call g(r) returns
/// r.name('date', foo=1).
#[pyclass(name = "methodcaller", module = "operator")]
#[derive(Trace)]
pub struct MethodCaller {
    name: Gc<Str>,
    args: Gc<Tuple>,
    keywords: Option<Gc<Dict>>,
}

#[pymethods]
impl MethodCaller {
    #[pynew(sig = "(name, /, *args, **kwargs)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let [name, rest @ ..] = args.positional_values() else {
            return Err(vm.type_error("methodcaller needs at least one argument, the method name"));
        };
        let Some(name) = name.downcast::<Str>() else {
            return Err(vm.type_error("method name must be a string"));
        };
        let payload = MethodCaller {
            name: vm.intern(&name.to_string_lossy()),
            args: Tuple::new(&vm.heap, rest),
            keywords: args.keyword_dict(vm),
        };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let obj = single(vm, "methodcaller", args)?;
        let method = vm.getattr(obj, self.name)?;
        vm.call_kw(method, &self.args, self.keywords)
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<MethodCaller>>, vm: &Vm) -> PyResult {
        let mut items = vm.vec();
        items.push(&vm.heap, this.name.value());
        items.extend_from_slice(&vm.heap, &this.args);
        repr_call(vm, this.value(), &items, this.keywords)
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(this: Gc<Native<MethodCaller>>, vm: &Vm) -> PyResult {
        let class = vm.type_of(this.value()).value();
        let Some(keywords) = this.keywords else {
            let mut args = vm.vec();
            args.push(&vm.heap, this.name.value());
            args.extend_from_slice(&vm.heap, &this.args);
            let args = vm.new_tuple(&args);
            return Ok(vm.new_tuple(&[class, args]));
        };
        let module = vm.import("functools")?;
        let partial = vm.getattr_str(module, "partial")?;
        let constructor = vm.call_kw(partial, &[class, this.name.value()], Some(keywords))?;
        Ok(vm.new_tuple(&[constructor, this.args.value()]))
    }
}
