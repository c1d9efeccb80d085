//! Compiles whole libraries: `ADDER_CORPUS=/usr/lib/python3.14 cargo test -p adder-compiler -- --ignored`.

use adder_compiler::{Mode, Options, compile};
use std::path::Path;

fn python_files(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            python_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

#[test]
#[ignore = "needs a library to compile"]
fn every_file_of_a_library_compiles_to_well_formed_code() {
    let root = std::env::var("ADDER_CORPUS").unwrap_or_else(|_| "/usr/lib/python3.14".into());
    let mut files = Vec::new();
    python_files(Path::new(&root), &mut files);
    assert!(!files.is_empty(), "no files below {root}");
    let (mut compiled, mut rejected) = (0, Vec::new());
    for path in &files {
        let name = path.display().to_string();
        let Ok(source) = std::fs::read(path) else { continue };
        match compile(&source, &name, Mode::Exec, &Options::default()) {
            Ok((unit, _)) => {
                adder_bytecode::verify::verify(&unit).unwrap_or_else(|e| panic!("{name}: {e}"));
                compiled += 1;
            }
            Err(e) => rejected.push(format!("{name}:{}: {}", e.line, e.message)),
        }
    }
    // Test data holds programs that are wrong on purpose.
    println!("{compiled} compiled, rejected:\n{}", rejected.join("\n"));
    assert!(rejected.len() * 100 < files.len(), "too many files rejected");
}
