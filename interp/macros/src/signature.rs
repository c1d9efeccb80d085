//! Python signatures as written in attributes: `(x, /, y=1, *args, key=None, **kwargs)`.

use crate::attr::error_at;
use proc_macro2::Span;
use syn::{LitStr, Result};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ParamKind {
    PositionalOnly,
    PositionalOrKeyword,
    VarPositional,
    KeywordOnly,
    VarKeyword,
}

impl ParamKind {
    /// Name of the variant of `adder_interp::native::ParamKind`.
    pub fn variant(self) -> &'static str {
        match self {
            ParamKind::PositionalOnly => "PositionalOnly",
            ParamKind::PositionalOrKeyword => "PositionalOrKeyword",
            ParamKind::VarPositional => "VarPositional",
            ParamKind::KeywordOnly => "KeywordOnly",
            ParamKind::VarKeyword => "VarKeyword",
        }
    }
}

/// One Python parameter.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: String,
    pub kind: ParamKind,
    /// The default as Python source.
    pub default: Option<String>,
}

/// Parses the text of a `sig` argument. A leading `$self`, `$module` or `$type` is accepted and dropped.
pub fn parse(sig: &LitStr) -> Result<Vec<Param>> {
    let span = sig.span();
    let text = sig.value();
    let text = text.trim();
    let inner = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => inner,
        None => return error_at(span, "a Python signature is written in parentheses: \"(x, /, y=1)\""),
    };
    let mut params: Vec<Param> = Vec::new();
    let mut star = false;
    let mut slash = false;
    let mut receiver = false;
    for piece in split_commas(inner, span)? {
        let piece = piece.trim();
        match piece {
            "/" => {
                if slash || star || (params.is_empty() && !receiver) {
                    return error_at(span, "misplaced `/`");
                }
                slash = true;
                params.iter_mut().for_each(|p| p.kind = ParamKind::PositionalOnly);
            }
            "*" if star => return error_at(span, "a second `*`"),
            "*" => star = true,
            _ if piece.starts_with('$') => {
                if receiver || !params.is_empty() {
                    return error_at(span, "`$self` comes first");
                }
                receiver = true;
            }
            _ => {
                let param = parse_param(piece, star, span)?;
                star |= param.kind == ParamKind::VarPositional;
                check_order(&params, &param, span)?;
                params.push(param);
            }
        }
    }
    if star && !params.iter().any(|p| matches!(p.kind, ParamKind::VarPositional | ParamKind::KeywordOnly)) {
        return error_at(span, "named parameters must follow a bare `*`");
    }
    Ok(params)
}

fn parse_param(piece: &str, star: bool, span: Span) -> Result<Param> {
    let (name, default) = match piece.split_once('=') {
        Some((name, default)) => (name.trim(), Some(default.trim().to_owned())),
        None => (piece, None),
    };
    let (name, kind) = if let Some(name) = name.strip_prefix("**") {
        (name, ParamKind::VarKeyword)
    } else if let Some(name) = name.strip_prefix('*') {
        if star {
            return error_at(span, "a second `*`");
        }
        (name, ParamKind::VarPositional)
    } else {
        (name, if star { ParamKind::KeywordOnly } else { ParamKind::PositionalOrKeyword })
    };
    let valid = |c: char| c == '_' || c.is_alphanumeric();
    if name.is_empty() || !name.chars().all(valid) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return error_at(span, format!("`{piece}` is not a Python parameter"));
    }
    if default.as_deref() == Some("") {
        return error_at(span, format!("parameter `{name}` has an empty default"));
    }
    Ok(Param { name: name.to_owned(), kind, default })
}

fn check_order(params: &[Param], param: &Param, span: Span) -> Result<()> {
    let name = &param.name;
    if params.iter().any(|p| p.name == *name) {
        return error_at(span, format!("duplicate parameter `{name}`"));
    }
    if params.iter().any(|p| p.kind == ParamKind::VarKeyword) {
        return error_at(span, format!("parameter `{name}` follows `**`"));
    }
    let positional = |p: &Param| p.kind <= ParamKind::PositionalOrKeyword;
    if positional(param)
        && param.default.is_none()
        && params.iter().any(|p| positional(p) && p.default.is_some())
    {
        return error_at(span, format!("parameter `{name}` without a default follows one with a default"));
    }
    Ok(())
}

/// Splits at commas outside brackets and quotes. A trailing comma is allowed.
fn split_commas(text: &str, span: Span) -> Result<Vec<&str>> {
    let mut pieces = Vec::new();
    let (mut depth, mut start, mut quote) = (0i32, 0, None);
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                pieces.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    if quote.is_some() || depth != 0 {
        return error_at(span, "unbalanced brackets or quotes in the signature");
    }
    if !text[start..].trim().is_empty() {
        pieces.push(&text[start..]);
    }
    Ok(pieces)
}

/// `__text_signature__`; `receiver` is `$self`, `$module`, `$type`, or nothing.
pub fn text_signature(receiver: Option<&str>, params: &[Param]) -> String {
    let mut out: Vec<String> = receiver.iter().map(|r| (*r).to_owned()).collect();
    let positional_only = params.iter().filter(|p| p.kind == ParamKind::PositionalOnly).count();
    let mut slash_due = receiver.is_some() || positional_only > 0;
    let mut star_due = true;
    for param in params {
        if slash_due && param.kind != ParamKind::PositionalOnly {
            out.push("/".into());
            slash_due = false;
        }
        if param.kind == ParamKind::KeywordOnly && star_due {
            out.push("*".into());
        }
        star_due &= param.kind < ParamKind::VarPositional;
        let stars = match param.kind {
            ParamKind::VarPositional => "*",
            ParamKind::VarKeyword => "**",
            _ => "",
        };
        let name = &param.name;
        out.push(match &param.default {
            Some(default) => format!("{stars}{name}={default}"),
            None => format!("{stars}{name}"),
        });
    }
    if slash_due {
        out.push("/".into());
    }
    format!("({})", out.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(sig: &str, receiver: Option<&str>) -> String {
        let params = parse(&LitStr::new(sig, Span::call_site())).unwrap();
        text_signature(receiver, &params)
    }

    fn fails(sig: &str) -> String {
        parse(&LitStr::new(sig, Span::call_site())).unwrap_err().to_string()
    }

    #[test]
    fn text_signatures_have_cpythons_form() {
        assert_eq!(round("(x, /)", Some("$module")), "($module, x, /)");
        assert_eq!(round("()", Some("$self")), "($self, /)");
        assert_eq!(round("(sep=None, maxsplit=-1)", Some("$self")), "($self, /, sep=None, maxsplit=-1)");
        assert_eq!(
            round("(*, key=None, reverse=False)", Some("$self")),
            "($self, /, *, key=None, reverse=False)"
        );
        assert_eq!(round("(iterable=(), /)", None), "(iterable=(), /)");
        assert_eq!(round("()", None), "()");
        assert_eq!(
            round("(*args, sep=' ', end='\\n', file=None)", Some("$module")),
            "($module, /, *args, sep=' ', end='\\n', file=None)"
        );
        assert_eq!(round("(old, new, /, count=-1)", Some("$self")), "($self, old, new, /, count=-1)");
        assert_eq!(round("($self, x, /, **kw)", Some("$self")), "($self, x, /, **kw)");
    }

    #[test]
    fn defaults_may_hold_commas() {
        let params =
            parse(&LitStr::new("(a=(1, 2), b=',', c='it\\'s', *, d={1: 2})", Span::call_site())).unwrap();
        let defaults: Vec<_> = params.iter().map(|p| p.default.as_deref().unwrap()).collect();
        assert_eq!(defaults, ["(1, 2)", "','", "'it\\'s'", "{1: 2}"]);
        assert_eq!(params[3].kind, ParamKind::KeywordOnly);
    }

    #[test]
    fn mistakes_are_named() {
        assert!(fails("x, y").contains("parentheses"));
        assert!(fails("(a=1, b)").contains("without a default"));
        assert!(fails("(a, a)").contains("duplicate"));
        assert!(fails("(/, a)").contains("misplaced"));
        assert!(fails("(a, *)").contains("bare `*`"));
        assert!(fails("(**k, a)").contains("follows `**`"));
        assert!(fails("(a b)").contains("not a Python parameter"));
        assert!(fails("(a=(1)").contains("unbalanced"));
    }
}
