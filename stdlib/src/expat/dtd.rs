//! The document type: what declarations say, and reading them.

use super::chars::{
    character_reference, is_char, is_public_id_char, is_space, name_length, normalise_newlines, predefined,
    space_length,
};
use super::entities::Entity;
use super::event::{Event, Model, Place, code};
use super::parser::{Kind, Parser, State, Step, Stop, wrong};
use std::collections::HashMap;

/// An attribute's declaration.
#[derive(Clone, Debug)]
struct Attribute {
    name: String,
    tokenized: bool,
    default: Option<String>,
}

/// What declarations say. Shared by the parsers of one document.
#[derive(Default, Debug)]
pub struct Dtd {
    pub entities: HashMap<String, Entity>,
    parameter_entities: HashMap<String, Entity>,
    attributes: HashMap<String, Vec<Attribute>>,
    pub standalone: bool,
    /// There are declarations that may not have been read.
    pub has_parameter_references: bool,
    /// A parameter entity was not read: what follows may be overridden by it and does not count.
    stopped: bool,
}

impl Dtd {
    /// Whether an attribute has a type other than CDATA.
    pub fn is_tokenized(&self, element: &str, name: &str) -> bool {
        self.attributes.get(element).is_some_and(|all| all.iter().any(|a| a.name == name && a.tokenized))
    }

    /// Attributes that an element has unless it says otherwise.
    pub fn defaults(&self, element: &str) -> Vec<(String, String)> {
        let all = self.attributes.get(element).map_or(&[][..], |all| &all[..]);
        all.iter().filter_map(|a| Some((a.name.clone(), a.default.clone()?))).collect()
    }
}

/// The inside of a declaration, read from the front. Everything is complete: declarations are cut out before.
struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Words<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }
    fn bad<T>(&self) -> Step<T> {
        Err(Stop::Wrong(code::SYNTAX, self.at))
    }
    fn invalid<T>(&self) -> Step<T> {
        Err(Stop::Wrong(code::INVALID_TOKEN, self.at))
    }
    fn space(&mut self) -> bool {
        let n = space_length(self.rest());
        self.at += n;
        n > 0
    }
    fn needed_space(&mut self) -> Step {
        if self.space() { Ok(()) } else { self.invalid() }
    }
    fn is_next(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }
    fn take(&mut self, what: &str) -> bool {
        let found = self.is_next(what);
        self.at += if found { what.len() } else { 0 };
        found
    }
    fn name(&mut self) -> Step<&'t str> {
        let n = name_length(self.rest());
        if n == 0 {
            return self.bad();
        }
        self.at += n;
        Ok(&self.text[self.at - n..self.at])
    }
    /// Name characters, whatever the first.
    fn name_token(&mut self) -> Step<&'t str> {
        let rest = self.rest();
        let n = rest.find(|c| !super::chars::is_name_char(c)).unwrap_or(rest.len());
        if n == 0 {
            return self.bad();
        }
        self.at += n;
        Ok(&rest[..n])
    }
    fn literal(&mut self) -> Step<&'t str> {
        let rest = self.rest();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return self.bad() };
        let Some(end) = rest[1..].find(quote) else { return self.invalid() };
        self.at += end + 2;
        Ok(&rest[1..1 + end])
    }
    fn end(&mut self) -> Step {
        self.space();
        if self.rest().is_empty() { Ok(()) } else { self.bad() }
    }
    /// `SYSTEM "..."` or `PUBLIC "..." "..."`; the system identifier may be missing in notations.
    fn external_id(&mut self, system_optional: bool) -> Step<Option<Place>> {
        if self.take("SYSTEM") {
            self.needed_space()?;
            let system = Some(self.literal()?.to_string());
            return Ok(Some(Place { base: None, system, public: None }));
        }
        if !self.take("PUBLIC") {
            return Ok(None);
        }
        self.needed_space()?;
        let start = self.at;
        let public = self.literal()?;
        if public.contains(|c| !is_public_id_char(c)) {
            return Err(Stop::Wrong(code::PUBLIC_ID, start));
        }
        let words: Vec<&str> = public.split(is_space).filter(|word| !word.is_empty()).collect();
        let public = Some(words.join(" "));
        let spaced = self.space();
        if system_optional && !self.rest().starts_with(['"', '\'']) {
            return Ok(Some(Place { base: None, system: None, public }));
        }
        if !spaced {
            return self.bad();
        }
        let system = Some(self.literal()?.to_string());
        Ok(Some(Place { base: None, system, public }))
    }
}

/// Where a construct ends that lasts until `stop` outside of quotes.
fn unquoted(text: &str, stop: impl Fn(char) -> bool) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) if q == c => quote = None,
            Some(_) => {}
            None if stop(c) => return Some(at),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
    }
    None
}

impl Parser {
    // ---- <!DOCTYPE

    /// The head of the document type declaration, up to `[` or `>`.
    pub fn doctype(&mut self, rest: &str) -> Step {
        let head = "<!DOCTYPE".len();
        let Some(end) = unquoted(&rest[head..], |c| matches!(c, '[' | '>')) else {
            return self.incomplete(code::UNCLOSED_TOKEN);
        };
        let end = head + end;
        let mut words = Words { text: &rest[..end], at: head };
        words.needed_space()?;
        let name = words.name()?.to_string();
        let spaced = words.space();
        let place = words.external_id(false)?;
        if place.is_some() && !spaced {
            return words.invalid();
        }
        words.end()?;
        let has_internal_subset = rest[end..].starts_with('[');
        let external = place.is_some();
        let place = Place { base: self.base.clone(), ..place.unwrap_or_default() };
        self.seen_doctype = true;
        if external {
            self.external_subset = Some(place.clone());
            self.dtd.borrow_mut().has_parameter_references = true;
            if !self.dtd_is_standalone() && self.parameter_entities == 0 {
                self.report_silently(Event::NotStandalone);
            }
        }
        self.report(Event::StartDoctype { name, place, has_internal_subset }, end + 1);
        self.advance(end + 1);
        if has_internal_subset {
            self.state = State::Subset;
        } else {
            self.end_doctype()?;
        }
        Ok(())
    }

    /// Behind `]`.
    pub fn after_subset(&mut self) -> Step {
        let text = self.text();
        let rest = &text[self.at()..];
        let space = space_length(rest);
        match rest[space..].chars().next() {
            None => self.incomplete(code::UNCLOSED_TOKEN),
            Some('>') => {
                self.report(Event::Other, space + 1);
                self.advance(space + 1);
                self.end_doctype()
            }
            Some(_) => Err(Stop::Wrong(code::SYNTAX, space)),
        }
    }

    fn end_doctype(&mut self) -> Step {
        let foreign = self.foreign_dtd && self.external_subset.is_none();
        if foreign {
            self.dtd.borrow_mut().has_parameter_references = true;
            self.external_subset = Some(Place { base: self.base.clone(), ..Place::default() });
        }
        self.foreign_dtd = false;
        if let Some(place) = self.external_subset.take() {
            let standalone = self.dtd.borrow().standalone;
            let wanted = self.parameter_entities == 2 || (self.parameter_entities == 1 && !standalone);
            if wanted && self.wishes.external {
                self.report_silently(Event::ExternalEntity { context: None, place });
                if !standalone {
                    self.report_silently(Event::NotStandalone);
                }
            }
        }
        self.report_silently(Event::EndDoctype);
        self.state = State::Prolog;
        Ok(())
    }

    // ---- declarations

    /// Inside the internal subset, or in an external one.
    pub fn subset(&mut self) -> Step {
        let text = self.text();
        let rest = &text[self.at()..];
        if self.take_space(rest) {
            return Ok(());
        }
        let external = self.kind == Kind::Subset;
        match rest.as_bytes()[0] {
            b']' if external && rest.starts_with("]]>") && self.included > 0 => {
                self.included -= 1;
                self.advance(3);
                Ok(())
            }
            b']' if !external && self.sources.len() == 1 => {
                self.report(Event::Other, 1);
                self.advance(1);
                self.state = State::AfterSubset;
                Ok(())
            }
            b'%' => self.parameter_reference(rest),
            b'<' if rest.starts_with("<!--") => self.comment(rest),
            b'<' if rest.starts_with("<?") => self.instruction(rest),
            b'<' if rest.starts_with("<![") && (external || self.sources.len() > 1) => self.conditional(rest),
            b'<' if rest.starts_with("<!") => self.declaration(rest),
            b'<' if rest.len() == 1 => self.incomplete(code::UNCLOSED_TOKEN),
            b'<' => Err(Stop::Wrong(code::INVALID_TOKEN, 1)),
            _ if rest.starts_with(is_char) => wrong(code::SYNTAX),
            _ => wrong(code::INVALID_TOKEN),
        }
    }

    /// `%name;` between declarations.
    fn parameter_reference(&mut self, rest: &str) -> Step {
        let size = name_length(&rest[1..]);
        match rest[1 + size..].chars().next() {
            None => return self.incomplete(code::UNCLOSED_TOKEN),
            Some(';') if size > 0 => {}
            Some(_) => return Err(Stop::Wrong(code::INVALID_TOKEN, 1 + size)),
        }
        let (name, length) = (&rest[1..1 + size], size + 2);
        if self.parameter_entities == 0 {
            self.skip_parameter_entity(length);
            return Ok(());
        }
        let entity = {
            let mut dtd = self.dtd.borrow_mut();
            dtd.has_parameter_references = true;
            dtd.parameter_entities.get(name).cloned()
        };
        let Some(entity) = entity else {
            let standalone = self.dtd_is_standalone();
            self.dtd.borrow_mut().stopped |= !standalone;
            let event = Event::SkippedEntity { name: name.to_string(), parameter: true };
            self.report(event, length);
            self.advance(length);
            return Ok(());
        };
        if self.open_entities.contains(&(name.to_string(), true)) {
            return wrong(code::RECURSIVE);
        }
        let standalone = self.dtd_is_standalone();
        match &entity.text {
            Some(text) => {
                let before = self.position;
                self.advance(length);
                let behind = std::mem::replace(&mut self.position, before);
                self.enter(name.to_string(), true, text)?;
                self.return_to(behind);
            }
            None if self.wishes.external => {
                self.report(Event::ExternalEntity { context: None, place: entity.place }, length);
                if !standalone {
                    self.report_silently(Event::NotStandalone);
                }
                self.advance(length);
            }
            None => self.skip_parameter_entity(length),
        }
        Ok(())
    }

    /// A reference that is not followed: declarations behind it may be overridden by what was not read.
    fn skip_parameter_entity(&mut self, length: usize) {
        let standalone = self.dtd_is_standalone();
        let mut dtd = self.dtd.borrow_mut();
        dtd.has_parameter_references = true;
        dtd.stopped |= !standalone;
        drop(dtd);
        self.report(Event::Other, length);
        if !standalone {
            self.report_silently(Event::NotStandalone);
        }
        self.advance(length);
    }

    fn dtd_is_standalone(&self) -> bool {
        self.dtd.borrow().standalone
    }

    /// `<![INCLUDE[ ... ]]>` and `<![IGNORE[ ... ]]>`.
    fn conditional(&mut self, rest: &str) -> Step {
        let Some(open) = rest[3..].find('[').map(|at| at + 3) else {
            return self.incomplete(code::UNCLOSED_TOKEN);
        };
        let keyword = rest[3..open].trim_matches(is_space);
        let keyword = match keyword.strip_prefix('%').and_then(|name| name.strip_suffix(';')) {
            Some(name) => {
                let dtd = self.dtd.borrow();
                let entity = dtd.parameter_entities.get(name).and_then(|entity| entity.text.clone());
                entity.map(|text| text.trim_matches(is_space).to_string()).unwrap_or_default()
            }
            None => keyword.to_string(),
        };
        match keyword.as_str() {
            "INCLUDE" => {
                self.included += 1;
                self.advance(open + 1);
                Ok(())
            }
            "IGNORE" => {
                let mut depth = 1;
                let mut at = open + 1;
                while depth > 0 {
                    let inside = &rest[at..];
                    match (inside.find("<!["), inside.find("]]>")) {
                        (Some(start), Some(end)) if start < end => {
                            depth += 1;
                            at += start + 3;
                        }
                        (_, Some(end)) => {
                            depth -= 1;
                            at += end + 3;
                        }
                        _ => return self.incomplete(code::UNCLOSED_TOKEN),
                    }
                }
                self.advance(at);
                Ok(())
            }
            _ => Err(Stop::Wrong(code::SYNTAX, 3)),
        }
    }

    fn declaration(&mut self, rest: &str) -> Step {
        let keyword = rest[2..].find(|c: char| !c.is_ascii_uppercase()).map(|n| n + 2);
        let Some(keyword_end) = keyword else { return self.incomplete(code::UNCLOSED_TOKEN) };
        if rest == "<!-" {
            return self.incomplete(code::UNCLOSED_TOKEN);
        }
        let Some(end) = unquoted(rest, |c| c == '>') else {
            self.check_characters(rest, 0)?;
            return self.incomplete(code::UNCLOSED_TOKEN);
        };
        self.check_characters(&rest[..end], 0)?;
        let length = end + 1;
        // Outside of the internal subset parameter entities may stand anywhere in a declaration.
        let expanded = match self.kind == Kind::Subset || self.sources.len() > 1 {
            true if rest[..end].contains('%') => Some(self.expand_parameters(&rest[..end])?),
            _ => None,
        };
        let text = expanded.as_deref().unwrap_or(&rest[..end]);
        let mut words = Words { text, at: keyword_end };
        let skipping = self.dtd.borrow().stopped;
        let before = self.queue.len();
        let known = match &rest[2..keyword_end] {
            "ENTITY" => self.entity_declaration(&mut words),
            "ATTLIST" => self.attribute_declarations(&mut words),
            "ELEMENT" => self.element_declaration(&mut words),
            "NOTATION" => self.notation_declaration(&mut words),
            "" => return Err(Stop::Wrong(code::INVALID_TOKEN, 2)),
            _ => return wrong(code::SYNTAX),
        };
        known.map_err(|stop| match stop {
            Stop::Wrong(code, _) if expanded.is_some() => Stop::Wrong(code, 0),
            stop => stop,
        })?;
        if skipping {
            self.queue.truncate(before);
        }
        match self.queue.get_mut(before) {
            Some(report) if self.wishes.raw => report.raw = Some(rest[..length].to_string()),
            Some(_) => {}
            None => self.report(Event::Other, length),
        }
        self.advance(length);
        Ok(())
    }

    /// Replaces parameter entity references between the words of a declaration.
    fn expand_parameters(&mut self, text: &str) -> Step<String> {
        let mut out = String::new();
        let mut quote = None;
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            match (c, quote) {
                ('%', None) => {
                    let size = name_length(&text[at + 1..]);
                    if size > 0 && text[at + 1 + size..].starts_with(';') {
                        let name = &text[at + 1..at + 1 + size];
                        let found =
                            self.dtd.borrow().parameter_entities.get(name).and_then(|e| e.text.clone());
                        if let Some(found) = found {
                            self.count_expansion(found.len())?;
                            let key = (name.to_string(), true);
                            if !self.open_entities.insert(key.clone()) {
                                return wrong(code::RECURSIVE);
                            }
                            let inner = self.expand_parameters(&found);
                            self.open_entities.remove(&key);
                            out.push(' ');
                            out.push_str(&inner?);
                            out.push(' ');
                        }
                        at += size + 2;
                        continue;
                    }
                }
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(q)) if c == q => quote = None,
                _ => {}
            }
            out.push(c);
            at += c.len_utf8();
        }
        Ok(out)
    }

    fn entity_declaration(&mut self, words: &mut Words<'_>) -> Step {
        words.needed_space()?;
        let parameter = words.take("%");
        if parameter {
            words.needed_space()?;
        }
        let name = words.name()?.to_string();
        words.needed_space()?;
        let mut entity = Entity::default();
        match words.external_id(false)? {
            Some(place) => {
                entity.place = Place { base: self.base.clone(), ..place };
                let spaced = words.space();
                if !parameter && words.take("NDATA") {
                    if !spaced {
                        return words.invalid();
                    }
                    words.needed_space()?;
                    entity.notation = Some(words.name()?.to_string());
                }
            }
            None => {
                let start = words.at + 1;
                let raw = words.literal()?;
                entity.text = Some(self.entity_value(raw, start)?);
                entity.place.base = self.base.clone();
            }
        }
        words.end()?;
        if self.dtd.borrow().stopped {
            return Ok(());
        }
        let mut dtd = self.dtd.borrow_mut();
        let table = if parameter { &mut dtd.parameter_entities } else { &mut dtd.entities };
        // The first declaration counts, and the predefined ones before all others.
        let is_new = !table.contains_key(&name) && (parameter || predefined(&name).is_none());
        if is_new {
            table.insert(name.clone(), entity.clone());
        }
        drop(dtd);
        if is_new {
            let Entity { text: value, place, notation } = entity;
            self.report_silently(Event::EntityDecl { name, parameter, value, place, notation });
        }
        Ok(())
    }

    /// The value of an entity: references to characters and parameter entities replaced, others kept.
    fn entity_value(&mut self, raw: &str, offset: usize) -> Step<String> {
        let text = normalise_newlines(raw);
        let mut out = String::with_capacity(text.len());
        let mut rest = &text[..];
        while let Some(at) = rest.find(['&', '%']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let is_parameter = rest.starts_with('%');
            let Some(end) = rest.find(';') else { return Err(Stop::Wrong(code::INVALID_TOKEN, offset)) };
            let name = &rest[1..end];
            if is_parameter {
                if name_length(name) != name.len() || name.is_empty() {
                    return Err(Stop::Wrong(code::INVALID_TOKEN, offset));
                }
                if self.kind != Kind::Subset && self.sources.len() == 1 {
                    return Err(Stop::Wrong(code::PARAM_ENTITY_REF, offset));
                }
                let entity = self.dtd.borrow().parameter_entities.get(name).cloned();
                let key = (name.to_string(), true);
                if let Some(value) = entity.and_then(|entity| entity.text) {
                    if !self.open_entities.insert(key.clone()) {
                        return Err(Stop::Wrong(code::RECURSIVE, offset));
                    }
                    self.count_expansion(value.len())?;
                    let inner = self.entity_value(&value, offset);
                    self.open_entities.remove(&key);
                    out.push_str(&inner?);
                }
            } else if let Some(digits) = name.strip_prefix('#') {
                match character_reference(digits) {
                    Some(c) => out.push(c),
                    None => return Err(Stop::Wrong(code::BAD_CHAR_REF, offset)),
                }
            } else if name_length(name) == name.len() && !name.is_empty() {
                out.push_str(&rest[..=end]);
            } else {
                return Err(Stop::Wrong(code::INVALID_TOKEN, offset));
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn notation_declaration(&mut self, words: &mut Words<'_>) -> Step {
        words.needed_space()?;
        let name = words.name()?.to_string();
        words.needed_space()?;
        let Some(place) = words.external_id(true)? else { return words.bad() };
        words.end()?;
        let place = Place { base: self.base.clone(), ..place };
        self.report_silently(Event::NotationDecl { name, place });
        Ok(())
    }

    fn attribute_declarations(&mut self, words: &mut Words<'_>) -> Step {
        words.needed_space()?;
        let element = words.name()?.to_string();
        loop {
            let spaced = words.space();
            if words.rest().is_empty() {
                return Ok(());
            }
            if !spaced {
                return words.invalid();
            }
            let attribute = words.name()?.to_string();
            words.needed_space()?;
            let kind = attribute_kind(words)?;
            words.needed_space()?;
            let (default, required) = self.attribute_default(words, kind != "CDATA")?;
            if !self.dtd.borrow().stopped {
                let mut dtd = self.dtd.borrow_mut();
                let all = dtd.attributes.entry(element.clone()).or_default();
                if !all.iter().any(|other| other.name == attribute) {
                    all.push(Attribute {
                        name: attribute.clone(),
                        tokenized: kind != "CDATA",
                        default: default.clone(),
                    });
                }
            }
            let element = element.clone();
            self.report_silently(Event::AttlistDecl { element, attribute, kind, default, required });
        }
    }

    fn attribute_default(&mut self, words: &mut Words<'_>, tokenized: bool) -> Step<(Option<String>, bool)> {
        if words.take("#REQUIRED") {
            return Ok((None, true));
        }
        if words.take("#IMPLIED") {
            return Ok((None, false));
        }
        let fixed = words.take("#FIXED");
        if fixed {
            words.needed_space()?;
        }
        let start = words.at + 1;
        let raw = words.literal()?;
        if let Some(at) = raw.find('<') {
            return Err(Stop::Wrong(code::INVALID_TOKEN, start + at));
        }
        Ok((Some(self.attribute_value(raw, tokenized, start)?), fixed))
    }

    fn element_declaration(&mut self, words: &mut Words<'_>) -> Step {
        words.needed_space()?;
        let name = words.name()?.to_string();
        words.needed_space()?;
        let plain = |kind| Model { kind, quantifier: 0, name: None, parts: Vec::new() };
        let model = if words.take("EMPTY") {
            plain(1)
        } else if words.take("ANY") {
            plain(2)
        } else {
            content_model(words, 0)?
        };
        words.end()?;
        self.report_silently(Event::ElementDecl { name, model });
        Ok(())
    }
}

/// A type of attributes, as Expat spells it.
fn attribute_kind(words: &mut Words<'_>) -> Step<String> {
    for kind in ["CDATA", "IDREFS", "IDREF", "ID", "ENTITIES", "ENTITY", "NMTOKENS", "NMTOKEN"] {
        if words.take(kind) {
            return Ok(kind.to_string());
        }
    }
    let notation = words.take("NOTATION");
    if notation {
        words.needed_space()?;
    }
    if !words.take("(") {
        return words.bad();
    }
    let mut names = Vec::new();
    loop {
        words.space();
        names.push(if notation { words.name()? } else { words.name_token()? });
        words.space();
        if words.take(")") {
            break;
        }
        if !words.take("|") {
            return words.bad();
        }
    }
    let prefix = if notation { "NOTATION" } else { "" };
    Ok(format!("{prefix}({})", names.join("|")))
}

/// Nested parentheses beyond this are refused, as the native stack would be.
const MAX_MODEL_DEPTH: usize = 2000;

fn quantifier(words: &mut Words<'_>) -> u8 {
    match () {
        () if words.take("?") => 1,
        () if words.take("*") => 2,
        () if words.take("+") => 3,
        () => 0,
    }
}

/// A parenthesized content model.
fn content_model(words: &mut Words<'_>, depth: usize) -> Step<Model> {
    const MIXED: u8 = 3;
    const NAME: u8 = 4;
    const CHOICE: u8 = 5;
    const SEQUENCE: u8 = 6;
    if !words.take("(") {
        return words.bad();
    }
    if depth > MAX_MODEL_DEPTH {
        return wrong(code::TOO_DEEP);
    }
    words.space();
    let mut parts = Vec::new();
    let mut kind = None;
    if depth == 0 && words.take("#PCDATA") {
        words.space();
        while words.take("|") {
            words.space();
            let name = Some(words.name()?.to_string());
            parts.push(Model { kind: NAME, quantifier: 0, name, parts: Vec::new() });
            words.space();
        }
        if !words.take(")") {
            return words.bad();
        }
        let starred = words.take("*");
        if !parts.is_empty() && !starred {
            return words.bad();
        }
        return Ok(Model { kind: MIXED, quantifier: if starred { 2 } else { 0 }, name: None, parts });
    }
    loop {
        words.space();
        if words.is_next("(") {
            parts.push(content_model(words, depth + 1)?);
        } else {
            let name = Some(words.name()?.to_string());
            let quantifier = quantifier(words);
            parts.push(Model { kind: NAME, quantifier, name, parts: Vec::new() });
        }
        words.space();
        if words.take(")") {
            break;
        }
        let separator = match () {
            () if words.take(",") => SEQUENCE,
            () if words.take("|") => CHOICE,
            () => return words.bad(),
        };
        if *kind.get_or_insert(separator) != separator {
            return words.bad();
        }
    }
    let quantifier = quantifier(words);
    Ok(Model { kind: kind.unwrap_or(SEQUENCE), quantifier, name: None, parts })
}
