//! The `name = value`, `flag` and `list(a, b)` arguments of the attributes, and helpers on attribute lists.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, Ident, Lit, LitStr, Path, Result, Token, parenthesized};

enum ArgValue {
    Flag,
    Expr(Expr),
    List(Vec<Path>),
}

struct Arg {
    name: Ident,
    value: ArgValue,
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            ArgValue::Expr(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let inner;
            parenthesized!(inner in input);
            ArgValue::List(Punctuated::<Path, Token![,]>::parse_terminated(&inner)?.into_iter().collect())
        } else {
            ArgValue::Flag
        };
        Ok(Arg { name, value })
    }
}

/// Arguments of an attribute, taken out one by one; [`AttrArgs::finish`] complains about the rest.
pub struct AttrArgs {
    args: Vec<Arg>,
    known: Vec<&'static str>,
}

impl AttrArgs {
    pub fn parse(tokens: TokenStream) -> Result<AttrArgs> {
        let args = Punctuated::<Arg, Token![,]>::parse_terminated.parse2(tokens)?;
        Ok(AttrArgs { args: args.into_iter().collect(), known: Vec::new() })
    }

    /// The arguments of `attr`: `#[x]` or `#[x(...)]`.
    pub fn of(attr: &Attribute) -> Result<AttrArgs> {
        match &attr.meta {
            syn::Meta::Path(_) => Ok(AttrArgs { args: Vec::new(), known: Vec::new() }),
            syn::Meta::List(list) => AttrArgs::parse(list.tokens.clone()),
            syn::Meta::NameValue(m) => Err(Error::new_spanned(m, "expected `#[name(...)]`")),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Arg> {
        self.known.push(name);
        let at = self.args.iter().position(|a| a.name == name)?;
        Some(self.args.remove(at))
    }

    pub fn flag(&mut self, name: &'static str) -> Result<bool> {
        match self.take(name) {
            None => Ok(false),
            Some(Arg { value: ArgValue::Flag, .. }) => Ok(true),
            Some(a) => Err(Error::new(a.name.span(), format!("`{name}` takes no value"))),
        }
    }

    pub fn string(&mut self, name: &'static str) -> Result<Option<LitStr>> {
        match self.take(name) {
            None => Ok(None),
            Some(Arg { value: ArgValue::Expr(Expr::Lit(e)), .. }) if matches!(e.lit, Lit::Str(_)) => {
                match e.lit {
                    Lit::Str(s) => Ok(Some(s)),
                    _ => unreachable!("checked by the guard"),
                }
            }
            Some(a) => Err(Error::new(a.name.span(), format!("expected `{name} = \"...\"`"))),
        }
    }

    /// `Some(None)` for the flag, `Some(Some(text))` for `name = "text"`.
    pub fn flag_or_string(&mut self, name: &'static str) -> Result<Option<Option<String>>> {
        if self.args.iter().any(|a| a.name == name && matches!(a.value, ArgValue::Flag)) {
            return self.flag(name).map(|_| Some(None));
        }
        Ok(self.string(name)?.map(|s| Some(s.value())))
    }

    /// A path, bare or in quotes.
    pub fn path(&mut self, name: &'static str) -> Result<Option<Path>> {
        match self.take(name) {
            None => Ok(None),
            Some(Arg { value: ArgValue::Expr(Expr::Path(p)), .. }) => Ok(Some(p.path)),
            Some(Arg { value: ArgValue::Expr(Expr::Lit(e)), name: at }) => match &e.lit {
                Lit::Str(s) => s.parse().map(Some),
                _ => Err(Error::new(at.span(), format!("expected `{name} = path`"))),
            },
            Some(a) => Err(Error::new(a.name.span(), format!("expected `{name} = path`"))),
        }
    }

    pub fn paths(&mut self, name: &'static str) -> Result<Vec<Path>> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Arg { value: ArgValue::List(paths), .. }) => Ok(paths),
            Some(a) => Err(Error::new(a.name.span(), format!("expected `{name}(path, ...)`"))),
        }
    }

    /// Nothing may be left.
    pub fn finish(self) -> Result<()> {
        let mut errors = self.args.iter().map(|a| {
            let known = self.known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
            let expected =
                if known.is_empty() { "none is expected".into() } else { format!("expected {known}") };
            Error::new(a.name.span(), format!("unknown or repeated argument `{}`: {expected}", a.name))
        });
        match errors.next() {
            None => Ok(()),
            Some(mut first) => {
                errors.for_each(|e| first.combine(e));
                Err(first)
            }
        }
    }
}

/// Whether the attribute is `#[name]`, `#[name(...)]` or `#[adder_macros::name]`.
pub fn is(attr: &Attribute, name: &str) -> bool {
    attr.path().segments.last().is_some_and(|s| s.ident == name)
}

/// Removes and returns the one attribute of `attrs` that is among `names`, with its index in them.
pub fn take_one(attrs: &mut Vec<Attribute>, names: &[&str]) -> Result<Option<(usize, Attribute)>> {
    let mut found: Option<(usize, Attribute)> = None;
    let mut i = 0;
    while i < attrs.len() {
        match names.iter().position(|n| is(&attrs[i], n)) {
            Some(_) if found.is_some() => {
                return Err(Error::new_spanned(&attrs[i], "a second attribute of this family on one item"));
            }
            Some(which) => found = Some((which, attrs.remove(i))),
            None => i += 1,
        }
    }
    Ok(found)
}

/// The doc comment as Python shows it: indentation and outer blank lines removed.
pub fn doc_of(attrs: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = attrs.iter().filter(|a| is(a, "doc")).filter_map(doc_line).collect();
    let text: Vec<&str> = lines
        .iter()
        .flat_map(|l| l.split('\n'))
        .map(|l| l.strip_prefix(' ').unwrap_or(l).trim_end())
        .collect();
    let text = text.join("\n");
    let text = text.trim_matches('\n');
    (!text.is_empty()).then(|| text.to_owned())
}

fn doc_line(attr: &Attribute) -> Option<String> {
    match &attr.meta.require_name_value().ok()?.value {
        Expr::Lit(e) => match &e.lit {
            Lit::Str(s) => Some(s.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The `#[cfg(...)]` attributes, which generated table rows repeat.
pub fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|a| a.path().is_ident("cfg")).cloned().collect()
}

/// Python's name of a Rust identifier: no `r#`, and no trailing underscore unless it is a `__dunder__`.
pub fn python_name(ident: &Ident) -> String {
    let name = ident.unraw().to_string();
    match name.strip_suffix('_') {
        Some(short) if !name.ends_with("__") && !short.is_empty() => short.to_owned(),
        _ => name,
    }
}

/// An error at a whole syntax node.
pub fn error<T>(at: impl ToTokens, message: impl std::fmt::Display) -> Result<T> {
    Err(Error::new_spanned(at, message))
}

/// An error at a span.
pub fn error_at<T>(at: Span, message: impl std::fmt::Display) -> Result<T> {
    Err(Error::new(at, message))
}
