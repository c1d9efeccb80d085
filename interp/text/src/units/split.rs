//! Splitting: the pieces are reported as ranges, in text order.

use super::{Unit, UnitsRef, search};
use crate::ucd;
use crate::with_units;
use std::ops::Range;

/// `str.split(sep, maxsplit)` with a separator that is not empty; `usize::MAX` for no limit.
pub fn split(text: UnitsRef<'_>, sep: UnitsRef<'_>, max_splits: usize) -> Vec<Range<usize>> {
    let found = search::positions(text, sep, max_splits);
    between(found.into_iter(), sep.len(), text.len())
}

/// `str.rsplit(sep, maxsplit)`; the pieces are in text order all the same.
pub fn rsplit(text: UnitsRef<'_>, sep: UnitsRef<'_>, max_splits: usize) -> Vec<Range<usize>> {
    let found = search::rpositions(text, sep, max_splits);
    between(found.into_iter().rev(), sep.len(), text.len())
}

fn between(found: impl ExactSizeIterator<Item = usize>, sep: usize, len: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::with_capacity(found.len() + 1);
    let mut start = 0;
    for at in found {
        pieces.push(start..at);
        start = at + sep;
    }
    pieces.push(start..len);
    pieces
}

/// `str.split(None, maxsplit)`: pieces between runs of white space. What follows the last split keeps the white
/// space at its end.
pub fn split_whitespace(text: UnitsRef<'_>, max_splits: usize) -> Vec<Range<usize>> {
    with_units!(text, units => split_spaces(units, max_splits, ucd::is_space))
}

/// `str.rsplit(None, maxsplit)`.
pub fn rsplit_whitespace(text: UnitsRef<'_>, max_splits: usize) -> Vec<Range<usize>> {
    with_units!(text, units => rsplit_spaces(units, max_splits, ucd::is_space))
}

pub(crate) fn split_spaces<T: Unit>(
    text: &[T],
    max_splits: usize,
    is_space: impl Fn(u32) -> bool,
) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut at, len) = (0, text.len());
    loop {
        while at < len && is_space(text[at].into()) {
            at += 1;
        }
        if at == len {
            return pieces;
        }
        let start = at;
        if pieces.len() == max_splits {
            pieces.push(start..len);
            return pieces;
        }
        while at < len && !is_space(text[at].into()) {
            at += 1;
        }
        pieces.push(start..at);
    }
}

pub(crate) fn rsplit_spaces<T: Unit>(
    text: &[T],
    max_splits: usize,
    is_space: impl Fn(u32) -> bool,
) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut at = text.len();
    loop {
        while at > 0 && is_space(text[at - 1].into()) {
            at -= 1;
        }
        if at == 0 {
            break;
        }
        let end = at;
        if pieces.len() == max_splits {
            pieces.push(0..end);
            break;
        }
        while at > 0 && !is_space(text[at - 1].into()) {
            at -= 1;
        }
        pieces.push(at..end);
    }
    pieces.reverse();
    pieces
}

/// `str.splitlines(keepends)`.
pub fn split_lines(text: UnitsRef<'_>, keep_ends: bool) -> Vec<Range<usize>> {
    with_units!(text, units => lines_by(units, keep_ends, ucd::is_line_break))
}

pub(crate) fn lines_by<T: Unit>(
    text: &[T],
    keep_ends: bool,
    is_break: impl Fn(u32) -> bool,
) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, len) = (0, text.len());
    while start < len {
        let mut end = start;
        while end < len && !is_break(text[end].into()) {
            end += 1;
        }
        let mut next = end;
        if next < len {
            next += 1;
            let [cr, lf] = [b'\r', b'\n'].map(|byte| T::truncate(byte.into()));
            if text[end] == cr && text.get(next) == Some(&lf) {
                next += 1;
            }
        }
        lines.push(start..if keep_ends { next } else { end });
        start = next;
    }
    lines
}

/// `str.partition(sep)`: where the separator lies.
pub fn partition(text: UnitsRef<'_>, sep: UnitsRef<'_>) -> Option<Range<usize>> {
    search::find(text, sep).map(|at| at..at + sep.len())
}

/// `str.rpartition(sep)`.
pub fn rpartition(text: UnitsRef<'_>, sep: UnitsRef<'_>) -> Option<Range<usize>> {
    search::rfind(text, sep).map(|at| at..at + sep.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnitsBuf;

    fn pieces(text: &str, f: impl Fn(UnitsRef<'_>) -> Vec<Range<usize>>) -> Vec<String> {
        let units = UnitsBuf::from(text);
        let units = units.as_units();
        f(units).into_iter().map(|range| units.slice(range).to_string()).collect()
    }

    #[test]
    fn splits_on_separators() {
        let sep = UnitsRef::ascii(b",");
        assert_eq!(pieces("a,b,,c", |t| split(t, sep, usize::MAX)), ["a", "b", "", "c"]);
        assert_eq!(pieces("a,b,ł", |t| split(t, sep, 1)), ["a", "b,ł"]);
        assert_eq!(pieces("a,b,ł", |t| rsplit(t, sep, 1)), ["a,b", "ł"]);
        assert_eq!(pieces("", |t| split(t, sep, usize::MAX)), [""]);
        assert_eq!(pieces("aaa", |t| rsplit(t, UnitsRef::ascii(b"aa"), 9)), ["a", ""]);
    }

    #[test]
    fn splits_on_white_space() {
        assert_eq!(pieces(" a  b c ", |t| split_whitespace(t, usize::MAX)), ["a", "b", "c"]);
        assert_eq!(pieces(" a  b c ", |t| split_whitespace(t, 1)), ["a", "b c "]);
        assert_eq!(pieces(" a  b c ", |t| rsplit_whitespace(t, 1)), [" a  b", "c"]);
        assert_eq!(pieces(" a ", |t| rsplit_whitespace(t, 0)), [" a"]);
        assert!(pieces("\u{3000} ", |t| split_whitespace(t, 0)).is_empty());
    }

    #[test]
    fn splits_lines() {
        let text = "a\r\nb\rc\n\nd\u{2028}e\x1cf";
        assert_eq!(pieces(text, |t| split_lines(t, false)), ["a", "b", "c", "", "d", "e", "f"]);
        let kept = ["a\r\n", "b\r", "c\n", "\n", "d\u{2028}", "e\x1c", "f"];
        assert_eq!(pieces(text, |t| split_lines(t, true)), kept);
        assert!(pieces("", |t| split_lines(t, true)).is_empty());
    }
}
