//! Runs the Python-level tests: scripts under `tests/scripts` that carry their expectations as comments.
//!
//! `# expect: TEXT` is the next line of standard output; `# raises: TEXT` the last line of standard error (exit status 1).
//! Every script runs in the plain mode; the stress modes take all scripts when `ADDER_ALL_MODES` is set and a fixed sample
//! otherwise. With `ADDER_CPYTHON=path` the expectations themselves are checked against that interpreter instead.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A way to run the interpreter: name and environment.
struct Mode {
    name: &'static str,
    env: &'static [(&'static str, &'static str)],
    /// Every nth script takes part in the fixed sample.
    sample: usize,
}

const MODES: &[Mode] = &[
    Mode { name: "plain", env: &[], sample: 1 },
    Mode { name: "jit-off", env: &[("ADDER_JIT", "off")], sample: 4 },
    Mode { name: "jit-eager", env: &[("ADDER_JIT", "eager"), ("ADDER_JIT_VERIFY", "1")], sample: 1 },
    Mode {
        name: "every guard fails",
        env: &[("ADDER_JIT", "eager"), ("ADDER_JIT_FAIL_GUARDS", "1")],
        sample: 2,
    },
    Mode {
        name: "every 7th guard fails",
        env: &[("ADDER_JIT", "eager"), ("ADDER_JIT_FAIL_GUARDS", "7")],
        sample: 2,
    },
    Mode { name: "jit-background", env: &[("ADDER_JIT", "on"), ("ADDER_JIT_THRESHOLD", "20")], sample: 2 },
    Mode {
        name: "jit-gc-stress",
        env: &[
            ("ADDER_JIT", "eager"),
            ("ADDER_GC_STRESS", "97"),
            ("ADDER_GC_POISON", "1"),
            ("ADDER_GC_VERIFY", "1"),
        ],
        sample: 3,
    },
    Mode {
        name: "gc-stress",
        env: &[("ADDER_GC_STRESS", "97"), ("ADDER_GC_POISON", "1"), ("ADDER_GC_VERIFY", "1")],
        sample: 3,
    },
];

/// What a script promises.
#[derive(Default)]
struct Expectations {
    stdout: Vec<String>,
    raises: Option<String>,
}

fn expectations(source: &str) -> Expectations {
    let mut found = Expectations::default();
    for line in source.lines() {
        if let Some((_, text)) = line.split_once("# expect: ") {
            found.stdout.push(text.trim_end().to_string());
        } else if line.trim_end().ends_with("# expect:") {
            found.stdout.push(String::new());
        } else if let Some((_, text)) = line.split_once("# raises: ") {
            found.raises = Some(text.trim_end().to_string());
        }
    }
    found
}

fn scripts() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the scripts folder is readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "py") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn run(script: &Path, mode: &Mode) -> Output {
    let interpreter =
        std::env::var("ADDER_CPYTHON").unwrap_or_else(|_| env!("CARGO_BIN_EXE_adder").to_string());
    Command::new(interpreter)
        .arg(script)
        .envs(mode.env.iter().copied())
        .env_remove("PYTHONPATH")
        .output()
        .expect("the interpreter starts")
}

/// The difference between promise and output, if there is one.
fn difference(expected: &Expectations, output: &Output) -> Option<String> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = stdout.lines().map(str::trim_end).collect();
    for (i, want) in expected.stdout.iter().enumerate() {
        match lines.get(i) {
            Some(got) if got == want => {}
            got => return Some(format!("line {}: expected {want:?}, got {got:?}\n{stderr}", i + 1)),
        }
    }
    if lines.len() > expected.stdout.len() {
        return Some(format!("unexpected output {:?}", &lines[expected.stdout.len()..]));
    }
    match &expected.raises {
        Some(want) => {
            let last = stderr.lines().last().unwrap_or("");
            (last != want || output.status.code() != Some(1))
                .then(|| format!("expected to end with {want:?}, got {last:?} ({})", output.status))
        }
        None => (!output.status.success()).then(|| format!("{}\n{stderr}", output.status)),
    }
}

#[test]
fn scripts_keep_their_promises_in_every_mode() {
    let all = std::env::var_os("ADDER_ALL_MODES").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for (i, script) in scripts().iter().enumerate() {
        let expected = expectations(&std::fs::read_to_string(script).expect("scripts are UTF-8"));
        for mode in MODES {
            if !all && i % mode.sample != 0 {
                continue;
            }
            count += 1;
            if let Some(what) = difference(&expected, &run(script, mode)) {
                failures.push(format!("{} [{}]: {what}", script.display(), mode.name));
            }
        }
    }
    assert!(count > 0, "no scripts found");
    assert!(failures.is_empty(), "{} of {count} runs failed:\n{}", failures.len(), failures.join("\n"));
}
