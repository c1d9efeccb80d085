//! `#[pyclass]` describes the class and makes the Rust type a payload of native objects; `#[pymethods]` collects the
//! members and completes the `TypeDef`.
//!
//! The two meet in the constant `X::PY_TYPE`, a `TypeDef` without members, which `#[pymethods]` extends to
//! `X::TYPE_DEF`. With `kind = ...` there is no `#[pyclass]` and `#[pymethods]` writes both.

use crate::attr::{self, AttrArgs, cfgs, doc_of, error, error_at, python_name, take_one};
use crate::function::{
    Binding, Context, Function, check_plain, here, is_vm, last_segment, option, option_inner,
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, ImplItem, ImplItemFn, Item, ItemImpl, Result, Type, parse_quote};

const FLAGS: &[&str] =
    &["subclassable", "has_dict", "weakrefable", "sequence", "mapping", "match_self", "no_constructor"];

/// The options that `#[pyclass]` and `#[pymethods(kind = ...)]` share.
struct ClassOptions {
    name: Option<String>,
    module: Option<String>,
    fields: TokenStream,
    has_base: bool,
    no_constructor: bool,
}

impl ClassOptions {
    fn parse(args: &mut AttrArgs, attrs: &[Attribute]) -> Result<ClassOptions> {
        let name = args.string("name")?.map(|s| s.value());
        let module = args.string("module")?.map(|s| s.value());
        let doc = match args.string("doc")? {
            Some(doc) => Some(doc.value()),
            None => doc_of(attrs),
        };
        let doc = option(doc.as_deref());
        let mut fields = quote!(doc: #doc,);
        let base = args.path("base")?;
        if let Some(base) = &base {
            fields.extend(quote!(base: ::core::option::Option::Some(#base),));
        }
        if let Some(buffer) = args.path("buffer")? {
            fields.extend(quote!(buffer: ::core::option::Option::Some(&#buffer),));
        }
        let mut no_constructor = false;
        for &flag in FLAGS {
            if args.flag(flag)? {
                let field = format_ident!("{flag}");
                fields.extend(quote!(#field: true,));
                no_constructor |= flag == "no_constructor";
            }
        }
        Ok(ClassOptions { name, module, fields, has_base: base.is_some(), no_constructor })
    }
}

/// `#[pyclass]`; `module` is the enclosing native module.
pub fn expand_class(mut args: AttrArgs, item: Item, module: Option<&str>) -> Result<TokenStream> {
    let (ident, vis, generics, attrs) = match &item {
        Item::Struct(s) => (&s.ident, &s.vis, &s.generics, &s.attrs),
        Item::Enum(e) => (&e.ident, &e.vis, &e.generics, &e.attrs),
        _ => return error(&item, "#[pyclass] goes on a struct or enum"),
    };
    if !generics.params.is_empty() {
        return error(generics, "a class cannot be generic");
    }
    args.flag("private")?; // read by #[pymodule]
    let mut hook = |name| -> Result<TokenStream> {
        Ok(match args.path(name)? {
            Some(path) => quote!(::core::option::Option::Some(#path)),
            None => quote!(::core::option::Option::None),
        })
    };
    let (send, len) = (hook("send")?, hook("len")?);
    let ClassOptions { name, module: own_module, fields, has_base, .. } =
        ClassOptions::parse(&mut args, attrs)?;
    args.finish()?;
    let name = name.unwrap_or_else(|| python_name(ident));
    let module = own_module.as_deref().or(module).unwrap_or("builtins");
    let cfgs = cfgs(attrs);
    Ok(quote! {
        #item
        #(#cfgs)*
        #[automatically_derived]
        impl #ident {
            #[doc(hidden)]
            #vis const PY_TYPE: ::adder_interp::native::TypeDef = ::adder_interp::native::TypeDef {
                name: #name,
                module: #module,
                kind: ::adder_interp::object::header::Kind::Native,
                native: ::core::option::Option::Some(
                    <#ident as ::adder_interp::object::native::NativePayload>::INFO
                ),
                #fields
                ..::adder_interp::native::TypeDef::PLAIN
            };
            #[doc(hidden)]
            #[allow(dead_code)]
            #vis const PY_HAS_BASE: bool = #has_base;
        }
        #(#cfgs)*
        #[automatically_derived]
        impl ::adder_interp::object::native::NativePayload for #ident {
            const INFO: &'static ::adder_interp::object::native::NativeInfo = {
                static INFO: ::adder_interp::object::native::NativeInfo =
                    ::adder_interp::object::native::native_info::<#ident>(#name, #send, #len);
                &INFO
            };
        }
    })
}

/// Rows of the class's tables.
#[derive(Default)]
struct Members {
    methods: Vec<TokenStream>,
    attrs: Vec<TokenStream>,
    getsets: Vec<GetSet>,
    setters: Vec<(String, Ident, proc_macro2::Span)>,
    /// Generated associated functions.
    wrappers: Vec<TokenStream>,
    has_new: bool,
}

struct GetSet {
    name: String,
    doc: Option<String>,
    cfgs: Vec<Attribute>,
    get: Ident,
    set: Option<Ident>,
}

/// Where the class comes from: expressions and types the members need.
struct ClassContext {
    self_ty: Type,
    module: TokenStream,
    owner: TokenStream,
    /// Layout behind `&self`.
    receiver: TokenStream,
}

impl ClassContext {
    fn binding(&self, binding: Binding) -> Context {
        Context {
            binding,
            module: self.module.clone(),
            owner: self.owner.clone(),
            receiver: Some(self.receiver.clone()),
        }
    }
}

/// `#[pymethods]`.
pub fn expand_methods(mut args: AttrArgs, mut item: ItemImpl) -> Result<TokenStream> {
    if let Some((_, path, _)) = &item.trait_ {
        return error(path, "#[pymethods] goes on an inherent impl");
    }
    if !item.generics.params.is_empty() {
        return error(&item.generics, "a class cannot be generic");
    }
    args.flag("private")?; // read by #[pymodule]
    let kind = args.path("kind")?;
    let def = args.path("def")?;
    let self_ty = item.self_ty.clone();
    let (template, context, no_constructor) = match &kind {
        None => {
            args.finish()?;
            let template = quote_spanned!(here(self_ty.span())=> <#self_ty>::PY_TYPE);
            let context = ClassContext {
                self_ty: (*self_ty).clone(),
                module: quote!(<#self_ty>::PY_TYPE.module),
                owner: quote!(<#self_ty>::PY_TYPE.name),
                receiver: quote!(::adder_interp::object::native::Native<#self_ty>),
            };
            let default = quote!(!<#self_ty>::PY_HAS_BASE);
            (template, context, default)
        }
        Some(kind) => {
            let options = ClassOptions::parse(&mut args, &item.attrs)?;
            args.finish()?;
            let name = options.name.or_else(|| last_segment(&self_ty)).unwrap_or_default();
            let (module, fields) = (options.module.unwrap_or_else(|| "builtins".into()), options.fields);
            let template = quote! {
                ::adder_interp::native::TypeDef {
                    name: #name,
                    module: #module,
                    kind: ::adder_interp::object::header::Kind::#kind,
                    #fields
                    ..::adder_interp::native::TypeDef::PLAIN
                }
            };
            let context = ClassContext {
                self_ty: (*self_ty).clone(),
                module: quote!(#module),
                owner: quote!(#name),
                receiver: quote!(#self_ty),
            };
            let no_constructor = options.no_constructor || !options.has_base;
            (template, context, quote!(#no_constructor))
        }
    };
    let mut members = Members::default();
    let mut errors: Option<syn::Error> = None;
    for member in &mut item.items {
        if let Err(e) = collect(member, &context, &mut members) {
            match &mut errors {
                Some(first) => first.combine(e),
                None => errors = Some(e),
            }
        }
    }
    if let Some(e) = errors {
        // The plain impl stays, so that its users do not report follow-up errors.
        let e = e.into_compile_error();
        return Ok(quote!(#item #e));
    }
    members.join_setters()?;
    item.attrs.push(parse_quote!(#[allow(
        clippy::new_ret_no_self,
        clippy::len_without_is_empty,
        clippy::should_implement_trait,
        clippy::too_many_arguments,
        reason = "Python gives the names and parameters"
    )]));
    Ok(assemble(&item, &self_ty, def, template, no_constructor, &members))
}

fn assemble(
    item: &ItemImpl,
    self_ty: &Type,
    def: Option<syn::Path>,
    template: TokenStream,
    no_constructor: TokenStream,
    members: &Members,
) -> TokenStream {
    let Members { methods, attrs, getsets, wrappers, has_new, .. } = members;
    let getsets = getsets.iter().map(|g| g.row(self_ty));
    // A class that says so has no constructor although it inherits one; see `ClassOptions`.
    let no_constructor = if *has_new { quote!(false) } else { no_constructor };
    let definition = quote! {
        ::adder_interp::native::TypeDef {
            methods: &[#(#methods),*],
            getsets: &[#(#getsets),*],
            attrs: &[#(#attrs),*],
            no_constructor: #no_constructor || TEMPLATE.no_constructor,
            ..TEMPLATE
        }
    };
    let cfgs = cfgs(&item.attrs);
    let template = quote!(const TEMPLATE: ::adder_interp::native::TypeDef = #template;);
    let (outside, inside) = match def {
        Some(def) => (
            quote! {
                #(#cfgs)*
                /// The definition of the class.
                pub static #def: ::adder_interp::native::TypeDef = { #template #definition };
            },
            quote!(&#def),
        ),
        None => (
            TokenStream::new(),
            quote!({
                #template
                static DEFINITION: ::adder_interp::native::TypeDef = #definition;
                &DEFINITION
            }),
        ),
    };
    quote! {
        #item
        #outside
        #(#cfgs)*
        #[automatically_derived]
        impl #self_ty {
            /// The definition of the class.
            pub const TYPE_DEF: &'static ::adder_interp::native::TypeDef = #inside;
            #(#wrappers)*
        }
    }
}

const MARKERS: &[&str] = &[
    "pymethod",
    "pyclassmethod",
    "pystaticmethod",
    "pynew",
    "pygetset",
    "pyattr",
    "pycompare",
    "pyoperators",
    "pyfunction",
    "pyinit",
];

/// The methods that `#[pycompare]` makes, with the variants of `CompareOp` they hand on.
const COMPARISONS: [(&str, &str); 6] = [
    ("__lt__", "Lt"),
    ("__le__", "Le"),
    ("__eq__", "Eq"),
    ("__ne__", "Ne"),
    ("__gt__", "Gt"),
    ("__ge__", "Ge"),
];

/// Variants of `BinaryOp` that `#[pyoperators]` may name, with the stems of their methods.
const OPERATORS: [(&str, &str); 13] = [
    ("Add", "add"),
    ("Sub", "sub"),
    ("Mul", "mul"),
    ("MatMul", "matmul"),
    ("TrueDiv", "truediv"),
    ("FloorDiv", "floordiv"),
    ("Mod", "mod"),
    ("DivMod", "divmod"),
    ("And", "and"),
    ("Or", "or"),
    ("Xor", "xor"),
    ("Shl", "lshift"),
    ("Shr", "rshift"),
];

fn collect(item: &mut ImplItem, context: &ClassContext, members: &mut Members) -> Result<()> {
    match item {
        ImplItem::Fn(function) => {
            let Some((which, marker)) = take_one(&mut function.attrs, MARKERS)? else { return Ok(()) };
            let args = AttrArgs::of(&marker)?;
            let binding = match which {
                0 => Binding::Method,
                1 => Binding::ClassMethod,
                2 => Binding::StaticMethod,
                3 => Binding::New,
                4 => return members.add_getset(function, args, context),
                5 => return members.add_attr_fn(function, args, context),
                6 => return members.add_comparisons(function, args, context),
                7 => return members.add_operators(function, args, context),
                _ => return error(marker, "this belongs into a #[pymodule]; in a class use #[pymethod]"),
            };
            members.add_function(function, args, context, binding)
        }
        ImplItem::Const(constant) => {
            let Some((which, marker)) = take_one(&mut constant.attrs, MARKERS)? else { return Ok(()) };
            if MARKERS[which] != "pyattr" {
                return error(marker, "a constant can only be a #[pyattr]");
            }
            let name = attr_name(AttrArgs::of(&marker)?, &constant.ident)?;
            let (ident, cfgs) = (&constant.ident, cfgs(&constant.attrs));
            let wrapper = format_ident!("__attr_{ident}");
            members.wrappers.push(attr_wrapper(&wrapper, &cfgs, &quote!(Self::#ident)));
            let ty = &context.self_ty;
            members.attrs.push(attr_row(&name, &cfgs, &quote!(<#ty>::#wrapper)));
            Ok(())
        }
        _ => Ok(()),
    }
}

impl Members {
    fn add_function(
        &mut self,
        function: &ImplItemFn,
        args: AttrArgs,
        context: &ClassContext,
        binding: Binding,
    ) -> Result<()> {
        let (is_new, ty) = (binding == Binding::New, &context.self_ty);
        if is_new && self.has_new {
            return error(&function.sig.ident, "a second #[pynew]");
        }
        let mut parsed = Function::parse(&function.sig, &function.attrs, args, context.binding(binding))?;
        let next = format_ident!("__step_{}", parsed.rust_name);
        if let Some(step) = parsed.next_function(&next)? {
            self.wrappers.push(step);
            parsed.set_next(quote!(<#ty>::#next));
        }
        let wrapper = format_ident!("__call_{}", parsed.rust_name);
        self.wrappers.push(parsed.wrapper(&wrapper, &quote!(Self::))?);
        let (row, cfgs) = (parsed.row(&quote!(<#ty>::#wrapper)), &parsed.cfgs);
        self.methods.push(quote!(#(#cfgs)* #row));
        self.has_new |= is_new;
        Ok(())
    }

    /// Six methods that call `function` with the parameter of type `CompareOp` filled in.
    fn add_comparisons(
        &mut self,
        function: &ImplItemFn,
        args: AttrArgs,
        context: &ClassContext,
    ) -> Result<()> {
        args.finish()?;
        let is_op = |arg: &FnArg| matches!(arg, FnArg::Typed(p) if last_segment(&p.ty).is_some_and(|s| s == "CompareOp"));
        if function.sig.inputs.iter().filter(|arg| is_op(arg)).count() != 1 {
            return error(&function.sig, "a #[pycompare] function takes one `CompareOp`");
        }
        let target = &function.sig.ident;
        for (name, op) in COMPARISONS {
            let op = format_ident!("{op}");
            let forwarded = function.sig.inputs.iter().map(|arg| match arg {
                FnArg::Receiver(receiver) => {
                    // The token of the parameter: inside a `macro_rules!` another `self` would not be the same name.
                    let token = &receiver.self_token;
                    quote!(#token)
                }
                FnArg::Typed(p) if is_op(arg) => {
                    let ty = &p.ty;
                    quote!(<#ty>::#op)
                }
                FnArg::Typed(p) => {
                    let pat = &p.pat;
                    quote!(#pat)
                }
            });
            let mut sig = function.sig.clone();
            sig.ident = format_ident!("{name}", span = target.span());
            sig.inputs = function.sig.inputs.iter().filter(|arg| !is_op(arg)).cloned().collect();
            let method: ImplItemFn = parse_quote!(#sig { Self::#target(#(#forwarded),*) });
            self.add_generated(&method, context)?;
        }
        Ok(())
    }

    /// `__op__` and `__rop__` for each operator named: calls of `function(vm, op, left, right)`.
    fn add_operators(
        &mut self,
        function: &ImplItemFn,
        mut args: AttrArgs,
        context: &ClassContext,
    ) -> Result<()> {
        let (target, result) = (&function.sig.ident, &function.sig.output);
        for (op, stem) in OPERATORS {
            if !args.flag(op)? {
                continue;
            }
            let op = format_ident!("{op}");
            for (name, operands) in
                [(format!("__{stem}__"), quote!(this, other)), (format!("__r{stem}__"), quote!(other, this))]
            {
                let name = format_ident!("{name}", span = target.span());
                let method: ImplItemFn = parse_quote! {
                    fn #name(
                        this: ::adder_interp::value::Value,
                        vm: &::adder_interp::vm::Vm,
                        other: ::adder_interp::value::Value,
                    ) #result {
                        Self::#target(vm, ::adder_interp::vm::ops::BinaryOp::#op, #operands)
                    }
                };
                self.add_generated(&method, context)?;
            }
        }
        args.finish()
    }

    /// A method that stands in the source only as part of another.
    fn add_generated(&mut self, method: &ImplItemFn, context: &ClassContext) -> Result<()> {
        self.add_function(method, AttrArgs::parse(TokenStream::new())?, context, Binding::Method)?;
        self.wrappers.push(quote!(#method));
        Ok(())
    }

    fn add_getset(
        &mut self,
        function: &ImplItemFn,
        mut args: AttrArgs,
        context: &ClassContext,
    ) -> Result<()> {
        let name = args.string("name")?.map(|s| s.value());
        let setter = args.flag_or_string("setter")?;
        args.finish()?;
        let ident = &function.sig.ident;
        let parsed = Function::parse(
            &function.sig,
            &[],
            AttrArgs::parse(TokenStream::new())?,
            context.binding(Binding::Method),
        )?;
        let wrapper = format_ident!("__attr_{ident}");
        let Some(setter) = setter else {
            let name = name.unwrap_or_else(|| python_name(ident));
            self.wrappers.push(parsed.getter(&wrapper, &name)?);
            if self.getsets.iter().any(|g| g.name == name) {
                return error(ident, format!("a second getter of `{name}`"));
            }
            let (doc, cfgs) = (doc_of(&function.attrs), cfgs(&function.attrs));
            self.getsets.push(GetSet { name, doc, cfgs, get: wrapper, set: None });
            return Ok(());
        };
        let of = match setter.or(name) {
            Some(of) => of,
            None => match python_name(ident).strip_prefix("set_") {
                Some(of) => of.to_owned(),
                None => return error(ident, "name the attribute: #[pygetset(setter = \"...\")]"),
            },
        };
        self.wrappers.push(parsed.setter(&wrapper, &of)?);
        self.setters.push((of, wrapper, ident.span()));
        Ok(())
    }

    fn join_setters(&mut self) -> Result<()> {
        for (of, wrapper, span) in std::mem::take(&mut self.setters) {
            let Some(getset) = self.getsets.iter_mut().find(|g| g.name == of) else {
                return error_at(span, format!("no #[pygetset] getter is called `{of}`"));
            };
            if getset.set.replace(wrapper).is_some() {
                return error_at(span, format!("a second setter of `{of}`"));
            }
        }
        Ok(())
    }

    fn add_attr_fn(&mut self, function: &ImplItemFn, args: AttrArgs, context: &ClassContext) -> Result<()> {
        let (ident, ty) = (&function.sig.ident, &context.self_ty);
        let name = attr_name(args, ident)?;
        let call = attr_call(&function.sig, &quote!(Self::#ident))?;
        let cfgs = cfgs(&function.attrs);
        let wrapper = format_ident!("__attr_{ident}");
        self.wrappers.push(attr_wrapper(&wrapper, &cfgs, &call));
        self.attrs.push(attr_row(&name, &cfgs, &quote!(<#ty>::#wrapper)));
        Ok(())
    }
}

impl GetSet {
    fn row(&self, ty: &Type) -> TokenStream {
        let GetSet { name, doc, cfgs, get, set } = self;
        let doc = option(doc.as_deref());
        let set = match set {
            Some(set) => quote!(::core::option::Option::Some(<#ty>::#set)),
            None => quote!(::core::option::Option::None),
        };
        quote!(#(#cfgs)* ::adder_interp::native::GetSetDef { name: #name, doc: #doc, get: <#ty>::#get, set: #set })
    }
}

impl Function {
    /// `fn(&Vm, Value) -> PyResult`.
    fn getter(&self, wrapper: &Ident, name: &str) -> Result<TokenStream> {
        if self.parameter_count() != 0 {
            return error(&self.rust_name, "a getter takes the receiver and perhaps `vm: &Vm`");
        }
        let (receiver, call) = self.accessor(name, None)?;
        let cfgs = &self.cfgs;
        Ok(quote! {
            #(#cfgs)*
            #[allow(non_snake_case, clippy::all, reason = "generated")]
            fn #wrapper(
                __vm: &::adder_interp::vm::Vm,
                __first: ::adder_interp::value::Value,
            ) -> ::adder_interp::value::PyResult {
                #receiver
                ::adder_interp::native::IntoResult::into_result(#call, __vm)
            }
        })
    }

    /// `fn(&Vm, Value, Option<Value>) -> PyResult<()>`.
    fn setter(&self, wrapper: &Ident, name: &str) -> Result<TokenStream> {
        let valid = |ty: &Type| option_inner(ty).and_then(last_segment).is_some_and(|s| s == "Value");
        if self.parameter_count() != 1 || !self.parameter_types().all(valid) {
            return error(
                &self.rust_name,
                "a setter takes the receiver, `vm: &Vm`, and `value: Option<Value>`",
            );
        }
        let (receiver, call) = self.accessor(name, Some(quote!(__value)))?;
        let cfgs = &self.cfgs;
        Ok(quote! {
            #(#cfgs)*
            #[allow(non_snake_case, clippy::all, reason = "generated")]
            fn #wrapper(
                __vm: &::adder_interp::vm::Vm,
                __first: ::adder_interp::value::Value,
                __value: ::core::option::Option<::adder_interp::value::Value>,
            ) -> ::adder_interp::value::PyResult<()> {
                #receiver
                ::adder_interp::native::IntoResult::into_result(#call, __vm).map(|_| ())
            }
        })
    }
}

/// Python name of a `#[pyattr]`.
pub fn attr_name(mut args: AttrArgs, ident: &Ident) -> Result<String> {
    let name = args.string("name")?.map(|s| s.value());
    args.finish()?;
    Ok(name.unwrap_or_else(|| python_name(ident)))
}

/// The call of a `#[pyattr]` function.
pub fn attr_call(sig: &syn::Signature, path: &TokenStream) -> Result<TokenStream> {
    check_plain(sig)?;
    match sig.inputs.len() {
        0 => Ok(quote!(#path())),
        1 if matches!(&sig.inputs[0], FnArg::Typed(p) if is_vm(&p.ty)) => Ok(quote!(#path(__vm))),
        _ => error(&sig.inputs, "a #[pyattr] function takes `vm: &Vm` or nothing"),
    }
}

/// A function of type `fn(&Vm) -> PyResult` that converts `value`.
pub fn attr_wrapper(wrapper: &Ident, cfgs: &[Attribute], value: &TokenStream) -> TokenStream {
    quote! {
        #(#cfgs)*
        #[allow(non_snake_case, clippy::all, reason = "generated")]
        fn #wrapper(__vm: &::adder_interp::vm::Vm) -> ::adder_interp::value::PyResult {
            ::adder_interp::native::IntoResult::into_result(#value, __vm)
        }
    }
}

/// An `AttrDef` row.
pub fn attr_row(name: &str, cfgs: &[Attribute], make: &TokenStream) -> TokenStream {
    quote!(#(#cfgs)* ::adder_interp::native::AttrDef { name: #name, make: #make })
}

/// Whether the class is left out of its module's namespace.
pub fn is_private(attr: &Attribute) -> Result<bool> {
    attr::AttrArgs::of(attr)?.flag("private")
}
