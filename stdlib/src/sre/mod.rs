//! `_sre`: the engine behind `re`. What matches is decided by `adder-sre`; here are the objects around it.
//!
//! * [`pattern`]: compiled patterns and their searches; [`matches`]: match objects; [`scanner`]: successive matches
//! * [`template`], [`joiner`]: substitution
//! * [`subject`]: the strings that are searched

mod joiner;
mod locale;
mod matches;
mod pattern;
mod repr;
mod scanner;
mod subject;
mod template;

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use adder_sre::Program;
use locale::CLASSES;
use matches::Match;
use pattern::Pattern;
use std::cell::RefCell;
use subject::Subject;
use template::Template;

#[pymodule(name = "_sre")]
#[allow(non_upper_case_globals, reason = "the names are Python's")]
pub mod sre {
    use super::*;

    #[pyattr]
    const MAGIC: i64 = adder_sre::MAGIC as i64;
    /// Bytes per code word.
    #[pyattr]
    const CODESIZE: i64 = 4;
    #[pyattr]
    const MAXREPEAT: i64 = adder_sre::MAX_REPEAT as i64;
    #[pyattr]
    const MAXGROUPS: i64 = adder_sre::MAX_GROUPS as i64;
    #[pyattr]
    const copyright: &str = " SRE: the regular expression engine of Adder ";

    /// Make a pattern object of code words.
    #[pyfunction(sig = "(pattern, flags, code, groups, groupindex, indexgroup)")]
    fn compile(
        vm: &Vm,
        pattern: Value,
        flags: i32,
        code: Gc<List>,
        groups: isize,
        groupindex: Gc<Dict>,
        indexgroup: Gc<Tuple>,
    ) -> PyResult<Gc<Native<Pattern>>> {
        let words = code_words(vm, code)?;
        let is_bytes = match pattern.is_none() {
            true => None,
            false => Some(Subject::new(vm, pattern)?.is_bytes()),
        };
        let program = usize::try_from(groups).ok().and_then(|n| Program::validate(&words, n, &CLASSES).ok());
        let Some(program) = program else { return Err(vm.runtime_error("invalid SRE code")) };
        let match_class = vm.native_type(Match::TYPE_DEF)?;
        let compiled = Pattern {
            pattern,
            flags: i64::from(flags),
            groupindex,
            indexgroup,
            match_class,
            is_bytes,
            code: words.into(),
            program,
            spare: RefCell::new(None),
        };
        Ok(vm.new_native(vm.native_type(Pattern::TYPE_DEF)?, compiled))
    }

    /// Make a template object of alternating literals and group numbers.
    #[pyfunction(sig = "(pattern, template, /)")]
    fn template(vm: &Vm, _pattern: Value, template: Gc<List>) -> PyResult<Gc<Native<Template>>> {
        Template::create(vm, template)
    }

    #[pyfunction]
    fn getcodesize() -> i64 {
        CODESIZE
    }
    #[pyfunction]
    fn ascii_iscased(character: i32) -> bool {
        adder_sre::ascii_is_cased(character as u32)
    }
    #[pyfunction]
    fn ascii_tolower(character: i32) -> i32 {
        adder_sre::ascii_lower(character as u32) as i32
    }
    #[pyfunction]
    fn unicode_iscased(character: i32) -> bool {
        adder_sre::unicode_is_cased(&CLASSES, character as u32)
    }
    #[pyfunction]
    fn unicode_tolower(character: i32) -> i32 {
        adder_sre::unicode_lower(&CLASSES, character as u32) as i32
    }
    /// The lower case of a character as a pattern with these flags sees it.
    #[pyfunction]
    fn getlower(character: i32, flags: i32) -> i32 {
        const LOCALE: i32 = 4;
        const UNICODE: i32 = 32;
        let c = character as u32;
        (match flags {
            _ if flags & LOCALE != 0 => adder_sre::locale_lower(&CLASSES, c),
            _ if flags & UNICODE != 0 => adder_sre::unicode_lower(&CLASSES, c),
            _ => adder_sre::ascii_lower(c),
        }) as i32
    }
}

/// The code words of a list of ints.
fn code_words(vm: &Vm, code: Gc<List>) -> PyResult<Vec<u32>> {
    let mut words = Vec::with_capacity(code.len());
    let mut i = 0;
    while let Some(word) = code.get(i) {
        let word = vm.index(word)?;
        match word.to_u64().and_then(|w| u32::try_from(w).ok()) {
            Some(word) => words.push(word),
            None => return Err(vm.overflow_error("regular expression code size limit exceeded")),
        }
        i += 1;
    }
    Ok(words)
}
