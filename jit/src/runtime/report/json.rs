//! Writes JSON, as far as the page needs it.

use std::fmt::Write;

/// Anything that a report contains.
pub enum Json {
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    /// A list of what an iterator yields.
    pub fn list(items: impl IntoIterator<Item = Json>) -> Json {
        Json::List(items.into_iter().collect())
    }
    pub fn number(n: impl TryInto<u64>) -> Json {
        Json::Number(n.try_into().unwrap_or(0) as f64)
    }

    /// Appends the text; it can stand in an HTML script element.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Number(n) => drop(write!(out, "{n}")),
            Json::Text(text) => write_text(text, out),
            Json::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    let _ = write!(out, "{comma}\"{name}\":");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.into())
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // `</script>` and `<!--` would end the element; U+2028 a line of JavaScript.
            '<' | '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_scripts() {
        let mut out = String::new();
        let fields =
            vec![("a", "</script>\n\"\\".into()), ("b", Json::list([Json::Number(1.5), Json::number(2)]))];
        Json::Object(fields).write(&mut out);
        assert_eq!(out, r#"{"a":"\u003c/script>\u000a\"\\","b":[1.5,2]}"#);
    }
}
