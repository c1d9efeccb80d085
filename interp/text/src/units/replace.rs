//! `str.replace`.

use super::{StrBuilder, TooLong, UnitsBuf, UnitsRef, search};

/// Replaces up to `limit` occurrences of `old`, from the left. `None` if nothing changes.
///
/// An empty `old` occurs before every code point and at the end.
pub fn replace(
    text: UnitsRef<'_>,
    old: UnitsRef<'_>,
    new: UnitsRef<'_>,
    limit: usize,
) -> Result<Option<UnitsBuf>, TooLong> {
    if limit == 0 || old == new {
        return Ok(None);
    }
    if old.is_empty() {
        return interleave(text, new, limit).map(Some);
    }
    let found = search::positions(text, old, limit);
    if found.is_empty() {
        return Ok(None);
    }
    let kept = text.len() - found.len() * old.len();
    let mut out = with_room(kept, found.len(), new.len())?;
    let mut copied = 0;
    for at in found {
        out.push_units(text.slice(copied..at));
        out.push_units(new);
        copied = at + old.len();
    }
    out.push_units(text.slice(copied..text.len()));
    Ok(Some(out.finish()))
}

fn interleave(text: UnitsRef<'_>, new: UnitsRef<'_>, limit: usize) -> Result<UnitsBuf, TooLong> {
    let count = limit.min(text.len() + 1);
    let mut out = with_room(text.len(), count, new.len())?;
    for (index, c) in text.iter().enumerate() {
        if index < count {
            out.push_units(new);
        }
        out.push(c);
    }
    if text.len() < count {
        out.push_units(new);
    }
    Ok(out.finish())
}

fn with_room(kept: usize, count: usize, new: usize) -> Result<StrBuilder, TooLong> {
    let total = count.checked_mul(new).and_then(|n| n.checked_add(kept));
    StrBuilder::try_with_capacity(total.ok_or(TooLong)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, old: &str, new: &str, limit: usize) -> Option<String> {
        let [text, old, new] = [text, old, new].map(UnitsBuf::from);
        let done = replace(text.as_units(), old.as_units(), new.as_units(), limit).unwrap();
        done.map(|units| units.as_units().to_utf8().unwrap())
    }

    #[test]
    fn replaces() {
        assert_eq!(run("abab", "b", "łł", usize::MAX).as_deref(), Some("ałłałł"));
        assert_eq!(run("abab", "b", "", 1).as_deref(), Some("aab"));
        assert_eq!(run("ab", "", "-", usize::MAX).as_deref(), Some("-a-b-"));
        assert_eq!(run("ab", "", "-", 2).as_deref(), Some("-a-b"));
        assert_eq!(run("", "", "x", usize::MAX).as_deref(), Some("x"));
        assert_eq!(run("ab", "😀", "x", usize::MAX), None);
        assert_eq!(run("a😀", "😀", "x", usize::MAX).as_deref(), Some("ax"));
    }
}
