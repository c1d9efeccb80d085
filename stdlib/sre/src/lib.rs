//! The regular expression engine behind Python's `_sre`.
//!
//! The standard library's `re/_parser.py` and `re/_compiler.py` turn a pattern into an array of 32-bit code words;
//! this crate checks such an array, turns it once into a [`Program`], and runs the program with a [`Matcher`] over
//! strings of 1, 2 or 4-byte units. It knows nothing of the interpreter: the `Pattern` and `Match` objects are glue
//! over this interface.
//!
//! The pieces, in the order a pattern meets them:
//!
//! - `opcodes` is the vocabulary of the code words (the `MAGIC` they belong to is [`MAGIC`]).
//! - `decode` validates the words and emits the instructions of `program`: literals merged into strings, character
//!   tests turned into tables, jump distances into instruction indices. A hostile array is rejected here, so
//!   nothing after it needs to distrust its input.
//! - `analyze` works out which characters can begin what follows an instruction. Branches use it to skip
//!   alternatives, repeats to become possessive when giving back a character could never help, and searches to
//!   leap to the next place worth trying.
//! - `exec` is the backtracking matcher. It keeps its choice points on an explicit stack, so that neither nested
//!   groups nor long repeats can overflow the native one.
//! - `search` finds the leftmost match, led by what `prefilter` worked out over `memchr`.
//!
//! Invariant of the whole crate: what matches, and what each group captures, is exactly what the reference engine
//! yields for the same words, including its rules on empty iterations and on captures set by abandoned attempts.
//!
//! The tests are recorded vectors; `tests/vectors.py` makes more of them, from random patterns too, and
//! `tests/bench.py` with `examples/bench.rs` compares the speed.
//!
//! ```
//! use adder_sre::{Matcher, Options, Program, UnicodeClasses};
//! // `a+` as `re._compiler` emits it.
//! let code = [24, 6, 1, u32::MAX, 16, 97, 1, 1];
//! let program = Program::validate(&code, 0, &UnicodeClasses).unwrap();
//! let mut matcher = Matcher::new();
//! let options = Options::default();
//! assert_eq!(matcher.search(&program, b"xaab", 0, 4, options, &mut || true), Ok(true));
//! assert_eq!(matcher.span(), (1, 3));
//! ```

mod analyze;
mod chars;
mod charset;
mod decode;
mod exec;
mod matcher;
mod opcodes;
mod prefilter;
mod program;
mod runs;
mod search;
mod units;

pub use chars::{
    CharClass, UnicodeClasses, ascii_is_cased, ascii_lower, locale_lower, locale_upper, unicode_is_cased,
    unicode_lower,
};
pub use decode::InvalidCode;
pub use matcher::{Abort, Matcher, Options, Poll};
pub use opcodes::{MAGIC, MAX_GROUPS, MAX_REPEAT};
pub use program::Program;
pub use units::Unit;
