//! The code words of `re/_constants.py`: one table each for operators, positions and character categories.
//!
//! The numbers are positions in the tables, as they are in the Python module.

/// The version of the word encoding; `re/_compiler.py` refuses to run with an engine of another version.
pub const MAGIC: u32 = 20_230_612;
/// The repeat count that means "without limit".
pub const MAX_REPEAT: u32 = u32::MAX;
/// The largest number of groups a pattern may have.
pub const MAX_GROUPS: u32 = (i32::MAX as u32).div_ceil(2);

/// `INFO` flag: the pattern starts with a literal prefix.
pub const INFO_PREFIX: u32 = 1;
/// `INFO` flag: the pattern starts with one character of a set.
pub const INFO_CHARSET: u32 = 4;

/// Declares a vocabulary whose numbers are the row numbers, with the decoder from a code word.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($row:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($row),* }

        impl $name {
            /// The row a code word stands for.
            pub fn from_word(word: u32) -> Option<Self> {
                const ROWS: &[$name] = &[$($name::$row),*];
                ROWS.get(word as usize).copied()
            }
        }
    };
}

vocabulary! {
    /// The operators.
    Op {
        Failure, Success,
        Any, AnyAll,
        Assert, AssertNot,
        At,
        Branch,
        Category,
        Charset, BigCharset,
        GroupRef, GroupRefExists,
        In,
        Info,
        Jump,
        Literal,
        Mark,
        MaxUntil, MinUntil,
        NotLiteral,
        Negate,
        Range,
        Repeat, RepeatOne,
        Subpattern,
        MinRepeatOne,
        AtomicGroup,
        PossessiveRepeat, PossessiveRepeatOne,
        GroupRefIgnore, InIgnore, LiteralIgnore, NotLiteralIgnore,
        GroupRefLocIgnore, InLocIgnore, LiteralLocIgnore, NotLiteralLocIgnore,
        GroupRefUniIgnore, InUniIgnore, LiteralUniIgnore, NotLiteralUniIgnore,
        RangeUniIgnore,
    }
}

vocabulary! {
    /// The zero-width positions, operands of [`Op::At`].
    Position {
        Beginning, BeginningLine, BeginningString,
        Boundary, NonBoundary,
        End, EndLine, EndString,
        LocBoundary, LocNonBoundary,
        UniBoundary, UniNonBoundary,
    }
}

vocabulary! {
    /// The character categories, operands of [`Op::Category`].
    Category {
        Digit, NotDigit,
        Space, NotSpace,
        Word, NotWord,
        Linebreak, NotLinebreak,
        LocWord, LocNotWord,
        UniDigit, UniNotDigit,
        UniSpace, UniNotSpace,
        UniWord, UniNotWord,
        UniLinebreak, UniNotLinebreak,
    }
}

const _: () = assert!(Op::RangeUniIgnore as u32 == 42 && Op::Literal as u32 == 16 && Op::Repeat as u32 == 23);
const _: () = assert!(Position::UniNonBoundary as u32 == 11 && Category::UniNotLinebreak as u32 == 17);
