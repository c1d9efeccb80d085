//! The parser: a machine that is fed bytes and asked for one report after the other.
//!
//! Text lies in a stack of [`Source`]s: the document at the bottom, above it the internal entities whose references are being
//! expanded. [`Parser::next`] parses one construct of the topmost source. A construct that is not complete in the document yet
//! waits for more data; in an entity it is an error.
//!
//! Reports are queued, because a construct may give several: an empty element starts and ends. Whoever takes a report may
//! change the parser before asking for the next.
//!
//! * [`super::tags`]: elements, attributes, namespaces; [`super::dtd`]: declarations; [`super::entities`]: references

use super::chars::{is_char, is_space, name_length, normalise_newlines, space_length};
use super::decode::{Encoding, decode};
use super::dtd::Dtd;
use super::event::{Code, Event, Position, Report, code};
use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

/// What whoever takes the reports wants.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// The text of every construct.
    pub raw: bool,
    /// References to internal entities are reported, not expanded.
    pub keep_references: bool,
    /// External entities can be fetched.
    pub external: bool,
}

/// How far a construct can be parsed.
pub enum Stop {
    /// It is not complete.
    More,
    /// It is wrong: the code, and how many bytes behind its start.
    Wrong(Code, usize),
}

pub type Step<T = ()> = Result<T, Stop>;

/// An error at the start of a construct.
pub fn wrong<T>(code: Code) -> Step<T> {
    Err(Stop::Wrong(code, 0))
}

/// Text being parsed.
pub struct Source {
    pub text: Rc<str>,
    pub at: usize,
    /// The internal entity it belongs to, and whether that is a parameter entity.
    pub entity: Option<(String, bool)>,
    /// Open elements when it was entered.
    depth: usize,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Before anything: an XML declaration may come.
    Start,
    Prolog,
    /// Between `[` and `]`, or in an external subset.
    Subset,
    /// Behind `]`.
    AfterSubset,
    Content,
    Cdata,
    Epilog,
}

/// What the parser reads as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Document,
    /// An external general entity: content.
    Entity,
    /// An external parameter entity or subset: declarations.
    Subset,
}

/// One open element.
pub struct Open {
    /// As written.
    pub name: String,
    /// As reported.
    pub reported: String,
    /// Bindings made by it.
    pub bindings: usize,
}

/// See the module documentation.
pub struct Parser {
    pub kind: Kind,
    /// Bytes that are no whole characters yet.
    bytes: Vec<u8>,
    encoding: Option<Encoding>,
    /// Named by whoever made the parser: declarations do not count.
    pub forced_encoding: Option<String>,
    pub sources: Vec<Source>,
    /// What is wrong behind the document's text.
    text_error: Option<Code>,
    pub last: bool,
    pub state: State,
    pub position: Position,
    /// Where the document goes on behind each entity being read.
    returns: Vec<Position>,
    pub queue: VecDeque<Report>,
    pub wishes: Wishes,
    pub dtd: Rc<RefCell<Dtd>>,
    pub elements: Vec<Open>,
    /// Prefixes and namespace names, the latest last.
    pub bindings: Vec<(String, Option<String>)>,
    pub namespace_separator: Option<char>,
    pub namespace_triplets: bool,
    /// Entities being expanded.
    pub open_entities: HashSet<(String, bool)>,
    pub seen_doctype: bool,
    pub external_subset: Option<super::event::Place>,
    /// Open `INCLUDE` sections.
    pub included: usize,
    pub base: Option<String>,
    /// 0 never, 1 unless the document is standalone, 2 always.
    pub parameter_entities: i32,
    pub foreign_dtd: bool,
    /// Bytes of the document, and bytes that entities added.
    direct: u64,
    indirect: u64,
    pub amplification: (u64, f64),
    pub reparse_deferral: bool,
    /// Bytes that an incomplete construct had when it was tried last.
    tried_with: usize,
    /// The encoding a declaration asks for; the caller finds a table.
    pub wanted_encoding: Option<String>,
    pub error: Option<(Code, Position)>,
    pub finished: bool,
    pub started: bool,
}

impl Parser {
    pub fn new(kind: Kind) -> Parser {
        Parser {
            kind,
            bytes: Vec::new(),
            encoding: None,
            forced_encoding: None,
            sources: vec![Source { text: "".into(), at: 0, entity: None, depth: 0 }],
            text_error: None,
            last: false,
            state: State::Start,
            position: Position { byte: 0, line: 1, column: 0 },
            returns: Vec::new(),
            queue: VecDeque::new(),
            wishes: Wishes::default(),
            dtd: Rc::default(),
            elements: Vec::new(),
            bindings: vec![("xml".into(), Some("http://www.w3.org/XML/1998/namespace".into()))],
            namespace_separator: None,
            namespace_triplets: false,
            open_entities: HashSet::new(),
            seen_doctype: false,
            external_subset: None,
            included: 0,
            base: None,
            parameter_entities: 0,
            foreign_dtd: false,
            direct: 0,
            indirect: 0,
            amplification: (8 << 20, 100.0),
            reparse_deferral: true,
            tried_with: 0,
            wanted_encoding: None,
            error: None,
            finished: false,
            started: false,
        }
    }

    // ---- input

    /// Adds bytes of the document.
    pub fn feed(&mut self, bytes: &[u8], last: bool) {
        self.started = true;
        self.bytes.extend_from_slice(bytes);
        self.direct += bytes.len() as u64;
        self.last = last;
        self.decode_more();
    }

    fn decode_more(&mut self) {
        if self.encoding.is_none() && !self.detect_encoding() {
            return;
        }
        let Some(encoding) = self.encoding.clone() else { return };
        if self.text_error.is_some() || self.wanted_encoding.is_some() {
            return;
        }
        // Until the declaration was read only as much as it needs is decoded: it may name another encoding.
        let all = self.bytes.len();
        let limit = match (self.state, self.declaration_end()) {
            (State::Start, Some(end)) if self.forced_encoding.is_none() => end,
            _ => all,
        };
        let decoded = decode(&encoding, &self.bytes[..limit], self.last && limit == all);
        self.bytes.drain(..decoded.used);
        self.text_error = decoded.error;
        let source = &mut self.sources[0];
        let mut text = source.text[source.at..].to_string();
        text.push_str(&decoded.text);
        source.text = text.into();
        source.at = 0;
    }

    /// Where an XML declaration at the start of the undecoded bytes ends.
    fn declaration_end(&self) -> Option<usize> {
        if !self.sources[0].text.is_empty() || !matches!(self.encoding, Some(Encoding::Utf8)) {
            return None;
        }
        let bytes = self.bytes.strip_prefix(b"<?xml")?;
        Some(5 + bytes.windows(2).position(|pair| pair == b"?>").map_or(bytes.len(), |at| at + 2))
    }

    /// Finds out the encoding from the first bytes; `false` if there are too few.
    fn detect_encoding(&mut self) -> bool {
        if self.bytes.len() < 3 && !self.last {
            return false;
        }
        if let Some(name) = self.forced_encoding.clone() {
            match Encoding::named(&name) {
                Some(encoding) => self.encoding = Some(encoding),
                None => {
                    self.wanted_encoding = Some(name);
                    self.encoding = Some(Encoding::Utf8);
                }
            }
        }
        let bytes = &self.bytes[..];
        let utf16_forced = matches!(self.encoding, Some(Encoding::Utf16 { .. }));
        let (found, mark) = match bytes {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
            [0xFE, 0xFF, ..] => (Encoding::Utf16 { big_endian: true }, 2),
            [0xFF, 0xFE, ..] => (Encoding::Utf16 { big_endian: false }, 2),
            [0, ..] => (Encoding::Utf16 { big_endian: true }, 0),
            [_, 0, ..] => (Encoding::Utf16 { big_endian: false }, 0),
            _ => (Encoding::Utf8, 0),
        };
        if self.encoding.is_none() || (utf16_forced && matches!(found, Encoding::Utf16 { .. })) {
            self.encoding = Some(found);
        } else if mark == 3 && !matches!(self.encoding, Some(Encoding::Utf8)) {
            return true;
        }
        self.bytes.drain(..mark);
        self.position.byte += mark as u64;
        self.position.column += u64::from(mark > 0);
        true
    }

    /// The encoding that was asked for is `encoding`; undecoded bytes are in it.
    pub fn set_encoding(&mut self, encoding: Encoding) {
        self.encoding = Some(encoding);
        self.wanted_encoding = None;
        self.decode_more();
    }

    /// Whether the document is in an encoding of two bytes a character.
    pub fn is_wide(&self) -> bool {
        matches!(self.encoding, Some(Encoding::Utf16 { .. }))
    }

    /// Bytes of the document from offset `at` of its text on.
    pub fn rest(&self, at: usize) -> Vec<u8> {
        let source = &self.sources[0];
        source.text[at.min(source.text.len())..].bytes().chain(self.bytes.iter().copied()).collect()
    }

    // ---- reading

    /// The text to parse next.
    pub fn text(&self) -> Rc<str> {
        self.source().text.clone()
    }
    pub fn source(&self) -> &Source {
        self.sources.last().expect("the document is never popped")
    }
    pub fn at(&self) -> usize {
        self.source().at
    }
    /// Whether an incomplete construct may still be completed.
    pub fn may_grow(&self) -> bool {
        self.sources.len() == 1 && !self.last
    }
    /// A construct ends too early.
    pub fn incomplete<T>(&self, code: Code) -> Step<T> {
        if self.may_grow() {
            return Err(Stop::More);
        }
        match self.text_error {
            Some(error) if self.sources.len() == 1 => {
                Err(Stop::Wrong(error, self.source().text.len() - self.at()))
            }
            _ => wrong(code),
        }
    }

    /// Goes `n` bytes forward.
    pub fn advance(&mut self, n: usize) {
        let in_document = self.sources.len() == 1;
        let source = self.sources.last_mut().expect("the document is never popped");
        let (start, end) = (source.at, source.at + n);
        source.at = end;
        if in_document {
            self.position = moved(self.position, &source.text[start..end], self.encoding.as_ref());
        }
    }

    /// Where the construct's byte `offset` is.
    fn position_of(&self, offset: usize) -> Position {
        if self.sources.len() > 1 {
            return self.position;
        }
        let source = self.source();
        let end = (source.at + offset).min(source.text.len());
        moved(self.position, &source.text[source.at..end], self.encoding.as_ref())
    }

    /// Reports `event` for the construct of `length` bytes at the present position.
    pub fn report(&mut self, event: Event, length: usize) {
        let raw = (self.wishes.raw || event == Event::Other).then(|| {
            let source = self.source();
            source.text[source.at..source.at + length].to_string()
        });
        let at = self.sources[0].at;
        self.queue.push_back(Report { event, raw, position: self.position, at });
    }

    /// Reports `event` in addition to another of the same construct.
    pub fn report_silently(&mut self, event: Event) {
        let at = self.sources[0].at;
        self.queue.push_back(Report { event, raw: None, position: self.position, at });
    }

    /// Enters the text of an internal entity.
    pub fn enter(&mut self, name: String, parameter: bool, text: &str) -> Step {
        if !self.open_entities.insert((name.clone(), parameter)) {
            return wrong(code::RECURSIVE);
        }
        self.count_expansion(text.len())?;
        let depth = self.elements.len();
        self.sources.push(Source { text: text.into(), at: 0, entity: Some((name, parameter)), depth });
        Ok(())
    }

    /// Open elements when the entity being read was entered.
    pub fn entity_depth(&self) -> usize {
        self.source().depth
    }

    /// The position behind the reference to the entity that was just entered.
    pub fn return_to(&mut self, position: Position) {
        self.returns.push(position);
    }

    /// Counts what an entity adds, against documents that blow themselves up.
    pub fn count_expansion(&mut self, bytes: usize) -> Step {
        self.indirect += bytes as u64;
        let total = self.direct + self.indirect;
        let (threshold, factor) = self.amplification;
        if total >= threshold && total as f64 > factor * self.direct.max(1) as f64 {
            return wrong(code::AMPLIFICATION);
        }
        Ok(())
    }

    fn leave(&mut self) -> Step {
        let source = self.sources.pop().expect("called for entities only");
        if self.state == State::Content && self.elements.len() != source.depth {
            self.sources.push(source);
            return wrong(code::ASYNC_ENTITY);
        }
        if let Some(entity) = source.entity {
            self.open_entities.remove(&entity);
        }
        if let Some(position) = self.returns.pop() {
            self.position = position;
        }
        Ok(())
    }

    /// The next report; `None` when more data is needed, or all was reported.
    pub fn next(&mut self) -> Result<Option<Report>, (Code, Position)> {
        loop {
            if let Some(report) = self.queue.pop_front() {
                return Ok(Some(report));
            }
            if let Some(error) = self.error {
                return Err(error);
            }
            if self.finished || self.wanted_encoding.is_some() || self.deferred() {
                return Ok(None);
            }
            match self.step() {
                Ok(()) => self.tried_with = 0,
                Err(Stop::More) => {
                    let source = self.source();
                    self.tried_with = source.text.len() - source.at;
                    return Ok(None);
                }
                Err(Stop::Wrong(code, offset)) => {
                    let error = (code, self.position_of(offset));
                    self.error = Some(error);
                    if self.queue.is_empty() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Whether to wait until much more of an incomplete construct is there, lest many small pieces take quadratic time.
    fn deferred(&self) -> bool {
        let source = self.source();
        self.reparse_deferral
            && !self.last
            && self.tried_with > 0
            && source.text.len() - source.at < 2 * self.tried_with
    }

    fn step(&mut self) -> Step {
        let source = self.source();
        if source.at == source.text.len() {
            return self.end_of_source();
        }
        match self.state {
            State::Start => self.start(),
            State::Prolog | State::Epilog => self.prolog(),
            State::Subset => self.subset(),
            State::AfterSubset => self.after_subset(),
            State::Content => self.content(),
            State::Cdata => self.cdata(),
        }
    }

    fn end_of_source(&mut self) -> Step {
        if self.sources.len() > 1 {
            if self.state == State::Cdata {
                return wrong(code::UNCLOSED_CDATA);
            }
            return self.leave();
        }
        if let Some(error) = self.text_error {
            return wrong(error);
        }
        if !self.last || !self.bytes.is_empty() {
            return Err(Stop::More);
        }
        match (self.kind, self.state) {
            (Kind::Document, State::Epilog) => {}
            (Kind::Entity, State::Start | State::Prolog) => {}
            (Kind::Entity, State::Content) if self.elements.is_empty() => {}
            (Kind::Entity, State::Content) => return wrong(code::ASYNC_ENTITY),
            (Kind::Subset, State::Start | State::Prolog | State::Subset) => {}
            (_, State::Cdata) => return wrong(code::UNCLOSED_CDATA),
            (_, State::Subset | State::AfterSubset) => return wrong(code::UNCLOSED_TOKEN),
            _ => return wrong(code::NO_ELEMENTS),
        }
        self.finished = true;
        Ok(())
    }

    /// The very beginning: an XML declaration, perhaps.
    fn start(&mut self) -> Step {
        let text = self.text();
        let rest = &text[self.at()..];
        if self.at() == 0 {
            const MARK: &str = "<?xml";
            if MARK.starts_with(rest) && self.may_grow() {
                return Err(Stop::More);
            }
            if rest.strip_prefix(MARK).is_some_and(|r| r.starts_with(is_space) || r.starts_with('?')) {
                return self.xml_declaration(rest);
            }
            if rest == MARK && self.may_grow() {
                return Err(Stop::More);
            }
        }
        self.state = match self.kind {
            Kind::Document => State::Prolog,
            Kind::Entity => State::Content,
            Kind::Subset => State::Subset,
        };
        Ok(())
    }

    fn xml_declaration(&mut self, rest: &str) -> Step {
        let bad = if self.kind == Kind::Document { code::XML_DECL } else { code::TEXT_DECL };
        let Some(end) = rest.find("?>") else { return self.incomplete(code::UNCLOSED_TOKEN) };
        let mut inside = &rest[5..end];
        let (mut version, mut encoding, mut standalone) = (None, None, -1);
        loop {
            let space = space_length(inside);
            inside = &inside[space..];
            if inside.is_empty() {
                break;
            }
            let length = name_length(inside);
            let (name, after) = inside.split_at(length);
            let after = after.trim_start_matches(is_space);
            let Some(after) = after.strip_prefix('=') else { return wrong(bad) };
            let after = after.trim_start_matches(is_space);
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                return wrong(bad);
            };
            let Some(close) = after[1..].find(quote) else { return wrong(bad) };
            let value = &after[1..1 + close];
            inside = &after[close + 2..];
            match name {
                _ if space == 0 => return wrong(bad),
                "version" if version.is_none() && encoding.is_none() && standalone < 0 => {
                    version = Some(value.to_string());
                }
                "encoding" if encoding.is_none() && standalone < 0 => encoding = Some(value.to_string()),
                "standalone" if standalone < 0 && self.kind == Kind::Document => {
                    standalone = match value {
                        "yes" => 1,
                        "no" => 0,
                        _ => return wrong(bad),
                    };
                }
                _ => return wrong(bad),
            }
        }
        if (self.kind == Kind::Document && version.is_none())
            || (self.kind != Kind::Document && encoding.is_none())
        {
            return wrong(bad);
        }
        if standalone == 1 {
            self.dtd.borrow_mut().standalone = true;
        }
        if self.forced_encoding.is_none()
            && let Some(name) = &encoding
        {
            self.use_declared_encoding(name)?;
        }
        self.report(Event::XmlDecl { version, encoding, standalone }, end + 2);
        self.advance(end + 2);
        self.state = match self.kind {
            Kind::Document => State::Prolog,
            Kind::Entity => State::Content,
            Kind::Subset => State::Subset,
        };
        self.decode_more();
        Ok(())
    }

    fn use_declared_encoding(&mut self, name: &str) -> Step {
        match Encoding::named(name) {
            Some(Encoding::Utf16 { .. }) => match self.is_wide() {
                true => Ok(()),
                false => wrong(code::INCORRECT_ENCODING),
            },
            Some(_) if self.is_wide() => wrong(code::INCORRECT_ENCODING),
            Some(encoding) => {
                self.encoding = Some(encoding);
                Ok(())
            }
            None => {
                self.wanted_encoding = Some(name.to_string());
                Ok(())
            }
        }
    }

    /// Passes over the space that `rest`, the text from here on, begins with; false when there is none.
    pub fn take_space(&mut self, rest: &str) -> bool {
        let space = space_length(rest);
        if space > 0 {
            self.report(Event::Other, space);
            self.advance(space);
        }
        space > 0
    }

    /// Before the document type declaration, behind it, and behind the document element.
    fn prolog(&mut self) -> Step {
        let text = self.text();
        let rest = &text[self.at()..];
        if self.take_space(rest) {
            return Ok(());
        }
        if let Some(inside) = rest.strip_prefix("<!") {
            if "--".starts_with(inside) && inside.len() < 2 {
                return self.incomplete(code::UNCLOSED_TOKEN);
            }
            if inside.starts_with("--") {
                return self.comment(rest);
            }
            const DOCTYPE: &str = "DOCTYPE";
            if DOCTYPE.starts_with(inside) && inside.len() < DOCTYPE.len() {
                return self.incomplete(code::UNCLOSED_TOKEN);
            }
            if inside.starts_with(DOCTYPE) && self.state == State::Prolog && !self.seen_doctype {
                return self.doctype(rest);
            }
            let offset = if inside.starts_with(|c: char| c.is_ascii_uppercase()) { 0 } else { 2 };
            return Err(Stop::Wrong(if offset == 0 { code::SYNTAX } else { code::INVALID_TOKEN }, offset));
        }
        if rest.starts_with("<?") {
            return self.instruction(rest);
        }
        if rest == "<" {
            return self.incomplete(code::UNCLOSED_TOKEN);
        }
        if self.state == State::Epilog {
            return wrong(code::JUNK);
        }
        match rest.strip_prefix('<') {
            Some(inside) if name_length(inside) > 0 => {
                self.before_root()?;
                self.state = State::Content;
                Ok(())
            }
            Some(_) => Err(Stop::Wrong(code::INVALID_TOKEN, 1)),
            None => wrong(if rest.starts_with(|c| is_char(c) && c != '&') {
                code::SYNTAX
            } else {
                code::INVALID_TOKEN
            }),
        }
    }

    /// The application may supply a document type of its own.
    fn before_root(&mut self) -> Step {
        if self.foreign_dtd && !self.seen_doctype {
            self.foreign_dtd = false;
            self.dtd.borrow_mut().has_parameter_references = true;
            if self.parameter_entities > 0 && self.wishes.external {
                let place = super::event::Place { base: self.base.clone(), ..Default::default() };
                self.report_silently(Event::ExternalEntity { context: None, place });
            }
        }
        Ok(())
    }

    /// `<!-- ... -->`.
    pub fn comment(&mut self, rest: &str) -> Step {
        let inside = &rest[4..];
        let Some(end) = inside.find("--") else {
            self.check_characters(inside, 4)?;
            return self.incomplete(code::UNCLOSED_TOKEN);
        };
        self.check_characters(&inside[..end], 4)?;
        match inside[end + 2..].chars().next() {
            None => return self.incomplete(code::UNCLOSED_TOKEN),
            Some('>') => {}
            Some(_) => return Err(Stop::Wrong(code::INVALID_TOKEN, 4 + end + 2)),
        }
        let event = Event::Comment(normalise_newlines(&inside[..end]));
        self.report(event, end + 7);
        self.advance(end + 7);
        Ok(())
    }

    /// `<?target data?>`.
    pub fn instruction(&mut self, rest: &str) -> Step {
        let inside = &rest[2..];
        if inside.is_empty() {
            return self.incomplete(code::UNCLOSED_TOKEN);
        }
        let length = name_length(inside);
        if length == 0 {
            return Err(Stop::Wrong(code::INVALID_TOKEN, 2));
        }
        let (target, after) = inside.split_at(length);
        if after.is_empty() {
            return self.incomplete(code::UNCLOSED_TOKEN);
        }
        if target == "xml" {
            return wrong(code::MISPLACED_XML_PI);
        }
        if target.eq_ignore_ascii_case("xml") {
            return Err(Stop::Wrong(code::INVALID_TOKEN, 2 + length));
        }
        let space = space_length(after);
        let data = &after[space..];
        let Some(end) = data.find("?>") else {
            self.check_characters(data, 2 + length + space)?;
            return self.incomplete(code::UNCLOSED_TOKEN);
        };
        if space == 0 && end > 0 {
            return Err(Stop::Wrong(code::INVALID_TOKEN, 2 + length));
        }
        self.check_characters(&data[..end], 2 + length + space)?;
        let event = Event::ProcessingInstruction {
            target: target.to_string(),
            data: normalise_newlines(&data[..end]),
        };
        let total = 2 + length + space + end + 2;
        self.report(event, total);
        self.advance(total);
        Ok(())
    }

    /// Refuses characters that no document may have.
    pub fn check_characters(&self, text: &str, offset: usize) -> Step {
        match text.find(|c| !is_char(c)) {
            Some(at) => Err(Stop::Wrong(code::INVALID_TOKEN, offset + at)),
            None => Ok(()),
        }
    }

    /// Between tags.
    fn content(&mut self) -> Step {
        let text = self.text();
        let rest = &text[self.at()..];
        match rest.as_bytes()[0] {
            b'<' => self.markup(rest),
            b'&' => self.reference(rest),
            b'\n' | b'\r' => self.newline(rest),
            _ => self.characters(rest),
        }
    }

    fn newline(&mut self, rest: &str) -> Step {
        if rest == "\r" && self.may_grow() {
            return Err(Stop::More);
        }
        let length = if rest.starts_with("\r\n") { 2 } else { 1 };
        self.report(Event::Text("\n".into()), length);
        self.advance(length);
        Ok(())
    }

    /// A run of characters without markup.
    fn characters(&mut self, rest: &str) -> Step {
        let stop = |c: char| matches!(c, '<' | '&' | '\n' | '\r') || !is_char(c);
        let mut end = rest.find(stop).unwrap_or(rest.len());
        if let Some(at) = rest[..end].find("]]>") {
            if at == 0 {
                return Err(Stop::Wrong(code::INVALID_TOKEN, 2));
            }
            end = at;
        } else if end == rest.len() && self.may_grow() {
            // "]]" at the end may become "]]>".
            let brackets = rest.len() - rest.trim_end_matches(']').len();
            end -= brackets.min(2);
            if end == 0 {
                return Err(Stop::More);
            }
        }
        if end == 0 {
            return wrong(code::INVALID_TOKEN);
        }
        let end = self.converted_piece(rest, end);
        self.report(Event::Text(rest[..end].to_string()), end);
        self.advance(end);
        Ok(())
    }

    /// Text in other encodings than UTF-8 is reported in pieces, as large as Expat's buffer for converted text.
    fn converted_piece(&self, rest: &str, end: usize) -> usize {
        const BUFFER: usize = 1024;
        match self.encoding {
            Some(Encoding::Utf8) => end,
            _ => rest.floor_char_boundary(end.min(BUFFER)),
        }
    }

    fn markup(&mut self, rest: &str) -> Step {
        match rest.as_bytes().get(1) {
            None => self.incomplete(code::UNCLOSED_TOKEN),
            Some(b'/') => self.end_tag(rest),
            Some(b'?') => self.instruction(rest),
            Some(b'!') => {
                const CDATA: &str = "<![CDATA[";
                if rest.starts_with("<!--") {
                    return self.comment(rest);
                }
                if rest.starts_with(CDATA) {
                    self.report(Event::StartCdata, CDATA.len());
                    self.advance(CDATA.len());
                    self.state = State::Cdata;
                    return Ok(());
                }
                if CDATA.starts_with(rest) || "<!--".starts_with(rest) {
                    return self.incomplete(code::UNCLOSED_TOKEN);
                }
                let common = rest.bytes().zip(CDATA.bytes()).take_while(|(a, b)| a == b).count();
                Err(Stop::Wrong(code::INVALID_TOKEN, common.max(2)))
            }
            Some(_) if name_length(&rest[1..]) > 0 => self.start_tag(rest),
            Some(_) => Err(Stop::Wrong(code::INVALID_TOKEN, 1)),
        }
    }

    fn cdata(&mut self) -> Step {
        let text = self.text();
        let rest = &text[self.at()..];
        if rest.starts_with("]]>") {
            self.report(Event::EndCdata, 3);
            self.advance(3);
            self.state = State::Content;
            return Ok(());
        }
        if rest.starts_with(['\n', '\r']) {
            return self.newline(rest);
        }
        let stop = |c: char| matches!(c, '\n' | '\r') || !is_char(c);
        let mut end = rest.find(stop).unwrap_or(rest.len());
        if let Some(at) = rest[..end].find("]]>") {
            end = at;
        } else if end == rest.len() {
            let brackets = rest.len() - rest.trim_end_matches(']').len();
            if self.may_grow() {
                end -= brackets.min(2);
            }
            if end == 0 {
                return self.incomplete(code::UNCLOSED_CDATA);
            }
        }
        if end == 0 {
            return wrong(code::INVALID_TOKEN);
        }
        let end = self.converted_piece(rest, end);
        self.report(Event::Text(rest[..end].to_string()), end);
        self.advance(end);
        Ok(())
    }
}

/// `from` moved over `text`.
fn moved(from: Position, text: &str, encoding: Option<&Encoding>) -> Position {
    let mut to = from;
    let mut after_return = false;
    for c in text.chars() {
        to.byte += encoding.map_or(c.len_utf8() as u64, |encoding| encoding.width(c));
        match c {
            '\n' if after_return => to.column = 0,
            '\n' | '\r' => {
                to.line += 1;
                to.column = 0;
            }
            _ => to.column += 1,
        }
        after_return = c == '\r';
    }
    to
}
