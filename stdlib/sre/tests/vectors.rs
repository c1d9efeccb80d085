//! Runs recorded vectors: code words, texts and the spans the reference engine finds.
//!
//! The format and how to make more of them is described in `vectors.py`. Besides the checked-in corpus, the file
//! named by the environment variable `SRE_VECTORS` is run, which is how the differential fuzzing works.

use adder_sre::{Matcher, Options, Program, UnicodeClasses, Unit};
use std::fmt::Write;

fn unescape(text: &str) -> Vec<u32> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            out.push(u32::from(c));
        } else if let Some(end) = rest.find('}') {
            out.push(u32::from_str_radix(&rest[1..end], 16).expect("a code point in hexadecimal"));
            rest = &rest[end + 1..];
        }
    }
    out
}

fn show(matcher: &Matcher, program: &Program) -> String {
    let mut out = String::new();
    for group in 0..=program.groups() {
        let separator = if group == 0 { "" } else { ";" };
        match matcher.group(group) {
            Some((start, end)) => write!(out, "{separator}{start},{end}"),
            None => write!(out, "{separator}-"),
        }
        .expect("writing to a string");
    }
    out + &format!("|{}", matcher.last_index().unwrap_or(0))
}

/// Runs one operation and shows what it finds.
fn answer<T: Unit>(program: &Program, operation: &str, text: &[T], pos: usize, endpos: usize) -> String {
    let mut matcher = Matcher::new();
    let plain = Options::default();
    let poll = &mut || true;
    let found = match operation {
        "search" => matcher.search(program, text, pos, endpos, plain, poll),
        "match" => matcher.match_at(program, text, pos, endpos, plain, poll),
        "fullmatch" => matcher.fullmatch(program, text, pos, endpos, poll),
        "scan" => {
            let mut shown = Vec::new();
            let (mut pos, mut options) = (pos, plain);
            while matcher.search(program, text, pos, endpos, options, poll) == Ok(true) {
                shown.push(show(&matcher, program));
                let (start, end) = matcher.span();
                pos = end;
                options.must_advance = start == end;
            }
            return if shown.is_empty() { "-".into() } else { shown.join("/") };
        }
        _ => panic!("unknown operation {operation}"),
    };
    if found == Ok(true) { show(&matcher, program) } else { "-".into() }
}

fn units<T: Unit>(text: &[u32]) -> Option<Vec<T>> {
    text.iter().map(|&ch| T::from_code(ch)).collect()
}

/// Runs all vectors of a file's text; the failures, and how many tests there were.
fn run(vectors: &str) -> (Vec<String>, usize) {
    let mut failures = Vec::new();
    let mut count = 0;
    let mut pattern: Option<(Program, bool, &str)> = None;
    for line in vectors.lines() {
        let (tag, rest) = line.split_at(2);
        if tag == "P " {
            let (head, source) = rest.split_once(" # ").expect("a pattern's source");
            let mut words = head.split(' ');
            let bytes = words.next() == Some("b");
            let groups = words.next().and_then(|n| n.parse().ok()).expect("a number of groups");
            let code: Vec<u32> = words.map(|w| u32::from_str_radix(w, 16).expect("a code word")).collect();
            match Program::validate(&code, groups, &UnicodeClasses) {
                Ok(program) => pattern = Some((program, bytes, source)),
                Err(error) => {
                    failures.push(format!("{source}: {error}"));
                    pattern = None;
                }
            }
            continue;
        }
        let Some((program, bytes, source)) = &pattern else { continue };
        let fields: Vec<&str> = rest.split(' ').collect();
        let [operation, pos, endpos, text, expected] = fields[..] else { panic!("bad test line {line}") };
        let pos = pos.parse().expect("a position");
        let endpos = endpos.parse().unwrap_or(usize::MAX);
        let text = unescape(text);
        let mut check = |width: u32, got: Option<String>| {
            count += usize::from(got.is_some());
            if let Some(got) = got.filter(|got| got != expected) {
                failures.push(format!("{source} on units of {width}: {rest}\n    got {got}\n{program:?}"));
            }
        };
        check(1, units::<u8>(&text).map(|text| answer(program, operation, &text, pos, endpos)));
        if !bytes {
            check(2, units::<u16>(&text).map(|text| answer(program, operation, &text, pos, endpos)));
            check(4, Some(answer(program, operation, &text, pos, endpos)));
        }
    }
    (failures, count)
}

fn expect_clean(vectors: &str) {
    let (failures, count) = run(vectors);
    println!("{count} tests");
    assert!(count > 0);
    let shown = failures.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {count} tests fail, the first being\n{shown}", failures.len());
}

#[test]
fn corpus() {
    expect_clean(include_str!("data/corpus.txt"));
}

#[test]
fn vectors_from_the_environment() {
    if let Ok(path) = std::env::var("SRE_VECTORS") {
        expect_clean(&std::fs::read_to_string(path).expect("a file of vectors"));
    }
}
