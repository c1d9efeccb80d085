//! What patterns are matched against: text in any unit width, or bytes.

use crate::support::{is_exact_str, str_from_units};
use adder_interp::buffer::Buffer;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::shape::shape_id;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_sre::{Abort, Matcher, Options, Program};
use adder_text::units::UnitsRef;
use adder_text::with_units;
use std::ops::Range;

/// A searchable string. Keeps its characters where they are: `str` and `bytes` never change.
pub struct Subject {
    /// The object itself.
    pub value: Value,
    content: Content,
}

enum Content {
    Text(Gc<Str>),
    Bytes(Buffer),
}

/// Which entry of the engine to use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    Search,
    Match,
    FullMatch,
}

impl Subject {
    pub fn new(vm: &Vm, value: Value) -> PyResult<Subject> {
        if let Some(text) = value.downcast::<Str>() {
            return Ok(Subject { value, content: Content::Text(text) });
        }
        match Buffer::simple(vm, value) {
            Ok(bytes) => Ok(Subject { value, content: Content::Bytes(bytes) }),
            Err(Raised) => {
                vm.catch(vm.exceptions.type_error)?;
                let given = vm.type_of(value).name();
                Err(vm.type_error(format!("expected string or bytes-like object, got '{given}'")))
            }
        }
    }

    /// Checks that a text pattern meets text and a bytes pattern bytes; `None` is a pattern of either.
    pub fn require(self, vm: &Vm, bytes_pattern: Option<bool>) -> PyResult<Subject> {
        match (bytes_pattern, self.is_bytes()) {
            (Some(false), true) => Err(vm.type_error("cannot use a string pattern on a bytes-like object")),
            (Some(true), false) => Err(vm.type_error("cannot use a bytes pattern on a string-like object")),
            _ => Ok(self),
        }
    }

    pub fn is_bytes(&self) -> bool {
        matches!(self.content, Content::Bytes(_))
    }

    pub fn len(&self) -> usize {
        match &self.content {
            Content::Text(text) => text.len(),
            Content::Bytes(bytes) => bytes.len(),
        }
    }

    /// Bounds as Python gives them, clamped to the string.
    pub fn bounds(&self, pos: isize, endpos: isize) -> (usize, usize) {
        let clamp = |i: isize| usize::try_from(i).unwrap_or(0).min(self.len());
        (clamp(pos), clamp(endpos))
    }

    /// Runs the engine; signals are handled meanwhile.
    pub fn run(
        &self,
        vm: &Vm,
        program: &Program,
        matcher: &mut Matcher,
        how: How,
        (pos, endpos): (usize, usize),
        must_advance: bool,
    ) -> PyResult<bool> {
        let poll = &mut || !vm.breaker_set() || vm.handle_breaker().is_ok();
        let options = Options { to_end: how == How::FullMatch, must_advance };
        macro_rules! run {
            ($units:expr) => {
                match how {
                    How::Search => matcher.search(program, $units, pos, endpos, options, poll),
                    _ => matcher.match_at(program, $units, pos, endpos, options, poll),
                }
            };
        }
        let found = match &self.content {
            Content::Text(text) => with_units!(text.as_ref().units(), units => run!(units)),
            Content::Bytes(bytes) => run!(&bytes[..]),
        };
        found.map_err(|abort| match abort {
            Abort::Interrupted => Raised,
            Abort::OutOfMemory => vm.raise_class(vm.exceptions.memory_error, &[]),
        })
    }

    /// A part: a str, or bytes. The object itself if it is the whole of an exact one.
    pub fn slice(&self, vm: &Vm, range: Range<usize>) -> Value {
        let range = range.start..range.end.max(range.start);
        match &self.content {
            Content::Text(text) => {
                if range.len() == text.len() && is_exact_str(self.value) {
                    return self.value;
                }
                str_from_units(vm, text.as_ref().units().slice(range))
            }
            Content::Bytes(bytes) => {
                if range.len() == bytes.len() && is_exact_bytes(self.value) {
                    return self.value;
                }
                Bytes::new(&vm.heap, &bytes[range]).value()
            }
        }
    }

    /// The code points of text.
    pub fn units(&self) -> Option<UnitsRef<'_>> {
        match &self.content {
            Content::Text(text) => Some(text.units()),
            Content::Bytes(_) => None,
        }
    }

    /// The bytes, if it is not text.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Text(_) => None,
            Content::Bytes(bytes) => Some(bytes),
        }
    }

    /// The empty str or bytes.
    pub fn empty(&self, vm: &Vm) -> Value {
        if self.is_bytes() { vm.new_bytes(b"") } else { vm.empty_str.value() }
    }

    /// Whether the text contains this ASCII character.
    pub fn contains(&self, c: u8) -> bool {
        match &self.content {
            Content::Text(text) => match text.as_ref().units() {
                UnitsRef::Latin1 { units, .. } => units.contains(&c),
                UnitsRef::Ucs2(units) => units.contains(&u16::from(c)),
                UnitsRef::Ucs4(units) => units.contains(&u32::from(c)),
            },
            Content::Bytes(bytes) => bytes.contains(&c),
        }
    }
}

fn is_exact_bytes(v: Value) -> bool {
    v.header().is_some_and(|h| h.shape() == shape_id::BYTES)
}
