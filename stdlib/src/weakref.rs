//! `_weakref`: references to objects that do not keep them alive, and proxies.
//!
//! A proxy is a weak reference of another class, whose special methods apply the operation to the target. Its tables are
//! generated from the list of special methods below; anything else goes through `__getattribute__`.

use adder_interp::native::{Args, FnDef, FnKind, FnProps, NativeFn, TypeDef};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::{Gc, Kind};
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::weakref::WeakRef;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::ops::BinaryOp;
use adder_interp::vm::special::Special;
use adder_macros::pymodule;

/// Weak-reference support module.
#[pymodule(name = "_weakref")]
pub mod module {
    use super::*;

    /// Return the number of weak references to 'object'.
    #[pyfunction(sig = "(object, /)")]
    fn getweakrefcount(vm: &Vm, object: Value) -> usize {
        WeakRef::of(&vm.heap, object).len()
    }

    /// Return a list of all weak reference objects pointing to 'object'.
    #[pyfunction(sig = "(object, /)")]
    fn getweakrefs(vm: &Vm, object: Value) -> Value {
        let mut found = vm.vec();
        // One at a time: the side table does not keep references alive, a list of them outside the heap would not either.
        while let Some(&next) = WeakRef::of(&vm.heap, object).get(found.len()) {
            found.push(&vm.heap, next.value());
        }
        vm.list_from(found)
    }

    /// Create a proxy object that weakly references 'object'.
    ///
    /// 'callback', if given, is called with a reference to the
    /// proxy when 'object' is about to be finalized.
    #[pyfunction(sig = "(object, callback=None, /)")]
    fn proxy(vm: &Vm, object: Value, callback: Option<Value>) -> PyResult<Gc<WeakRef>> {
        let def = if vm.is_callable(object) { &CALLABLE_PROXY } else { &PROXY };
        vm.new_weakref(vm.native_type(def)?, object, callback)
    }

    /// Atomically remove key from dict if it points to a dead weakref.
    #[pyfunction(sig = "(dct, key, /)")]
    fn _remove_dead_weakref(vm: &Vm, dct: Gc<Dict>, key: Value) -> PyResult<()> {
        let Some(found) = dct.get(vm, key)? else { return Ok(()) };
        let Some(reference) = found.downcast::<WeakRef>() else {
            return Err(vm.type_error("not a weakref"));
        };
        if reference.target().is_none() {
            dct.remove(vm, key)?;
        }
        Ok(())
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, v: Value| dict.insert_str(&vm.heap, vm.intern(name), v);
        set("ref", vm.types.weakref.value());
        set("ReferenceType", vm.types.weakref.value());
        set("ProxyType", vm.native_type(&PROXY)?.value());
        set("CallableProxyType", vm.native_type(&CALLABLE_PROXY)?.value());
        Ok(())
    }
}

/// The live object behind a proxy.
fn target(vm: &Vm, proxy: Value) -> PyResult {
    let reference: Gc<WeakRef> = proxy.downcast().expect("proxies have the layout of references");
    reference.target().ok_or_else(|| gone(vm))
}

#[cold]
fn gone(vm: &Vm) -> Raised {
    vm.reference_error("weakly-referenced object no longer exists")
}

fn is_proxy(vm: &Vm, v: Value) -> bool {
    v.is::<WeakRef>() && vm.type_of(v).def.is_some_and(|d| is(d, &PROXY) || is(d, &CALLABLE_PROXY))
}

fn is(a: &'static TypeDef, b: &'static TypeDef) -> bool {
    std::ptr::eq(a, b)
}

/// An operand: the target if it is a proxy.
fn unwrap(vm: &Vm, v: Value) -> PyResult {
    if is_proxy(vm, v) { target(vm, v) } else { Ok(v) }
}

/// Operands of a special method: receiver and `N` more.
fn operands<'a, const N: usize>(vm: &Vm, args: Args<'a>) -> PyResult<&'a [Value; N]> {
    match <&[Value; N]>::try_from(args.positional_values()) {
        Ok(values) => Ok(values),
        Err(_) => {
            let (expected, given) = (N - 1, args.positional_values().len().saturating_sub(1));
            let plural = if expected == 1 { "" } else { "s" };
            Err(vm.type_error(format!("expected {expected} argument{plural}, got {given}")))
        }
    }
}

/// The body of a method; a type, so that one generic function can be the native entry of all.
trait Body {
    fn apply(vm: &Vm, args: Args<'_>) -> PyResult;
}

/// Native entry of a method.
///
/// # Safety
/// As [`NativeFn`](adder_interp::native::NativeFn).
unsafe extern "C-unwind" fn entry<B: Body>(
    vm: &Vm,
    values: *const Value,
    count: usize,
    names: Option<Gc<Tuple>>,
) -> Option<Value> {
    // SAFETY: promised by the caller.
    B::apply(vm, unsafe { Args::from_raw(values, count, names) }).ok()
}

struct Binary<const OP: usize, const REFLECTED: bool, const INPLACE: bool>;

impl<const OP: usize, const REFLECTED: bool, const INPLACE: bool> Body for Binary<OP, REFLECTED, INPLACE> {
    fn apply(vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.positional_values();
        let op = BinaryOp::ALL[OP];
        if matches!(op, BinaryOp::Pow) && values.len() == 3 {
            let (a, b, c) = (unwrap(vm, values[0])?, unwrap(vm, values[1])?, unwrap(vm, values[2])?);
            return if REFLECTED { vm.ternary_pow(b, a, c) } else { vm.ternary_pow(a, b, c) };
        }
        let &[a, b] = operands(vm, args)?;
        let (a, b) = (unwrap(vm, a)?, unwrap(vm, b)?);
        if REFLECTED { vm.binary_op(op, b, a, false) } else { vm.binary_op(op, a, b, INPLACE) }
    }
}

fn compare(vm: &Vm, args: Args<'_>, op: CompareOp) -> PyResult {
    let &[a, b] = operands(vm, args)?;
    vm.compare(op, unwrap(vm, a)?, unwrap(vm, b)?)
}

fn unary(vm: &Vm, args: Args<'_>, special: Special) -> PyResult {
    let &[a] = operands(vm, args)?;
    vm.unary_op(special, target(vm, a)?)
}

/// Calls the class's special method of the target.
fn delegate(vm: &Vm, args: Args<'_>, special: Special, missing: &str) -> PyResult {
    let (&receiver, rest) = args.positional_values().split_first().expect("methods have a receiver");
    let object = target(vm, receiver)?;
    match vm.call_special(object, special, rest)? {
        Some(v) => Ok(v),
        None => Err(vm.type_error(format!("{missing}'{}' object", vm.type_of(object).name()))),
    }
}

fn repr(vm: &Vm, args: Args<'_>) -> PyResult {
    let &[proxy] = operands(vm, args)?;
    let reference: Gc<WeakRef> = proxy.downcast().expect("proxies have the layout of references");
    let at = proxy.bits();
    Ok(vm.new_str(&match reference.target() {
        None => format!("<weakproxy at {at:#x}; dead>"),
        Some(object) => {
            format!("<weakproxy at {at:#x}; to '{}' at {:#x}>", vm.type_of(object).name(), object.bits())
        }
    }))
}

fn next(vm: &Vm, args: Args<'_>) -> PyResult {
    let &[proxy] = operands(vm, args)?;
    let object = target(vm, proxy)?;
    match vm.call_special(object, Special::Next, &[])? {
        Some(v) => Ok(v),
        None => Err(vm.type_error(format!(
            "Weakref proxy referenced a non-iterator '{}' object",
            vm.type_of(object).name()
        ))),
    }
}

fn name_of(vm: &Vm, v: Value) -> PyResult<Gc<Str>> {
    match v.downcast::<Str>() {
        Some(name) => Ok(vm.heap.intern(name)),
        None => Err(vm.type_error(format!("attribute name must be string, not '{}'", vm.type_of(v).name()))),
    }
}

fn call(vm: &Vm, args: Args<'_>) -> PyResult {
    let object = target(vm, args.positional_values()[0])?;
    vm.call_args(object, Args::new(&args.all_values()[1..], args.kwnames()))
}

const fn row(name: &'static str, func: NativeFn) -> FnDef {
    let props = FnProps {
        pure: false,
        cannot_raise: false,
        cannot_allocate: false,
        unboxed_f64: None,
        next: None,
        quiet: false,
    };
    FnDef { name, doc: None, text_signature: None, kind: FnKind::Method, slot: true, func, props }
}

/// A row whose function is written in place.
macro_rules! method {
    ($name:literal, |$vm:ident, $args:ident| $body:expr) => {{
        struct Method;
        impl Body for Method {
            fn apply($vm: &Vm, $args: Args<'_>) -> PyResult {
                $body
            }
        }
        row($name, entry::<Method>)
    }};
}

macro_rules! binary_methods {
    ($($op:ident $plain:literal $reflected:literal $inplace:literal,)*) => {
        [$(
            row($plain, entry::<Binary<{ BinaryOp::$op as usize }, false, false>>),
            row($reflected, entry::<Binary<{ BinaryOp::$op as usize }, true, false>>),
            row($inplace, entry::<Binary<{ BinaryOp::$op as usize }, false, true>>),
        )*]
    };
}

const BINARY: [FnDef; 39] = binary_methods![
    Add "__add__" "__radd__" "__iadd__",
    Sub "__sub__" "__rsub__" "__isub__",
    Mul "__mul__" "__rmul__" "__imul__",
    MatMul "__matmul__" "__rmatmul__" "__imatmul__",
    TrueDiv "__truediv__" "__rtruediv__" "__itruediv__",
    FloorDiv "__floordiv__" "__rfloordiv__" "__ifloordiv__",
    Mod "__mod__" "__rmod__" "__imod__",
    Pow "__pow__" "__rpow__" "__ipow__",
    And "__and__" "__rand__" "__iand__",
    Or "__or__" "__ror__" "__ior__",
    Xor "__xor__" "__rxor__" "__ixor__",
    Shl "__lshift__" "__rlshift__" "__ilshift__",
    Shr "__rshift__" "__rrshift__" "__irshift__",
];

const OTHERS: [FnDef; 33] = [
    row("__divmod__", entry::<Binary<{ BinaryOp::DivMod as usize }, false, false>>),
    row("__rdivmod__", entry::<Binary<{ BinaryOp::DivMod as usize }, true, false>>),
    method!("__lt__", |vm, args| compare(vm, args, CompareOp::Lt)),
    method!("__le__", |vm, args| compare(vm, args, CompareOp::Le)),
    method!("__eq__", |vm, args| compare(vm, args, CompareOp::Eq)),
    method!("__ne__", |vm, args| compare(vm, args, CompareOp::Ne)),
    method!("__gt__", |vm, args| compare(vm, args, CompareOp::Gt)),
    method!("__ge__", |vm, args| compare(vm, args, CompareOp::Ge)),
    method!("__neg__", |vm, args| unary(vm, args, Special::Neg)),
    method!("__pos__", |vm, args| unary(vm, args, Special::Pos)),
    method!("__abs__", |vm, args| unary(vm, args, Special::Abs)),
    method!("__invert__", |vm, args| unary(vm, args, Special::Invert)),
    method!("__int__", |vm, args| delegate(vm, args, Special::Int, "int() argument must not be a ")),
    method!("__float__", |vm, args| delegate(vm, args, Special::Float, "must be real number, not ")),
    method!("__index__", |vm, args| delegate(vm, args, Special::Index, "not an integer: ")),
    method!("__bytes__", |vm, args| delegate(vm, args, Special::Bytes, "cannot convert to bytes: ")),
    method!("__reversed__", |vm, args| delegate(vm, args, Special::Reversed, "not reversible: ")),
    method!("__bool__", |vm, args| vm.truthy(target(vm, args.all_values()[0])?).map(Value::bool)),
    method!("__len__", |vm, args| vm.length(target(vm, args.all_values()[0])?).map(|n| vm.new_int(n as i64))),
    method!("__iter__", |vm, args| vm.iter(target(vm, args.all_values()[0])?)),
    method!("__next__", |vm, args| next(vm, args)),
    method!("__contains__", |vm, args| {
        let &[proxy, item] = operands(vm, args)?;
        vm.contains(target(vm, proxy)?, item).map(Value::bool)
    }),
    method!("__getitem__", |vm, args| {
        let &[proxy, key] = operands(vm, args)?;
        vm.getitem(target(vm, proxy)?, key)
    }),
    method!("__setitem__", |vm, args| {
        let &[proxy, key, value] = operands(vm, args)?;
        vm.setitem(target(vm, proxy)?, key, Some(value)).map(|()| Value::none())
    }),
    method!("__delitem__", |vm, args| {
        let &[proxy, key] = operands(vm, args)?;
        vm.setitem(target(vm, proxy)?, key, None).map(|()| Value::none())
    }),
    method!("__getattribute__", |vm, args| {
        let &[proxy, name] = operands(vm, args)?;
        vm.getattr(target(vm, proxy)?, name_of(vm, name)?)
    }),
    method!("__setattr__", |vm, args| {
        let &[proxy, name, value] = operands(vm, args)?;
        vm.setattr(target(vm, proxy)?, name_of(vm, name)?, Some(value)).map(|()| Value::none())
    }),
    method!("__delattr__", |vm, args| {
        let &[proxy, name] = operands(vm, args)?;
        vm.setattr(target(vm, proxy)?, name_of(vm, name)?, None).map(|()| Value::none())
    }),
    method!("__repr__", |vm, args| repr(vm, args)),
    method!("__str__", |vm, args| vm.str_of(target(vm, args.all_values()[0])?).map(Gc::value)),
    method!("__format__", |vm, args| {
        let &[proxy, spec] = operands(vm, args)?;
        vm.format(target(vm, proxy)?, spec)
    }),
    method!("__complex__", |vm, args| delegate(vm, args, Special::Complex, "cannot convert to complex: ")),
    method!("__call__", |vm, args| call(vm, args)),
];

/// All methods; the plain proxy leaves out the last one.
static METHODS: [FnDef; BINARY.len() + OTHERS.len()] = {
    let mut all = [const { row("", entry::<Binary<0, false, false>>) }; BINARY.len() + OTHERS.len()];
    let mut i = 0;
    while i < BINARY.len() {
        all[i] = row(BINARY[i].name, BINARY[i].func);
        i += 1;
    }
    let mut j = 0;
    while j < OTHERS.len() {
        all[i + j] = row(OTHERS[j].name, OTHERS[j].func);
        j += 1;
    }
    all
};

static PROXY: TypeDef = TypeDef {
    name: "ProxyType",
    module: "weakref",
    kind: Kind::WeakRef,
    no_constructor: true,
    methods: METHODS.split_at(METHODS.len() - 1).0,
    ..TypeDef::PLAIN
};

static CALLABLE_PROXY: TypeDef = TypeDef {
    name: "CallableProxyType",
    module: "weakref",
    kind: Kind::WeakRef,
    no_constructor: true,
    methods: &METHODS,
    ..TypeDef::PLAIN
};
