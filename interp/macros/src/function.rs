//! From a Rust function to its native wrapper and table row.
//!
//! The wrapper of `fn find(this: Gc<List>, vm: &Vm, value: Value, start: Option<i64>) -> PyResult<i64>` is
//!
//! ```ignore
//! unsafe extern "C-unwind" fn wrapper(vm: &Vm, values: *const Value, ...) -> Option<Value> {   // see `NativeFn`
//!     static SIG: Signature = Signature::new("builtins", "list", "find", ...);
//!     let values = args.positional_for(vm, &SIG)?;                 // checks the count, rejects keywords
//!     let this: Gc<List> = receiver(vm, values[0], &SIG)?;
//!     let a0 = values[1];
//!     let a1 = optional(vm, values.get(2).copied(), SIG.at(1))?;
//!     IntoResult::into_result(Self::find(this, vm, a0, a1), vm).ok()
//! }
//! ```
//!
//! With keyword-capable parameters the values go through `args.bind` into an array of slots, one per parameter.

use crate::attr::{AttrArgs, cfgs, doc_of, error, error_at, python_name};
use crate::signature::{self, Param, ParamKind};
use crate::slots;
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, GenericArgument, Ident, ItemFn, LitStr, Path, PathArguments, Result, Type,
};

/// How the function is reached from Python.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    Function,
    Method,
    ClassMethod,
    StaticMethod,
    New,
}

impl Binding {
    fn variant(self) -> Ident {
        format_ident!("{self:?}")
    }
    /// Argument 0 is a receiver or class.
    fn has_receiver(self) -> bool {
        matches!(self, Binding::Method | Binding::ClassMethod | Binding::New)
    }
    fn receiver_name(self) -> Option<&'static str> {
        match self {
            Binding::Function => Some("$module"),
            Binding::Method => Some("$self"),
            Binding::ClassMethod => Some("$type"),
            // The class's own signature is made from that of `__new__`.
            Binding::StaticMethod | Binding::New => None,
        }
    }
}

/// Where a function is defined.
pub struct Context {
    pub binding: Binding,
    /// Expressions for the module's name and the class's name ("" outside a class).
    pub module: TokenStream,
    pub owner: TokenStream,
    /// The type `&self` receivers are checked for: `List` or `Native<Deque>`.
    pub receiver: Option<TokenStream>,
}

/// A Rust parameter that Python sees.
struct RustParam {
    ident: String,
    ty: Type,
}

enum Receiver {
    None,
    /// `&self`.
    SelfRef(Span),
    Typed(Box<Type>),
}

/// A parsed function.
pub struct Function {
    pub rust_name: Ident,
    pub python_name: String,
    pub cfgs: Vec<Attribute>,
    context: Context,
    receiver: Receiver,
    takes_vm: bool,
    /// `args: Args<'_>` instead of parameters.
    raw: bool,
    rust_params: Vec<RustParam>,
    params: Vec<Param>,
    explicit_signature: bool,
    slot: Option<slots::Slot>,
    doc: Option<String>,
    props: TokenStream,
    output: Span,
    /// A `__next__` that reports the end as `Ok(None)`.
    optional_next: bool,
}

impl Function {
    pub fn parse(
        sig: &syn::Signature,
        attrs: &[Attribute],
        mut args: AttrArgs,
        context: Context,
    ) -> Result<Function> {
        check_plain(sig)?;
        let name = args.string("name")?;
        let explicit = args.string("sig")?;
        let not_a_slot = args.flag("method")?;
        let props = props(&mut args)?;
        args.finish()?;
        let python_name = match (&name, context.binding) {
            (_, Binding::New) => "__new__".to_owned(),
            (Some(name), _) => name.value(),
            (None, _) => python_name(&sig.ident),
        };
        let slot = match context.binding {
            Binding::Method if !not_a_slot => slots::find(&python_name),
            _ => None,
        };
        let (receiver, takes_vm, rust_params) = split_params(sig, context.binding)?;
        let raw = rust_params.len() == 1 && last_segment(&rust_params[0].ty).is_some_and(|s| s == "Args");
        let params = match &explicit {
            Some(text) => signature::parse(text)?,
            None if raw => Vec::new(),
            None => implied_params(&rust_params)?,
        };
        if !raw {
            check_match(sig, &explicit, &params, &rust_params)?;
        }
        let doc = doc_of(attrs).or_else(|| slot.as_ref().map(|s| s.doc.clone()));
        let optional_next = python_name == "__next__" && returns_option(&sig.output);
        Ok(Function {
            optional_next,
            rust_name: sig.ident.clone(),
            python_name,
            cfgs: cfgs(attrs),
            context,
            receiver,
            takes_vm,
            raw,
            rust_params,
            params,
            explicit_signature: explicit.is_some(),
            slot,
            doc,
            props,
            output: match &sig.output {
                syn::ReturnType::Type(_, ty) => ty.span(),
                syn::ReturnType::Default => sig.ident.span(),
            },
        })
    }

    /// The function of type `NativeFn` named `wrapper`; `call` is the path of the Rust function without its name.
    pub fn wrapper(&self, wrapper: &Ident, qualifier: &TokenStream) -> Result<TokenStream> {
        let (bindings, arguments) = self.bindings()?;
        let signature = self.signature_table();
        let (target, cfgs) = (&self.rust_name, &self.cfgs);
        let mut result = quote_spanned!(here(self.output)=> ::adder_interp::native::IntoResult::into_result(__result, __vm));
        if self.optional_next {
            result = quote!(match __result {
                ::core::result::Result::Ok(::core::option::Option::None) => {
                    ::core::result::Result::Err(__vm.stop_iteration(::core::option::Option::None))
                }
                ::core::result::Result::Ok(::core::option::Option::Some(__item)) =>
                    ::core::result::Result::Ok(__item),
                ::core::result::Result::Err(__raised) => ::core::result::Result::Err(__raised),
            });
        }
        Ok(quote! {
            #(#cfgs)*
            #[allow(non_snake_case, clippy::all, clippy::undocumented_unsafe_blocks, reason = "generated")]
            unsafe extern "C-unwind" fn #wrapper(
                __vm: &::adder_interp::vm::Vm,
                __values: *const ::adder_interp::value::Value,
                __count: usize,
                __kwnames: ::core::option::Option<
                    ::adder_interp::object::header::Gc<::adder_interp::object::tuple::Tuple>
                >,
            ) -> ::core::option::Option<::adder_interp::value::Value> {
                #signature
                // The convention of `NativeFn` says what the parts are.
                let __args = unsafe { ::adder_interp::native::Args::from_raw(__values, __count, __kwnames) };
                let __body = || -> ::adder_interp::value::PyResult {
                    #bindings
                    let __result = #qualifier #target(#arguments);
                    #result
                };
                __body().ok()
            }
        })
    }

    /// The `FnDef` row; `wrapper` is an expression of type `NativeFn`.
    pub fn row(&self, wrapper: &TokenStream) -> TokenStream {
        let (name, kind, props) = (&self.python_name, self.context.binding.variant(), &self.props);
        let doc = option(self.doc.as_deref());
        let text_signature = option(self.text_signature().as_deref());
        let slot = self.slot.is_some();
        quote! {
            ::adder_interp::native::FnDef {
                name: #name,
                doc: #doc,
                text_signature: #text_signature,
                kind: ::adder_interp::native::FnKind::#kind,
                slot: #slot,
                func: #wrapper,
                props: #props,
            }
        }
    }

    /// For a `__next__` that returns `PyResult<Option<Value>>`: a function of type `NextFn` named `name`.
    pub fn next_function(&self, name: &Ident) -> Result<Option<TokenStream>> {
        if !self.optional_next {
            return Ok(None);
        }
        let (receiver, call) = self.accessor("__next__", None)?;
        let cfgs = &self.cfgs;
        Ok(Some(quote! {
            #(#cfgs)*
            #[allow(non_snake_case, clippy::all, reason = "generated")]
            fn #name(
                __vm: &::adder_interp::vm::Vm,
                __first: ::adder_interp::value::Value,
            ) -> ::adder_interp::value::PyResult<::core::option::Option<::adder_interp::value::Value>> {
                #receiver
                #call
            }
        }))
    }

    /// Puts a path of type `NextFn` into the row's properties.
    pub fn set_next(&mut self, path: TokenStream) {
        let props = &self.props;
        self.props = quote!({
            let mut __props: ::adder_interp::native::FnProps = #props;
            __props.next = ::core::option::Option::Some(#path);
            __props
        });
    }

    /// Number of Python parameters.
    pub fn parameter_count(&self) -> usize {
        self.rust_params.len()
    }

    /// Rust types of the Python parameters.
    pub fn parameter_types(&self) -> impl Iterator<Item = &Type> {
        self.rust_params.iter().map(|p| &p.ty)
    }

    /// For getters and setters: the receiver's check, and the call with `value` as last argument.
    pub fn accessor(&self, name: &str, value: Option<TokenStream>) -> Result<(TokenStream, TokenStream)> {
        let Context { module, owner, .. } = &self.context;
        let (mut check, mut arguments) = (TokenStream::new(), Vec::new());
        if let Some((bind, receiver)) = self.receiver_binding(&quote!(__first))? {
            check.extend(quote! {
                static __SIG: ::adder_interp::native::Signature = ::adder_interp::native::Signature::new(
                    #module, #owner, #name, ::adder_interp::native::FnKind::Method, false, false, &[],
                );
            });
            check.extend(bind);
            arguments.push(receiver);
        }
        if self.takes_vm {
            arguments.push(quote!(__vm));
        }
        arguments.extend(value);
        let target = &self.rust_name;
        Ok((check, quote!(Self::#target(#(#arguments),*))))
    }

    fn text_signature(&self) -> Option<String> {
        let receiver = self.context.binding.receiver_name();
        if let Some(slot) = &self.slot {
            let params = signature::parse(&LitStr::new(&slot_sig(slot.params), Span::call_site()));
            let params = params.expect("slot signatures are well-formed");
            return Some(signature::text_signature(receiver, &params));
        }
        if self.raw && !self.explicit_signature {
            return None;
        }
        Some(signature::text_signature(receiver, &self.params))
    }

    fn signature_table(&self) -> TokenStream {
        let Context { binding, module, owner, .. } = &self.context;
        let (name, kind) = (&self.python_name, binding.variant());
        let params = self.params.iter().map(|p| {
            let (name, kind) = (&p.name, format_ident!("{}", p.kind.variant()));
            let variadic = matches!(p.kind, ParamKind::VarPositional | ParamKind::VarKeyword);
            let required = p.default.is_none() && !variadic;
            quote!(::adder_interp::native::Param {
                name: #name, kind: ::adder_interp::native::ParamKind::#kind, required: #required,
            })
        });
        let anonymous = self.slot.as_ref().is_some_and(|s| !s.named);
        let slot = self.slot.is_some();
        quote! {
            static __SIG: ::adder_interp::native::Signature = ::adder_interp::native::Signature::new(
                #module, #owner, #name, ::adder_interp::native::FnKind::#kind, #slot, #anonymous, &[#(#params),*],
            );
        }
    }

    /// Statements that bind and convert the arguments, and the argument list of the call.
    fn bindings(&self) -> Result<(TokenStream, TokenStream)> {
        let skip = usize::from(self.context.binding.has_receiver());
        let mut out = TokenStream::new();
        let mut arguments: Vec<TokenStream> = Vec::new();
        let positional_only = self
            .params
            .iter()
            .all(|p| matches!(p.kind, ParamKind::PositionalOnly | ParamKind::VarPositional));
        let optional = self.params.iter().any(|p| p.default.is_some() || p.kind == ParamKind::VarPositional);
        if self.raw {
            if skip == 1 {
                out.extend(quote!(let (__first, __args) = __args.split_receiver(__vm, &__SIG)?;));
            }
        } else if positional_only && !optional {
            let count = Literal::usize_unsuffixed(self.params.len() + skip);
            out.extend(quote!(let __values = __args.exact::<#count>(__vm, &__SIG)?;));
        } else if positional_only {
            out.extend(quote!(let __values = __args.positional_for(__vm, &__SIG)?;));
        } else {
            if skip == 1 {
                out.extend(quote!(let (__first, __args) = __args.split_receiver(__vm, &__SIG)?;));
            }
            let slots = Literal::usize_unsuffixed(self.params.len());
            out.extend(quote! {
                let mut __slots = [::core::option::Option::None::<::adder_interp::value::Value>; #slots];
                let __rest = __args.bind(__vm, &__SIG, &mut __slots)?;
            });
        }
        let first = if self.raw || !positional_only { quote!(__first) } else { quote!(__values[0]) };
        if let Some(receiver) = self.receiver_binding(&first)? {
            out.extend(receiver.0);
            arguments.push(receiver.1);
        }
        if self.takes_vm {
            arguments.push(quote!(__vm));
        }
        if self.raw {
            arguments.push(quote!(__args));
            return Ok((out, quote!(#(#arguments),*)));
        }
        for (i, (param, rust)) in self.params.iter().zip(&self.rust_params).enumerate() {
            let local = format_ident!("__a{i}");
            let at = Literal::usize_unsuffixed(i + if positional_only { skip } else { 0 });
            let source = match (positional_only, param.default.is_none(), param.kind) {
                (true, _, ParamKind::VarPositional) => quote!(&__values[#at..]),
                (false, _, ParamKind::VarPositional) => quote!(__rest),
                (true, true, _) => quote!(__values[#at]),
                (true, false, _) => quote!(__values.get(#at).copied()),
                (false, true, ParamKind::VarKeyword) => quote!(__slots[#at]),
                (false, true, _) => quote!(::adder_interp::native::args::filled(__slots[#at])),
                (false, false, _) => quote!(__slots[#at]),
            };
            let value = conversion(param, &rust.ty, i, &source, self.explicit_signature)?;
            out.extend(quote!(let #local = #value;));
            arguments.push(quote!(#local));
        }
        Ok((out, quote!(#(#arguments),*)))
    }

    /// Statement and call argument for the receiver or class.
    fn receiver_binding(&self, first: &TokenStream) -> Result<Option<(TokenStream, TokenStream)>> {
        let helper = match self.context.binding {
            Binding::Method => quote!(receiver),
            _ => quote!(class_argument),
        };
        match &self.receiver {
            Receiver::None => Ok(None),
            Receiver::SelfRef(span) => {
                let Some(ty) = &self.context.receiver else {
                    return error_at(
                        *span,
                        "`&self` needs #[pyclass] on the type, or `kind = ...` naming its layout",
                    );
                };
                let bind = quote! {
                    let __this: ::adder_interp::object::header::Gc<#ty> =
                        ::adder_interp::native::args::receiver(__vm, #first, &__SIG)?;
                };
                Ok(Some((bind, quote!(&__this))))
            }
            Receiver::Typed(ty) if last_segment(ty).is_some_and(|s| s == "Value") => {
                Ok(Some((TokenStream::new(), quote!(#first))))
            }
            Receiver::Typed(ty) => {
                if last_segment(ty).is_none_or(|s| s != "Gc") {
                    return error(ty, "the receiver is `&self`, a `Gc<T>`, or a `Value`");
                }
                let check = quote_spanned! {here(ty.span())=>
                    let __this: #ty = ::adder_interp::native::args::#helper(__vm, #first, &__SIG)?;
                };
                Ok(Some((check, quote!(__this))))
            }
        }
    }
}

/// `#[pyfunction]` outside a module: the function and `__PYDEF_name`.
pub fn expand_standalone(mut args: AttrArgs, item: ItemFn) -> Result<TokenStream> {
    let module = args.string("module")?.map_or("builtins".to_owned(), |m| m.value());
    let (tokens, _) = expand_function(args, item, &module)?;
    Ok(tokens)
}

/// The function with its hidden definition, and the name of that definition.
pub fn expand_function(args: AttrArgs, item: ItemFn, module: &str) -> Result<(TokenStream, Ident)> {
    let context =
        Context { binding: Binding::Function, module: quote!(#module), owner: quote!(""), receiver: None };
    let function = Function::parse(&item.sig, &item.attrs, args, context)?;
    let def = def_name(&item.sig.ident);
    let wrapper_name = format_ident!("__wrapper");
    let wrapper = function.wrapper(&wrapper_name, &TokenStream::new())?;
    let row = function.row(&quote!(__wrapper));
    let (vis, cfgs) = (&item.vis, &function.cfgs);
    let tokens = quote! {
        #item
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_upper_case_globals, reason = "generated")]
        #vis const #def: ::adder_interp::native::FnDef = {
            #wrapper
            #row
        };
    };
    Ok((tokens, def))
}

/// The hidden constant that holds a function's `FnDef`.
pub fn def_name(rust_name: &Ident) -> Ident {
    format_ident!("__PYDEF_{rust_name}")
}

/// `Some("text")` or `None`.
pub fn option(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

/// A slot's parameters are positional-only unless they are `*args, **kwargs`.
fn slot_sig(params: &str) -> String {
    if params.is_empty() || params.starts_with('*') {
        format!("({params})")
    } else {
        format!("({params}, /)")
    }
}

/// Rejects what cannot be called from a table.
pub fn check_plain(sig: &syn::Signature) -> Result<()> {
    if let Some(token) = &sig.asyncness {
        return error(token, "a native function cannot be async");
    }
    if let Some(token) = &sig.unsafety {
        return error(token, "a native function cannot be unsafe: Python code calls it with anything");
    }
    if let Some(param) = sig.generics.params.iter().find(|p| !matches!(p, syn::GenericParam::Lifetime(_))) {
        return error(param, "a native function cannot be generic");
    }
    if let Some(token) = &sig.variadic {
        return error(token, "a native function cannot be variadic");
    }
    Ok(())
}

fn props(args: &mut AttrArgs) -> Result<TokenStream> {
    let (pure, cannot_raise) = (args.flag("pure")?, args.flag("cannot_raise")?);
    let cannot_allocate = args.flag("cannot_allocate")?;
    let quiet = args.flag("quiet")?;
    let unboxed = match args.path("unboxed_f64")? {
        Some(path) => quote!(::core::option::Option::Some(#path)),
        None => quote!(::core::option::Option::None),
    };
    Ok(quote!(::adder_interp::native::FnProps {
        pure: #pure, cannot_raise: #cannot_raise, cannot_allocate: #cannot_allocate, unboxed_f64: #unboxed,
        next: ::core::option::Option::None, quiet: #quiet,
    }))
}

fn split_params(sig: &syn::Signature, binding: Binding) -> Result<(Receiver, bool, Vec<RustParam>)> {
    let mut inputs = sig.inputs.iter().peekable();
    let receiver = match inputs.peek() {
        Some(FnArg::Receiver(r)) if binding != Binding::Method => {
            return error(r, "only a #[pymethod] or #[pygetset] has `self`");
        }
        Some(FnArg::Receiver(r))
            if r.reference.is_none() || r.mutability.is_some() || r.colon_token.is_some() =>
        {
            return error(r, "the receiver is `&self`: objects are shared, their fields are cells");
        }
        Some(FnArg::Receiver(r)) => Receiver::SelfRef(r.span()),
        Some(FnArg::Typed(p)) if binding.has_receiver() => Receiver::Typed(p.ty.clone()),
        None if binding == Binding::Method => {
            return error(
                &sig.ident,
                "a method's first parameter is its receiver: `&self`, `this: Gc<T>` or `this: Value`",
            );
        }
        None if binding.has_receiver() => {
            return error(&sig.ident, "the first parameter is the class: `cls: Gc<Type>`");
        }
        _ => Receiver::None,
    };
    if !matches!(receiver, Receiver::None) {
        inputs.next();
    }
    let mut takes_vm = false;
    let mut params = Vec::new();
    for input in inputs {
        let FnArg::Typed(p) = input else { return error(input, "`self` comes first") };
        if is_vm(&p.ty) {
            if takes_vm || !params.is_empty() {
                return error(p, "`vm: &Vm` comes once, before the Python parameters");
            }
            takes_vm = true;
            continue;
        }
        let ident = match &*p.pat {
            syn::Pat::Ident(name) => python_name(&name.ident),
            // Taken apart in place: the name is only needed without a `sig`.
            _ => String::new(),
        };
        params.push(RustParam { ident, ty: (*p.ty).clone() });
    }
    Ok((receiver, takes_vm, params))
}

/// Without a `sig`: positional-only, `Option<T>` at the end being optional, `&[Value]` the rest.
fn implied_params(rust: &[RustParam]) -> Result<Vec<Param>> {
    let mut params = Vec::new();
    for (i, p) in rust.iter().enumerate() {
        if p.ident.is_empty() {
            return error(&p.ty, "a parameter without a plain name needs a `sig`");
        }
        let name = p.ident.trim_start_matches('_').to_owned();
        let (kind, default) = if is_value_slice(&p.ty) {
            if i + 1 != rust.len() {
                return error(&p.ty, "`*args` without a `sig` comes last");
            }
            (ParamKind::VarPositional, None)
        } else {
            // A required parameter after an optional one would be ambiguous.
            let optional = rust[i..].iter().all(|p| option_inner(&p.ty).is_some() || is_value_slice(&p.ty));
            (ParamKind::PositionalOnly, optional.then(|| "<unrepresentable>".to_owned()))
        };
        params.push(Param { name, kind, default });
    }
    Ok(params)
}

fn check_match(
    sig: &syn::Signature,
    explicit: &Option<LitStr>,
    params: &[Param],
    rust: &[RustParam],
) -> Result<()> {
    if params.len() != rust.len() {
        let text = explicit.as_ref().expect("implied parameters match");
        let mut e = Error::new(
            text.span(),
            format!("the signature has {} parameters, the function takes {}", params.len(), rust.len()),
        );
        e.combine(Error::new_spanned(&sig.inputs, "these are the Rust parameters"));
        return Err(e);
    }
    for (param, rust) in params.iter().zip(rust) {
        let slice = is_value_slice(&rust.ty);
        if slice != (param.kind == ParamKind::VarPositional) {
            let message = match slice {
                true => format!("`&[Value]` is for `*args`, but `{}` is not", param.name),
                false => format!("`*{}` is received as `&[Value]`", param.name),
            };
            return error(&rust.ty, message);
        }
        if param.kind == ParamKind::VarKeyword && option_inner(&rust.ty).is_none() {
            return error(&rust.ty, format!("`**{}` is received as `Option<Gc<Dict>>`", param.name));
        }
    }
    Ok(())
}

/// The expression that turns `source` into the Rust parameter: a `Value` if the parameter is required, else an
/// `Option<Value>`.
fn conversion(
    param: &Param,
    ty: &Type,
    index: usize,
    source: &TokenStream,
    explicit: bool,
) -> Result<TokenStream> {
    let index = Literal::usize_unsuffixed(index);
    let at = quote!(__SIG.at(#index));
    let convert = quote!(::adder_interp::native::convert);
    match param.kind {
        ParamKind::VarPositional => return Ok(quote!(#source)),
        ParamKind::VarKeyword => return Ok(quote!(::adder_interp::native::args::keyword_dict(#source))),
        _ => {}
    }
    let inner = option_inner(ty);
    let any = |ty: &Type| last_segment(ty).is_some_and(|s| s == "Value");
    let some = quote!(::core::option::Option::Some);
    let Some(default) = &param.default else {
        return Ok(match inner {
            Some(inner) if any(inner) => quote!(#some(#source)),
            Some(inner) => {
                quote_spanned!(here(inner.span())=> #convert::or_none::<#inner>(__vm, #source, #at)?)
            }
            None if any(ty) => quote!(#source),
            None => {
                quote_spanned!(here(ty.span())=> <#ty as #convert::FromArg>::from_arg(__vm, #source, #at)?)
            }
        });
    };
    if let Some(inner) = inner {
        return Ok(if any(inner) {
            quote!(#source)
        } else if default == "None" && explicit {
            quote_spanned!(here(inner.span())=> #convert::optional_or_none::<#inner>(__vm, #source, #at)?)
        } else {
            quote_spanned!(here(inner.span())=> #convert::optional::<#inner>(__vm, #source, #at)?)
        });
    }
    let default = default_expr(param, default, ty, &at)?;
    let value = match any(ty) {
        true => quote!(__value),
        false => quote_spanned!(here(ty.span())=> <#ty as #convert::FromArg>::from_arg(__vm, __value, #at)?),
    };
    Ok(quote!(match #source { #some(__value) => #value, ::core::option::Option::None => #default }))
}

/// The Rust value of a Python default.
fn default_expr(param: &Param, default: &str, ty: &Type, at: &TokenStream) -> Result<TokenStream> {
    let name = last_segment(ty).unwrap_or_default();
    let literal: TokenStream = match (default, name.as_str()) {
        ("None", "Value") => return Ok(quote!(::adder_interp::value::Value::none())),
        ("True", _) => quote!(true),
        ("False", _) => quote!(false),
        ("sys.maxsize", _) => quote!(isize::MAX as _),
        (_, "f64") => match default.parse::<f64>() {
            Ok(x) => Literal::f64_unsuffixed(x).to_token_stream(),
            Err(_) => return unusable_default(param, default, ty),
        },
        _ if default.parse::<i128>().is_ok() => default.parse().expect("an integer is a token"),
        _ => match python_string(default) {
            Some(text) if name == "Value" => return Ok(quote!(__vm.new_str(#text))),
            Some(text) if name == "String" => quote!(::std::string::String::from(#text)),
            Some(text) => {
                let convert = quote!(::adder_interp::native::convert::FromArg);
                return Ok(quote!(<#ty as #convert>::from_arg(__vm, __vm.new_str(#text), #at)?));
            }
            None => return unusable_default(param, default, ty),
        },
    };
    if name == "Value" {
        return Ok(quote!(::adder_interp::native::IntoResult::into_result(#literal, __vm)?));
    }
    Ok(literal)
}

fn unusable_default<T>(param: &Param, default: &str, ty: &Type) -> Result<T> {
    let message = format!(
        "the default `{default}` of `{}` cannot be written in Rust: take the parameter as an `Option`",
        param.name
    );
    error(ty, message)
}

/// The text of a plain Python string literal.
fn python_string(source: &str) -> Option<String> {
    let quote = source.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = source.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                c @ ('\\' | '\'' | '"') => c,
                _ => return None,
            },
            c => c,
        });
    }
    Some(out)
}

/// The name of a path type without its arguments.
pub fn last_segment(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(p) if p.qself.is_none() => p.path.segments.last().map(|s| s.ident.to_string()),
        Type::Group(g) => last_segment(&g.elem),
        Type::Paren(p) => last_segment(&p.elem),
        _ => None,
    }
}

/// `T` of `Option<T>`.
pub fn option_inner(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|s| s.ident == "Option")?;
    let PathArguments::AngleBracketed(args) = &segment.arguments else { return None };
    match args.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// `PyResult<Option<...>>`.
fn returns_option(output: &syn::ReturnType) -> bool {
    let syn::ReturnType::Type(_, ty) = output else { return false };
    let Type::Path(path) = &**ty else { return false };
    let Some(segment) = path.path.segments.last().filter(|s| s.ident == "PyResult") else { return false };
    match &segment.arguments {
        PathArguments::AngleBracketed(args) => {
            matches!(args.args.first(), Some(GenericArgument::Type(inner)) if option_inner(inner).is_some())
        }
        _ => false,
    }
}

/// `&Vm`.
pub fn is_vm(ty: &Type) -> bool {
    matches!(ty, Type::Reference(r) if last_segment(&r.elem).is_some_and(|s| s == "Vm"))
}

/// `&[Value]`.
fn is_value_slice(ty: &Type) -> bool {
    match ty {
        Type::Reference(r) => {
            matches!(&*r.elem, Type::Slice(s) if last_segment(&s.elem).is_some_and(|s| s == "Value"))
        }
        _ => false,
    }
}

/// The place of `span` for messages, names as at the attribute: code that `macro_rules!` passed on has another context.
pub fn here(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}

/// Path of the hidden definition of the function at `path`.
pub fn def_path(path: &Path) -> Path {
    let mut path = path.clone();
    if let Some(last) = path.segments.last_mut() {
        last.ident = def_name(&last.ident);
    }
    path
}
