//! Contexts: the object, its attributes, the contexts of the module.

use super::{current, signals};
use adder_decimal::context::{MAX_EMAX, MAX_PREC, MIN_EMIN};
use adder_decimal::{Context, Decimal, Rounding, Status};
use adder_interp::heap::Tracer;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pyfunction};
use std::cell::Cell;

/// A cell of plain data.
struct Plain<T: Copy>(Cell<T>);

impl<T: Copy> Trace for Plain<T> {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// The context affects almost all operations and controls rounding, over- and underflow, raising of exceptions and more.
///
/// A new context is made from the values of DefaultContext and the arguments given.
#[pyclass(name = "Context", module = "decimal", subclassable)]
#[derive(Trace)]
pub struct ContextObject {
    arithmetic: Plain<Context>,
    flags: Plain<Status>,
    traps: Plain<Status>,
    capitals: Cell<bool>,
    /// The views of flags and traps, made when first asked for.
    views: [Cell<Option<Value>>; 2],
}

pub type ContextRef = Gc<Native<ContextObject>>;

/// The names of the rounding modes.
pub static ROUNDINGS: [(&str, Rounding); 8] = [
    ("ROUND_CEILING", Rounding::Ceiling),
    ("ROUND_FLOOR", Rounding::Floor),
    ("ROUND_UP", Rounding::Up),
    ("ROUND_DOWN", Rounding::Down),
    ("ROUND_HALF_UP", Rounding::HalfUp),
    ("ROUND_HALF_DOWN", Rounding::HalfDown),
    ("ROUND_HALF_EVEN", Rounding::HalfEven),
    ("ROUND_05UP", Rounding::ZeroFiveUp),
];

/// A context of the module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Template {
    Default,
    Basic,
    Extended,
}

pub const TEMPLATES: [(&str, Template); 3] = [
    ("DefaultContext", Template::Default),
    ("BasicContext", Template::Basic),
    ("ExtendedContext", Template::Extended),
];

/// The module's context itself: programs may change it, and new threads start with a copy of `DefaultContext`.
pub fn template(vm: &Vm, template: Template) -> PyResult<ContextRef> {
    const ERRORS: Status = Status::INVALID.union(Status::DIVISION_BY_ZERO).union(Status::OVERFLOW);
    let (key, prec, rounding, traps) = match template {
        Template::Default => ("decimal.DefaultContext", 28, Rounding::HalfEven, ERRORS),
        Template::Basic => {
            let traps = ERRORS | Status::UNDERFLOW | Status::CLAMPED;
            ("decimal.BasicContext", 9, Rounding::HalfUp, traps)
        }
        Template::Extended => ("decimal.ExtendedContext", 9, Rounding::HalfEven, Status::empty()),
    };
    let context = vm.registered(key, |vm| {
        let arithmetic = Context { prec, emax: 999_999, emin: -999_999, rounding, clamp: false };
        let class = vm.native_type(ContextObject::TYPE_DEF)?;
        Ok(ContextObject::create(vm, class, arithmetic, true, traps).value())
    })?;
    Ok(context.downcast().expect("a context was registered"))
}

pub const IEEE_MAX_BITS: i64 = 512;

/// Return a context object initialized to the proper values for one of the
/// IEEE interchange formats.  The argument must be a multiple of 32 and less
/// than IEEE_CONTEXT_MAX_BITS.
#[pyfunction(sig = "(bits, /)", name = "IEEEContext")]
#[allow(non_snake_case)]
pub fn IEEEContext(vm: &Vm, bits: i64) -> PyResult<ContextRef> {
    if bits <= 0 || bits > IEEE_MAX_BITS || bits % 32 != 0 {
        return Err(
            vm.value_error(format!("argument must be a multiple of 32, with a maximum of {IEEE_MAX_BITS}"))
        );
    }
    let emax = 3 * (1 << (bits / 16 + 3));
    let arithmetic = Context {
        prec: 9 * (bits / 32) - 2,
        emax,
        emin: 1 - emax,
        rounding: Rounding::HalfEven,
        clamp: true,
    };
    let class = vm.native_type(ContextObject::TYPE_DEF)?;
    Ok(ContextObject::create(vm, class, arithmetic, true, Status::empty()))
}

impl ContextObject {
    pub fn create(
        vm: &Vm,
        class: Gc<Type>,
        arithmetic: Context,
        capitals: bool,
        traps: Status,
    ) -> ContextRef {
        let context = ContextObject {
            arithmetic: Plain(Cell::new(arithmetic)),
            flags: Plain(Cell::new(Status::empty())),
            traps: Plain(Cell::new(traps)),
            capitals: Cell::new(capitals),
            views: Default::default(),
        };
        vm.new_native(class, context)
    }

    /// A context with the same values; the flags are copied, too.
    pub fn duplicate(&self, vm: &Vm) -> PyResult<ContextRef> {
        let class = vm.native_type(ContextObject::TYPE_DEF)?;
        let copy =
            ContextObject::create(vm, class, self.arithmetic(), self.capitals.get(), self.traps.0.get());
        copy.set_flags(self.flags());
        Ok(copy)
    }

    #[inline(always)]
    pub fn arithmetic(&self) -> Context {
        self.arithmetic.0.get()
    }
    pub fn set_arithmetic(&self, value: Context) {
        self.arithmetic.0.set(value);
    }
    /// The attribute `capitals`.
    pub fn upper_case(&self) -> bool {
        self.capitals.get()
    }
    pub fn set_upper_case(&self, value: bool) {
        self.capitals.set(value);
    }
    pub fn flags(&self) -> Status {
        self.flags.0.get()
    }
    pub fn set_flags(&self, flags: Status) {
        self.flags.0.set(flags);
    }
    pub fn traps(&self) -> Status {
        self.traps.0.get()
    }
    pub fn set_traps(&self, traps: Status) {
        self.traps.0.set(traps);
    }

    /// Notes the conditions of an operation, and raises what is trapped.
    #[inline(always)]
    pub fn note(&self, vm: &Vm, status: Status) -> PyResult<()> {
        if status.is_empty() {
            return Ok(());
        }
        self.flags.0.set(self.flags.0.get() | (status - Status::MALLOC_ERROR));
        let trapped = status & (self.traps.0.get() | Status::MALLOC_ERROR);
        if trapped.is_empty() { Ok(()) } else { Err(signals::raise(vm, trapped)) }
    }

    /// Runs an operation in this context.
    #[inline(always)]
    pub fn run<T>(&self, vm: &Vm, f: impl FnOnce(&Context, &mut Status) -> T) -> PyResult<T> {
        let mut status = Status::empty();
        let result = f(&self.arithmetic.0.get(), &mut status);
        self.note(vm, status)?;
        Ok(result)
    }

    /// As [`Self::run`], for operations that are not to be rounded.
    pub fn run_exactly(&self, vm: &Vm, f: impl FnOnce(&mut Status) -> Decimal) -> PyResult<Decimal> {
        self.run(vm, |_, status| f(status))
    }

    /// The view of flags or traps.
    pub fn view(this: ContextRef, vm: &Vm, traps: bool) -> PyResult {
        let slot = &this.as_ref().views[traps as usize];
        if let Some(view) = slot.get() {
            return Ok(view);
        }
        let view = signals::view(vm, this, traps)?;
        slot.set(Some(view));
        Ok(view)
    }
}

/// An optional context argument.
pub fn argument(vm: &Vm, context: Option<Value>) -> PyResult<ContextRef> {
    match context {
        None => current::current(vm),
        Some(value) if value.is_none() => current::current(vm),
        Some(value) => value.downcast().ok_or_else(|| vm.type_error("optional argument must be a context")),
    }
}

#[cold]
fn no_rounding(vm: &Vm) -> Raised {
    vm.type_error(
        "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   \
         ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]",
    )
}

/// The rounding mode of this name.
pub fn rounding(vm: &Vm, name: Value) -> PyResult<Rounding> {
    let Some(name) = name.downcast::<Str>() else { return Err(no_rounding(vm)) };
    match ROUNDINGS.iter().find(|(text, _)| name.eq_str(text)) {
        Some((_, mode)) => Ok(*mode),
        None => Err(no_rounding(vm)),
    }
}

pub fn rounding_name(mode: Rounding) -> &'static str {
    ROUNDINGS.iter().find(|(_, m)| *m == mode).map_or("", |(name, _)| name)
}

fn number(vm: &Vm, value: Value) -> PyResult<i64> {
    match adder_interp::object::int::as_int(value) {
        None => Err(vm.type_error("an integer is required")),
        Some(n) => {
            n.to_i64().ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))
        }
    }
}

/// Sets an attribute that is a number.
pub fn set_number(vm: &Vm, context: &ContextObject, name: &str, value: Value) -> PyResult<()> {
    let n = number(vm, value)?;
    let mut arithmetic = context.arithmetic();
    let flag = || match n {
        0 | 1 => Ok(n == 1),
        _ => Err(vm.value_error(format!("valid values for {name} are 0 or 1"))),
    };
    match name {
        "prec" if (1..=MAX_PREC).contains(&n) => arithmetic.prec = n,
        "prec" => return Err(vm.value_error("valid range for prec is [1, MAX_PREC]")),
        "Emin" if (MIN_EMIN..=0).contains(&n) => arithmetic.emin = n,
        "Emin" => return Err(vm.value_error("valid range for Emin is [MIN_EMIN, 0]")),
        "Emax" if (0..=MAX_EMAX).contains(&n) => arithmetic.emax = n,
        "Emax" => return Err(vm.value_error("valid range for Emax is [0, MAX_EMAX]")),
        "clamp" => arithmetic.clamp = flag()?,
        _ => context.set_upper_case(flag()?),
    }
    context.set_arithmetic(arithmetic);
    Ok(())
}

/// Sets flags or traps from a mapping, or, where a constructor was given it, from a list.
pub fn set_signals(
    vm: &Vm,
    context: &ContextObject,
    traps: bool,
    value: Value,
    list_allowed: bool,
) -> PyResult<()> {
    let bits = if list_allowed && value.is::<adder_interp::object::list::List>() {
        signals::bits_of_list(vm, value)?
    } else {
        signals::bits_of_mapping(vm, value)?
    };
    if traps {
        context.set_traps(bits);
    } else {
        context.set_flags(bits);
    }
    Ok(())
}
