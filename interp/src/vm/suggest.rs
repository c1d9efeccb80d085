//! "Did you mean ...?": the candidate closest to a misspelt name.
//!
//! Weighted edit distance as in CPython: inserting, deleting and replacing a byte cost 2, changing the case of a letter
//! costs 1, and a candidate has to be within a sixth of the cost of writing both names anew.

const MOVE: usize = 2;
const CHANGE_CASE: usize = 1;
/// Names longer than this, without what they have in common at both ends, are not compared.
const MAX_LENGTH: usize = 40;
/// More candidates than this are not looked at.
const MAX_CANDIDATES: usize = 750;

/// The best candidate, the first among equals; `None` when none is close. `name` itself is no candidate.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for (i, candidate) in candidates.into_iter().enumerate() {
        if i >= MAX_CANDIDATES {
            return None;
        }
        if candidate == name {
            continue;
        }
        let mut limit = (name.len() + candidate.len() + 3) * MOVE / 6;
        if let Some((distance, _)) = best {
            limit = limit.min(distance - 1);
        }
        match distance(name.as_bytes(), candidate.as_bytes(), limit) {
            Some(0) => return Some(candidate),
            Some(distance) => best = Some((distance, candidate)),
            None => {}
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Edit distance if it is at most `limit`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH || a.len().abs_diff(b.len()) * MOVE > limit {
        return None;
    }
    // One row of the table: `row[j]` is the distance of the prefix of `a` so far to `b[..j]`.
    let mut row: Vec<usize> = (0..=b.len()).map(|j| j * MOVE).collect();
    for &x in a {
        let mut diagonal = row[0];
        row[0] += MOVE;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + replacement(x, y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + MOVE).min(row[j] + MOVE);
        }
        if row.iter().all(|&d| d > limit) {
            return None;
        }
    }
    Some(row[b.len()]).filter(|&d| d <= limit)
}

fn replacement(x: u8, y: u8) -> usize {
    if x == y {
        0
    } else if x.eq_ignore_ascii_case(&y) {
        CHANGE_CASE
    } else {
        MOVE
    }
}
