//! A sample of the differential fuzzer (`tests/fuzz`): the same programs on every run. Skipped where there is no CPython 3.14,
//! which `ADDER_PEER` may name.

use std::process::Command;

/// The peer, if it runs and is a CPython 3.14.
fn peer() -> Option<String> {
    let peer = std::env::var("ADDER_PEER").unwrap_or_else(|_| "python3.14".to_string());
    let question = "import sys; print(sys.implementation.name, *sys.version_info[:2])";
    let answer = Command::new(&peer).args(["-c", question]).output().ok()?;
    (String::from_utf8_lossy(&answer.stdout).trim() == "cpython 3 14").then_some(peer)
}

#[test]
fn generated_programs_print_what_cpython_prints() {
    let Some(peer) = peer() else {
        eprintln!("skipped: no CPython 3.14 (set ADDER_PEER)");
        return;
    };
    let output = Command::new(&peer)
        .args(["-W", "ignore", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/fuzz.py")])
        .args(["--adder", env!("CARGO_BIN_EXE_adder"), "--peer", &peer, "--seed", "0", "--count", "200"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("the peer starts");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
}
