//! `re.Match`: where a pattern and its groups matched.

use super::pattern::{Pattern, wrong_span};
use super::subject::Subject;
use super::template::Template;
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_sre::Matcher;

/// See the module documentation. Owns nothing outside the heap, so that making one is only an allocation.
#[pyclass(
    name = "Match",
    module = "re",
    doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    private,
    no_constructor
)]
#[derive(Trace)]
pub struct Match {
    pattern: Gc<Native<Pattern>>,
    string: Value,
    /// Start and end of the match and of each group as ints; -1 where a group took no part.
    spans: Gc<Tuple>,
    pos: usize,
    endpos: usize,
    /// 0 if no group was closed.
    last_index: usize,
}

impl Match {
    /// A match object of what the matcher has found.
    pub fn create(
        vm: &Vm,
        pattern: Gc<Native<Pattern>>,
        matcher: &Matcher,
        string: Value,
        (pos, endpos): (usize, usize),
    ) -> PyResult {
        const FEW: usize = 8;
        let groups = pattern.group_count();
        let absent = Value::small_int(-1);
        let span_of = |group| match matcher.group(group) {
            Some((start, end)) => (Value::small_int(start as i64), Value::small_int(end as i64)),
            None => (absent, absent),
        };
        let spans = if groups < FEW {
            let mut spans = [absent; 2 * FEW];
            for group in 0..=groups {
                (spans[2 * group], spans[2 * group + 1]) = span_of(group);
            }
            Tuple::new(&vm.heap, &spans[..2 * groups + 2])
        } else {
            let spans: Vec<Value> = (0..=groups).map(span_of).flat_map(|(start, end)| [start, end]).collect();
            Tuple::new(&vm.heap, &spans)
        };
        if spans.chunks_exact(2).any(|span| span[0].small_int_unchecked() > span[1].small_int_unchecked()) {
            return Err(wrong_span(vm));
        }
        let last_index = matcher.last_index().unwrap_or(0);
        let found = Match { pattern, string, spans, pos, endpos, last_index };
        Ok(vm.new_native(pattern.match_class, found).value())
    }

    fn group_count(&self) -> usize {
        self.spans.len() / 2
    }

    /// The position of group `index` in the string.
    fn span_at(&self, index: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.spans[2 * index], self.spans[2 * index + 1]);
        let start = usize::try_from(start.small_int_unchecked()).ok()?;
        Some((start, end.small_int_unchecked() as usize))
    }

    /// The text of group `index`, or `default`.
    fn text(&self, vm: &Vm, index: usize, default: Value) -> PyResult {
        match self.span_at(index) {
            None => Ok(default),
            Some((start, end)) => {
                let subject = Subject::new(vm, self.string)?;
                // A bytearray may have shrunk since.
                let limit = subject.len();
                Ok(subject.slice(vm, start.min(limit)..end.min(limit)))
            }
        }
    }

    /// The number of a group given by number or name.
    fn index_of(&self, vm: &Vm, group: Value) -> PyResult<usize> {
        let number = match group.as_small_int() {
            Some(i) => Some(i),
            None if vm.is_index(group) => vm.index(group)?.to_i64(),
            None => match self.pattern.groupindex.get(vm, group) {
                Ok(Some(number)) => number.as_small_int(),
                Ok(None) => None,
                Err(Raised) => {
                    vm.catch(vm.exceptions.type_error)?;
                    None
                }
            },
        };
        match number.and_then(|i| usize::try_from(i).ok()).filter(|&i| i < self.group_count()) {
            Some(index) => Ok(index),
            None => Err(vm.index_error("no such group")),
        }
    }

    fn index_or_whole(&self, vm: &Vm, group: Option<Value>) -> PyResult<usize> {
        group.map_or(Ok(0), |group| self.index_of(vm, group))
    }

    fn span_pair(&self, vm: &Vm, index: usize) -> Value {
        vm.new_tuple(&self.spans[2 * index..2 * index + 2])
    }
}

#[pymethods]
impl Match {
    /// Return subgroup(s) of the match by indices or names.
    ///
    /// For 0 returns the entire match.
    #[pymethod]
    fn group(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "Match.group")?;
        match *args.positional_values() {
            [] => self.text(vm, 0, Value::none()),
            [group] => self.text(vm, self.index_of(vm, group)?, Value::none()),
            ref groups => {
                let mut texts = vm.vec();
                for &group in groups {
                    texts.push(&vm.heap, self.text(vm, self.index_of(vm, group)?, Value::none())?);
                }
                Ok(vm.new_tuple(&texts))
            }
        }
    }

    #[pymethod]
    fn __getitem__(&self, vm: &Vm, key: Value) -> PyResult {
        self.text(vm, self.index_of(vm, key)?, Value::none())
    }

    /// Return a tuple containing all the subgroups of the match, from 1; default stands for those without a match.
    #[pymethod(sig = "(default=None)")]
    fn groups(&self, vm: &Vm, default: Option<Value>) -> PyResult {
        let default = default.unwrap_or(Value::none());
        let mut texts = vm.vec();
        for index in 1..self.group_count() {
            texts.push(&vm.heap, self.text(vm, index, default)?);
        }
        Ok(vm.new_tuple(&texts))
    }

    /// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
    #[pymethod(sig = "(default=None)")]
    fn groupdict(&self, vm: &Vm, default: Option<Value>) -> PyResult<Gc<Dict>> {
        let default = default.unwrap_or(Value::none());
        let result = vm.new_dict();
        let names = self.pattern.groupindex;
        let mut at = 0;
        while let Some((i, name, _)) = names.next_entry(at) {
            let text = self.text(vm, self.index_of(vm, name)?, default)?;
            result.insert(vm, name, text)?;
            at = i + 1;
        }
        Ok(result)
    }

    /// Return index of the start of the substring matched by group.
    #[pymethod]
    fn start(&self, vm: &Vm, group: Option<Value>) -> PyResult {
        Ok(self.spans[2 * self.index_or_whole(vm, group)?])
    }
    /// Return index of the end of the substring matched by group.
    #[pymethod]
    fn end(&self, vm: &Vm, group: Option<Value>) -> PyResult {
        Ok(self.spans[2 * self.index_or_whole(vm, group)? + 1])
    }
    /// For match object m, return the 2-tuple (m.start(group), m.end(group)).
    #[pymethod]
    fn span(&self, vm: &Vm, group: Option<Value>) -> PyResult {
        Ok(self.span_pair(vm, self.index_or_whole(vm, group)?))
    }

    /// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
    #[pymethod(sig = "(template)")]
    fn expand(&self, vm: &Vm, template: Value) -> PyResult {
        let template = Template::compile(vm, self.pattern, template)?;
        template.expand(vm, self.string, |group| self.span_at(group))
    }

    #[pymethod]
    fn __copy__(this: Gc<Native<Match>>) -> Gc<Native<Match>> {
        this
    }
    #[pymethod]
    fn __deepcopy__(this: Gc<Native<Match>>, _memo: Value) -> Gc<Native<Match>> {
        this
    }

    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }

    #[pymethod]
    fn __repr__(this: Gc<Native<Match>>, vm: &Vm) -> PyResult {
        let text = vm.repr(this.text(vm, 0, Value::none())?)?;
        let name = vm.type_of(this.value()).qualified_name();
        let span = |i: usize| this.spans[i].small_int_unchecked();
        let head = vm.str_from(&format!("<{name} object; span=({}, {}), match=", span(0), span(1)));
        let shown = Str::concat(&vm.heap, head, text);
        Ok(Str::concat(&vm.heap, shown, vm.str_from(">")).value())
    }

    /// The string passed to match() or search().
    #[pygetset]
    fn string(&self) -> Value {
        self.string
    }
    /// The regular expression object.
    #[pygetset]
    fn re(&self) -> Gc<Native<Pattern>> {
        self.pattern
    }
    /// The index into the string at which the RE engine started looking for a match.
    #[pygetset]
    fn pos(&self) -> usize {
        self.pos
    }
    /// The index into the string beyond which the RE engine will not go.
    #[pygetset]
    fn endpos(&self) -> usize {
        self.endpos
    }
    /// The integer index of the last matched capturing group.
    #[pygetset]
    fn lastindex(&self) -> Option<usize> {
        (self.last_index != 0).then_some(self.last_index)
    }
    /// The name of the last matched capturing group.
    #[pygetset]
    fn lastgroup(&self) -> Value {
        match self.last_index {
            0 => Value::none(),
            index => self.pattern.indexgroup.get(index).copied().unwrap_or(Value::none()),
        }
    }
    #[pygetset]
    fn regs(&self, vm: &Vm) -> Value {
        let mut pairs = vm.vec();
        for index in 0..self.group_count() {
            pairs.push(&vm.heap, self.span_pair(vm, index));
        }
        vm.new_tuple(&pairs)
    }
}
