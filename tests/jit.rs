//! What the compiled tier shows of itself: HIR as text, the report, the names for profilers.
//!
//! The HIR of real programs, as `-X dump=hir` writes it, reads back to the same text and keeps the rules of the verifier.
//! With `ADDER_BLESS=1` the units that show every instruction become the corpus of the tests of `adder-jit`.

use adder_jit::hir::{Unit, parse::parse, verify::verify};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many units of the corpus show an instruction.
const EXAMPLES: usize = 1;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The units that a script compiles, before and after the passes.
fn dumped(script: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_adder"))
        .args(["-X", "jit=eager", "-X", "dump=hir"])
        .arg(script)
        .output()
        .expect("the interpreter starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut units: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let starts = line.starts_with("unit ");
        inside = starts || inside && (line.starts_with("bb") || line.starts_with("  "));
        if starts {
            units.push(String::new());
        }
        if let (true, Some(unit)) = (inside, units.last_mut()) {
            *unit += line;
            unit.push('\n');
        }
    }
    units
}

fn programs() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("tests/scripts/jit")).expect("the folder is readable");
    let mut programs: Vec<PathBuf> = folder.flatten().map(|e| e.path()).collect();
    programs.retain(|p| p.extension().is_some_and(|e| e == "py"));
    programs.sort();
    programs
}

#[test]
fn the_text_form_reads_back() {
    let mut units: Vec<(Unit, String)> = Vec::new();
    for program in programs() {
        for text in dumped(&program) {
            let unit = parse(&text).unwrap_or_else(|e| panic!("{}: {e}\n{text}", program.display()));
            assert!(unit.to_string() == text, "{}:\n{text}reads as\n{unit}", program.display());
            verify(&unit).unwrap_or_else(|e| panic!("{}: {e}\n{text}", program.display()));
            units.push((unit, text));
        }
    }
    assert!(units.len() > 100, "only {} units were dumped", units.len());
    if std::env::var_os("ADDER_BLESS").is_some() {
        let file = root().join("jit/tests/corpus.hir");
        std::fs::write(&file, corpus(units)).expect("the corpus can be written");
    }
}

/// The shortest units that together show every instruction, with addresses that do not depend on the run.
fn corpus(mut units: Vec<(Unit, String)>) -> String {
    units.sort_by_key(|(_, text)| text.len());
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut chosen = String::from("; Units of the programs in tests/scripts/jit; written by tests/jit.rs.\n");
    for (unit, text) in units {
        let reached = unit.order().into_iter().flat_map(|b| unit.block(b).insts.clone());
        let ops: HashSet<String> = reached.map(|v| format!("{:?}", unit.inst(v).op)).collect();
        if ops.iter().any(|op| seen.get(op).is_none_or(|&n| n < EXAMPLES)) {
            ops.into_iter().for_each(|op| *seen.entry(op).or_default() += 1);
            chosen += &text;
        }
    }
    steady(&chosen)
}

/// Replaces addresses by made-up ones, in the order in which they occur.
fn steady(text: &str) -> String {
    let mut known: HashMap<&str, String> = HashMap::new();
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        let digits = rest[at + 2..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len() - at - 2);
        let number = &rest[at..at + 2 + digits];
        result += &rest[..at];
        // Longer ones are tagged numbers, shorter ones singletons.
        if (6..=12).contains(&digits) {
            let next = 0x1000_0000 + 0x40 * known.len();
            result += known.entry(number).or_insert_with(|| format!("{next:#x}"));
        } else {
            result += number;
        }
        rest = &rest[at + 2 + digits..];
    }
    result + rest
}

/// A program with a hot loop that leaves machine code now and then.
const PROGRAM: &str = "\
def add(a, b):
    return a + b

def total(items):
    t = 0
    for i in items:
        t = add(t, i)
    return t

for k in range(300):
    total(range(200))
    total([1, 2.5])
";

/// Runs [`PROGRAM`] in a folder of its own; its process and its folder.
fn run_program(name: &str, arguments: &[&str]) -> (u32, PathBuf) {
    let folder = std::env::temp_dir().join(format!("adder-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join("program.py"), PROGRAM).expect("the program can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_adder"));
    command.args(["-X", "jit=on", "-X", "jit-sync", "-X", "jit-threshold=100"]).args(arguments);
    let child = command.arg("program.py").current_dir(&folder).spawn().expect("the interpreter starts");
    let process = child.id();
    let output = child.wait_with_output().expect("the interpreter ends");
    assert!(output.status.success());
    (process, folder)
}

#[test]
fn the_report_shows_source_and_tiers() {
    let (_, folder) = run_program("report", &["-X", "jit-report=page.html"]);
    let page = std::fs::read_to_string(folder.join("page.html")).expect("the page was written");
    assert!(!page.contains("/*DATA*/null"), "the page has data");
    for part in [
        r#""path":"program.py""#,
        r#""        t = add(t, i)""#,
        r#"{"n":7,"tier":"machine""#,
        r#""inlined":[["add","","#,
        r#""name":"total""#,
        r#""status":"installed""#,
    ] {
        assert!(page.contains(part), "the page lacks {part}");
    }
    std::fs::remove_dir_all(folder).expect("the folder goes away");
}

#[test]
fn perf_gets_names() {
    let (process, folder) = run_program("perf", &["-X", "perf"]);
    let map = PathBuf::from(format!("/tmp/perf-{process}.map"));
    let text = std::fs::read_to_string(&map).expect("the map was written");
    let names: Vec<&str> = text.lines().filter_map(|l| l.splitn(3, ' ').nth(2)).collect();
    assert!(names.contains(&"py::total:program.py"), "{names:?}");
    assert!(names.iter().any(|n| n.starts_with("py::<module> loop at line 10:")), "{names:?}");
    std::fs::remove_file(map).expect("the map goes away");
    std::fs::remove_dir_all(folder).expect("the folder goes away");
}
