//! The ratchet on CPython's own tests.
//!
//! The conformance kit is not part of this repository; `ADDER_CONFORMANCE` names its folder. `tests/ratchet.txt` lists test modules with the
//! number of their tests that pass; fewer is a failure, more asks for the number to be raised. Without the kit the test
//! says "skipped", and fails when `CI=true`, so that a CI run can not pass by not looking.

use std::path::Path;
use std::process::Command;

#[test]
fn no_module_passes_fewer_tests_than_before() {
    let Some(kit) = std::env::var_os("ADDER_CONFORMANCE") else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "ADDER_CONFORMANCE is not set");
        println!("skipped: ADDER_CONFORMANCE is not set");
        return;
    };
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ratchet.txt");
    let text = std::fs::read_to_string(list).expect("tests/ratchet.txt is readable");
    let floor: Vec<(&str, u64)> = text
        .lines()
        .filter(|l| !l.trim_start().starts_with('#') && !l.trim().is_empty())
        .map(|l| {
            let (module, count) = l.split_once(' ').expect("lines are `module count`");
            (module, count.trim().parse().expect("counts are numbers"))
        })
        .collect();
    if floor.is_empty() {
        println!("skipped: tests/ratchet.txt lists no module yet");
        return;
    }
    let out = std::env::temp_dir().join(format!("adder-ratchet-{}.json", std::process::id()));
    let status = Command::new("python3")
        .arg(Path::new(&kit).join("run.py"))
        .args(["--impl", env!("CARGO_BIN_EXE_adder"), "--jobs", "2", "--test-timeout-cap", "60", "--out"])
        .arg(&out)
        .args(floor.iter().map(|(module, _)| *module))
        .stdout(std::process::Stdio::null())
        .status()
        .expect("python3 runs the kit");
    assert!(out.exists(), "the kit wrote no result ({status})");
    let json = std::fs::read_to_string(&out).expect("the result is readable");
    let _ = std::fs::remove_file(&out);
    let mut failures = Vec::new();
    for (module, wanted) in floor {
        let passed = passed(&json, module);
        if passed < wanted {
            failures.push(format!("{module}: {passed} pass, {wanted} did before"));
        } else if passed > wanted {
            println!("{module}: {passed} pass now, raise the {wanted} in tests/ratchet.txt");
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Tests of `module` that pass, from the kit's JSON: its entry under `score`, `modules`.
fn passed(json: &str, module: &str) -> u64 {
    let Some(scores) = json.find("\"score\"") else { return 0 };
    let json = &json[scores..];
    let Some(at) = json.find(&format!("\"{module}\"")) else { return 0 };
    let entry = &json[at..];
    let Some(ok) = entry.find("\"ok\"") else { return 0 };
    entry[ok + 4..]
        .trim_start_matches([':', ' '])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap_or(0)
}
