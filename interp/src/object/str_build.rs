//! Making strings out of strings: parts, repetition, joining, and the results of `adder-text`'s algorithms.
//!
//! Characters are written straight into the new object where their width is known beforehand. One-character results are
//! the shared Latin-1 strings, and a result that equals its exact source is the source.

use super::header::Gc;
use super::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_text::units::{TooLong, UnitsBuf, UnitsRef};
use std::ops::Range;

impl Vm {
    /// A string of canonical units.
    pub fn str_of_units(&self, units: UnitsRef<'_>) -> Gc<Str> {
        match units.len() {
            0 => self.empty_str,
            1 => self.char_str_object(units.at(0)),
            _ => Str::from_units(&self.heap, units),
        }
    }

    /// The string an algorithm has built.
    pub fn str_of_buf(&self, units: UnitsBuf) -> Gc<Str> {
        self.str_of_units(units.as_units())
    }

    /// The one-character string of a code point.
    pub fn char_str_object(&self, c: u32) -> Gc<Str> {
        self.char_str(c).downcast().expect("a character is a str")
    }

    /// A string of units that may be wider than necessary.
    pub fn str_of_slice(&self, units: UnitsRef<'_>) -> Gc<Str> {
        match units {
            _ if units.len() < 2 => self.str_of_units(units),
            UnitsRef::Latin1 { ascii: true, .. } => Str::from_units(&self.heap, units),
            UnitsRef::Latin1 { units, .. } => Str::from_units(&self.heap, UnitsRef::latin1(units)),
            UnitsRef::Ucs2(slice) if slice.iter().any(|&u| u > 0xFF) => Str::from_units(&self.heap, units),
            UnitsRef::Ucs4(slice) if slice.iter().any(|&u| u > 0xFFFF) => Str::from_units(&self.heap, units),
            _ => self.str_of_buf(units.to_canonical()),
        }
    }

    /// `s[range]`.
    #[inline]
    pub fn substring(&self, s: Gc<Str>, range: Range<usize>) -> Gc<Str> {
        if range.len() == s.len() {
            return Str::exact(s);
        }
        self.str_of_slice(s.as_ref().units().slice(range))
    }

    /// `s * count`.
    pub fn str_repeat(&self, s: Gc<Str>, count: usize) -> PyResult<Gc<Str>> {
        if count == 1 {
            return Ok(Str::exact(s));
        }
        if count == 0 || s.is_empty() {
            return Ok(self.empty_str);
        }
        let bytes = s.unit_bytes().len();
        let total = self.room_for(bytes.checked_mul(count))?;
        let source = s.as_ref().unit_bytes();
        Ok(Str::build(&self.heap, total / s.unit_size(), s.unit_size(), s.is_ascii(), |to| {
            fill_repeated(to, source);
        }))
    }

    /// `separator.join(items)`; all items are strings.
    pub fn join_strs(&self, separator: Gc<Str>, items: &[Value]) -> PyResult<Gc<Str>> {
        let strings = || items.iter().map(|v| v.downcast::<Str>().expect("the caller has checked the items"));
        if let [one] = items {
            return Ok(Str::exact(one.downcast().expect("the caller has checked the items")));
        }
        let gaps = items.len().saturating_sub(1);
        let used = (gaps > 0).then_some(separator);
        let (mut unit, mut ascii, mut len) = (1, true, gaps.checked_mul(separator.len()));
        for s in strings().chain(used) {
            unit = unit.max(s.unit_size());
            ascii &= s.is_ascii();
        }
        for s in strings() {
            len = len.and_then(|n| n.checked_add(s.len()));
        }
        self.room_for(len.and_then(|n| n.checked_mul(unit)))?;
        match len {
            Some(0) | None => return Ok(self.empty_str),
            Some(1) => {
                let only = strings().chain(used).find(|s| !s.is_empty());
                return Ok(only.map_or(self.empty_str, Str::exact));
            }
            Some(_) => {}
        }
        let glue = separator.as_ref();
        let one_byte_glue = glue.len() == 1 && unit == 1;
        Ok(Str::build(&self.heap, len.unwrap_or(0), unit, ascii, |to| {
            let mut at = 0;
            for (i, s) in strings().enumerate() {
                if i > 0 {
                    if one_byte_glue {
                        to[at] = glue.unit_bytes()[0];
                        at += 1;
                    } else {
                        at += glue.copy_units_to(&mut to[at..], unit);
                    }
                }
                at += s.copy_units_to(&mut to[at..], unit);
            }
        }))
    }

    /// The size of an object to be made, or MemoryError if there is no room for it.
    #[inline]
    pub fn room_for(&self, bytes: Option<usize>) -> PyResult<usize> {
        match bytes {
            Some(n) if n < 1 << 26 || self.heap.has_room(n) => Ok(n),
            _ => Err(self.out_of_memory()),
        }
    }

    /// The string an algorithm has built, if it could; `unchanged` if there was nothing to do.
    pub fn str_result(
        &self,
        result: Result<Option<UnitsBuf>, TooLong>,
        unchanged: Gc<Str>,
    ) -> PyResult<Gc<Str>> {
        match result {
            Ok(Some(units)) => Ok(self.str_of_buf(units)),
            Ok(None) => Ok(Str::exact(unchanged)),
            Err(TooLong) => Err(self.out_of_memory()),
        }
    }
}

/// Fills `to` with copies of `pattern`, doubling what is there already.
pub(crate) fn fill_repeated(to: &mut [u8], pattern: &[u8]) {
    if let [byte] = pattern {
        return to.fill(*byte);
    }
    let mut done = pattern.len().min(to.len());
    to[..done].copy_from_slice(&pattern[..done]);
    while done > 0 && done < to.len() {
        let more = done.min(to.len() - done);
        let (from, rest) = to.split_at_mut(done);
        rest[..more].copy_from_slice(&from[..more]);
        done += more;
    }
}
