//! Instructions under construction: labels, protected regions, and the words array.

use crate::names::{IdMap, NameId};
use adder_bytecode::unit::RESERVED_WORDS;
use adder_bytecode::{Const, Insn, Op, Pos, Word};
use std::collections::HashMap;

/// A register number.
pub type Reg = u16;

/// A place in the code that jumps name before it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(pub u32);

/// No jump target.
pub const NO_LABEL: u32 = u32::MAX;

/// An instruction whose jump distance is still a label.
#[derive(Clone, Copy)]
pub struct Pending {
    pub insn: Insn,
    pub target: u32,
    pub pos: Pos,
}

/// A stretch of instructions whose exceptions go to `target`.
#[derive(Clone, Copy)]
pub struct Region {
    pub start: u32,
    pub end: u32,
    pub target: Label,
    pub exc: Reg,
    /// Nesting depth of the statement that opened it: inner regions win.
    pub depth: u32,
}

/// A stretch of instructions of an inlined generator expression; see [`adder_bytecode::InlinedGenexpr`].
#[derive(Clone, Copy)]
pub struct Stretch {
    pub start: u32,
    pub end: u32,
    /// Where the consumer is called.
    pub call: Label,
    /// The word of its own code, known once that has been generated.
    pub code: Option<u16>,
}

/// The instruction list of one unit.
#[derive(Default)]
pub struct Code {
    pub insns: Vec<Pending>,
    /// Instruction index of each label; `u32::MAX` while unbound.
    pub labels: Vec<u32>,
    pub regions: Vec<Region>,
    /// Inner ones first.
    pub genexprs: Vec<Stretch>,
}

impl Code {
    pub fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    pub fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.insns.len() as u32;
    }

    pub fn here(&self) -> u32 {
        self.insns.len() as u32
    }

    pub fn push(&mut self, insn: Insn, target: Option<Label>, pos: Pos) {
        self.insns.push(Pending { insn, target: target.map_or(NO_LABEL, |l| l.0), pos });
    }
}

/// From here on, instructions of the same kind and name share their cache words, so that a very long unit still fits.
const SHARE_CACHES_FROM: usize = 40_000;

/// The words array under construction.
pub struct Words {
    pub words: Vec<Word>,
    consts: HashMap<Vec<u8>, u16>,
    names: IdMap<NameId, u16>,
    shared: HashMap<(u8, u32), u16>,
    pub overflow: bool,
}

impl Words {
    pub fn new() -> Self {
        Words {
            words: vec![Word::Cache; RESERVED_WORDS],
            consts: HashMap::new(),
            names: IdMap::default(),
            shared: HashMap::new(),
            overflow: false,
        }
    }

    fn push(&mut self, word: Word) -> u16 {
        let index = self.words.len();
        if index > usize::from(u16::MAX) {
            self.overflow = true;
            return 0;
        }
        self.words.push(word);
        index as u16
    }

    /// The word of a constant; equal constants of equal type share one.
    pub fn constant(&mut self, value: Const) -> u16 {
        let mut key = Vec::new();
        if !const_key(&value, &mut key) {
            return self.push(Word::Const(value));
        }
        if let Some(&index) = self.consts.get(&key) {
            return index;
        }
        let index = self.push(Word::Const(value));
        self.consts.insert(key, index);
        index
    }

    /// The word of a name without caches.
    pub fn name(&mut self, id: NameId, text: &str) -> u16 {
        if let Some(&index) = self.names.get(&id) {
            return index;
        }
        let index = self.push(Word::Name(text.into()));
        self.names.insert(id, index);
        index
    }

    /// A name followed by `caches` cache words of its own.
    pub fn cached_name(&mut self, op: Op, id: NameId, text: &str, caches: usize) -> u16 {
        let share = self.words.len() >= SHARE_CACHES_FROM;
        if share && let Some(&index) = self.shared.get(&(op as u8, id.0)) {
            return index;
        }
        let index = self.push(Word::Name(text.into()));
        for _ in 0..caches {
            self.push(Word::Cache);
        }
        if share {
            self.shared.insert((op as u8, id.0), index);
        }
        index
    }

    /// One cache word.
    pub fn cache(&mut self, op: Op) -> u16 {
        let share = self.words.len() >= SHARE_CACHES_FROM;
        if share && let Some(&index) = self.shared.get(&(op as u8, u32::MAX)) {
            return index;
        }
        let index = self.push(Word::Cache);
        if share {
            self.shared.insert((op as u8, u32::MAX), index);
        }
        index
    }

    /// Forgets functions that only unreachable code makes.
    pub fn drop_unused_code(&mut self, insns: &[Insn]) {
        let made = insns.iter().filter(|i| i.op() == Op::MakeFunction).map(|i| i.c());
        let made: std::collections::HashSet<u16> = made.collect();
        for (i, word) in self.words.iter_mut().enumerate() {
            if matches!(word, Word::Const(Const::Code(_))) && !made.contains(&(i as u16)) {
                *word = Word::Cache;
            }
        }
    }

    /// A constant followed by one cache word.
    pub fn cached_constant(&mut self, value: Const) -> u16 {
        let index = self.push(Word::Const(value));
        self.push(Word::Cache);
        index
    }
}

/// Serialises a constant so that equal keys mean the same value of the same type; false for code.
fn const_key(value: &Const, key: &mut Vec<u8>) -> bool {
    let mut bytes = |tag: u8, b: &[u8]| {
        key.push(tag);
        key.extend((b.len() as u32).to_le_bytes());
        key.extend(b);
        true
    };
    match value {
        Const::None => bytes(0, &[]),
        Const::True => bytes(1, &[]),
        Const::False => bytes(2, &[]),
        Const::Ellipsis => bytes(3, &[]),
        Const::Int(i) => bytes(4, &i.to_le_bytes()),
        Const::BigInt { negative, magnitude } => bytes(5 + u8::from(*negative), magnitude),
        Const::Float(bits) => bytes(7, &bits.to_le_bytes()),
        Const::Complex { re, im } => bytes(8, &[re.to_le_bytes(), im.to_le_bytes()].concat()),
        Const::Str(s) => bytes(9, s),
        Const::Bytes(s) => bytes(10, s),
        Const::Tuple(items) => sequence_key(11, items, key),
        Const::FrozenSet(items) => sequence_key(12, items, key),
        Const::Slice(items) => sequence_key(13, items.as_slice(), key),
        Const::Code(_) => false,
    }
}

fn sequence_key(tag: u8, items: &[Const], key: &mut Vec<u8>) -> bool {
    key.push(tag);
    key.extend((items.len() as u32).to_le_bytes());
    items.iter().all(|item| const_key(item, key))
}
