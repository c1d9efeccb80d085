//! Reading units: from an image, lazily and trusted, or from a self-contained byte string, completely and checked.

use super::encode::tag;
use super::{Image, MAGIC, PackedUnit};
use crate::code_ref::CodeRef;
use crate::insn::Insn;
use crate::lent::{self, Lent, Text};
use crate::ops::{OP_COUNT, Op, Role};
use crate::positions::Positions;
use crate::unit::{CodeFlags, CodeUnit, Const, Handler, InlinedGenexpr, LocalKind, Word};
use crate::varint::Reader;
use crate::words::Words;
use std::borrow::Cow;

/// Where strings come from and what becomes of units inside units.
enum Source<'a> {
    Image(Image),
    Owned(Vec<&'a [u8]>),
}

struct Decoder<'a> {
    reader: Reader<'a>,
    source: &'a Source<'a>,
    depth: u32,
}

/// Nesting of units and tuples that no compiler output exceeds.
const MAX_DEPTH: u32 = 2000;

/// The unit at `offset` of a trusted image.
pub(super) fn packed(image: Image, offset: usize) -> CodeUnit {
    let source = Source::Image(image);
    let reader = Reader::starting_at(image.bytes, offset);
    Decoder { reader, source: &source, depth: 0 }.unit().expect("the image is well formed")
}

/// A unit written by [`super::encode_unit`].
///
/// # Errors
/// What is wrong with the bytes.
pub fn decode_unit(bytes: &[u8]) -> Result<CodeUnit, String> {
    let Some(rest) = bytes.strip_prefix(&MAGIC) else { return Err("not code of this version".into()) };
    let decoded = (|| {
        let mut reader = Reader::new(rest);
        let count = usize::try_from(reader.number()?).ok().filter(|&n| n <= rest.len())?;
        let lengths: Option<Vec<usize>> =
            (0..count).map(|_| usize::try_from(reader.number()?).ok()).collect();
        let strings: Option<Vec<&[u8]>> = lengths?.into_iter().map(|n| reader.take(n)).collect();
        let source = Source::Owned(strings?);
        Decoder { reader, source: &source, depth: 0 }.unit()
    })();
    let unit = decoded.ok_or("truncated or damaged code")?;
    crate::verify::verify(&unit)?;
    Ok(unit)
}

impl<'a> Decoder<'a> {
    fn number<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.reader.number()?).ok()
    }

    /// A count of items that take at least a byte each.
    fn count(&mut self) -> Option<usize> {
        self.number()
    }

    fn string(&mut self) -> Option<lent::Bytes> {
        let n: u32 = self.number()?;
        match self.source {
            Source::Image(image) => Some(Lent::Static(image.string(n))),
            Source::Owned(strings) => strings.get(n as usize).map(|&s| s.into()),
        }
    }

    fn text(&mut self) -> Option<Text> {
        let n: u32 = self.number()?;
        match self.source {
            Source::Image(image) => Some(Lent::Static(image.text(n))),
            Source::Owned(strings) => std::str::from_utf8(strings.get(n as usize)?).ok().map(Into::into),
        }
    }

    fn list<T>(&mut self, n: usize, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut list = Vec::with_capacity(n.min(1 << 16));
        for _ in 0..n {
            list.push(item(self)?);
        }
        Some(list)
    }

    fn unit(&mut self) -> Option<CodeUnit> {
        let (name, qualname, filename) = (self.text()?, self.text()?, self.text()?);
        let flags = CodeFlags(self.number()?);
        let [argcount, posonlyargcount, kwonlyargcount, nregs] =
            [self.number()?, self.number()?, self.number()?, self.number()?];
        let firstlineno = self.number()?;
        let n = self.count()?;
        let locals = self.list(n, |d| Some((d.text()?, local_kind(d.reader.byte()?)?)))?;
        let (locals, local_kinds) = locals.into_iter().unzip();
        let words = self.words()?;
        let n = self.count()?;
        let insns = self.list(n, Self::insn)?;
        let handlers = self.count()?;
        let handlers = self.list(handlers, |d| {
            let start: u32 = d.number()?;
            let end = start.checked_add(d.number()?)?;
            Some(Handler { start, end, target: d.number()?, exc: d.number()? })
        })?;
        let genexprs = self.count()?;
        let genexprs = self.list(genexprs, |d| {
            let start: u32 = d.number()?;
            let end = start.checked_add(d.number()?)?;
            Some(InlinedGenexpr { start, end, call: d.number()?, code: d.number()? })
        })?;
        let packed = self.count()?;
        let positions = self.positions(packed, insns.len() as u32)?;
        Some(CodeUnit {
            name,
            qualname,
            filename,
            flags,
            argcount,
            posonlyargcount,
            kwonlyargcount,
            nregs,
            locals,
            local_kinds,
            insns,
            words,
            handlers,
            genexprs,
            positions,
            firstlineno,
        })
    }

    fn positions(&mut self, bytes: usize, len: u32) -> Option<Positions> {
        let packed = match self.source {
            Source::Image(image) => {
                let at = self.reader.position();
                self.reader.take(bytes)?;
                Cow::Borrowed(image.bytes.get(at..at + bytes)?)
            }
            Source::Owned(_) => Cow::Owned(self.reader.take(bytes)?.to_vec()),
        };
        let positions = Positions::from_packed(packed, len);
        // Damaged positions would end early.
        let checked = matches!(self.source, Source::Image(_)) || positions.iter().count() == len as usize;
        checked.then_some(positions)
    }

    fn words(&mut self) -> Option<Words> {
        // Operands number no more.
        let n = self.count().filter(|&n| n <= 1 << 16)?;
        let mut words = Words::default();
        while words.len() < n {
            match self.reader.byte()? {
                tag::WORD_CACHES => {
                    let run = self.count()?;
                    if run > n - words.len() {
                        return None;
                    }
                    words.push_caches(run);
                }
                tag => {
                    let word = match tag {
                        tag::WORD_NAME => Word::Name(self.text()?),
                        _ => Word::Const(self.constant(tag)?),
                    };
                    words.push(word).then_some(())?;
                }
            }
        }
        Some(words)
    }

    fn insn(&mut self) -> Option<Insn> {
        let (byte, feedback) = (self.reader.byte()?, self.reader.byte()?);
        if byte as usize >= OP_COUNT {
            return None;
        }
        let op = Op::from_u8(byte);
        let roles = op.roles();
        if roles.contains(&Role::Jump32) {
            let a = if roles[0] == Role::None { 0 } else { self.number()? };
            let distance = i32::try_from(self.reader.signed()?).ok()?;
            return Some(Insn::a_imm(op, a, distance).with_feedback(feedback));
        }
        let mut operands = [0u16; 3];
        for (operand, role) in operands.iter_mut().zip(roles) {
            *operand = match role {
                Role::None => 0,
                Role::Jump16 => i16::try_from(self.reader.signed()?).ok()? as u16,
                _ => self.number()?,
            };
        }
        Some(Insn::abc(op, operands[0], operands[1], operands[2]).with_feedback(feedback))
    }

    fn next_constant(&mut self) -> Option<Const> {
        let tag = self.reader.byte()?;
        self.constant(tag)
    }

    fn constant(&mut self, tag: u8) -> Option<Const> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let eight = |d: &mut Self| Some(u64::from_le_bytes(d.reader.take(8)?.try_into().ok()?));
        let c = match tag {
            tag::NONE => Const::None,
            tag::TRUE => Const::True,
            tag::FALSE => Const::False,
            tag::ELLIPSIS => Const::Ellipsis,
            tag::INT => Const::Int(self.reader.signed()?),
            tag::BIG_INT => {
                let negative = self.reader.byte()? != 0;
                let n = self.count()?;
                Const::BigInt { negative, magnitude: self.reader.take(n)?.into() }
            }
            tag::FLOAT => Const::Float(eight(self)?),
            tag::COMPLEX => Const::Complex { re: eight(self)?, im: eight(self)? },
            tag::STR => Const::Str(self.string()?),
            tag::BYTES => {
                let n = self.count()?;
                Const::Bytes(self.reader.take(n)?.into())
            }
            tag::TUPLE => {
                let n = self.count()?;
                Const::Tuple(self.list(n, Self::next_constant)?.into())
            }
            tag::FROZEN_SET => {
                let n = self.count()?;
                Const::FrozenSet(self.list(n, Self::next_constant)?.into())
            }
            tag::SLICE => {
                let parts = [self.next_constant()?, self.next_constant()?, self.next_constant()?];
                Const::Slice(Box::new(parts))
            }
            tag::CODE => Const::Code(self.inner_unit()?),
            _ => return None,
        };
        self.depth -= 1;
        Some(c)
    }

    fn inner_unit(&mut self) -> Option<CodeRef> {
        let length = self.count()?;
        let offset = self.reader.position();
        match self.source {
            Source::Image(image) => {
                self.reader.take(length)?;
                Some(CodeRef::packed(PackedUnit { image: *image, offset: offset as u32 }))
            }
            Source::Owned(_) => {
                let unit = self.unit()?;
                (self.reader.position() == offset + length).then(|| CodeRef::new(unit))
            }
        }
    }
}

fn local_kind(byte: u8) -> Option<LocalKind> {
    const KINDS: [LocalKind; 4] = [LocalKind::Fast, LocalKind::Cell, LocalKind::Free, LocalKind::Hidden];
    KINDS.into_iter().find(|k| *k as u8 == byte)
}
