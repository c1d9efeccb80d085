//! `repr` of patterns: the call of `re.compile` that makes them.

use super::pattern::Pattern;
use adder_interp::object::str::Str;
use adder_interp::value::PyResult;
use adder_interp::vm::Vm;

const LOCALE: i64 = 4;
const UNICODE: i64 = 32;
const ASCII: i64 = 256;
/// In the order they are shown.
const FLAGS: [(&str, i64); 8] = [
    ("re.IGNORECASE", 2),
    ("re.LOCALE", LOCALE),
    ("re.MULTILINE", 8),
    ("re.DOTALL", 16),
    ("re.UNICODE", UNICODE),
    ("re.VERBOSE", 64),
    ("re.DEBUG", 128),
    ("re.ASCII", ASCII),
];

/// Characters of the source that are shown.
const SHOWN: usize = 200;

pub fn pattern(vm: &Vm, pattern: &Pattern) -> PyResult {
    let mut flags = pattern.flags;
    // The default of text patterns goes without saying.
    if pattern.is_bytes == Some(false) && flags & (LOCALE | UNICODE | ASCII) == UNICODE {
        flags &= !UNICODE;
    }
    let mut names = Vec::new();
    for (name, bit) in FLAGS {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let source = vm.repr(pattern.pattern)?;
    let shown = if source.len() > SHOWN {
        let points: Vec<u32> = source.chars().take(SHOWN).collect();
        Str::from_code_points(&vm.heap, &points)
    } else {
        source
    };
    let tail = if names.is_empty() { ")".to_owned() } else { format!(", {})", names.join("|")) };
    let text = Str::concat(&vm.heap, vm.str_from("re.compile("), shown);
    Ok(Str::concat(&vm.heap, text, vm.str_from(&tail)).value())
}
