//! Times the patterns of `tests/bench.py` and compares with the times recorded there.

use adder_sre::{Matcher, Options, Program, UnicodeClasses, Unit};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Texts are kept at the width Python keeps them.
enum Text {
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

fn unescape(text: &str) -> Vec<u32> {
    let mut parts = text.split('\\');
    let mut out: Vec<u32> = parts.next().unwrap_or("").chars().map(u32::from).collect();
    for part in parts {
        if let Some((code, rest)) = part.trim_start_matches('{').split_once('}') {
            out.extend(u32::from_str_radix(code, 16));
            out.extend(rest.chars().map(u32::from));
        }
    }
    out
}

/// One run of an operation: the number of matches.
fn run<T: Unit>(matcher: &mut Matcher, program: &Program, operation: &str, text: &[T]) -> usize {
    let mut options = Options::default();
    let poll = &mut || true;
    let end = text.len();
    match operation {
        "match" => usize::from(matcher.match_at(program, text, 0, end, options, poll) == Ok(true)),
        "search" => usize::from(matcher.search(program, text, 0, end, options, poll) == Ok(true)),
        _ => {
            let (mut pos, mut count) = (0, 0);
            while matcher.search(program, text, pos, end, options, poll) == Ok(true) {
                count += 1;
                let span = matcher.span();
                pos = span.1;
                options.must_advance = span.0 == span.1;
            }
            count
        }
    }
}

/// The shortest time of one call, in nanoseconds.
fn best_of(mut call: impl FnMut() -> usize) -> (f64, usize) {
    let deadline = Instant::now() + Duration::from_millis(150);
    let (mut best, mut rounds, mut result) = (f64::INFINITY, 1, 0);
    while Instant::now() < deadline {
        let start = Instant::now();
        for _ in 0..rounds {
            result = call();
        }
        let took = start.elapsed().as_secs_f64();
        best = best.min(took * 1e9 / f64::from(rounds));
        if took < 0.002 {
            rounds *= 2;
        }
    }
    (best, result)
}

fn main() {
    let path = std::env::args().nth(1).expect("the output of bench.py");
    let verbose = std::env::args().nth(2);
    let input = std::fs::read_to_string(path).expect("a readable file");
    let mut texts = HashMap::new();
    let mut product = (0.0, 0);
    println!("{:24} {:>12} {:>12} {:>7}  matches  validate", "", "reference ns", "ns", "ratio");
    for line in input.lines() {
        if let Some(rest) = line.strip_prefix("X ") {
            let (name, text) = rest.split_once(' ').expect("a text's name");
            let units = unescape(text);
            let narrow: Option<Vec<u8>> = units.iter().map(|&ch| u8::try_from(ch).ok()).collect();
            let text =
                narrow.map_or_else(|| Text::Wide(units.iter().map(|&ch| ch as u16).collect()), Text::Narrow);
            texts.insert(name, text);
            continue;
        }
        let fields: Vec<&str> = line[2..].split('|').collect();
        let [name, operation, text, groups, reference, words] = fields[..] else { panic!("bad line {line}") };
        if verbose.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let code: Vec<u32> = words.split(' ').map(|w| u32::from_str_radix(w, 16).expect("a word")).collect();
        let groups = groups.parse().expect("a number of groups");
        let program = Program::validate(&code, groups, &UnicodeClasses).expect("valid code");
        if verbose.is_some() {
            println!("{program:?}");
        }
        let reference: f64 = reference.parse().expect("a time");
        let mut matcher = Matcher::new();
        let (best, count) = match &texts[text] {
            Text::Narrow(text) => best_of(|| run(&mut matcher, &program, operation, text)),
            Text::Wide(text) => best_of(|| run(&mut matcher, &program, operation, text)),
        };
        let ratio = reference / best;
        product = (product.0 + ratio.ln(), product.1 + 1);
        let (validate, _) =
            best_of(|| Program::validate(&code, groups, &UnicodeClasses).map_or(0, |p| p.groups()));
        println!("{name:24} {reference:12.0} {best:12.0} {ratio:6.2}x  {count:7} {validate:9.0}");
    }
    println!("geometric mean {:.2}x", (product.0 / f64::from(product.1)).exp());
}
