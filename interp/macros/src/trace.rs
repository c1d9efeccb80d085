//! `#[derive(Trace)]`: reports every field to the collector.

use crate::attr::{error, is};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Result, Type, parse_quote};

pub fn expand(mut input: DeriveInput) -> Result<TokenStream> {
    for param in input.generics.type_params_mut() {
        param.bounds.push(parse_quote!(::adder_interp::object::header::Trace));
    }
    let name = &input.ident;
    let mut types = Vec::new();
    let (generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let body = match &input.data {
        Data::Struct(data) => {
            let (pattern, visits) = visit(&data.fields, &mut types)?;
            quote!(match *self { Self #pattern => { #visits } })
        }
        Data::Enum(data) => {
            let arms = data.variants.iter().map(|variant| {
                let ident = &variant.ident;
                let (pattern, visits) = visit(&variant.fields, &mut types)?;
                Ok(quote!(Self::#ident #pattern => { #visits }))
            });
            let arms = arms.collect::<Result<Vec<_>>>()?;
            quote!(match *self { #(#arms)* })
        }
        Data::Union(data) => return error(data.union_token, "`Trace` cannot be derived for a union"),
    };
    // `match *self` with `ref` bindings works for fields of any type, references included.
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::adder_interp::object::header::Trace for #name #ty_generics #where_clause {
            const NOTHING: bool =
                true #(&& <#types as ::adder_interp::object::header::Trace>::NOTHING)*;
            const BARRIERED: bool =
                true #(&& <#types as ::adder_interp::object::header::Trace>::BARRIERED)*;
            #[inline]
            fn trace(&self, tracer: &mut ::adder_interp::heap::Tracer<'_>) {
                let _ = &tracer;
                #body
            }
        }
    })
}

/// A pattern that binds the traced fields, and the statements that visit them; their types are added to `types`.
fn visit(fields: &Fields, types: &mut Vec<Type>) -> Result<(TokenStream, TokenStream)> {
    let mut patterns = Vec::new();
    let mut visits = Vec::new();
    for (i, field) in fields.iter().enumerate() {
        let mut skip = false;
        for attr in field.attrs.iter().filter(|a| is(a, "trace")) {
            attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("skip") {
                    skip = true;
                    Ok(())
                } else {
                    Err(meta.error("expected `#[trace(skip)]`"))
                }
            })?;
        }
        let binding = format_ident!("field_{i}");
        if skip {
            match &field.ident {
                Some(_) => {}
                None => patterns.push(quote!(_)),
            }
            continue;
        }
        patterns.push(match &field.ident {
            Some(name) => quote!(#name: ref #binding),
            None => quote!(ref #binding),
        });
        let ty = &field.ty;
        types.push(ty.clone());
        visits.push(quote_spanned! {ty.span()=>
            <#ty as ::adder_interp::object::header::Trace>::trace(#binding, tracer);
        });
    }
    let pattern = match fields {
        Fields::Named(_) => quote!({ #(#patterns,)* .. }),
        Fields::Unnamed(_) => quote!((#(#patterns,)*)),
        Fields::Unit => TokenStream::new(),
    };
    Ok((pattern, quote!(#(#visits)*)))
}
