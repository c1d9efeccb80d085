//! Successive matches: `Pattern.scanner` objects and the iterators of `finditer`.

use super::matches::Match;
use super::pattern::{Cursor, Pattern};
use super::subject::{How, Subject};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// A sequence of matches that is under way.
#[derive(Trace)]
struct Progress {
    pattern: Gc<Native<Pattern>>,
    string: Value,
    #[trace(skip)]
    pos: Cell<usize>,
    #[trace(skip)]
    start: usize,
    #[trace(skip)]
    endpos: usize,
    #[trace(skip)]
    must_advance: Cell<bool>,
    #[trace(skip)]
    exhausted: Cell<bool>,
    #[trace(skip)]
    running: Cell<bool>,
}

impl Progress {
    fn new(pattern: Gc<Native<Pattern>>, subject: &Subject, pos: isize, endpos: isize) -> Progress {
        let (pos, endpos) = subject.bounds(pos, endpos);
        Progress {
            pattern,
            string: subject.value,
            pos: Cell::new(pos),
            start: pos,
            endpos,
            must_advance: Cell::new(false),
            exhausted: Cell::new(false),
            running: Cell::new(false),
        }
    }

    /// The next match object.
    fn step(&self, vm: &Vm, how: How) -> PyResult<Option<Value>> {
        if self.running.get() {
            return Err(vm.value_error("regular expression scanner already executing"));
        }
        if self.exhausted.get() {
            return Ok(None);
        }
        self.running.set(true);
        let result = self.run(vm, how);
        self.running.set(false);
        result
    }

    fn run(&self, vm: &Vm, how: How) -> PyResult<Option<Value>> {
        let pattern = self.pattern;
        let subject = Subject::new(vm, self.string)?;
        let cursor = Cursor {
            pos: self.pos.get(),
            endpos: self.endpos.min(subject.len()),
            must_advance: self.must_advance.get(),
        };
        let mut matcher = pattern.take_matcher();
        let bounds = (cursor.pos, cursor.endpos);
        let found =
            subject.run(vm, &pattern.as_ref().program, &mut matcher, how, bounds, cursor.must_advance);
        let result = match found {
            Ok(true) => {
                let (start, end) = matcher.span();
                // Empty means that no progress was made from where the attempt started.
                let empty = if how == How::Search { start == end } else { end == cursor.pos };
                self.must_advance.set(empty);
                self.pos.set(end);
                Match::create(vm, pattern, &matcher, self.string, (self.start, self.endpos)).map(Some)
            }
            Ok(false) => {
                self.exhausted.set(true);
                Ok(None)
            }
            Err(raised) => Err(raised),
        };
        pattern.give_back(matcher);
        result
    }
}

/// `_sre.SRE_Scanner`: matches or searches from where the last match ended.
#[pyclass(name = "SRE_Scanner", module = "_sre", private, no_constructor)]
#[derive(Trace)]
pub struct Scanner {
    progress: Progress,
}

impl Scanner {
    pub fn create(
        vm: &Vm,
        pattern: Gc<Native<Pattern>>,
        subject: &Subject,
        pos: isize,
        endpos: isize,
    ) -> PyResult<Gc<Native<Scanner>>> {
        let class = vm.native_type(Scanner::TYPE_DEF)?;
        Ok(vm.new_native(class, Scanner { progress: Progress::new(pattern, subject, pos, endpos) }))
    }
}

#[pymethods]
impl Scanner {
    #[pymethod(name = "match")]
    fn match_(this: Gc<Native<Scanner>>, vm: &Vm) -> PyResult<Option<Value>> {
        this.progress.step(vm, How::Match)
    }
    #[pymethod]
    fn search(this: Gc<Native<Scanner>>, vm: &Vm) -> PyResult<Option<Value>> {
        this.progress.step(vm, How::Search)
    }
    #[pygetset]
    fn pattern(&self) -> Gc<Native<Pattern>> {
        self.progress.pattern
    }
}

/// What `finditer` returns: CPython's is an iterator over calls of a scanner's `search`.
#[pyclass(name = "callable_iterator", module = "builtins", private, no_constructor)]
#[derive(Trace)]
pub struct FindIter {
    progress: Progress,
}

impl FindIter {
    pub fn create(
        vm: &Vm,
        pattern: Gc<Native<Pattern>>,
        subject: &Subject,
        pos: isize,
        endpos: isize,
    ) -> PyResult<Gc<Native<FindIter>>> {
        let class = vm.native_type(FindIter::TYPE_DEF)?;
        Ok(vm.new_native(class, FindIter { progress: Progress::new(pattern, subject, pos, endpos) }))
    }
}

#[pymethods]
impl FindIter {
    #[pymethod]
    fn __iter__(this: Gc<Native<FindIter>>) -> Gc<Native<FindIter>> {
        this
    }
    #[pymethod]
    fn __next__(this: Gc<Native<FindIter>>, vm: &Vm) -> PyResult<Option<Value>> {
        this.progress.step(vm, How::Search)
    }
}
