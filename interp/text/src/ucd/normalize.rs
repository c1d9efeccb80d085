//! Decompositions and the normalization forms (Unicode Standard Annex 15).

use super::record;
use super::tables::decomposition as t;
use super::tables::records as flags;
use super::v3_2;
use crate::units::{UnitsBuf, UnitsRef};

/// A normalization form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    /// By the name in Python.
    pub fn from_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }

    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }

    fn is_compatibility(self) -> bool {
        matches!(self, Form::Nfkc | Form::Nfkd)
    }

    /// The flag of characters that may not stay as they are.
    fn unsure(self) -> u32 {
        match self {
            Form::Nfc => flags::NFC_UNSURE,
            Form::Nfd => flags::NFD_UNSURE,
            Form::Nfkc => flags::NFKC_UNSURE,
            Form::Nfkd => flags::NFKD_UNSURE,
        }
    }
}

/// Hangul syllables are composed and decomposed by arithmetic.
mod hangul {
    pub const SYLLABLES: u32 = 0xAC00;
    pub const LEADS: u32 = 0x1100;
    pub const VOWELS: u32 = 0x1161;
    pub const TAILS: u32 = 0x11A7;
    pub const LEAD_COUNT: u32 = 19;
    pub const VOWEL_COUNT: u32 = 21;
    pub const TAIL_COUNT: u32 = 28;
    pub const COUNT: u32 = LEAD_COUNT * VOWEL_COUNT * TAIL_COUNT;

    /// Index of a syllable.
    pub fn index(c: u32) -> Option<u32> {
        c.checked_sub(SYLLABLES).filter(|&index| index < COUNT)
    }

    pub fn compose(first: u32, second: u32) -> Option<u32> {
        let offset = |c: u32, base: u32, count: u32| c.checked_sub(base).filter(|&at| at < count);
        if let (Some(lead), Some(vowel)) =
            (offset(first, LEADS, LEAD_COUNT), offset(second, VOWELS, VOWEL_COUNT))
        {
            return Some(SYLLABLES + (lead * VOWEL_COUNT + vowel) * TAIL_COUNT);
        }
        let open = index(first).filter(|index| index % TAIL_COUNT == 0);
        let tail = offset(second, TAILS, TAIL_COUNT).filter(|&tail| tail > 0);
        open.and(tail).map(|tail| first + tail)
    }
}

/// The decomposition mapping of one character: compatibility tag (empty if canonical) and what it maps to, one
/// level deep. Hangul syllables are not in the table.
fn mapping(c: u32) -> Option<(&'static str, &'static [u32])> {
    if c >= 0x11_0000 {
        return None;
    }
    let block = t::STAGE1[(c >> 9) as usize] as usize;
    let block = t::STAGE2[block << 5 | (c >> 4 & 31) as usize] as usize;
    let start = t::STAGE3[block << 4 | (c & 15) as usize].checked_sub(1)? as usize;
    let head = t::DATA[start];
    let tag = t::TAGS[(head >> 8) as usize];
    Some((tag, &t::DATA[start + 1..start + 1 + (head & 0xFF) as usize]))
}

/// `unicodedata.decomposition`: the mapping as text, empty if there is none.
pub fn decomposition(c: u32) -> String {
    if hangul::index(c).is_some() {
        let mut parts = Vec::with_capacity(3);
        decompose(c, false, &mut parts);
        return words(None, &parts);
    }
    match mapping(c) {
        None => String::new(),
        Some((tag, parts)) => words((!tag.is_empty()).then_some(tag), parts),
    }
}

fn words(tag: Option<&str>, parts: &[u32]) -> String {
    let parts = parts.iter().map(|c| format!("{c:04X}"));
    tag.map(str::to_owned).into_iter().chain(parts).collect::<Vec<_>>().join(" ")
}

/// Which edition of the decomposition mappings is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edition {
    Current,
    /// Unicode 3.2: without the characters added later and with five mappings that were corrected later.
    V3_2,
}

/// Appends the full decomposition of a character in the given edition.
fn decompose_as(edition: Edition, c: u32, compatibility: bool, out: &mut Vec<u32>) {
    if edition == Edition::V3_2 {
        if let Some(mapped) = v3_2::old_mapping(c) {
            return out.push(mapped);
        }
        if v3_2::is_unassigned(c) {
            return out.push(c);
        }
    }
    decompose(c, compatibility, out);
}

/// Appends the full decomposition of a character.
fn decompose(c: u32, compatibility: bool, out: &mut Vec<u32>) {
    if c < 0x80 {
        out.push(c);
    } else if let Some(index) = hangul::index(c) {
        let (rest, tail) = (index / hangul::TAIL_COUNT, index % hangul::TAIL_COUNT);
        out.push(hangul::LEADS + rest / hangul::VOWEL_COUNT);
        out.push(hangul::VOWELS + rest % hangul::VOWEL_COUNT);
        if tail > 0 {
            out.push(hangul::TAILS + tail);
        }
    } else {
        match mapping(c) {
            Some((tag, parts)) if compatibility || tag.is_empty() => {
                parts.iter().for_each(|&part| decompose(part, compatibility, out));
            }
            _ => out.push(c),
        }
    }
}

/// Puts runs of combining marks into canonical order: a stable sort by combining class.
fn reorder(text: &mut [u32]) {
    let class = |c: &u32| record(*c).combining;
    for run in text.chunk_by_mut(|_, next| class(next) != 0) {
        // The run may begin with a starter, whose class 0 sorts first.
        if run.len() > 1 {
            run.sort_by_key(class);
        }
    }
}

/// Composes in place as the standard's canonical composition algorithm does.
fn compose(text: &mut Vec<u32>) {
    let mut starter: Option<usize> = None;
    // Class of the mark kept last since the starter; 0 right behind it.
    let mut last_class = 0;
    let mut kept = 0;
    for index in 0..text.len() {
        let c = text[index];
        let class = record(c).combining;
        let adjacent = starter.is_some_and(|at| at + 1 == kept);
        if let Some(at) = starter
            && (adjacent || (last_class < class && last_class != 0))
            && let Some(composed) = compose_pair(text[at], c)
        {
            text[at] = composed;
            continue;
        }
        if class == 0 {
            starter = Some(kept);
        }
        last_class = class;
        text[kept] = c;
        kept += 1;
    }
    text.truncate(kept);
}

fn compose_pair(first: u32, second: u32) -> Option<u32> {
    if let Some(syllable) = hangul::compose(first, second) {
        return Some(syllable);
    }
    let at = t::PAIRS.binary_search_by_key(&(first, second), |&(a, b, _)| (a, b)).ok()?;
    Some(t::PAIRS[at].2)
}

/// Whether a look at each character alone shows that the text is in the form already.
fn is_surely_normalized(text: UnitsRef<'_>, form: Form) -> bool {
    if text.is_ascii() {
        return true;
    }
    let mut last_class = 0;
    text.iter().all(|c| {
        let record = record(c);
        let ordered = record.combining == 0 || last_class <= record.combining;
        last_class = record.combining;
        ordered && !record.has(form.unsure())
    })
}

fn normalized(text: UnitsRef<'_>, form: Form, edition: Edition) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 4);
    text.iter().for_each(|c| decompose_as(edition, c, form.is_compatibility(), &mut out));
    reorder(&mut out);
    if form.composes() {
        compose(&mut out);
    }
    out
}

fn canonical(code_points: &[u32]) -> UnitsBuf {
    UnitsRef::Ucs4(code_points).to_canonical()
}

/// `unicodedata.normalize`; `None` if the text is in the form already by a quick look.
pub fn normalize(text: UnitsRef<'_>, form: Form) -> Option<UnitsBuf> {
    if is_surely_normalized(text, form) {
        return None;
    }
    Some(canonical(&normalized(text, form, Edition::Current)))
}

/// `unicodedata.is_normalized`.
pub fn is_normalized(text: UnitsRef<'_>, form: Form) -> bool {
    is_surely_normalized(text, form) || text.iter().eq(normalized(text, form, Edition::Current))
}

/// `unicodedata.ucd_3_2_0.normalize`; composition and order of marks are today's, as in CPython.
pub fn normalize_3_2(text: UnitsRef<'_>, form: Form) -> UnitsBuf {
    canonical(&normalized(text, form, Edition::V3_2))
}

/// `unicodedata.ucd_3_2_0.is_normalized`.
pub fn is_normalized_3_2(text: UnitsRef<'_>, form: Form) -> bool {
    text.iter().eq(normalized(text, form, Edition::V3_2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, form: Form) -> String {
        let units = UnitsBuf::from(text);
        normalize(units.as_units(), form).unwrap_or(units).as_units().to_string()
    }

    #[test]
    fn forms() {
        assert_eq!(on("Å ﬁ 각", Form::Nfd), "A\u{30a} ﬁ \u{1100}\u{1161}\u{11a8}");
        assert_eq!(on("A\u{30a} ﬁ \u{1100}\u{1161}\u{11a8}", Form::Nfc), "Å ﬁ 각");
        assert_eq!(on("ﬁ①", Form::Nfkc), "fi1");
        assert_eq!(on("ﷺ", Form::Nfkd).chars().count(), 18);
        // Marks are put in order, and a mark of the same class in between blocks composition.
        assert_eq!(on("a\u{301}\u{323}", Form::Nfc), "ạ\u{301}");
        assert_eq!(on("a\u{305}\u{301}", Form::Nfc), "a\u{305}\u{301}");
        assert!(!is_normalized(UnitsBuf::from("a\u{301}").as_units(), Form::Nfc));
        assert!(is_normalized(UnitsBuf::from("b\u{301}").as_units(), Form::Nfc));
    }

    #[test]
    fn decompositions_as_text() {
        assert_eq!(decomposition(0xBC), "<fraction> 0031 2044 0034");
        assert_eq!(decomposition(0xC5), "0041 030A");
        assert_eq!(decomposition(0xAC01), "1100 1161 11A8");
        assert_eq!(decomposition(0x41), "");
    }
}
