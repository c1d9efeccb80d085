//! Puts the result of a substitution together.

use super::subject::Subject;
use crate::support::str_from_buf;
use adder_interp::buffer::Buffer as Lent;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_text::units::StrBuilder;
use std::ops::Range;

enum Buffer {
    Text(StrBuilder),
    Bytes(Vec<u8>),
}

/// Collects parts of the subject and replacements. A replacement of the wrong type is an error of the end, as it is when
/// a list of parts is joined.
pub struct Joiner<'a> {
    vm: &'a Vm,
    subject: &'a Subject,
    buffer: Buffer,
    /// Parts so far.
    count: usize,
    /// The first wrong part: its number and its class.
    wrong: Option<(usize, String)>,
}

impl<'a> Joiner<'a> {
    pub fn new(vm: &'a Vm, subject: &'a Subject) -> Joiner<'a> {
        let buffer = if subject.is_bytes() {
            Buffer::Bytes(Vec::new())
        } else {
            Buffer::Text(StrBuilder::with_capacity(0))
        };
        Joiner { vm, subject, buffer, count: 0, wrong: None }
    }

    /// Whether nothing was pushed.
    pub fn is_untouched(&self) -> bool {
        self.count == 0
    }

    /// Appends a part of the subject, if there is anything in it.
    pub fn push_slice(&mut self, range: Range<usize>) {
        if range.start < range.end {
            self.append_slice(range);
        }
    }

    /// Appends a part of the subject, even an empty one.
    pub fn append_slice(&mut self, range: Range<usize>) {
        self.count += 1;
        match &mut self.buffer {
            Buffer::Text(out) => {
                if let Some(units) = self.subject.units() {
                    out.push_units(units.slice(range));
                }
            }
            Buffer::Bytes(out) => {
                if let Some(bytes) = self.subject.bytes() {
                    out.extend_from_slice(&bytes[range]);
                }
            }
        }
    }

    /// Appends a replacement.
    pub fn push(&mut self, part: Value) {
        let fits = match &mut self.buffer {
            Buffer::Text(out) => match part.downcast::<Str>() {
                Some(text) => {
                    out.push_units(text.units());
                    true
                }
                None => false,
            },
            Buffer::Bytes(out) => match Lent::simple(self.vm, part) {
                Ok(bytes) => {
                    out.extend_from_slice(&bytes);
                    true
                }
                Err(Raised) => {
                    self.vm.take_pending();
                    false
                }
            },
        };
        if !fits && self.wrong.is_none() {
            self.wrong = Some((self.count, self.vm.type_of(part).name()));
        }
        self.count += 1;
    }

    pub fn finish(self) -> PyResult {
        if let Some((index, given)) = self.wrong {
            let expected = match self.buffer {
                Buffer::Text(_) => "str instance",
                Buffer::Bytes(_) => "a bytes-like object",
            };
            return Err(self
                .vm
                .type_error(format!("sequence item {index}: expected {expected}, {given} found")));
        }
        Ok(match self.buffer {
            Buffer::Text(out) => str_from_buf(self.vm, out.finish()),
            Buffer::Bytes(out) => self.vm.new_bytes(&out),
        })
    }
}
