//! The attribute macros with which native functions, classes and modules of the runtime are written.
//!
//! A Rust function with typed parameters becomes a Python function: the Rust signature (and, where names and defaults
//! matter, a Python signature in the attribute) gives argument binding, conversions, `__text_signature__` and CPython's
//! error wording. What is generated is small on purpose, since the runtime has thousands of such functions: a constant
//! table (`Signature`, `FnDef`) and one wrapper that calls the non-generic binder of `adder_interp::native::args` and
//! converts each argument. The module `adder_interp::native` shows a complete example.
//!
//! * [`attr`] `name = value` lists of attributes
//! * [`signature`] Python signatures: parsing, `__text_signature__`
//! * [`function`] from a Rust function to its wrapper and `FnDef`
//! * [`slots`] the special methods that CPython calls through type slots
//! * [`class`] `#[pyclass]` and `#[pymethods]`
//! * [`module`] `#[pymodule]`
//! * [`trace`] `#[derive(Trace)]`
//!
//! Generated paths start with `::adder_interp`; the runtime crate itself says `extern crate self as adder_interp`.

mod attr;
mod class;
mod function;
mod module;
mod signature;
mod slots;
mod trace;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// A native module: `#[pymodule(name = "math", doc = "...")]` on an inline `mod`.
///
/// Generates `pub static MODULE: ModuleDef` in it from the items marked `#[pyfunction]`, `#[pyclass]` +
/// `#[pymethods]`, `#[pyattr]` and `#[pyinit]`. What lives elsewhere is listed in the attribute:
/// `functions(path::f, ...)` (each a stand-alone `#[pyfunction]`), `classes(path::C, ...)`. Without `doc` the doc
/// comment of the Rust module is `__doc__`.
#[proc_macro_attribute]
pub fn pymodule(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::ItemMod);
    finish(attr::AttrArgs::parse(args.into()).and_then(|args| module::expand(args, item)))
}

/// A native function. Options: `sig`, `name`, `module` (outside a `#[pymodule]`), `pure`, `cannot_raise`,
/// `cannot_allocate`, `unboxed_f64 = path`.
///
/// Outside a `#[pymodule]`, `f` can be put into one by `functions(path::f)`.
#[proc_macro_attribute]
pub fn pyfunction(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::ItemFn);
    finish(attr::AttrArgs::parse(args.into()).and_then(|args| function::expand_standalone(args, item)))
}

/// A class whose instances hold a Rust value: on the struct, together with `#[pymethods]` on one `impl`.
///
/// Options: `name`, `module`, `base = path` (a `fn(&Vm) -> Value`), `buffer = path` (a static `BufferProcs`), `doc`, and the flags `subclassable`, `has_dict`,
/// `weakrefable`, `sequence`, `mapping`, `match_self`. `send = path` names the function that `await` calls instead of the
/// methods `send` and `__next__` (`NativeInfo::send`), `len = path` one that gives the length of an instance (`NativeInfo::len`).
#[proc_macro_attribute]
pub fn pyclass(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::Item);
    finish(attr::AttrArgs::parse(args.into()).and_then(|args| class::expand_class(args, item, None)))
}

/// The methods of a class. Generates `X::TYPE_DEF: &'static TypeDef`.
///
/// With `kind = K` the class is one of the core layouts (the struct is written by hand) and the options of
/// `#[pyclass]` are given here. The functions inside are marked `#[pymethod]`, `#[pyclassmethod]`,
/// `#[pystaticmethod]`, `#[pynew]`, `#[pygetset]`, `#[pycompare]`,
/// `#[pyoperators]` or `#[pyattr]`; unmarked ones stay plain Rust.
#[proc_macro_attribute]
pub fn pymethods(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::ItemImpl);
    finish(attr::AttrArgs::parse(args.into()).and_then(|args| class::expand_methods(args, item)))
}

/// Implements `adder_interp::object::header::Trace` by visiting every field. `#[trace(skip)]` on a field leaves it
/// out: only for what cannot hold a value.
#[proc_macro_derive(Trace, attributes(trace))]
pub fn derive_trace(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    finish(trace::expand(item))
}

macro_rules! inner_attributes {
    ($($(#[$doc:meta])* $name:ident: $where:literal;)*) => {
        $(
            $(#[$doc])*
            #[proc_macro_attribute]
            pub fn $name(_args: TokenStream, item: TokenStream) -> TokenStream {
                let message = concat!("#[", stringify!($name), "] only means something inside ", $where);
                let error = syn::Error::new(proc_macro2::Span::call_site(), message).to_compile_error();
                let mut out = TokenStream::from(error);
                out.extend(item);
                out
            }
        )*
    };
}

inner_attributes! {
    /// An instance method; options `sig`, `name`, `method`, `pure` ... The receiver comes first: `&self`,
    /// `this: Gc<T>`, or `this: Value`.
    pymethod: "an `impl` with #[pymethods]";
    /// A class method; the class comes first: `cls: Gc<Type>`.
    pyclassmethod: "an `impl` with #[pymethods]";
    /// A static method.
    pystaticmethod: "an `impl` with #[pymethods]";
    /// `__new__`; the class to instantiate comes first: `cls: Gc<Type>`.
    pynew: "an `impl` with #[pymethods]";
    /// A computed attribute; `#[pygetset(setter = "name")]` marks its setter, whose value is `Option<Value>` (`None` deletes).
    pygetset: "an `impl` with #[pymethods]";
    /// All six comparison methods: a function that takes the operator as a `CompareOp`, among the parameters of `__lt__`.
    pycompare: "an `impl` with #[pymethods]";
    /// Binary operators and their reflections, named by variants of `BinaryOp`: `fn(vm, op, left, right)`.
    pyoperators: "an `impl` with #[pymethods]";
    /// A constant of a module or class: a `const` or a `fn(&Vm) -> impl IntoResult`.
    pyattr: "a `mod` with #[pymodule] or an `impl` with #[pymethods]";
    /// `fn(vm: &Vm, dict: Gc<Dict>) -> PyResult<()>`, run when the module is created.
    pyinit: "a `mod` with #[pymodule]";
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
