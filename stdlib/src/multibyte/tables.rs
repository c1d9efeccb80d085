//! The character tables: packed in `tables.bin`, unpacked when a codec first asks.
//!
//! `stdlib/tools/multibyte_tables.py` writes the file and describes its form. A table is an array of cells in the order of the
//! encoding's codes; an [`Inverse`] finds the cell of a character.

use flate2::read::ZlibDecoder;
use std::io::Read;
use std::sync::OnceLock;

static PACKED: &[u8] = include_bytes!("tables.bin");

/// The tables, in the order of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    Jisx0208,
    Jisx0212,
    Jisx0213Plane1,
    /// Plane 2, and the characters of JIS X 0212 in the rows that it leaves free.
    Jisx0213Plane2,
    /// The rows of Shift JIS with Microsoft's additions.
    Cp932,
    Gbk,
    Gb18030,
    Gb2312,
    Cp949,
    Johab,
    Big5,
    Cp950,
    Big5Hkscs,
    Gb18030Ranges,
}

const COUNT: usize = Name::Gb18030Ranges as usize + 1;

/// Cells and columns of a row in the squares of 94 by 94 characters.
pub const SIDE: usize = 94;

/// Marks cells that stand for two code points: the rest of the cell is an index into the pairs.
const PAIR: u32 = 1 << 31;

/// A character of a table: its code point, and a second one or 0.
pub type Char = (u32, u32);

pub struct Table {
    cells: Vec<u32>,
    /// Characters of two code points, with the index of their cell.
    pairs: Vec<(Char, u32)>,
}

impl Table {
    pub fn get(&self, index: usize) -> Option<Char> {
        match self.cells.get(index).copied() {
            None | Some(0) => None,
            Some(cell) if cell & PAIR != 0 => Some(self.pairs[(cell & !PAIR) as usize].0),
            Some(cell) => Some((cell, 0)),
        }
    }

    /// The cell of the character that the two code points make together.
    pub fn find_pair(&self, first: u32, second: u32) -> Option<usize> {
        self.pairs.iter().find(|(pair, _)| *pair == (first, second)).map(|(_, index)| *index as usize)
    }

    /// Whether a code point may begin a pair.
    pub fn begins_pair(&self, first: u32) -> bool {
        self.pairs.iter().any(|(pair, _)| pair.0 == first)
    }

    pub fn cells(&self) -> &[u32] {
        &self.cells
    }
}

/// The cells of codes A2CC and A2CE: numerals that stand among the characters again.
const CP950_NUMERALS: [usize; 2] = [0x21 * 191 + 0x8C, 0x21 * 191 + 0x8E];

/// Cells by code point.
pub struct Inverse {
    /// By the high bits of the code point; 1 + index of the cell, 0 for none.
    pages: Vec<Option<Box<[u16; 256]>>>,
}

impl Inverse {
    fn of(name: Name) -> Inverse {
        let table = table(name);
        let mut inverse = Inverse { pages: Vec::new() };
        let mut fill = |wanted: &dyn Fn(usize) -> bool, replace: bool| {
            for (index, &cell) in table.cells.iter().enumerate() {
                if cell != 0 && cell & PAIR == 0 && wanted(index) {
                    inverse.enter(cell, index, replace);
                }
            }
        };
        match name {
            // Of two codes Microsoft writes the first, the others the last.
            Name::Cp932 => fill(&|_| true, false),
            // Likewise, but for two numerals.
            Name::Cp950 => {
                fill(&|index| !CP950_NUMERALS.contains(&index), false);
                fill(&|_| true, false);
            }
            // What is in JIS X 0213 is not written by its code in JIS X 0212.
            Name::Jisx0213Plane2 => {
                fill(&|index| !is_plane2_row(index / SIDE + 1), true);
                fill(&|index| is_plane2_row(index / SIDE + 1), true);
            }
            _ => fill(&|_| true, true),
        }
        inverse
    }

    fn enter(&mut self, point: u32, index: usize, replace: bool) {
        let (page, at) = ((point >> 8) as usize, (point & 255) as usize);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        let slot = &mut self.pages[page].get_or_insert_with(|| Box::new([0; 256]))[at];
        if replace || *slot == 0 {
            *slot = index as u16 + 1;
        }
    }

    pub fn get(&self, point: u32) -> Option<usize> {
        let page = self.pages.get((point >> 8) as usize)?.as_ref()?;
        (page[(point & 255) as usize] as usize).checked_sub(1)
    }
}

/// Whether JIS X 0213 has this row (from 1) in its second plane.
pub fn is_plane2_row(row: usize) -> bool {
    matches!(row, 1 | 3 | 4 | 5 | 8 | 12..=15 | 78..=94)
}

fn read_u32(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes"))
}

fn packed(name: Name) -> &'static [u8] {
    let mut at = 0;
    for _ in 0..name as usize {
        at += 4 + read_u32(PACKED, at) as usize;
    }
    &PACKED[at + 4..at + 4 + read_u32(PACKED, at) as usize]
}

/// The cell of the table that a table builds upon, for the cell at `index`.
fn base_cell(name: Name, index: usize) -> Option<Char> {
    match name {
        Name::Jisx0213Plane1 | Name::Cp932 => {
            (index < SIDE * SIDE).then(|| table(Name::Jisx0208).get(index)).flatten()
        }
        Name::Gb18030 => table(Name::Gbk).get(index),
        Name::Gb2312 => table(Name::Gbk).get((index / SIDE + 0x20) * 191 + index % SIDE + 0x61),
        Name::Cp950 | Name::Big5Hkscs => table(Name::Big5).get(index),
        _ => None,
    }
}

fn unpack(name: Name) -> Table {
    let mut data = Vec::new();
    ZlibDecoder::new(packed(name)).read_to_end(&mut data).expect("the tables are valid zlib streams");
    let escapes = read_u32(&data, 0) as usize;
    let bytes = &data[4 + 8 * escapes..];
    let (low, high) = bytes.split_at(bytes.len() / 2);
    let has_base = matches!(
        name,
        Name::Jisx0213Plane1 | Name::Cp932 | Name::Gb18030 | Name::Gb2312 | Name::Cp950 | Name::Big5Hkscs
    );
    let mut table = Table { cells: Vec::with_capacity(low.len()), pairs: Vec::new() };
    let (mut last, mut escape) = (0u16, 0);
    for (index, (&low, &high)) in low.iter().zip(high).enumerate() {
        last = last.wrapping_add(u16::from_le_bytes([low, high]));
        let (first, second) = match last {
            0 => base_cell(name, index).unwrap_or((0, 0)),
            1 if has_base => (0, 0),
            0xFFFF => {
                escape += 1;
                (read_u32(&data, 8 * escape - 4), read_u32(&data, 8 * escape))
            }
            point => (u32::from(point), 0),
        };
        if second == 0 {
            table.cells.push(first);
        } else {
            table.cells.push(PAIR | table.pairs.len() as u32);
            table.pairs.push(((first, second), index as u32));
        }
    }
    table
}

/// A table, unpacked at its first use.
pub fn table(name: Name) -> &'static Table {
    static TABLES: [OnceLock<Table>; COUNT] = [const { OnceLock::new() }; COUNT];
    TABLES[name as usize].get_or_init(|| unpack(name))
}

/// The inverse of a table, made at its first use.
pub fn inverse(name: Name) -> &'static Inverse {
    static INVERSES: [OnceLock<Inverse>; COUNT] = [const { OnceLock::new() }; COUNT];
    INVERSES[name as usize].get_or_init(|| Inverse::of(name))
}
