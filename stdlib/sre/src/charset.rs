//! Character sets: the tests of `IN`, `CATEGORY` and the caseless literals.
//!
//! A set that does not depend on the locale is tabulated for the first 256 code points when the program is built,
//! whatever its members and case folding, so that byte strings never look at anything but the table. Wider characters
//! are tabulated block by block when one of a block is first asked for, since asking the members can mean several
//! searches in the Unicode database. Locale-dependent sets are never tabulated.

use crate::chars::{CharClass, ascii_lower, in_category, locale_lower, locale_upper};
use crate::opcodes::Category;
use std::sync::OnceLock;

/// How the character is folded before it is compared with the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// Not at all.
    None,
    /// Lower case of ASCII letters.
    Ascii,
    /// Lower case of the Unicode database.
    Unicode,
    /// Lower, then upper case of the current locale.
    Locale,
    /// As `Locale`, but the character itself is tried first: the rule for single literals.
    LocaleLiteral,
}

/// One member of a set. The first member that applies decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    /// The members after this one exclude instead of include, or the other way round.
    Negate,
    /// One code point.
    Literal(u32),
    /// An inclusive range.
    Range(u32, u32),
    /// An inclusive range that the upper case of the character may lie in, too.
    RangeIgnore(u32, u32),
    /// A category.
    Category(Category),
    /// The code points below 256 whose bit is set.
    Bitmap(Box<[u32; 8]>),
    /// The code points below 65536 whose bit is set in the 256-bit block that the upper byte selects.
    BigBitmap { blocks: Box<[u8; 256]>, bits: Box<[u32]> },
}

/// What holds for code points above the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wide {
    Never,
    Always,
    /// The members must be asked.
    Ask,
}

/// The number of 256-character blocks that are tabulated: those of the basic multilingual plane.
const BLOCKS: usize = 256;

/// Membership of the characters of one block, made on first use.
type Block = OnceLock<Box<[bool; 256]>>;

/// A set of characters.
#[derive(Debug)]
pub(crate) struct CharSet {
    /// Membership of the code points below 256. Meaningless if `locale` is set.
    pub table: Box<[bool; 256]>,
    wide: Wide,
    fold: Fold,
    members: Box<[Member]>,
    /// Membership depends on the current locale: the table does not apply.
    pub locale: bool,
    /// By the upper bits of the character; empty if the members need not be asked.
    blocks: Box<[Block]>,
}

impl CharSet {
    /// Builds the set and tabulates it.
    pub fn new(members: Vec<Member>, fold: Fold, classes: &dyn CharClass) -> CharSet {
        let locale = matches!(fold, Fold::Locale | Fold::LocaleLiteral)
            || members
                .iter()
                .any(|m| matches!(m, Member::Category(Category::LocWord | Category::LocNotWord)));
        let mut set = CharSet {
            table: Box::new([false; 256]),
            wide: wide_rule(&members, fold),
            fold,
            members: members.into(),
            locale,
            blocks: Box::default(),
        };
        if !locale {
            for ch in 0..256 {
                set.table[ch as usize] = set.ask(classes, ch);
            }
            if set.wide == Wide::Ask {
                set.blocks = (0..BLOCKS).map(|_| Block::new()).collect();
            }
        }
        set
    }

    /// Whether this is the set with these members.
    pub fn is(&self, members: &[Member], fold: Fold) -> bool {
        self.fold == fold && *self.members == *members
    }

    /// The table as bits.
    pub fn bits(&self) -> [u64; 4] {
        let mut bits = [0; 4];
        for (ch, &inside) in self.table.iter().enumerate() {
            bits[ch >> 6] |= u64::from(inside) << (ch & 63);
        }
        bits
    }

    /// Whether no code point above the table can be a member.
    pub fn narrow(&self) -> bool {
        self.wide == Wide::Never
    }

    /// Membership of any code point of a set that does not depend on the locale.
    #[inline(always)]
    pub fn contains(&self, classes: &dyn CharClass, ch: u32) -> bool {
        match self.table.get(ch as usize) {
            Some(&inside) => inside,
            None => self.contains_wide(classes, ch),
        }
    }

    #[inline]
    fn contains_wide(&self, classes: &dyn CharClass, ch: u32) -> bool {
        match self.wide {
            Wide::Never => false,
            Wide::Always => true,
            Wide::Ask => match self.blocks.get(ch as usize >> 8) {
                Some(block) => block.get_or_init(|| self.tabulate(classes, ch >> 8))[ch as usize & 0xFF],
                None => self.ask(classes, ch),
            },
        }
    }

    #[cold]
    fn tabulate(&self, classes: &dyn CharClass, block: u32) -> Box<[bool; 256]> {
        let mut table = Box::new([false; 256]);
        for (inside, ch) in table.iter_mut().zip(block << 8..) {
            *inside = self.ask(classes, ch);
        }
        table
    }

    /// Membership by the members, without the table.
    #[cold]
    pub fn ask(&self, classes: &dyn CharClass, ch: u32) -> bool {
        match self.fold {
            Fold::None => self.has(classes, ch),
            Fold::Ascii => self.has(classes, ascii_lower(ch)),
            Fold::Unicode => self.has(classes, classes.lower(ch)),
            Fold::Locale => self.has_locale(classes, ch),
            Fold::LocaleLiteral => match *self.members {
                [Member::Negate, Member::Literal(c)] => !locale_literal(classes, c, ch),
                [Member::Literal(c)] => locale_literal(classes, c, ch),
                _ => self.has_locale(classes, ch),
            },
        }
    }

    fn has_locale(&self, classes: &dyn CharClass, ch: u32) -> bool {
        let lower = locale_lower(classes, ch);
        if self.has(classes, lower) {
            return true;
        }
        let upper = locale_upper(classes, ch);
        upper != lower && self.has(classes, upper)
    }

    fn has(&self, classes: &dyn CharClass, ch: u32) -> bool {
        let mut answer = true;
        for member in &self.members {
            let hit = match *member {
                Member::Negate => {
                    answer = !answer;
                    false
                }
                Member::Literal(c) => ch == c,
                Member::Range(low, high) => low <= ch && ch <= high,
                Member::RangeIgnore(low, high) => {
                    (low <= ch && ch <= high) || (low..=high).contains(&classes.upper(ch))
                }
                Member::Category(category) => in_category(classes, category, ch),
                Member::Bitmap(ref bits) => {
                    bits.get(ch as usize >> 5).is_some_and(|word| word >> (ch & 31) & 1 == 1)
                }
                Member::BigBitmap { ref blocks, ref bits } => {
                    blocks.get(ch as usize >> 8).is_some_and(|&block| {
                        let word = bits[usize::from(block) * 8 + (ch as usize >> 5 & 7)];
                        word >> (ch & 31) & 1 == 1
                    })
                }
            };
            if hit {
                return answer;
            }
        }
        !answer
    }
}

fn locale_literal(classes: &dyn CharClass, literal: u32, ch: u32) -> bool {
    ch == literal || locale_lower(classes, ch) == literal || locale_upper(classes, ch) == literal
}

/// What a set says about all code points from 256 on, if it says the same about each.
fn wide_rule(members: &[Member], fold: Fold) -> Wide {
    // Folding maps some wide characters to narrow ones, so nothing can be said in general.
    if !matches!(fold, Fold::None | Fold::Ascii) {
        return Wide::Ask;
    }
    let mut answer = true;
    for member in members {
        match *member {
            Member::Negate => answer = !answer,
            Member::Literal(c) if c < 256 => {}
            Member::Range(low, high) if high < 256 || low > high => {}
            Member::Bitmap(_) => {}
            Member::Category(Category::Digit | Category::Space | Category::Word | Category::Linebreak) => {}
            Member::Category(
                Category::NotDigit | Category::NotSpace | Category::NotWord | Category::NotLinebreak,
            ) => {
                return if answer { Wide::Always } else { Wide::Never };
            }
            _ => return Wide::Ask,
        }
    }
    if answer { Wide::Never } else { Wide::Always }
}
