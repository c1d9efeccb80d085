//! `_decimal`: decimal fixed-point and floating-point arithmetic.
//!
//! The arithmetic is the crate `adder-decimal`'s; this is what Python sees of it.
//!
//! * [`number`]: the object behind `Decimal`, and what can be an operand; [`methods`]: its methods
//! * [`conversion`]: from and to text, ints, floats, tuples; [`comparison`]; [`format`]: `__format__`
//! * [`context`] and its methods ([`context_methods`]); [`current`]: the context a thread works in
//! * [`signals`]: exceptions, and the mappings of signals to flags and traps
//!
//! Decimals never change. A context is shared by reference; its flags and traps are bit sets in it, and the mappings that
//! Python sees are views of them.

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

mod comparison;
mod context;
mod context_methods;
mod conversion;
mod current;
mod format;
mod methods;
mod number;
mod signals;

/// Makes a class a virtual subclass of an abstract one.
fn register(vm: &Vm, module: &str, base: &str, class: Value) -> PyResult<()> {
    let module = vm.import_absolute(vm.intern(module))?;
    let base = vm.getattr_str(module, base)?;
    vm.call_method(base, "register", &[class]).map(drop)
}

/// C decimal arithmetic module
#[pymodule(
    name = "_decimal",
    functions(current::getcontext, current::setcontext, current::localcontext, context::IEEEContext)
)]
pub mod module {
    use super::*;
    use adder_decimal::context::{MAX_EMAX, MAX_PREC, MIN_EMIN, MIN_ETINY};

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let put = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        put("Decimal", vm.native_type(number::DecimalObject::TYPE_DEF)?.value());
        put("Context", vm.native_type(context::ContextObject::TYPE_DEF)?.value());
        put("DecimalTuple", conversion::tuple_class(vm)?);
        for (name, class) in signals::classes(vm)? {
            put(name, class);
        }
        for (name, value) in [
            ("MAX_PREC", MAX_PREC),
            ("MAX_EMAX", MAX_EMAX),
            ("MIN_EMIN", MIN_EMIN),
            ("MIN_ETINY", MIN_ETINY),
            ("IEEE_CONTEXT_MAX_BITS", context::IEEE_MAX_BITS),
        ] {
            put(name, vm.new_int(value));
        }
        for mode in context::ROUNDINGS {
            put(mode.0, vm.intern(mode.0).value());
        }
        for (name, template) in context::TEMPLATES {
            put(name, context::template(vm, template)?.value());
        }
        register(vm, "numbers", "Number", vm.native_type(number::DecimalObject::TYPE_DEF)?.value())?;
        put("HAVE_THREADS", Value::bool(true));
        put("HAVE_CONTEXTVAR", Value::bool(true));
        put("__version__", vm.new_str("1.70"));
        put("__libmpdec_version__", vm.new_str("2.5.1"));
        Ok(())
    }
}
