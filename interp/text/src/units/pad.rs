//! Padding and tab expansion. Padding is index arithmetic; the caller allocates.

use super::{StrBuilder, TooLong, UnitsBuf, UnitsRef};

/// Fill characters before and after the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    pub left: usize,
    pub right: usize,
}

/// `str.ljust`: all the fill on the right.
pub fn ljust(len: usize, width: usize) -> Padding {
    Padding { left: 0, right: width.saturating_sub(len) }
}

/// `str.rjust`: all the fill on the left.
pub fn rjust(len: usize, width: usize) -> Padding {
    Padding { left: width.saturating_sub(len), right: 0 }
}

/// `str.center`: an odd fill character goes left when the width is odd too.
pub fn center(len: usize, width: usize) -> Padding {
    let fill = width.saturating_sub(len);
    let left = fill / 2 + (fill & width & 1);
    Padding { left, right: fill - left }
}

/// The text between fill characters.
pub fn padded(text: UnitsRef<'_>, padding: Padding, fill: u32) -> Result<UnitsBuf, TooLong> {
    let total = text.len().checked_add(padding.left).and_then(|n| n.checked_add(padding.right));
    let total = total.filter(|&n| n <= isize::MAX as usize).ok_or(TooLong)?;
    let mut out = StrBuilder::try_with_capacity(total)?;
    out.push_repeated(fill, padding.left);
    out.push_units(text);
    out.push_repeated(fill, padding.right);
    Ok(out.finish())
}

/// `str.zfill`: zeros after a sign. `None` if the text is long enough already.
pub fn zfill(text: UnitsRef<'_>, width: usize) -> Result<Option<UnitsBuf>, TooLong> {
    if width <= text.len() {
        return Ok(None);
    }
    let signed = matches!(text.get(0), Some(0x2B | 0x2D));
    let mut out = StrBuilder::try_with_capacity(width)?;
    out.push_units(text.slice(0..usize::from(signed)));
    out.push_repeated(u32::from(b'0'), width - text.len());
    out.push_units(text.slice(usize::from(signed)..text.len()));
    Ok(Some(out.finish()))
}

/// `str.expandtabs`. `None` if there is no tab.
pub fn expand_tabs(text: UnitsRef<'_>, tab_size: usize) -> Result<Option<UnitsBuf>, TooLong> {
    let is_tab = |c| c == u32::from(b'\t');
    if !text.iter().any(is_tab) {
        return Ok(None);
    }
    let total = expanded_len(text.iter(), tab_size)?;
    let mut out = StrBuilder::try_with_capacity(total)?;
    let mut column = 0;
    for c in text {
        if is_tab(c) {
            let fill = tab_fill(column, tab_size);
            out.push_repeated(u32::from(b' '), fill);
            column += fill;
        } else {
            out.push(c);
            column = if matches!(c, 0x0A | 0x0D) { 0 } else { column + 1 };
        }
    }
    Ok(Some(out.finish()))
}

fn tab_fill(column: usize, tab_size: usize) -> usize {
    if tab_size == 0 { 0 } else { tab_size - column % tab_size }
}

/// Length after tab expansion, checked before anything is allocated.
fn expanded_len(text: impl Iterator<Item = u32>, tab_size: usize) -> Result<usize, TooLong> {
    let (mut total, mut column) = (0_usize, 0_usize);
    for c in text {
        let step = if c == u32::from(b'\t') { tab_fill(column, tab_size) } else { 1 };
        total = total.checked_add(step).filter(|&n| n <= isize::MAX as usize).ok_or(TooLong)?;
        column = if matches!(c, 0x0A | 0x0D) { 0 } else { column + step };
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centers_like_cpython() {
        // "ab".center(5, "*") == "**ab*", "a".center(4, "*") == "*a**"
        assert_eq!(center(2, 5), Padding { left: 2, right: 1 });
        assert_eq!(center(1, 4), Padding { left: 1, right: 2 });
        assert_eq!(center(3, 2), Padding { left: 0, right: 0 });
    }

    #[test]
    fn expands_and_fills() {
        let tabs = UnitsRef::ascii(b"a\tb\n\tc");
        assert_eq!(expand_tabs(tabs, 4).unwrap().unwrap().as_units(), "a   b\n    c");
        assert_eq!(expand_tabs(tabs, 0).unwrap().unwrap().as_units(), "ab\nc");
        assert_eq!(expand_tabs(tabs, usize::MAX / 2).err(), Some(TooLong));
        assert_eq!(zfill(UnitsRef::ascii(b"-7"), 4).unwrap().unwrap().as_units(), "-007");
        assert!(zfill(UnitsRef::ascii(b"-7"), 2).unwrap().is_none());
        assert_eq!(padded(UnitsRef::ascii(b"x"), center(1, 4), 0x142).unwrap().as_units(), "łxłł");
    }
}
