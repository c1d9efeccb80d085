//! Native functions, classes and modules: what the attribute macros of `adder-macros` generate, and how the VM calls it.
//!
//! A native function is an `fn(&Vm, Args) -> PyResult`. Its positional arguments are a slice of the caller's registers
//! and its keyword values follow them, so that a call from bytecode copies nothing. The `#[pyfunction]` / `#[pymethod]`
//! macros generate such a wrapper around a Rust function with typed parameters; the Python signature (parsing, error
//! wording, `__text_signature__`) comes from the attribute.
//!
//! * [`args`]: argument binding and CPython's error wording
//! * [`convert`]: Rust parameter and result types
//!
//! What follows is the guide for authors of native modules.
//!
#![doc = include_str!("README.md")]

pub mod args;
pub mod convert;

pub use args::{Args, Param, ParamKind, Signature};
pub use convert::{FromArg, IntoResult};

use crate::object::dict::Dict;
use crate::object::header::{Gc, Kind};
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;

/// The calling convention of everything native: [`Args`] taken apart, so that a call passes registers only and machine
/// code can make it. `None` is a raised exception. Call through [`FnDef::call`].
///
/// # Safety
/// The pointer and the count are a slice of values; it ends with one value for each of the names.
pub type NativeFn = unsafe extern "C-unwind" fn(&Vm, *const Value, usize, Option<Gc<Tuple>>) -> Option<Value>;

/// How a native function of a class binds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FnKind {
    /// Module function: never binds.
    Function,
    /// Instance method: argument 0 is the receiver, checked to be an instance of the defining class.
    Method,
    /// Argument 0 is the class.
    ClassMethod,
    StaticMethod,
    /// `__new__`: static, argument 0 is the class to instantiate.
    New,
}

/// One step of a native iterator: `None` at its end, without a StopIteration object.
pub type NextFn = fn(&Vm, Value) -> PyResult<Option<Value>>;

/// What the JIT may assume about a native function.
#[derive(Clone, Copy, Debug, Default)]
pub struct FnProps {
    /// No side effects, result depends on the arguments only.
    pub pure: bool,
    pub cannot_raise: bool,
    pub cannot_allocate: bool,
    /// Runs code of the program only on behalf of its arguments (their hash, their index); looks at no frame, and has changed nothing
    /// when it raises: such a call may be tried without preparations and done again, see [`crate::vm::dispatch::quiet::call`].
    pub quiet: bool,
    /// Takes and returns doubles: an `extern "C" fn(f64) -> f64` (one parameter) at this address.
    pub unboxed_f64: Option<fn(f64) -> f64>,
    /// `__next__` methods that return `PyResult<Option<Value>>`: the step for callers in Rust.
    pub next: Option<NextFn>,
}

/// A native function or method.
pub struct FnDef {
    pub name: &'static str,
    pub doc: Option<&'static str>,
    /// As in `__text_signature__`, e.g. `($self, object, /)`.
    pub text_signature: Option<&'static str>,
    pub kind: FnKind,
    /// A special method that CPython calls through a type slot: a "slot wrapper" to Python.
    pub slot: bool,
    pub func: NativeFn,
    pub props: FnProps,
}

impl FnDef {
    /// Calls the function; of a method or class method, argument 0 is the receiver.
    #[inline(always)]
    pub fn call(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.all_values();
        // SAFETY: the parts of valid arguments.
        unsafe { (self.func)(vm, values.as_ptr(), values.len(), args.kwnames()) }.ok_or(Raised)
    }
}

/// Sets an attribute of the receiver; `None` deletes it.
pub type SetFn = fn(&Vm, Value, Option<Value>) -> PyResult<()>;

/// Completes a module's dictionary.
pub type InitFn = fn(&Vm, Gc<Dict>) -> PyResult<()>;

/// A computed attribute of a class.
pub struct GetSetDef {
    pub name: &'static str,
    pub doc: Option<&'static str>,
    pub get: fn(&Vm, Value) -> PyResult,
    /// `None` as value means deletion.
    pub set: Option<SetFn>,
}

/// A class attribute computed when the class is created.
pub struct AttrDef {
    pub name: &'static str,
    pub make: fn(&Vm) -> PyResult,
}

/// A class implemented in Rust.
pub struct TypeDef {
    pub name: &'static str,
    /// `__module__`.
    pub module: &'static str,
    pub doc: Option<&'static str>,
    pub kind: Kind,
    /// Python code may subclass it.
    pub subclassable: bool,
    /// Instances have a `__dict__`.
    pub has_dict: bool,
    /// Instances can be weakly referenced.
    pub weakrefable: bool,
    /// Matches positional sub-patterns by itself (`case int(x)`).
    pub match_self: bool,
    /// Counts as a sequence / mapping for pattern matching.
    pub sequence: bool,
    pub mapping: bool,
    /// No `__new__` of its own: calling the class raises "cannot create 'X' instances".
    pub no_constructor: bool,
    pub base: Option<fn(&Vm) -> Value>,
    /// Words behind the layout of a core kind that the class's own methods use, by their number from the end; word 0
    /// is kept for the instance dictionary. 0 for none.
    pub ext_words: u16,
    /// How instances lend their memory: gives the class `__buffer__`.
    pub buffer: Option<&'static crate::buffer::BufferProcs>,
    /// The Rust type of instances of kind `Native`.
    pub native: Option<&'static crate::object::native::NativeInfo>,
    pub methods: &'static [FnDef],
    pub getsets: &'static [GetSetDef],
    pub attrs: &'static [AttrDef],
}

/// A native module.
pub struct ModuleDef {
    pub name: &'static str,
    pub doc: Option<&'static str>,
    pub functions: &'static [FnDef],
    /// Constants: name and constructor.
    pub attrs: &'static [AttrDef],
    /// Classes created together with the module and published in it.
    pub classes: &'static [&'static TypeDef],
    /// Whatever remains, run when the module is created; gets the module's dictionary.
    pub init: Option<InitFn>,
}

impl TypeDef {
    /// A final class without methods: the base of struct-update expressions.
    pub const PLAIN: TypeDef = TypeDef {
        name: "",
        module: "builtins",
        doc: None,
        kind: Kind::Instance,
        subclassable: false,
        has_dict: false,
        weakrefable: false,
        match_self: false,
        sequence: false,
        mapping: false,
        no_constructor: false,
        base: None,
        ext_words: 0,
        buffer: None,
        native: None,
        methods: &[],
        getsets: &[],
        attrs: &[],
    };
}
