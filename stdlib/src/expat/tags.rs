//! Elements: tags, attributes, and the namespaces they bind.

use super::chars::{is_char, is_space, name_length, space_length};
use super::event::{Event, code};
use super::parser::{Kind, Open, Parser, State, Step, Stop, wrong};

const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";

/// An attribute as written.
struct Raw<'t> {
    name: &'t str,
    value: &'t str,
    /// Where the name and the value start in the tag.
    name_at: usize,
    value_at: usize,
}

impl Parser {
    pub fn start_tag(&mut self, rest: &str) -> Step {
        let name_size = self.scan_name(rest, 1)?;
        let name = &rest[1..1 + name_size];
        let (raw, length, empty) = self.scan_attributes(rest, 1 + name_size)?;
        let mut attributes = self.values(name, &raw)?;
        let specified = attributes.len();
        self.add_defaults(name, &mut attributes)?;
        let bindings = self.bindings.len();
        let (reported, attributes, specified) = match self.namespace_separator {
            None => (name.to_string(), attributes, specified),
            Some(_) => self.resolve(name, attributes, specified, &raw)?,
        };
        let bound = self.bindings.len() - bindings;
        let event = Event::StartElement { name: reported.clone(), attributes, specified };
        self.report(event, length);
        self.elements.push(Open { name: name.to_string(), reported, bindings: bound });
        let start = self.position;
        self.advance(length);
        if empty {
            // The end of an empty element lies behind its tag.
            let behind = self.position;
            if self.sources.len() > 1 {
                self.position = start;
            }
            self.close_element();
            self.position = behind;
        }
        Ok(())
    }

    /// Length of the name at `at`, which must not end where the text ends.
    fn scan_name(&self, rest: &str, at: usize) -> Step<usize> {
        let length = name_length(&rest[at..]);
        let name = &rest[at..at + length];
        if self.namespace_separator.is_some()
            && let Some(colon) = name.find(':')
        {
            // One colon at most, with something on both sides.
            let local = &name[colon + 1..];
            let bad = match local.find(':') {
                _ if colon == 0 => Some(0),
                Some(second) => Some(colon + 1 + second),
                None if local.is_empty() && at + length < rest.len() => Some(colon + 1),
                None if !local.is_empty() && name_length(local) == 0 => Some(colon + 1),
                None => None,
            };
            if let Some(bad) = bad {
                return Err(Stop::Wrong(code::INVALID_TOKEN, at + bad));
            }
        }
        if at + length == rest.len() {
            return self.incomplete(code::UNCLOSED_TOKEN);
        }
        Ok(length)
    }

    /// The attributes behind the name of a tag; the tag's length, and whether it ends the element.
    fn scan_attributes<'t>(&self, rest: &'t str, from: usize) -> Step<(Vec<Raw<'t>>, usize, bool)> {
        let mut raw: Vec<Raw<'t>> = Vec::new();
        let mut at = from;
        loop {
            let space = space_length(&rest[at..]);
            at += space;
            let Some(c) = rest[at..].chars().next() else { return self.incomplete(code::UNCLOSED_TOKEN) };
            match c {
                '>' => return Ok((raw, at + 1, false)),
                '/' => {
                    return match rest[at + 1..].chars().next() {
                        None => self.incomplete(code::UNCLOSED_TOKEN),
                        Some('>') => Ok((raw, at + 2, true)),
                        Some(_) => Err(Stop::Wrong(code::INVALID_TOKEN, at + 1)),
                    };
                }
                _ if space == 0 || name_length(&rest[at..]) == 0 => {
                    return Err(Stop::Wrong(code::INVALID_TOKEN, at));
                }
                _ => {}
            }
            let attribute = self.scan_attribute(rest, at)?;
            at = attribute.value_at + attribute.value.len() + 1;
            if raw.iter().any(|other| other.name == attribute.name) {
                return Err(Stop::Wrong(code::DUPLICATE_ATTRIBUTE, attribute.name_at));
            }
            raw.push(attribute);
        }
    }

    fn scan_attribute<'t>(&self, rest: &'t str, name_at: usize) -> Step<Raw<'t>> {
        let size = self.scan_name(rest, name_at)?;
        let mut at = name_at + size;
        at += space_length(&rest[at..]);
        match rest[at..].chars().next() {
            None => return self.incomplete(code::UNCLOSED_TOKEN),
            Some('=') => at += 1,
            Some(_) => return Err(Stop::Wrong(code::INVALID_TOKEN, at)),
        }
        at += space_length(&rest[at..]);
        let quote = match rest[at..].chars().next() {
            None => return self.incomplete(code::UNCLOSED_TOKEN),
            Some(quote @ ('"' | '\'')) => quote,
            Some(_) => return Err(Stop::Wrong(code::INVALID_TOKEN, at)),
        };
        let value_at = at + 1;
        let value = &rest[value_at..];
        let stop = |c: char| c == quote || c == '<' || !is_char(c);
        match value.find(stop) {
            None => self.incomplete(code::UNCLOSED_TOKEN),
            Some(end) if value[end..].starts_with(quote) => {
                Ok(Raw { name: &rest[name_at..name_at + size], value: &value[..end], name_at, value_at })
            }
            Some(end) => Err(Stop::Wrong(code::INVALID_TOKEN, value_at + end)),
        }
    }

    fn values(&mut self, element: &str, raw: &[Raw<'_>]) -> Step<Vec<(String, String)>> {
        let mut attributes = Vec::with_capacity(raw.len());
        for attribute in raw {
            let tokenized = self.dtd.borrow().is_tokenized(element, attribute.name);
            let value = self.attribute_value(attribute.value, tokenized, attribute.value_at)?;
            attributes.push((attribute.name.to_string(), value));
        }
        Ok(attributes)
    }

    fn add_defaults(&mut self, element: &str, attributes: &mut Vec<(String, String)>) -> Step {
        let defaults = self.dtd.borrow().defaults(element);
        for (name, value) in defaults {
            if !attributes.iter().any(|(other, _)| *other == name) {
                self.count_expansion(value.len())?;
                attributes.push((name, value));
            }
        }
        Ok(())
    }

    // ---- namespaces

    /// Binds prefixes and expands names: what is reported for the element, its attributes, and how many were in the tag.
    fn resolve(
        &mut self,
        name: &str,
        attributes: Vec<(String, String)>,
        specified: usize,
        raw: &[Raw<'_>],
    ) -> Step<(String, Vec<(String, String)>, usize)> {
        let mut plain = Vec::new();
        let mut count = 0;
        for (i, (attribute, value)) in attributes.into_iter().enumerate() {
            match attribute.strip_prefix("xmlns") {
                Some("") => self.bind("", &value)?,
                Some(prefix) if prefix.starts_with(':') => self.bind(&prefix[1..], &value)?,
                _ => {
                    count += usize::from(i < specified);
                    plain.push((attribute, value));
                }
            }
        }
        let mut expanded: Vec<(String, String)> = Vec::with_capacity(plain.len());
        for (attribute, value) in plain {
            let full = self.expand(&attribute, false)?;
            if expanded.iter().any(|(other, _)| *other == full) {
                let at = raw.iter().find(|raw| raw.name == attribute).map_or(0, |raw| raw.name_at);
                return Err(Stop::Wrong(code::DUPLICATE_ATTRIBUTE, at));
            }
            expanded.push((full, value));
        }
        Ok((self.expand(name, true)?, expanded, count))
    }

    fn bind(&mut self, prefix: &str, uri: &str) -> Step {
        if prefix == "xmlns" {
            return wrong(code::RESERVED_XMLNS);
        }
        if prefix == "xml" && uri != XML_URI {
            return wrong(code::RESERVED_XML);
        }
        if (prefix != "xml" && uri == XML_URI) || uri == XMLNS_URI {
            return wrong(code::RESERVED_URI);
        }
        if uri.is_empty() && !prefix.is_empty() {
            return wrong(code::UNDECLARING_PREFIX);
        }
        if self.namespace_separator.is_some_and(|separator| separator != '\0' && uri.contains(separator))
            && self.namespace_separator.is_some_and(|separator| !is_uri_character(separator))
        {
            return wrong(code::SYNTAX);
        }
        let bound = (!uri.is_empty()).then(|| uri.to_string());
        self.bindings.push((prefix.to_string(), bound.clone()));
        let shown = (!prefix.is_empty()).then(|| prefix.to_string());
        self.report_silently(Event::StartNamespace { prefix: shown, uri: bound });
        Ok(())
    }

    /// A name with its namespace before it.
    fn expand(&self, name: &str, is_element: bool) -> Step<String> {
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) => (prefix, local),
            None if is_element => ("", name),
            None => return Ok(name.to_string()),
        };
        let bound = self.bindings.iter().rev().find(|(other, _)| other == prefix);
        let uri = match bound {
            Some((_, Some(uri))) => uri,
            _ if prefix.is_empty() => return Ok(name.to_string()),
            _ => return wrong(code::UNBOUND_PREFIX),
        };
        let separator = match self.namespace_separator {
            Some('\0') | None => String::new(),
            Some(separator) => separator.to_string(),
        };
        Ok(match self.namespace_triplets && !prefix.is_empty() && !separator.is_empty() {
            true => format!("{uri}{separator}{local}{separator}{prefix}"),
            false => format!("{uri}{separator}{local}"),
        })
    }

    // ---- ends

    pub fn end_tag(&mut self, rest: &str) -> Step {
        if rest.len() == 2 {
            return self.incomplete(code::UNCLOSED_TOKEN);
        }
        if name_length(&rest[2..]) == 0 {
            return Err(Stop::Wrong(code::INVALID_TOKEN, 2));
        }
        let size = self.scan_name(rest, 2)?;
        let mut at = 2 + size;
        at += space_length(&rest[at..]);
        match rest[at..].chars().next() {
            None => return self.incomplete(code::UNCLOSED_TOKEN),
            Some('>') => at += 1,
            Some(_) => return Err(Stop::Wrong(code::INVALID_TOKEN, at)),
        }
        let name = &rest[2..2 + size];
        let outside = match self.source().entity {
            Some(_) => self.elements.len() <= self.entity_depth(),
            None => self.elements.is_empty(),
        };
        if outside {
            return wrong(code::ASYNC_ENTITY);
        }
        if self.elements.last().is_none_or(|open| open.name != name) {
            return Err(Stop::Wrong(code::TAG_MISMATCH, 2));
        }
        let raw = self.wishes.raw.then(|| rest[..at].to_string());
        let first = self.queue.len();
        self.close_element();
        if let Some(report) = self.queue.get_mut(first) {
            report.raw = raw;
        }
        self.advance(at);
        Ok(())
    }

    /// Reports the end of the innermost element and of its bindings.
    fn close_element(&mut self) {
        let Some(open) = self.elements.pop() else { return };
        self.report_silently(Event::EndElement(open.reported));
        for _ in 0..open.bindings {
            if let Some((prefix, _)) = self.bindings.pop() {
                self.report_silently(Event::EndNamespace((!prefix.is_empty()).then_some(prefix)));
            }
        }
        if self.elements.is_empty() && self.kind == Kind::Document {
            self.state = State::Epilog;
        }
    }
}

/// Characters that a namespace name may contain by RFC 3986.
fn is_uri_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "%-._~:/?#[]@!$&'()*+,;=".contains(c) || is_space(c)
}
