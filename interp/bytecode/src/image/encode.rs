//! Writing units and images.
//!
//! A unit is a sequence of varints: name, qualname, filename (string numbers); flags, counts, first line; locals (name,
//! kind); words; instructions (opcode and feedback byte, then the operands its roles have); handlers; positions
//! as they are packed already.

use super::{HEADER, IS_PACKAGE, MAGIC, MODULE_ROW};
use crate::insn::Insn;
use crate::ops::Role;
use crate::unit::{CodeUnit, Const, Word};
use crate::varint::{push, push_signed};
use crate::words::Words;
use std::collections::HashMap;

/// Constant tags; word tags are [`WORD_CACHES`], [`WORD_NAME`], or a constant's tag after [`WORD_CONST`].
pub(super) mod tag {
    pub const NONE: u8 = 0;
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const ELLIPSIS: u8 = 3;
    pub const INT: u8 = 4;
    pub const BIG_INT: u8 = 5;
    pub const FLOAT: u8 = 6;
    pub const COMPLEX: u8 = 7;
    pub const STR: u8 = 8;
    pub const BYTES: u8 = 9;
    pub const TUPLE: u8 = 10;
    pub const FROZEN_SET: u8 = 11;
    pub const SLICE: u8 = 12;
    pub const CODE: u8 = 13;
    /// A run of cache words; its length follows.
    pub const WORD_CACHES: u8 = 14;
    /// A name; other tags are constants.
    pub const WORD_NAME: u8 = 15;
}

/// Strings of an image, each once.
#[derive(Default)]
struct Strings {
    numbers: HashMap<Box<[u8]>, u32>,
    offsets: Vec<u32>,
    blob: Vec<u8>,
}

impl Strings {
    fn number(&mut self, text: &[u8]) -> u32 {
        if let Some(&n) = self.numbers.get(text) {
            return n;
        }
        let n = self.offsets.len() as u32;
        self.offsets.push(self.blob.len() as u32);
        self.blob.extend_from_slice(text);
        self.numbers.insert(text.into(), n);
        n
    }
}

/// Collects modules and lays them out.
#[derive(Default)]
pub struct ImageBuilder {
    strings: Strings,
    /// Name, path, offset among the units, flags.
    modules: Vec<(String, u32, u32, u32)>,
    units: Vec<u8>,
}

impl ImageBuilder {
    /// Adds a module; `path` is that of its source below the library's root.
    pub fn add(&mut self, name: &str, path: &str, is_package: bool, unit: &CodeUnit) {
        let path = self.strings.number(path.as_bytes());
        let flags = if is_package { IS_PACKAGE } else { 0 };
        self.modules.push((name.to_string(), path, self.units.len() as u32, flags));
        let mut out = std::mem::take(&mut self.units);
        Encoder { out: &mut out, strings: &mut self.strings }.unit(unit);
        self.units = out;
    }

    /// The image.
    pub fn finish(mut self) -> Vec<u8> {
        self.modules.sort();
        let names: Vec<u32> = self.modules.iter().map(|m| self.strings.number(m.0.as_bytes())).collect();
        let strings = &self.strings;
        let base =
            HEADER + (strings.offsets.len() + 1) * 4 + self.modules.len() * MODULE_ROW + strings.blob.len();
        let mut out = Vec::with_capacity(base + self.units.len());
        out.extend_from_slice(&MAGIC);
        let mut number = |n: u32| out.extend_from_slice(&n.to_le_bytes());
        number(strings.offsets.len() as u32);
        number(self.modules.len() as u32);
        strings.offsets.iter().for_each(|&o| number(o));
        number(strings.blob.len() as u32);
        for ((_, path, offset, flags), name) in self.modules.iter().zip(names) {
            [name, *path, base as u32 + offset, *flags].into_iter().for_each(&mut number);
        }
        out.extend_from_slice(&strings.blob);
        out.extend_from_slice(&self.units);
        out
    }
}

/// A unit with a string table of its own, for [`super::decode_unit`].
pub fn encode_unit(unit: &CodeUnit) -> Vec<u8> {
    let (mut strings, mut body) = (Strings::default(), Vec::new());
    Encoder { out: &mut body, strings: &mut strings }.unit(unit);
    let mut out = MAGIC.to_vec();
    push(&mut out, strings.offsets.len() as u64);
    for (i, &start) in strings.offsets.iter().enumerate() {
        let end = strings.offsets.get(i + 1).map_or(strings.blob.len(), |&e| e as usize);
        push(&mut out, (end - start as usize) as u64);
    }
    out.extend_from_slice(&strings.blob);
    out.extend_from_slice(&body);
    out
}

struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    strings: &'a mut Strings,
}

impl Encoder<'_> {
    fn number(&mut self, n: impl Into<u64>) {
        push(self.out, n.into());
    }
    fn count(&mut self, n: usize) {
        push(self.out, n as u64);
    }
    fn string(&mut self, text: &[u8]) {
        let n = self.strings.number(text);
        self.number(n);
    }

    fn unit(&mut self, unit: &CodeUnit) {
        self.string(unit.name.as_bytes());
        self.string(unit.qualname.as_bytes());
        self.string(unit.filename.as_bytes());
        self.number(unit.flags.0);
        let counts = [unit.argcount, unit.posonlyargcount, unit.kwonlyargcount, unit.nregs];
        counts.into_iter().for_each(|n| self.number(n));
        self.number(unit.firstlineno);
        self.count(unit.locals.len());
        for (name, kind) in unit.locals.iter().zip(&unit.local_kinds) {
            self.string(name.as_bytes());
            self.out.push(*kind as u8);
        }
        self.count(unit.words.len());
        self.words(&unit.words);
        self.count(unit.insns.len());
        unit.insns.iter().for_each(|&insn| self.insn(insn));
        self.count(unit.handlers.len());
        for h in &unit.handlers {
            self.number(h.start);
            self.number(h.end - h.start);
            self.number(h.target);
            self.number(h.exc);
        }
        self.count(unit.genexprs.len());
        for g in &unit.genexprs {
            self.number(g.start);
            self.number(g.end - g.start);
            self.number(g.call);
            self.number(g.code);
        }
        self.count(unit.positions.packed().len());
        self.out.extend_from_slice(unit.positions.packed());
    }

    fn words(&mut self, words: &Words) {
        let mut next = 0;
        for (i, word) in words.filled() {
            self.caches(i - next);
            match word {
                Word::Cache => self.caches(1),
                Word::Name(name) => {
                    self.out.push(tag::WORD_NAME);
                    self.string(name.as_bytes());
                }
                Word::Const(c) => self.constant(c),
            }
            next = i + 1;
        }
        self.caches(words.len() - next);
    }

    fn caches(&mut self, run: usize) {
        if run > 0 {
            self.out.push(tag::WORD_CACHES);
            self.count(run);
        }
    }

    fn insn(&mut self, insn: Insn) {
        self.out.push(insn.op_byte());
        self.out.push(insn.feedback());
        let roles = insn.op().roles();
        if roles.contains(&Role::Jump32) {
            if roles[0] != Role::None {
                self.number(insn.a());
            }
            return push_signed(self.out, insn.imm().into());
        }
        for (role, operand) in roles.into_iter().zip([insn.a(), insn.b(), insn.c()]) {
            match role {
                Role::None => debug_assert_eq!(operand, 0, "{insn:?} has an operand without a role"),
                Role::Jump16 => push_signed(self.out, (operand as i16).into()),
                _ => self.number(operand),
            }
        }
    }

    fn constant(&mut self, c: &Const) {
        match c {
            Const::None => self.out.push(tag::NONE),
            Const::True => self.out.push(tag::TRUE),
            Const::False => self.out.push(tag::FALSE),
            Const::Ellipsis => self.out.push(tag::ELLIPSIS),
            Const::Int(i) => {
                self.out.push(tag::INT);
                push_signed(self.out, *i);
            }
            Const::BigInt { negative, magnitude } => {
                self.out.push(tag::BIG_INT);
                self.out.push(*negative as u8);
                self.count(magnitude.len());
                self.out.extend_from_slice(magnitude);
            }
            Const::Float(bits) => {
                self.out.push(tag::FLOAT);
                self.out.extend_from_slice(&bits.to_le_bytes());
            }
            Const::Complex { re, im } => {
                self.out.push(tag::COMPLEX);
                self.out.extend_from_slice(&re.to_le_bytes());
                self.out.extend_from_slice(&im.to_le_bytes());
            }
            Const::Str(s) => {
                self.out.push(tag::STR);
                self.string(s);
            }
            Const::Bytes(b) => {
                self.out.push(tag::BYTES);
                self.count(b.len());
                self.out.extend_from_slice(b);
            }
            Const::Tuple(items) => self.sequence(tag::TUPLE, items),
            Const::FrozenSet(items) => self.sequence(tag::FROZEN_SET, items),
            Const::Slice(parts) => {
                self.out.push(tag::SLICE);
                parts.iter().for_each(|p| self.constant(p));
            }
            Const::Code(unit) => {
                self.out.push(tag::CODE);
                let mut inner = Vec::new();
                Encoder { out: &mut inner, strings: &mut *self.strings }.unit(unit);
                self.count(inner.len());
                self.out.extend_from_slice(&inner);
            }
        }
    }

    fn sequence(&mut self, tag: u8, items: &[Const]) {
        self.out.push(tag);
        self.count(items.len());
        items.iter().for_each(|c| self.constant(c));
    }
}
