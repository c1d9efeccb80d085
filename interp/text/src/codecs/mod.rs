//! Encoders and decoders, one codec per file, with error handlers that may be Python callbacks.
//!
//! A codec that meets input it cannot convert describes it as a [`DecodeError`] or [`EncodeError`] and asks its
//! handler what to do; the handler answers with a replacement and the position to go on from, or fails with an
//! error type of its own (the VM's `Raised`). [`Policy`] is the set of handlers every Python has under a name;
//! [`WithPolicy`] turns one into a handler that fails with the codec's own error description, so that the usual
//! calls need no VM:
//!
//! ```
//! use adder_text::codecs::{Policy, WithPolicy, utf8};
//! let decoded = utf8::decode(b"caf\xe9", true, &mut WithPolicy(Policy::Replace)).unwrap();
//! assert_eq!(decoded.text.as_units(), "caf\u{fffd}");
//! let error = utf8::decode(b"caf\xe9", true, &mut WithPolicy(Policy::Strict)).unwrap_err();
//! assert_eq!((error.start, error.end, error.reason), (3, 4, "unexpected end of data"));
//! ```
//!
//! Decoders take a `last` flag: without it, an incomplete sequence at the end is left unconsumed, which is what
//! incremental decoders need. [`Decoded::consumed`] tells how far they came.

pub mod byte;
pub mod charmap;
pub mod escape;
mod policy;
pub mod unicode_escape;
pub mod utf16;
pub mod utf32;
pub mod utf7;
pub mod utf8;

pub use policy::{Policy, WithPolicy};

use crate::units::{StrBuilder, UnitsBuf, UnitsRef};
use std::borrow::Cow;

/// Bytes that do not decode: the fields of a `UnicodeDecodeError` but for the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// Characters that do not encode: the fields of a `UnicodeEncodeError` but for the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeError {
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// A handler's answer to a [`DecodeError`].
#[derive(Clone, Debug)]
pub struct DecodeResume {
    pub replacement: UnitsBuf,
    /// Where to go on, an index into the input (into the new one, if it was replaced); at most its length.
    pub position: usize,
    /// A handler may assign to the exception's `object`: the input from here on.
    pub new_input: Option<Vec<u8>>,
}

/// A handler's answer to an [`EncodeError`].
#[derive(Clone, Debug)]
pub struct EncodeResume {
    pub replacement: Replacement,
    /// Where to go on, an index into the text; at most its length.
    pub position: usize,
}

/// What stands in for characters that do not encode.
#[derive(Clone, Debug)]
pub enum Replacement {
    /// Goes into the output as it is.
    Bytes(Vec<u8>),
    /// Is encoded in turn; if that is impossible, the original error is final.
    Text(UnitsBuf),
}

/// Decides about undecodable bytes.
pub trait DecodeHandler {
    type Error;
    /// `input` is the input as the decoder sees it at this moment.
    fn handle(&mut self, error: DecodeError, input: &[u8]) -> Result<DecodeResume, Self::Error>;
}

/// Decides about unencodable characters.
pub trait EncodeHandler {
    type Error;
    fn handle(&mut self, error: EncodeError, text: UnitsRef<'_>) -> Result<EncodeResume, Self::Error>;
    /// The error is final: a replacement could not be encoded either.
    fn fail(&mut self, error: EncodeError, text: UnitsRef<'_>) -> Self::Error;
}

impl DecodeError {
    /// The text of the exception: `str(UnicodeDecodeError(...))`.
    pub fn message(&self, input: &[u8]) -> String {
        let DecodeError { encoding, start, end, reason } = *self;
        match input.get(start) {
            Some(byte) if end == start + 1 => {
                format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
            }
            _ => format!(
                "'{encoding}' codec can't decode bytes in position {start}-{}: {reason}",
                end.saturating_sub(1)
            ),
        }
    }
}

impl EncodeError {
    /// The text of the exception: `str(UnicodeEncodeError(...))`.
    pub fn message(&self, text: UnitsRef<'_>) -> String {
        let EncodeError { encoding, start, end, reason } = *self;
        match text.get(start) {
            Some(c) if end == start + 1 => {
                let mut escape = StrBuilder::new();
                crate::repr::push_escape(&mut escape, c);
                let escape = escape.as_units();
                format!("'{encoding}' codec can't encode character '{escape}' in position {start}: {reason}")
            }
            _ => format!(
                "'{encoding}' codec can't encode characters in position {start}-{}: {reason}",
                end.saturating_sub(1)
            ),
        }
    }
}

/// Byte order of UTF-16 and UTF-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// A byte order mark tells, or is written; native without one.
    Mark,
    Little,
    Big,
}

impl ByteOrder {
    fn is_big(self) -> bool {
        match self {
            ByteOrder::Mark => cfg!(target_endian = "big"),
            ByteOrder::Little => false,
            ByteOrder::Big => true,
        }
    }
}

/// The outcome of decoding.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub text: UnitsBuf,
    /// Bytes of input used up; all of them when decoding with `last`.
    pub consumed: usize,
}

/// What every decoder's loop carries: the input, the output, the handler.
pub(crate) struct Decoding<'a, 'h, H: DecodeHandler> {
    pub input: Cow<'a, [u8]>,
    pub out: StrBuilder,
    encoding: &'static str,
    handler: &'h mut H,
}

impl<'a, 'h, H: DecodeHandler> Decoding<'a, 'h, H> {
    pub fn new(encoding: &'static str, input: &'a [u8], handler: &'h mut H) -> Self {
        let out = StrBuilder::with_capacity(input.len());
        Decoding { input: Cow::Borrowed(input), out, encoding, handler }
    }

    /// Reports `start..end` as undecodable; gives the position to go on from.
    #[cold]
    pub fn error(&mut self, start: usize, end: usize, reason: &'static str) -> Result<usize, H::Error> {
        let error = DecodeError { encoding: self.encoding, start, end, reason };
        let resume = self.handler.handle(error, &self.input)?;
        self.out.push_units(resume.replacement.as_units());
        if let Some(input) = resume.new_input {
            self.input = Cow::Owned(input);
        }
        debug_assert!(resume.position <= self.input.len());
        Ok(resume.position.min(self.input.len()))
    }

    pub fn finish(self, consumed: usize) -> Decoded {
        Decoded { text: self.out.finish(), consumed }
    }
}

/// What the encoders' loops carry: the text, the output, the handler.
pub(crate) struct Encoding<'a, 'h, H: EncodeHandler> {
    pub out: Vec<u8>,
    text: UnitsRef<'a>,
    handler: &'h mut H,
}

impl<'a, 'h, H: EncodeHandler> Encoding<'a, 'h, H> {
    pub fn new(text: UnitsRef<'a>, handler: &'h mut H) -> Self {
        Encoding { out: Vec::with_capacity(text.len()), text, handler }
    }

    /// Reports unencodable characters and writes the replacement; gives the position to go on from. `push` encodes
    /// one character of replacement text and tells whether it may; replacement bytes come in whole `unit`s.
    #[cold]
    pub fn error(
        &mut self,
        error: EncodeError,
        unit: usize,
        mut push: impl FnMut(u32, &mut Vec<u8>) -> bool,
    ) -> Result<usize, H::Error> {
        let resume = self.handler.handle(error, self.text)?;
        let fits = match &resume.replacement {
            Replacement::Bytes(bytes) => {
                self.out.extend_from_slice(bytes);
                bytes.len() % unit == 0
            }
            Replacement::Text(text) => text.as_units().iter().all(|c| push(c, &mut self.out)),
        };
        if fits { Ok(resume.position.min(self.text.len())) } else { Err(self.handler.fail(error, self.text)) }
    }
}
