//! Every pass shows in its header what it does, and does it: the example is read, the pass runs on it, and the result is compared.
//!
//! An example is a block marked `hir before`, in the text form of [`crate::hir::parse`], followed by one marked `hir after`. The names of
//! values and blocks need not agree, and frame states that nobody refers to do not count.

use super::PIPELINE;
use crate::hir::parse::parse;
use crate::hir::{Unit, verify::verify};
use std::collections::HashMap;
use std::path::PathBuf;

/// The blocks of a file's header with that mark.
fn blocks(source: &str, mark: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in source.lines().map_while(|l| l.strip_prefix("//!")) {
        match (&mut block, line.trim().strip_prefix("```")) {
            (Some(text), None) => *text += &format!("{line}\n"),
            (Some(_), Some(_)) => found.extend(block.take()),
            (None, Some(m)) if m.trim() == mark => block = Some(String::new()),
            _ => {}
        }
    }
    found
}

/// Reads an example; the lines of errors are those of the block.
fn read(pass: &str, mark: &str, text: &str) -> Unit {
    let unit = parse(text).unwrap_or_else(|e| panic!("{pass}, `hir {mark}`, {e}\n{text}"));
    verify(&unit).unwrap_or_else(|e| panic!("{pass}, `hir {mark}`: {e}\n{text}"));
    unit
}

/// The unit's text with values and blocks numbered as they are met, without frame states that nobody refers to.
fn canonical(unit: &Unit) -> String {
    let text = unit.to_string();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut result = String::new();
    for line in text.lines() {
        let state = line.trim().split(':').next().filter(|s| s.starts_with("fs"));
        if state.is_some_and(|s| !text.contains(&format!("[{s}]"))) {
            continue;
        }
        for token in line.split_inclusive(|c: char| !c.is_alphanumeric()) {
            let word = token.trim_end_matches(|c: char| !c.is_alphanumeric());
            let digits = word.trim_start_matches(char::is_alphabetic);
            let kind = &word[..word.len() - digits.len()];
            if matches!(kind, "v" | "bb") && !digits.is_empty() {
                let next = numbers.keys().filter(|k| k.starts_with(kind)).count();
                let number = *numbers.entry(word.to_string()).or_insert(next);
                result += &format!("{kind}{number}{}", &token[word.len()..]);
            } else {
                result += token;
            }
        }
        result.push('\n');
    }
    result
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/passes")
}

#[test]
fn passes_do_what_their_headers_show() {
    for pass in PIPELINE {
        let file = folder().join(pass.name.replace('-', "_") + ".rs");
        let source = std::fs::read_to_string(&file).expect("a pass lies in the file of its name");
        let (before, after) = (blocks(&source, "hir before"), blocks(&source, "hir after"));
        assert!(!before.is_empty(), "the header of {} shows no example", file.display());
        assert_eq!(before.len(), after.len(), "{}: blocks before and after", pass.name);
        for (before, after) in before.iter().zip(&after) {
            let mut unit = read(pass.name, "before", before);
            let expected = read(pass.name, "after", after);
            (pass.run)(&mut unit);
            verify(&unit).unwrap_or_else(|e| panic!("{} breaks its example: {e}\n{unit}", pass.name));
            let (got, wanted) = (canonical(&unit), canonical(&expected));
            assert!(got == wanted, "{} makes\n{unit}\nnot\n{expected}", pass.name);
        }
    }
}

#[test]
fn every_pass_is_in_the_pipeline() {
    for entry in std::fs::read_dir(folder()).expect("the folder of the passes is readable").flatten() {
        let name = entry.file_name().to_string_lossy().replace('_', "-");
        let is_pass =
            std::fs::read_to_string(entry.path()).is_ok_and(|s| s.contains("\npub fn run(unit: &mut Unit)"));
        let listed = PIPELINE.iter().any(|p| format!("{}.rs", p.name) == name);
        assert!(!is_pass || listed, "the pass in {name} is not in the pipeline, or under another name");
    }
}
