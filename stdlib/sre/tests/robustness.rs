//! Hostile code words, deep nesting, long repeats, and the poll hook.

use adder_sre::{Abort, InvalidCode, Matcher, Options, Program, UnicodeClasses};

fn program(code: &[u32], groups: usize) -> Program {
    Program::validate(code, groups, &UnicodeClasses).expect("valid code")
}

/// A small linear congruential generator: the mutations are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Changes a few words; most changes are to values that mean something elsewhere.
fn mutate(code: &[u32], random: &mut Random) -> Vec<u32> {
    let mut code = code.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(code.len());
        match random.below(6) {
            0 => code[at] = random.below(44) as u32,
            1 => code[at] = code[random.below(code.len())],
            2 => code[at] = code[at].wrapping_add(1),
            3 => code[at] = code[at].wrapping_sub(1),
            4 => {
                code.remove(at);
            }
            _ => code.insert(at, random.below(44) as u32),
        }
        if code.is_empty() {
            code.push(1);
        }
    }
    code
}

/// Whatever passes validation must run without a panic, and end when polled.
#[test]
fn mutated_code_cannot_crash() {
    let mut random = Random(1);
    let rounds = std::env::var("SRE_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let (mut valid, mut tried) = (0, 0);
    for line in include_str!("data/corpus.txt").lines().filter(|line| line.starts_with("P ")) {
        let mut words = line.split(" # ").next().unwrap_or("").split(' ').skip(2);
        let groups = words.next().and_then(|n| n.parse().ok()).expect("a number of groups");
        let code: Vec<u32> = words.map(|w| u32::from_str_radix(w, 16).expect("a word")).collect();
        for _ in 0..rounds {
            let mutant = mutate(&code, &mut random);
            tried += 1;
            let Ok(program) = Program::validate(&mutant, groups, &UnicodeClasses) else { continue };
            valid += 1;
            let mut matcher = Matcher::new();
            let mut polls = 0;
            let poll = &mut || {
                polls += 1;
                polls < 3
            };
            let options = Options::default();
            let _ = matcher.search(&program, b"ab aabc1-foo\nx", 0, 14, options, poll);
            let _ = matcher.search(&program, &[0x61u16, 0x436, 0x62, 0x4e2d], 0, 4, options, poll);
            let _ = matcher.match_at(&program, &[0x61u32, 0x1F600, 0x62], 2, 1, options, poll);
            let _ = format!("{program:?}{:?}", matcher.group(1));
        }
    }
    assert!(valid * 10 > tried, "only {valid} of {tried} mutants were valid");
}

#[test]
fn truncated_code_is_rejected() {
    // (a|b)*c
    let code = [23, 13, 0, u32::MAX, 17, 0, 13, 5, 22, 97, 98, 0, 17, 1, 18, 16, 99, 1];
    assert!(Program::validate(&code, 1, &UnicodeClasses).is_ok());
    for len in 0..code.len() {
        assert_eq!(
            Program::validate(&code[..len], 1, &UnicodeClasses).err(),
            Some(InvalidCode),
            "{len} words"
        );
    }
    assert!(Program::validate(&code, 0, &UnicodeClasses).is_err(), "a mark beyond the groups");
}

/// `depth` atomic groups inside each other.
#[test]
fn nesting_does_not_recurse() {
    let depth = 20_000;
    let mut code = Vec::new();
    for level in (0..depth).rev() {
        code.extend([27, 4 + level * 3]);
    }
    code.extend([16, 97]);
    code.extend(std::iter::repeat_n(1, depth as usize + 1));
    let mut matcher = Matcher::new();
    let found = matcher.match_at(&program(&code, 0), b"a", 0, 1, Options::default(), &mut || true);
    assert_eq!(found, Ok(true));
}

#[test]
fn long_repeats_do_not_recurse() {
    // ((?:a{1,2})*), with a choice in every iteration
    let code = [17, 0, 23, 10, 0, u32::MAX, 24, 6, 1, 2, 16, 97, 1, 18, 17, 1, 1];
    let text = vec![b'a'; 1_000_000];
    let mut matcher = Matcher::new();
    let program = program(&code, 1);
    assert_eq!(matcher.match_at(&program, &text, 0, text.len(), Options::default(), &mut || true), Ok(true));
    assert_eq!(matcher.group(1), Some((0, text.len())));
}

#[test]
fn poll_ends_an_exponential_match() {
    // (?:a|a)*b
    let code = [23, 15, 0, u32::MAX, 7, 5, 16, 97, 15, 7, 5, 16, 97, 15, 2, 0, 18, 16, 98, 1];
    let text = vec![b'a'; 60];
    let mut polls = 0;
    let mut matcher = Matcher::new();
    let found = matcher.match_at(&program(&code, 0), &text, 0, text.len(), Options::default(), &mut || {
        polls += 1;
        polls < 5
    });
    assert_eq!((found, polls), (Err(Abort::Interrupted), 5));
    assert_eq!(
        matcher.search(&program(&[16, 97, 1], 0), &text, 3, 60, Options::default(), &mut || true),
        Ok(true)
    );
    assert_eq!(matcher.span(), (3, 4));
}
