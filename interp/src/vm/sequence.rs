//! What lists and tuples have in common: comparison, search, printing, repetition, and how much an iterable will give.

use super::Vm;
use super::compare::CompareOp;
use super::special::Special;
use crate::native::Args;
use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use adder_text::units::StrBuilder;

/// Items by position. A list may shrink while Python code runs, so items are fetched one at a time.
pub trait Items: Copy {
    fn count(self) -> usize;
    fn item(self, index: usize) -> Option<Value>;
}

impl Items for Gc<List> {
    #[inline(always)]
    fn count(self) -> usize {
        self.len()
    }
    #[inline(always)]
    fn item(self, index: usize) -> Option<Value> {
        self.get(index)
    }
}

impl Items for Gc<Tuple> {
    #[inline(always)]
    fn count(self) -> usize {
        self.len()
    }
    #[inline(always)]
    fn item(self, index: usize) -> Option<Value> {
        self.as_ref().get(index).copied()
    }
}

/// Most items that a list or tuple may be asked to have.
const MAX_ITEMS: usize = isize::MAX as usize / 8;

impl Vm {
    /// `a op b` for two lists or two tuples: the first items that differ decide.
    pub fn compare_items<T: Items>(&self, op: CompareOp, a: T, b: T) -> PyResult {
        if matches!(op, CompareOp::Eq | CompareOp::Ne) && a.count() != b.count() {
            return Ok(Value::bool(op == CompareOp::Ne));
        }
        let mut i = 0;
        while let (Some(x), Some(y)) = (a.item(i), b.item(i)) {
            if !self.eq(x, y)? {
                return match op {
                    CompareOp::Eq => Ok(Value::bool(false)),
                    CompareOp::Ne => Ok(Value::bool(true)),
                    _ => self.compare(op, x, y),
                };
            }
            i += 1;
        }
        Ok(Value::bool(op.holds(a.count().cmp(&b.count()))))
    }

    /// Two exact lists or two exact tuples; `None` for anything else.
    #[inline]
    pub fn compare_exact_sequences(&self, op: CompareOp, a: Value, b: Value) -> Option<PyResult> {
        match (self.shape_of(a), self.shape_of(b)) {
            (shape_id::TUPLE, shape_id::TUPLE) => {
                Some(self.compare_items(op, a.downcast::<Tuple>()?, b.downcast::<Tuple>()?))
            }
            (shape_id::LIST, shape_id::LIST) => {
                Some(self.compare_items(op, a.downcast::<List>()?, b.downcast::<List>()?))
            }
            _ => None,
        }
    }

    /// Position of the first item of `start..stop` that equals `value`.
    pub fn find_item<T: Items>(
        &self,
        items: T,
        value: Value,
        start: usize,
        stop: usize,
    ) -> PyResult<Option<usize>> {
        let mut i = start;
        while i < stop
            && let Some(item) = items.item(i)
        {
            if self.eq(item, value)? {
                return Ok(Some(i));
            }
            i += 1;
        }
        Ok(None)
    }

    /// Number of items that equal `value`.
    pub fn count_item<T: Items>(&self, items: T, value: Value) -> PyResult<usize> {
        let (mut i, mut found) = (0, 0);
        while let Some(item) = items.item(i) {
            found += self.eq(item, value)? as usize;
            i += 1;
        }
        Ok(found)
    }

    /// The reprs of all items, separated by commas.
    pub fn repr_items<T: Items>(&self, out: &mut StrBuilder, items: T) -> PyResult<()> {
        let mut i = 0;
        while let Some(item) = items.item(i) {
            if i > 0 {
                out.push_ascii(b", ");
            }
            out.push_units(self.repr(item)?.units());
            i += 1;
        }
        Ok(())
    }

    /// A str object from what a builder has collected.
    pub fn built_str(&self, out: StrBuilder) -> Value {
        Str::from_units(&self.heap, out.finish().as_units()).value()
    }

    /// How often a sequence of `len` items is repeated by `sequence * times`; `None` if `times` is no integer.
    pub fn repetitions(&self, times: Value, len: usize) -> PyResult<Option<usize>> {
        self.repetitions_or(times, len, |_| self.out_of_memory())
    }

    /// The same for `text * times`, of so many items in `bytes`: more than can be counted is an OverflowError.
    pub fn repetitions_of(
        &self,
        times: Value,
        items: usize,
        bytes: usize,
        too_long: &str,
    ) -> PyResult<Option<usize>> {
        self.repetitions_or(times, bytes, |n| match n.checked_mul(items) {
            Some(total) if isize::try_from(total).is_ok() => self.out_of_memory(),
            _ => self.overflow_error(too_long),
        })
    }

    fn repetitions_or(
        &self,
        times: Value,
        len: usize,
        too_many: impl FnOnce(usize) -> Raised,
    ) -> PyResult<Option<usize>> {
        if !self.is_index(times) {
            return Ok(None);
        }
        let n = self.index(times)?;
        let Some(n) = n.to_i64() else {
            return Err(self.overflow_error(format!(
                "cannot fit '{}' into an index-sized integer",
                self.type_of(times).name()
            )));
        };
        // Nothing, however often, is nothing at once.
        let n = if len == 0 { 0 } else { n.max(0) as usize };
        match n.checked_mul(len) {
            Some(total) if total <= MAX_ITEMS => Ok(Some(n)),
            _ => Err(too_many(n)),
        }
    }

    /// Raises `MemoryError`, which has no context: CPython has made its own beforehand.
    #[cold]
    pub fn out_of_memory(&self) -> Raised {
        let raised = self.reraise_value(self.new_exception(self.exceptions.memory_error, &[]).value());
        self.mark_pending_fresh();
        raised
    }

    /// `operator.length_hint(v, default)`.
    pub fn length_hint(&self, v: Value, default: usize) -> PyResult<usize> {
        Ok(self.length_hint_opt(v)?.unwrap_or(default))
    }

    /// What `__len__` or `__length_hint__` say; `None` when the object has neither.
    pub fn length_hint_opt(&self, v: Value) -> PyResult<Option<usize>> {
        let swallow_type_error =
            |Raised| -> PyResult<Option<usize>> { self.catch(self.exceptions.type_error).map(|_| None) };
        if self.special_of(v, Special::Len).is_some()
            && let Some(n) = self.length(v).map(Some).or_else(swallow_type_error)?
        {
            return Ok(Some(n));
        }
        let Some(hint) = self.special_of(v, Special::LengthHint) else { return Ok(None) };
        let result = match self.call_method_raw(hint, v, &[]) {
            Ok(result) => result,
            Err(raised) => return swallow_type_error(raised),
        };
        if result.is_not_implemented() {
            return Ok(None);
        }
        let Some(n) = crate::object::int::as_int(result) else {
            return Err(self.type_error(format!(
                "__length_hint__ must be an integer, not {}",
                self.type_of(result).name()
            )));
        };
        match n.to_i64() {
            Some(n) if n >= 0 => Ok(Some(n as usize)),
            Some(_) => Err(self.value_error("__length_hint__() should return >= 0")),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// A `start` or `stop` argument that may not be None, as `list.index` takes it.
    pub fn search_bound(&self, v: Value) -> PyResult<isize> {
        if v.is_none() {
            return Err(self.type_error("slice indices must be integers or have an __index__ method"));
        }
        match self.slice_index(v) {
            Ok(i) => Ok(i.unwrap_or(0)),
            Err(Raised) if !self.is_index(v) => {
                self.take_pending();
                Err(self.type_error("slice indices must be integers or have an __index__ method"))
            }
            Err(raised) => Err(raised),
        }
    }

    /// A function or class of the `builtins` module.
    pub fn builtin_function(&self, name: &str) -> PyResult {
        self.builtins.get_str(self.intern(name)).ok_or_else(|| self.attribute_error(name))
    }

    /// Whether the object is indexed by position, as far as one can tell: it has `__getitem__` and is no dict.
    pub fn is_sequence(&self, v: Value) -> bool {
        !v.is::<crate::object::dict::Dict>() && self.special_of(v, Special::GetItem).is_some()
    }

    /// "`what` indices must be integers or slices, not ...".
    #[cold]
    pub fn bad_subscript(&self, what: &str, key: Value) -> Raised {
        self.type_error(format!(
            "{what} indices must be integers or slices, not {}",
            self.type_of(key).name()
        ))
    }

    /// The only argument of a container's `__init__`. Subclasses with a `__new__` of their own may take keywords.
    pub fn constructor_argument(
        &self,
        object: Value,
        class: Gc<Type>,
        args: Args<'_>,
    ) -> PyResult<Option<Value>> {
        let name = class.name();
        let new = |ty| self.special(ty, Special::New);
        if args.has_keywords() && new(self.type_of(object)) == new(class) {
            args.reject_keywords(self, &name)?;
        }
        Ok(args.counted(self, &name, 0, 1)?.first().copied())
    }

    /// A new instance of a built-in layout is finished: queues the finalizer of classes with `__del__`.
    #[inline]
    pub fn finish_instance(&self, cls: Gc<Type>, object: Value) -> Value {
        if cls.has(crate::object::typeobj::type_flag::HAS_FINALIZER)
            && let Some(header) = object.header()
        {
            self.heap.register_finalizer(header);
        }
        object
    }
}

/// Fits a search bound to `0..=len`, counting from the end when negative.
#[inline]
pub fn clamp(i: isize, len: usize) -> usize {
    let i = if i < 0 { i.saturating_add_unsigned(len).max(0) } else { i };
    (i as usize).min(len)
}
