//! `#[pymodule]`: collects the marked items of an inline module into `pub static MODULE: ModuleDef`.

use crate::attr::{AttrArgs, cfgs, doc_of, error, is, take_one};
use crate::class::{attr_call, attr_name, attr_row, attr_wrapper, expand_class, expand_methods, is_private};
use crate::function::{check_plain, def_path, expand_function, last_segment, option};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Error, Ident, Item, ItemFn, ItemMod, Result, parse_quote};

#[derive(Default)]
struct Tables {
    functions: Vec<TokenStream>,
    attrs: Vec<TokenStream>,
    classes: Vec<TokenStream>,
    init: Option<Ident>,
    /// Types with `#[pyclass]` and with `#[pymethods]`, to complete those without methods.
    declared: Vec<(Ident, Vec<Attribute>)>,
    with_methods: Vec<String>,
}

pub fn expand(mut args: AttrArgs, mut item: ItemMod) -> Result<TokenStream> {
    let name = args.string("name")?.map_or_else(|| item.ident.to_string(), |s| s.value());
    let doc = args.string("doc")?.map(|s| s.value());
    let functions = args.paths("functions")?;
    let classes = args.paths("classes")?;
    args.finish()?;
    let Some((_, items)) = item.content.take() else {
        return error(&item, "#[pymodule] needs the module's items inline: `mod name { ... }`");
    };
    let mut tables = Tables::default();
    let mut output = TokenStream::new();
    let mut errors: Option<Error> = None;
    for inner in items {
        match tables.add(inner, &name) {
            Ok(tokens) => output.extend(tokens),
            Err(e) => match &mut errors {
                Some(first) => first.combine(e),
                None => errors = Some(e),
            },
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    for (ident, cfgs) in &tables.declared {
        if !tables.with_methods.contains(&ident.to_string()) {
            let plain = parse_quote!(#(#cfgs)* impl #ident {});
            output.extend(expand_methods(AttrArgs::parse(TokenStream::new())?, plain)?);
        }
    }
    tables.functions.extend(functions.iter().map(|path| {
        let path = def_path(path);
        quote!(#path)
    }));
    tables.classes.extend(classes.iter().map(|path| quote!(<#path>::TYPE_DEF)));

    let doc = option(doc.or_else(|| doc_of(&item.attrs)).as_deref());
    let Tables { functions, attrs, classes, init, .. } = &tables;
    let init = match init {
        Some(init) => quote!(::core::option::Option::Some(#init)),
        None => quote!(::core::option::Option::None),
    };
    let ItemMod { attrs: item_attrs, vis, mod_token, ident, .. } = &item;
    Ok(quote! {
        #(#item_attrs)*
        #vis #mod_token #ident {
            #output
            /// The definition of the module.
            pub static MODULE: ::adder_interp::native::ModuleDef = ::adder_interp::native::ModuleDef {
                name: #name,
                doc: #doc,
                functions: &[#(#functions),*],
                attrs: &[#(#attrs),*],
                classes: &[#(#classes),*],
                init: #init,
            };
        }
    })
}

impl Tables {
    fn add(&mut self, item: Item, module: &str) -> Result<TokenStream> {
        match item {
            Item::Fn(function) => self.add_function(function, module),
            Item::Const(mut constant) => {
                if let Some((_, marker)) = take_one(&mut constant.attrs, &["pyattr"])? {
                    let name = attr_name(AttrArgs::of(&marker)?, &constant.ident)?;
                    let ident = &constant.ident;
                    self.add_attr(&name, &cfgs(&constant.attrs), &quote!(#ident));
                }
                Ok(quote!(#constant))
            }
            Item::Struct(mut item) => {
                let marker = take_one(&mut item.attrs, &["pyclass"])?.map(|(_, marker)| marker);
                let (ident, attrs) = (item.ident.clone(), item.attrs.clone());
                self.add_class(Item::Struct(item), marker, ident, &attrs, module)
            }
            Item::Enum(mut item) => {
                let marker = take_one(&mut item.attrs, &["pyclass"])?.map(|(_, marker)| marker);
                let (ident, attrs) = (item.ident.clone(), item.attrs.clone());
                self.add_class(Item::Enum(item), marker, ident, &attrs, module)
            }
            Item::Impl(item) => {
                if let Some(marker) = item.attrs.iter().find(|a| is(a, "pymethods")) {
                    let ty = &item.self_ty;
                    self.with_methods.extend(last_segment(ty));
                    let core =
                        marker.meta.require_list().is_ok_and(|l| l.tokens.to_string().contains("kind"));
                    if core && !is_private(marker)? {
                        let cfgs = cfgs(&item.attrs);
                        self.classes.push(quote!(#(#cfgs)* <#ty>::TYPE_DEF));
                    }
                }
                Ok(quote!(#item))
            }
            other => Ok(quote!(#other)),
        }
    }

    fn add_function(&mut self, mut function: ItemFn, module: &str) -> Result<TokenStream> {
        const MARKERS: &[&str] = &[
            "pyfunction",
            "pyattr",
            "pyinit",
            "pymethod",
            "pyclassmethod",
            "pystaticmethod",
            "pynew",
            "pygetset",
        ];
        let Some((which, marker)) = take_one(&mut function.attrs, MARKERS)? else {
            return Ok(quote!(#function));
        };
        let args = AttrArgs::of(&marker)?;
        let ident = function.sig.ident.clone();
        let cfgs = cfgs(&function.attrs);
        match MARKERS[which] {
            "pyfunction" => {
                let (tokens, def) = expand_function(args, function, module)?;
                self.functions.push(quote!(#(#cfgs)* #def));
                Ok(tokens)
            }
            "pyattr" => {
                let name = attr_name(args, &ident)?;
                let call = attr_call(&function.sig, &quote!(#ident))?;
                self.add_attr(&name, &cfgs, &call);
                Ok(quote!(#function))
            }
            "pyinit" => {
                args.finish()?;
                check_plain(&function.sig)?;
                if self.init.replace(ident).is_some() {
                    return error(&function.sig.ident, "a second #[pyinit]");
                }
                Ok(quote!(#function))
            }
            _ => error(marker, "this belongs into an `impl` with #[pymethods]"),
        }
    }

    /// The row of a constant; its constructor is nested in it.
    fn add_attr(&mut self, name: &str, cfgs: &[Attribute], value: &TokenStream) {
        let wrapper = format_ident!("__attr");
        let function = attr_wrapper(&wrapper, &[], value);
        self.attrs.push(attr_row(name, cfgs, &quote!({ #function __attr })));
    }

    fn add_class(
        &mut self,
        item: Item,
        marker: Option<Attribute>,
        ident: Ident,
        attrs: &[Attribute],
        module: &str,
    ) -> Result<TokenStream> {
        let Some(marker) = marker else { return Ok(quote!(#item)) };
        let cfgs = cfgs(attrs);
        if !is_private(&marker)? {
            self.classes.push(quote!(#(#cfgs)* <#ident>::TYPE_DEF));
        }
        self.declared.push((ident, cfgs));
        expand_class(AttrArgs::of(&marker)?, item, Some(module))
    }
}
