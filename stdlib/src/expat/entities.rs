//! References to characters and entities, in content and in values.

use super::chars::{character_reference, name_length, predefined};
use super::event::{Event, Place, code};
use super::parser::{Parser, Step, Stop, wrong};

/// A declared entity.
#[derive(Clone, Debug, Default)]
pub struct Entity {
    /// The replacement text of an internal entity.
    pub text: Option<String>,
    pub place: Place,
    /// Of an unparsed entity.
    pub notation: Option<String>,
}

/// Separates the parts of a context.
const SEPARATOR: char = '\u{C}';

impl Parser {
    /// `&name;` or `&#number;` between tags.
    pub fn reference(&mut self, rest: &str) -> Step {
        let (name, length) = self.scan_reference(rest, 0)?;
        if let Some(digits) = name.strip_prefix('#') {
            let Some(c) = character_reference(digits) else { return wrong(code::BAD_CHAR_REF) };
            self.report(Event::Text(c.to_string()), length);
            self.advance(length);
            return Ok(());
        }
        if let Some(c) = predefined(name) {
            self.report(Event::Text(c.to_string()), length);
            self.advance(length);
            return Ok(());
        }
        let Some(entity) = self.find_entity(name)? else {
            let event = Event::SkippedEntity { name: name.to_string(), parameter: false };
            self.report(event, length);
            self.advance(length);
            return Ok(());
        };
        if self.open_entities.contains(&(name.to_string(), false)) {
            return wrong(code::RECURSIVE);
        }
        if entity.notation.is_some() {
            return wrong(code::BINARY_ENTITY);
        }
        match &entity.text {
            Some(_) if self.wishes.keep_references => {
                let event = Event::SkippedEntity { name: name.to_string(), parameter: false };
                self.report(event, length);
                self.advance(length);
            }
            Some(text) => {
                // The position stays at the reference while the entity is parsed.
                let before = self.position;
                self.advance(length);
                let behind = std::mem::replace(&mut self.position, before);
                self.enter(name.to_string(), false, text)?;
                self.return_to(behind);
            }
            None if self.wishes.external => {
                let context = Some(self.context(name));
                self.report(Event::ExternalEntity { context, place: entity.place.clone() }, length);
                self.advance(length);
            }
            None => {
                self.report(Event::Other, length);
                self.advance(length);
            }
        }
        Ok(())
    }

    /// The name inside a reference at `rest`, and the reference's length.
    fn scan_reference<'t>(&self, rest: &'t str, offset: usize) -> Step<(&'t str, usize)> {
        let inside = &rest[1..];
        if let Some(digits) = inside.strip_prefix('#') {
            let hex = digits.starts_with('x');
            let body = &digits[usize::from(hex)..];
            let valid = |c: char| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
            let length = body.find(|c| !valid(c)).unwrap_or(body.len());
            return match body[length..].chars().next() {
                None => self.incomplete(code::UNCLOSED_TOKEN),
                Some(';') if length > 0 => {
                    let name = 1 + usize::from(hex) + length;
                    Ok((&inside[..name], name + 2))
                }
                Some(_) => Err(Stop::Wrong(code::INVALID_TOKEN, offset + 2 + usize::from(hex) + length)),
            };
        }
        if inside.is_empty() {
            return self.incomplete(code::UNCLOSED_TOKEN);
        }
        let length = name_length(inside);
        match inside[length..].chars().next() {
            None if length > 0 => self.incomplete(code::UNCLOSED_TOKEN),
            Some(';') if length > 0 => Ok((&inside[..length], length + 2)),
            _ => Err(Stop::Wrong(code::INVALID_TOKEN, offset + 1 + length)),
        }
    }

    /// A general entity; none if it may be declared where the parser has not looked.
    fn find_entity(&self, name: &str) -> Step<Option<Entity>> {
        let dtd = self.dtd.borrow();
        match dtd.entities.get(name) {
            Some(entity) => Ok(Some(entity.clone())),
            None if !dtd.has_parameter_references || dtd.standalone => wrong(code::UNDEFINED_ENTITY),
            None => Ok(None),
        }
    }

    /// What a parser of entity `name` has to know: bindings of prefixes and entities being expanded.
    pub fn context(&self, name: &str) -> String {
        let mut parts = Vec::new();
        if self.namespace_separator.is_some() {
            let mut seen = Vec::new();
            for (prefix, uri) in self.bindings.iter().rev() {
                if seen.contains(&prefix) {
                    continue;
                }
                seen.push(prefix);
                if let Some(uri) = uri {
                    parts.push(format!("{prefix}={uri}"));
                }
            }
        }
        let mut open: Vec<_> = self
            .open_entities
            .iter()
            .filter(|(_, parameter)| !parameter)
            .map(|(name, _)| name.clone())
            .collect();
        open.sort();
        parts.extend(open);
        parts.push(name.to_string());
        parts.join(&SEPARATOR.to_string())
    }

    /// Takes over what a context says.
    pub fn set_context(&mut self, context: &str) {
        for part in context.split(SEPARATOR).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((prefix, uri)) => self.bindings.push((prefix.to_string(), Some(uri.to_string()))),
                None => {
                    self.open_entities.insert((part.to_string(), false));
                }
            }
        }
    }

    /// The value of an attribute: references replaced, white space made spaces; `offset` is where it starts in the construct.
    pub fn attribute_value(&mut self, raw: &str, tokenized: bool, offset: usize) -> Step<String> {
        let mut out = String::with_capacity(raw.len());
        self.append_value(raw, &mut out, offset)?;
        if tokenized {
            return Ok(out.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        }
        Ok(out)
    }

    fn append_value(&mut self, raw: &str, out: &mut String, offset: usize) -> Step {
        let mut at = 0;
        while let Some(c) = raw[at..].chars().next() {
            match c {
                '&' => {
                    let (name, length) = match self.scan_reference(&raw[at..], offset + at) {
                        Err(Stop::More) => return Err(Stop::Wrong(code::INVALID_TOKEN, offset + at)),
                        scanned => scanned?,
                    };
                    self.append_reference(name, out, offset + at)?;
                    at += length;
                    continue;
                }
                '\r' if raw[at..].starts_with("\r\n") => {
                    out.push(' ');
                    at += 1;
                }
                '\r' | '\n' | '\t' | ' ' => out.push(' '),
                c => out.push(c),
            }
            at += c.len_utf8();
        }
        Ok(())
    }

    fn append_reference(&mut self, name: &str, out: &mut String, offset: usize) -> Step {
        if let Some(digits) = name.strip_prefix('#') {
            let Some(c) = character_reference(digits) else {
                return Err(Stop::Wrong(code::BAD_CHAR_REF, offset));
            };
            out.push(c);
            return Ok(());
        }
        if let Some(c) = predefined(name) {
            out.push(c);
            return Ok(());
        }
        let entity = match self.find_entity(name) {
            Ok(Some(entity)) => entity,
            Ok(None) => return Ok(()),
            Err(stop) => return Err(stop),
        };
        let key = (name.to_string(), false);
        if self.open_entities.contains(&key) {
            return Err(Stop::Wrong(code::RECURSIVE, offset));
        }
        if entity.notation.is_some() {
            return Err(Stop::Wrong(code::BINARY_ENTITY, offset));
        }
        let Some(text) = entity.text else { return Err(Stop::Wrong(code::ATTRIBUTE_EXTERNAL, offset)) };
        if text.contains('<') {
            return Err(Stop::Wrong(code::INVALID_TOKEN, offset));
        }
        self.count_expansion(text.len())?;
        self.open_entities.insert(key.clone());
        let result = self.append_value(&text, out, offset);
        self.open_entities.remove(&key);
        match result {
            Err(Stop::Wrong(code, _)) => Err(Stop::Wrong(code, offset)),
            result => result,
        }
    }
}
