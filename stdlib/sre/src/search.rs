//! Finding the leftmost match.
//!
//! A search is a loop over candidate positions, each found by the program's prefilter, and an attempt at each. A
//! prefilter may name too many positions, never too few.

use crate::exec::Exec;
use crate::matcher::Abort;
use crate::prefilter::{Literal, Prefilter, Scan};
use crate::program::{Program, Run};
use crate::runs::{passes, run_end};
use crate::units::Unit;

/// A match: where it starts and ends.
type Found = Result<Option<(usize, usize)>, Abort>;

/// Searches from `pos` on.
pub(crate) fn search<T: Unit>(mut exec: Exec<'_, T>, pos: usize) -> Found {
    let program = exec.program;
    if exec.text.len() - pos < program.min_width {
        return Ok(None);
    }
    match &program.prefilter {
        Prefilter::None => every_position(&mut exec, pos),
        Prefilter::TextStart if pos == 0 => attempt(&mut exec, 0, 0),
        Prefilter::TextStart => Ok(None),
        Prefilter::LineStart => line_starts(&mut exec, pos),
        Prefilter::Literal(literal) => literals(&mut exec, pos, literal),
        Prefilter::Scan(scan) => scanned(&mut exec, pos, scan),
        Prefilter::RunBefore { run, stop, otherwise } => match T::from_code(*stop) {
            Some(stop) if !program.has_refs => {
                before_stop(&mut exec, pos, &program.runs[*run as usize], stop)
            }
            _ => scanned(&mut exec, pos, otherwise),
        },
    }
}

/// Attempts a match at `at`. The condition to advance applies only where the search began.
fn attempt<T: Unit>(exec: &mut Exec<'_, T>, at: usize, pos: usize) -> Found {
    exec.tick()?;
    let must_advance = exec.options.must_advance;
    exec.options.must_advance = must_advance && at == pos;
    let end = exec.attempt(at)?;
    exec.options.must_advance = must_advance;
    Ok(end.map(|end| (at, end)))
}

fn every_position<T: Unit>(exec: &mut Exec<'_, T>, pos: usize) -> Found {
    for at in pos..=exec.text.len() - exec.program.min_width {
        if let Some(found) = attempt(exec, at, pos)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn line_starts<T: Unit>(exec: &mut Exec<'_, T>, pos: usize) -> Found {
    let text = exec.text;
    let Some(newline) = T::from_code(u32::from(b'\n')) else { return Ok(None) };
    let mut at = pos;
    loop {
        if (at == 0 || text[at - 1] == newline)
            && let Some(found) = attempt(exec, at, pos)?
        {
            return Ok(Some(found));
        }
        match T::find(&text[at..], newline) {
            Some(line) => at += line + 1,
            None => return Ok(None),
        }
    }
}

fn literals<T: Unit>(exec: &mut Exec<'_, T>, pos: usize, literal: &Literal) -> Found {
    let text = exec.text;
    let mut from = pos;
    while let Some(found) = find_literal(&text[from..], literal) {
        let at = from + found;
        if literal.whole && !exec.options.to_end {
            exec.matcher.marks.count = 0;
            exec.matcher.marks.last_index = 0;
            return Ok(Some((at, at + literal.units.len())));
        }
        if let Some(found) = attempt(exec, at, pos)? {
            return Ok(Some(found));
        }
        from = at + 1;
    }
    Ok(None)
}

fn find_literal<T: Unit>(text: &[T], literal: &Literal) -> Option<usize> {
    if let Some(bytes) = T::bytes(text) {
        return literal.finder.as_ref()?.find(bytes);
    }
    let (&first, rest) = literal.units.split_first()?;
    let first = T::from_code(first)?;
    let mut from = 0;
    loop {
        let at = from + T::find(&text[from..], first)?;
        let tail = text.get(at + 1..at + 1 + rest.len())?;
        if tail.iter().zip(rest).all(|(&unit, &ch)| unit.into() == ch) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn scanned<T: Unit>(exec: &mut Exec<'_, T>, pos: usize, scan: &Scan) -> Found {
    let program = exec.program;
    let mut from = pos;
    while let Some(at) = next_candidate(exec.text, from, scan, program) {
        if let Some(found) = attempt(exec, at, pos)? {
            return Ok(Some(found));
        }
        from = skip_run(exec, at, pos, scan);
    }
    Ok(None)
}

/// Where to go on after a failed attempt at `at`.
///
/// If the pattern begins with an unbounded run, an attempt at any later unit of the same run would try the
/// continuation at a subset of the same positions, so the whole run and the unit that ends it can be skipped;
/// unless the continuation can tell the two apart, by a group's text or by the condition to advance.
fn skip_run<T: Unit>(exec: &Exec<'_, T>, at: usize, pos: usize, scan: &Scan) -> usize {
    let program = exec.program;
    match scan.leading_run {
        Some(run) if !(program.has_refs || exec.options.must_advance && at == pos) => {
            let run = &program.runs[run as usize];
            run_end(program, run.item, exec.text, at, exec.text.len()) + 1
        }
        _ => at + 1,
    }
}

/// Positions looked at one by one before they are looked at in groups.
const NEAR: usize = 8;

/// The first position from `from` on that the tables admit.
fn next_candidate<T: Unit>(text: &[T], from: usize, scan: &Scan, program: &Program) -> Option<usize> {
    let last = text.len().checked_sub(program.min_width.max(scan.depth))?;
    let bits = |distance: usize, unit: T| {
        let ch: u32 = unit.into();
        scan.bits[distance].get(ch as usize).copied().unwrap_or(scan.wide[distance])
    };
    let admits = |at: usize| {
        let first = bits(0, text[at]);
        match scan.depth {
            1 => first != 0,
            2 => first & bits(1, text[at + 1]) != 0,
            _ => first & bits(1, text[at + 1]) & bits(2, text[at + 2]) != 0,
        }
    };
    let near = last.min(from + NEAR);
    if let Some(at) = (from..=near).find(|&at| admits(at)) {
        return Some(at);
    }
    let mut from = near + 1;
    let window = text.get(from..=last)?;
    match &scan.few {
        Some(few) if size_of::<T>() == 1 || scan.wide[0] == 0 => {
            let mut needles = [None; 3];
            for (needle, &ch) in needles.iter_mut().zip(few) {
                *needle = T::from_code(ch);
            }
            let first = needles[0]?;
            let needles = needles.map(|needle| needle.unwrap_or(first));
            while from <= last {
                let at = from + T::find_any(&text[from..=last], &needles[..few.len()])?;
                if admits(at) {
                    return Some(at);
                }
                from = at + 1;
            }
            None
        }
        _ => {
            let (groups, _) = window.as_chunks::<NEAR>();
            for group in groups {
                if group.iter().fold(0, |any, &unit| any | bits(0, unit)) != 0
                    && let Some(at) = (from..from + NEAR).find(|&at| admits(at))
                {
                    return Some(at);
                }
                from += NEAR;
            }
            (from..=last).find(|&at| admits(at))
        }
    }
}

/// Searches for a pattern that begins with a run whose end must be a `stop`, a unit not in the run: finds the stops
/// and goes back over the run before each. Starting later in the same run leads to the same stop, so one attempt
/// per stop is enough.
fn before_stop<T: Unit>(exec: &mut Exec<'_, T>, pos: usize, run: &Run, stop: T) -> Found {
    let (program, text) = (exec.program, exec.text);
    let mut from = pos;
    while let Some(found) = T::find(&text[from..], stop) {
        let end = from + found;
        let at = end - (from..end).rev().take_while(|&at| passes(program, run.item, text, at)).count();
        if end - at >= run.min as usize
            && let Some(found) = attempt(exec, at, pos)?
        {
            return Ok(Some(found));
        }
        from = end + 1;
    }
    Ok(None)
}
