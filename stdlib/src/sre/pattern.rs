//! `re.Pattern`: a compiled pattern and the searches over whole strings.

use super::joiner::Joiner;
use super::matches::Match;
use super::scanner::{FindIter, Scanner};
use super::subject::{How, Subject};
use super::template::Replacement;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_sre::{Matcher, Program};
use std::cell::RefCell;

/// See the module documentation.
#[pyclass(
    name = "Pattern",
    module = "re",
    doc = "Compiled regular expression object.",
    weakrefable,
    private,
    no_constructor
)]
#[derive(Trace)]
pub struct Pattern {
    /// The source: str, bytes or None.
    pub pattern: Value,
    pub flags: i64,
    pub groupindex: Gc<Dict>,
    /// Names by group number; None for groups without one.
    pub indexgroup: Gc<Tuple>,
    pub match_class: Gc<Type>,
    /// Whether the source is bytes; `None` if it is neither str nor bytes.
    #[trace(skip)]
    pub is_bytes: Option<bool>,
    #[trace(skip)]
    pub code: Box<[u32]>,
    #[trace(skip)]
    pub program: Program,
    /// A matcher that nobody uses at the moment.
    #[trace(skip)]
    pub spare: RefCell<Option<Matcher>>,
}

/// A position in a sequence of searches: where the next one starts, and that it must not find the empty match there
/// again.
#[derive(Clone, Copy)]
pub struct Cursor {
    pub pos: usize,
    pub endpos: usize,
    pub must_advance: bool,
}

/// One of a sequence of searches over a subject, and the matcher it leaves its result in.
pub struct Search<'a> {
    pub vm: &'a Vm,
    pub pattern: Gc<Native<Pattern>>,
    pub subject: &'a Subject,
    pub matcher: Matcher,
    pub cursor: Cursor,
}

impl<'a> Search<'a> {
    pub fn new(
        vm: &'a Vm,
        pattern: Gc<Native<Pattern>>,
        subject: &'a Subject,
        pos: isize,
        endpos: isize,
    ) -> Search<'a> {
        let (pos, endpos) = subject.bounds(pos, endpos);
        let cursor = Cursor { pos, endpos, must_advance: false };
        Search { vm, pattern, subject, matcher: pattern.take_matcher(), cursor }
    }

    /// Finds the next match: its start and end.
    #[inline]
    pub fn next(&mut self) -> PyResult<Option<(usize, usize)>> {
        let Cursor { pos, endpos, must_advance } = self.cursor;
        if pos > endpos {
            return Ok(None);
        }
        let program = &self.pattern.as_ref().program;
        let found = self.subject.run(
            self.vm,
            program,
            &mut self.matcher,
            How::Search,
            (pos, endpos),
            must_advance,
        )?;
        if !found {
            return Ok(None);
        }
        let (start, end) = self.matcher.span();
        self.cursor.pos = end;
        self.cursor.must_advance = start == end;
        Ok(Some((start, end)))
    }

    /// What a group of the match captured, or `absent`.
    pub fn group(&self, group: usize, absent: Value) -> PyResult {
        match self.matcher.group(group) {
            None => Ok(absent),
            Some((start, end)) if start <= end => Ok(self.subject.slice(self.vm, start..end)),
            Some(_) => Err(wrong_span(self.vm)),
        }
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        self.pattern.give_back(std::mem::take(&mut self.matcher));
    }
}

/// The error of a group that ends before it begins.
#[cold]
pub fn wrong_span(vm: &Vm) -> adder_interp::value::Raised {
    vm.system_error("The span of capturing group is wrong, please report a bug for the re module.")
}

impl Pattern {
    /// Capturing groups.
    pub fn group_count(&self) -> usize {
        self.program.groups()
    }

    pub fn take_matcher(&self) -> Matcher {
        self.spare.borrow_mut().take().unwrap_or_default()
    }

    pub fn give_back(&self, matcher: Matcher) {
        *self.spare.borrow_mut() = Some(matcher);
    }

    fn subject(&self, vm: &Vm, string: Value) -> PyResult<Subject> {
        Subject::new(vm, string)?.require(vm, self.is_bytes)
    }
}

/// The match object of one run of the engine, or None.
fn once(
    this: Gc<Native<Pattern>>,
    vm: &Vm,
    string: Value,
    (pos, endpos): (isize, isize),
    how: How,
) -> PyResult {
    let subject = this.subject(vm, string)?;
    let bounds = subject.bounds(pos, endpos);
    let mut matcher = this.take_matcher();
    let found = subject.run(vm, &this.as_ref().program, &mut matcher, how, bounds, false);
    let result = match found {
        Ok(true) => Match::create(vm, this, &matcher, string, bounds),
        Ok(false) => Ok(Value::none()),
        Err(raised) => Err(raised),
    };
    this.give_back(matcher);
    result
}

fn substitute(
    this: Gc<Native<Pattern>>,
    vm: &Vm,
    repl: Value,
    string: Value,
    count: isize,
) -> PyResult<(Value, i64)> {
    let replacement = Replacement::new(vm, this, repl)?;
    let subject = this.subject(vm, string)?;
    let mut search = Search::new(vm, this, &subject, 0, isize::MAX);
    let whole = (0, search.cursor.endpos);
    let mut out = Joiner::new(vm, &subject);
    let (mut copied, mut n) = (0, 0);
    while count == 0 || n < count as i64 {
        let Some((start, end)) = search.next()? else { break };
        out.push_slice(copied..start);
        match &replacement {
            Replacement::Literal(text) => out.push(*text),
            Replacement::Template(template) => {
                let matcher = &search.matcher;
                template.expand_into(vm, &mut out, &subject, |group| matcher.group(group))?;
            }
            Replacement::Callable(function) => {
                let found = Match::create(vm, this, &search.matcher, string, whole)?;
                let text = vm.call(*function, &[found])?;
                if !text.is_none() {
                    out.push(text);
                }
            }
        }
        copied = end;
        n += 1;
    }
    if n == 0 && out.is_untouched() {
        return Ok((subject.slice(vm, 0..whole.1), 0));
    }
    out.push_slice(copied..whole.1);
    Ok((out.finish()?, n))
}

#[pymethods]
impl Pattern {
    /// Matches zero or more characters at the beginning of the string.
    #[pymethod(sig = "(string, pos=0, endpos=sys.maxsize)", name = "match")]
    fn match_(this: Gc<Native<Pattern>>, vm: &Vm, string: Value, pos: isize, endpos: isize) -> PyResult {
        once(this, vm, string, (pos, endpos), How::Match)
    }

    /// Matches against all of the string.
    #[pymethod(sig = "(string, pos=0, endpos=sys.maxsize)")]
    fn fullmatch(this: Gc<Native<Pattern>>, vm: &Vm, string: Value, pos: isize, endpos: isize) -> PyResult {
        once(this, vm, string, (pos, endpos), How::FullMatch)
    }

    /// Scan through string looking for a match, and return a corresponding match object instance.
    ///
    /// Return None if no position in the string matches.
    #[pymethod(sig = "(string, pos=0, endpos=sys.maxsize)")]
    fn search(this: Gc<Native<Pattern>>, vm: &Vm, string: Value, pos: isize, endpos: isize) -> PyResult {
        once(this, vm, string, (pos, endpos), How::Search)
    }

    /// Return a list of all non-overlapping matches of pattern in string.
    #[pymethod(sig = "(string, pos=0, endpos=sys.maxsize)")]
    fn findall(
        this: Gc<Native<Pattern>>,
        vm: &Vm,
        string: Value,
        pos: isize,
        endpos: isize,
    ) -> PyResult<Gc<List>> {
        let subject = this.subject(vm, string)?;
        let mut search = Search::new(vm, this, &subject, pos, endpos);
        let found = List::new(&vm.heap);
        let empty = subject.empty(vm);
        let groups = this.group_count();
        while let Some((start, end)) = search.next()? {
            let item = match groups {
                0 => subject.slice(vm, start..end),
                1 => search.group(1, empty)?,
                _ => {
                    let mut captured = vm.vec();
                    for group in 1..=groups {
                        captured.push(&vm.heap, search.group(group, empty)?);
                    }
                    vm.new_tuple(&captured)
                }
            };
            found.push(&vm.heap, item);
        }
        Ok(found)
    }

    /// Return an iterator over all non-overlapping matches for the RE pattern in string.
    ///
    /// For each match, the iterator returns a match object.
    #[pymethod(sig = "(string, pos=0, endpos=sys.maxsize)")]
    fn finditer(
        this: Gc<Native<Pattern>>,
        vm: &Vm,
        string: Value,
        pos: isize,
        endpos: isize,
    ) -> PyResult<Gc<Native<FindIter>>> {
        let subject = this.subject(vm, string)?;
        FindIter::create(vm, this, &subject, pos, endpos)
    }

    #[pymethod(sig = "(string, pos=0, endpos=sys.maxsize)")]
    fn scanner(
        this: Gc<Native<Pattern>>,
        vm: &Vm,
        string: Value,
        pos: isize,
        endpos: isize,
    ) -> PyResult<Gc<Native<Scanner>>> {
        let subject = this.subject(vm, string)?;
        Scanner::create(vm, this, &subject, pos, endpos)
    }

    /// Split string by the occurrences of pattern.
    #[pymethod(sig = "(string, maxsplit=0)")]
    fn split(this: Gc<Native<Pattern>>, vm: &Vm, string: Value, maxsplit: isize) -> PyResult<Gc<List>> {
        let subject = this.subject(vm, string)?;
        let mut search = Search::new(vm, this, &subject, 0, isize::MAX);
        let parts = List::new(&vm.heap);
        let (mut last, mut n) = (0, 0);
        while maxsplit == 0 || n < maxsplit {
            let Some((start, end)) = search.next()? else { break };
            parts.push(&vm.heap, subject.slice(vm, last..start));
            for group in 1..=this.group_count() {
                parts.push(&vm.heap, search.group(group, Value::none())?);
            }
            last = end;
            n += 1;
        }
        parts.push(&vm.heap, subject.slice(vm, last..search.cursor.endpos));
        Ok(parts)
    }

    /// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by repl.
    #[pymethod(sig = "(repl, string, count=0)")]
    fn sub(this: Gc<Native<Pattern>>, vm: &Vm, repl: Value, string: Value, count: isize) -> PyResult {
        Ok(substitute(this, vm, repl, string, count)?.0)
    }

    /// Return the tuple (new_string, number_of_subs_made), where new_string is what sub() returns.
    #[pymethod(sig = "(repl, string, count=0)")]
    fn subn(
        this: Gc<Native<Pattern>>,
        vm: &Vm,
        repl: Value,
        string: Value,
        count: isize,
    ) -> PyResult<(Value, i64)> {
        substitute(this, vm, repl, string, count)
    }

    #[pymethod]
    fn __copy__(this: Gc<Native<Pattern>>) -> Gc<Native<Pattern>> {
        this
    }
    #[pymethod]
    fn __deepcopy__(this: Gc<Native<Pattern>>, _memo: Value) -> Gc<Native<Pattern>> {
        this
    }

    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }

    #[pymethod]
    fn __repr__(&self, vm: &Vm) -> PyResult {
        super::repr::pattern(vm, self)
    }

    #[pymethod]
    fn __hash__(&self, vm: &Vm) -> PyResult<i64> {
        let source = vm.hash(self.pattern)?;
        let code = self
            .code
            .iter()
            .fold(0u64, |h, &word| (h ^ u64::from(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31));
        Ok((source ^ code ^ self.flags as u64 ^ u64::from(self.is_bytes == Some(true))) as i64)
    }

    #[pymethod]
    fn __eq__(this: Gc<Native<Pattern>>, vm: &Vm, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Native<Pattern>>() else { return Ok(Value::not_implemented()) };
        Ok(Value::bool(this.same_as(vm, other)?))
    }
    #[pymethod]
    fn __ne__(this: Gc<Native<Pattern>>, vm: &Vm, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Native<Pattern>>() else { return Ok(Value::not_implemented()) };
        Ok(Value::bool(!this.same_as(vm, other)?))
    }

    /// The pattern string from which the RE object was compiled.
    #[pygetset]
    fn pattern(&self) -> Value {
        self.pattern
    }
    /// The regex matching flags.
    #[pygetset]
    fn flags(&self) -> i64 {
        self.flags
    }
    /// The number of capturing groups in the pattern.
    #[pygetset]
    fn groups(&self) -> usize {
        self.group_count()
    }
    /// A dictionary mapping group names to group numbers.
    #[pygetset]
    fn groupindex(&self, vm: &Vm) -> Value {
        vm.mapping_proxy(self.groupindex.value())
    }

    fn same_as(&self, vm: &Vm, other: Gc<Native<Pattern>>) -> PyResult<bool> {
        Ok(std::ptr::eq(self, &raw const other.as_ref().payload)
            || (self.flags == other.flags
                && self.is_bytes == other.is_bytes
                && self.code == other.code
                && vm.eq(self.pattern, other.pattern)?))
    }
}
