//! The source positions of a unit's instructions, packed.
//!
//! Positions are needed when something goes wrong, and would take twice the room of the instructions. They are kept as
//! a byte string of differences, which an image shares with the file it is mapped from; reading one walks
//! the string from its start.
//!
//! One entry per instruction: [`SAME`] repeats the previous position; [`ON_LINE`] is a span on the previous line,
//! [`NEXT_LINES`] one on a later line (difference follows), both followed by column and width; [`GENERAL`] spells
//! out everything.

use crate::unit::Pos;
use crate::varint::{Reader, push, push_signed};
use std::borrow::Cow;

const SAME: u8 = 0;
const ON_LINE: u8 = 1;
const NEXT_LINES: u8 = 2;
const GENERAL: u8 = 3;

/// See the module documentation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Positions {
    packed: Cow<'static, [u8]>,
    len: u32,
}

impl Positions {
    /// Packs a list.
    pub fn pack(list: &[Pos]) -> Positions {
        let mut out = Vec::with_capacity(list.len() * 2);
        let mut last = Pos::default();
        for &pos in list {
            push_entry(&mut out, last, pos);
            last = pos;
        }
        Positions { packed: Cow::Owned(out), len: list.len() as u32 }
    }

    /// Positions packed earlier, `len` of them.
    pub fn from_packed(packed: Cow<'static, [u8]>, len: u32) -> Positions {
        Positions { packed, len }
    }

    pub fn packed(&self) -> &[u8] {
        &self.packed
    }
    pub fn len(&self) -> usize {
        self.len as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The position of instruction `index`; walks there from the start.
    pub fn get(&self, index: usize) -> Option<Pos> {
        self.iter().nth(index)
    }

    /// Line of instruction `index`. One without a line belongs to the line before it.
    pub fn line(&self, index: usize) -> Option<u32> {
        let mut line = None;
        for p in self.iter().take(index + 1) {
            line = if p.line != 0 { Some(p.line) } else { line.or(Some(0)) };
        }
        line
    }

    /// All positions in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { reader: Reader::new(&self.packed), left: self.len, last: Pos::default() }
    }
}

fn push_entry(out: &mut Vec<u8>, last: Pos, pos: Pos) {
    if pos == last {
        return out.push(SAME);
    }
    let single = pos.line == pos.end_line && pos.end_col >= pos.col;
    if single && pos.line >= last.line {
        match pos.line - last.line {
            0 => out.push(ON_LINE),
            lines => {
                out.push(NEXT_LINES);
                push(out, lines.into());
            }
        }
        push(out, pos.col.into());
        return push(out, (pos.end_col - pos.col).into());
    }
    out.push(GENERAL);
    push_signed(out, i64::from(pos.line) - i64::from(last.line));
    push_signed(out, i64::from(pos.end_line) - i64::from(pos.line));
    push(out, pos.col.into());
    push(out, pos.end_col.into());
}

/// Iterator over positions.
#[derive(Debug)]
pub struct Iter<'a> {
    reader: Reader<'a>,
    left: u32,
    last: Pos,
}

impl Iterator for Iter<'_> {
    type Item = Pos;

    fn next(&mut self) -> Option<Pos> {
        self.left = self.left.checked_sub(1)?;
        let r = &mut self.reader;
        let kind = r.byte()?;
        if kind != SAME {
            let number = |r: &mut Reader<'_>| r.number().map(|n| n as u32);
            let line = match kind {
                ON_LINE => self.last.line,
                NEXT_LINES => self.last.line.wrapping_add(number(r)?),
                _ => (i64::from(self.last.line) + r.signed()?) as u32,
            };
            self.last = match kind {
                GENERAL => {
                    let end_line = (i64::from(line) + r.signed()?) as u32;
                    Pos { line, end_line, col: number(r)?, end_col: number(r)? }
                }
                _ => {
                    let col = number(r)?;
                    Pos { line, end_line: line, col, end_col: col.wrapping_add(number(r)?) }
                }
            };
        }
        Some(self.last)
    }
}

impl<'a> IntoIterator for &'a Positions {
    type Item = Pos;
    type IntoIter = Iter<'a>;
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_every_position() {
        let at = |line, end_line, col, end_col| Pos { line, end_line, col, end_col };
        let list = [
            Pos::default(),
            at(1, 1, 0, 5),
            at(1, 1, 0, 5),
            at(1, 1, 2, 3),
            at(9, 12, 4, 1),
            at(3, 3, 300, 70_000),
            at(3, 3, 7, 2),
            Pos::default(),
        ];
        let packed = Positions::pack(&list);
        assert_eq!(packed.iter().collect::<Vec<_>>(), list);
        assert_eq!(packed.get(4), Some(list[4]));
        assert_eq!(packed.get(list.len()), None);
    }
}
