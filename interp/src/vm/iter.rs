//! The iteration protocol.

use super::Vm;
use super::special::Special;
use crate::heap::GcVec;
use crate::object::dict::Dict;
use crate::object::function::NativeFunction;
use crate::object::header::{Gc, Kind};
use crate::object::iter::SeqIter;
use crate::object::iter_tools;
use crate::object::list::List;
use crate::object::range::RangeIter;
use crate::object::set::Set;
use crate::object::shape::shape_id;
use crate::object::slice::Slice;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::type_flag;
use crate::value::{PyResult, Raised, Value};

impl Vm {
    /// `iter(v)`.
    pub fn iter(&self, v: Value) -> PyResult {
        let heap = &self.heap;
        match self.shape_of(v) {
            shape_id::LIST => return Ok(SeqIter::new(heap, shape_id::LIST_ITERATOR, v, 0, 0).value()),
            shape_id::TUPLE => return Ok(SeqIter::new(heap, shape_id::TUPLE_ITERATOR, v, 0, 0).value()),
            shape_id::STR => return Ok(SeqIter::new(heap, shape_id::STR_ITERATOR, v, 0, 0).value()),
            shape_id::DICT => {
                let len = v.downcast::<Dict>().expect("shape").len();
                return Ok(SeqIter::new(heap, shape_id::DICT_KEYITERATOR, v, 0, len).value());
            }
            shape_id::GENERATOR
            | shape_id::LIST_ITERATOR
            | shape_id::TUPLE_ITERATOR
            | shape_id::DICT_KEYITERATOR
            | shape_id::DICT_VALUEITERATOR
            | shape_id::DICT_ITEMITERATOR
            | shape_id::RANGE_ITERATOR => return Ok(v),
            _ => {}
        }
        let ty = self.type_of(v);
        match self.special(ty, Special::Iter) {
            Some(raw) if raw.is_none() => {
                Err(self.type_error(format!("'{}' object is not iterable", ty.name())))
            }
            Some(raw) => {
                let iterator = self.call_method_raw(raw, v, &[])?;
                let it = self.type_of(iterator);
                if self.special(it, Special::Next).is_none() {
                    return Err(
                        self.type_error(format!("iter() returned non-iterator of type '{}'", it.name()))
                    );
                }
                Ok(iterator)
            }
            None if self.special(ty, Special::GetItem).is_some() => {
                Ok(SeqIter::new(heap, shape_id::SEQUENCE_ITERATOR, v, 0, 0).value())
            }
            None => Err(self.type_error(format!("'{}' object is not iterable", ty.name()))),
        }
    }

    /// What to iterate over instead of `v`: an iterator, or `v` itself if it is a list or tuple. TypeErrors on the way there
    /// are replaced by one with this message.
    pub fn iterable_or(&self, v: Value, message: impl FnOnce() -> String) -> PyResult {
        if matches!(self.shape_of(v), shape_id::LIST | shape_id::TUPLE) {
            return Ok(v);
        }
        self.iterator_or(v, message)
    }

    /// `iter(v)` with TypeErrors on the way replaced by one with this message.
    pub fn iterator_or(&self, v: Value, message: impl FnOnce() -> String) -> PyResult {
        self.iter(v).or_else(|Raised| {
            self.catch(self.exceptions.type_error)?;
            Err(self.type_error(message()))
        })
    }

    /// The iterator's next item; `None` at its end (a StopIteration is consumed).
    #[inline]
    pub fn next(&self, iterator: Value) -> PyResult<Option<Value>> {
        match iterator.kind() {
            Some(Kind::RangeIter) => {
                let iter: Gc<RangeIter> = iterator.downcast().expect("kind");
                Ok(iter.advance().map(|i| self.new_int(i)))
            }
            Some(Kind::SeqIter) => self.next_in_sequence(iterator.downcast().expect("kind")),
            Some(Kind::Generator) if self.shape_of(iterator) == shape_id::GENERATOR => {
                self.generator_next(iterator.downcast().expect("kind"))
            }
            _ => self.next_slow(iterator),
        }
    }

    #[inline(never)]
    fn next_slow(&self, iterator: Value) -> PyResult<Option<Value>> {
        if let Some(step) = iter_tools::step(self, iterator) {
            return step;
        }
        let ty = self.type_of(iterator);
        let Some(raw) = self.special(ty, Special::Next) else {
            return Err(self.type_error(format!("'{}' object is not an iterator", ty.name())));
        };
        if let Some(step) = raw.downcast::<NativeFunction>().and_then(|f| f.def()).and_then(|d| d.props.next)
        {
            return step(self, iterator);
        }
        match self.call_method_raw(raw, iterator, &[]) {
            Ok(v) => Ok(Some(v)),
            Err(Raised) => {
                let stop = self.catch(self.exceptions.stop_iteration)?;
                self.last_stop_value.set(Some(self.stop_iteration_value(stop)));
                Ok(None)
            }
        }
    }

    /// As [`Vm::next`], but a StopIteration that Python code raises is left pending.
    pub fn next_raising(&self, iterator: Value) -> PyResult<Option<Value>> {
        match self.special_of(iterator, Special::Next) {
            Some(raw) if !raw.is::<NativeFunction>() => self.call_method_raw(raw, iterator, &[]).map(Some),
            _ => self.next(iterator),
        }
    }

    fn next_in_set(&self, iter: Gc<SeqIter>, container: Value) -> PyResult<Option<Value>> {
        let set: Gc<Set> = container.downcast().expect("set iterators walk sets");
        if set.len() != iter.expected_len.get() {
            iter.expected_len.set(usize::MAX); // stays an error from now on
            return Err(self.runtime_error("Set changed size during iteration"));
        }
        let Some((at, key, _)) = set.next_slot(iter.index.get()) else {
            iter.container.set(None);
            return Ok(None);
        };
        iter.index.set(at + 1);
        iter.remaining.set(iter.remaining.get().saturating_sub(1));
        Ok(Some(key))
    }

    /// One step of a built-in container's iterator.
    pub fn next_in_sequence(&self, iter: Gc<SeqIter>) -> PyResult<Option<Value>> {
        let Some(container) = iter.container.get() else { return Ok(None) };
        let i = iter.index.get();
        let item = match iter.header().shape() {
            shape_id::LIST_ITERATOR => container.downcast::<List>().and_then(|l| l.get(i)),
            shape_id::TUPLE_ITERATOR => container.downcast::<Tuple>().and_then(|t| t.get(i).copied()),
            shape_id::STR_ITERATOR => {
                let s: Gc<Str> = container.downcast().expect("str iterators walk strings");
                (i < s.len()).then(|| self.char_str(s.char_at(i)))
            }
            shape_id::BYTES_ITERATOR => {
                let b =
                    container.downcast::<crate::object::bytes::Bytes>().expect("bytes iterators walk bytes");
                b.get(i).map(|&b| Value::small_int(b as i64))
            }
            shape_id::BYTEARRAY_ITERATOR => {
                let b = container
                    .downcast::<crate::object::bytearray::ByteArray>()
                    .expect("bytearray iterators walk bytearrays");
                b.cells().get(i).map(|b| Value::small_int(b.get() as i64))
            }
            shape_id::LIST_REVERSEITERATOR | shape_id::REVERSED => {
                return self.next_reversed(iter, container);
            }
            shape_id::DICT_KEYITERATOR | shape_id::DICT_VALUEITERATOR | shape_id::DICT_ITEMITERATOR => {
                return self.next_in_dict(iter, container);
            }
            shape_id::DICT_REVERSEKEYITERATOR
            | shape_id::DICT_REVERSEVALUEITERATOR
            | shape_id::DICT_REVERSEITEMITERATOR => return self.next_in_dict_backward(iter, container),
            shape_id::SET_ITERATOR => return self.next_in_set(iter, container),
            shape_id::SEQUENCE_ITERATOR => return self.next_by_index(iter, container),
            _ => return self.next_slow(iter.value()), // a Python subclass of `reversed`
        };
        match item {
            Some(_) => iter.index.set(i + 1),
            None => iter.container.set(None),
        }
        Ok(item)
    }

    fn next_in_dict(&self, iter: Gc<SeqIter>, container: Value) -> PyResult<Option<Value>> {
        let dict: Gc<Dict> = container.downcast().expect("dict iterators walk dicts");
        if dict.len() != iter.expected_len.get() {
            iter.expected_len.set(usize::MAX); // stays an error from now on
            return Err(self.runtime_error("dictionary changed size during iteration"));
        }
        let found = dict.next_entry(iter.index.get());
        if found.is_some() && iter.remaining.get() == 0 {
            return Err(self.runtime_error("dictionary keys changed during iteration"));
        }
        let Some((at, key, value)) = found else {
            iter.container.set(None);
            return Ok(None);
        };
        iter.index.set(at + 1);
        iter.remaining.set(iter.remaining.get() - 1);
        Ok(Some(match iter.header().shape() {
            shape_id::DICT_KEYITERATOR => key,
            shape_id::DICT_VALUEITERATOR => value,
            _ => self.new_tuple(&[key, value]),
        }))
    }

    fn next_in_dict_backward(&self, iter: Gc<SeqIter>, container: Value) -> PyResult<Option<Value>> {
        let dict: Gc<Dict> = container.downcast().expect("dict iterators walk dicts");
        if dict.len() != iter.expected_len.get() {
            iter.expected_len.set(usize::MAX); // stays an error from now on
            return Err(self.runtime_error("dictionary changed size during iteration"));
        }
        let Some((at, key, value)) = dict.previous_entry(iter.index.get()) else {
            iter.container.set(None);
            return Ok(None);
        };
        iter.index.set(at);
        iter.remaining.set(iter.remaining.get().saturating_sub(1));
        Ok(Some(match iter.header().shape() {
            shape_id::DICT_REVERSEKEYITERATOR => key,
            shape_id::DICT_REVERSEVALUEITERATOR => value,
            _ => self.new_tuple(&[key, value]),
        }))
    }

    /// Objects with `__getitem__` only.
    fn next_by_index(&self, iter: Gc<SeqIter>, container: Value) -> PyResult<Option<Value>> {
        let i = iter.index.get();
        let index = self.new_int(i as i64);
        match self.getitem(container, index) {
            Ok(v) => {
                iter.index.set(i + 1);
                Ok(Some(v))
            }
            Err(Raised) => {
                if self.catch(self.exceptions.index_error).is_err() {
                    self.catch(self.exceptions.stop_iteration)?;
                }
                iter.container.set(None);
                Ok(None)
            }
        }
    }

    /// `reversed` over lists and sequences: `index` counts down to 0.
    pub(crate) fn next_reversed(&self, iter: Gc<SeqIter>, container: Value) -> PyResult<Option<Value>> {
        let i = iter.index.get();
        if i == 0 {
            iter.container.set(None);
            return Ok(None);
        }
        if let Some(list) = container.downcast::<List>()
            && iter.header().shape() == shape_id::LIST_REVERSEITERATOR
        {
            let item = list.get(i - 1);
            match item {
                Some(_) => iter.index.set(i - 1),
                None => iter.container.set(None),
            }
            return Ok(item);
        }
        let index = self.new_int(i as i64 - 1);
        match self.getitem(container, index) {
            Ok(v) => {
                iter.index.set(i - 1);
                Ok(Some(v))
            }
            Err(Raised) => {
                if self.catch(self.exceptions.index_error).is_err() {
                    self.catch(self.exceptions.stop_iteration)?;
                }
                iter.container.set(None);
                Ok(None)
            }
        }
    }

    /// Calls `f` with every item of an iterable.
    pub fn for_each(&self, iterable: Value, mut f: impl FnMut(Value) -> PyResult<()>) -> PyResult<()> {
        match self.shape_of(iterable) {
            shape_id::LIST => {
                let list: Gc<List> = iterable.downcast().expect("shape");
                let mut i = 0;
                while let Some(v) = list.get(i) {
                    f(v)?;
                    i += 1;
                }
                Ok(())
            }
            shape_id::TUPLE => {
                let tuple: Gc<Tuple> = iterable.downcast().expect("shape");
                tuple.as_ref().iter().try_for_each(|&v| f(v))
            }
            _ => {
                let iterator = self.iter(iterable)?;
                while let Some(v) = self.next(iterator)? {
                    f(v)?;
                }
                Ok(())
            }
        }
    }

    /// All items of an iterable.
    pub fn collect(&self, iterable: Value) -> PyResult<GcVec> {
        if self.shape_of(iterable) == shape_id::LIST {
            return Ok(iterable.downcast::<List>().expect("shape").to_vec(&self.heap));
        }
        let mut items = GcVec::new();
        self.for_each(iterable, |v| {
            items.push(&self.heap, v);
            Ok(())
        })?;
        Ok(items)
    }

    /// `v[key]`.
    pub fn getitem(&self, v: Value, key: Value) -> PyResult {
        match self.shape_of(v) {
            shape_id::LIST => {
                let list: Gc<List> = v.downcast().expect("shape");
                if let Some(i) = key.as_small_int() {
                    let at = if i < 0 { i + list.len() as i64 } else { i };
                    return list.get(at as usize).ok_or_else(|| self.index_error("list index out of range"));
                }
                if let Some(slice) = key.downcast::<Slice>() {
                    return list.slice(self, slice);
                }
            }
            shape_id::TUPLE => {
                let tuple: Gc<Tuple> = v.downcast().expect("shape");
                if let Some(i) = key.as_small_int() {
                    let at = if i < 0 { i + tuple.len() as i64 } else { i };
                    return tuple
                        .get(at as usize)
                        .copied()
                        .ok_or_else(|| self.index_error("tuple index out of range"));
                }
            }
            shape_id::DICT => {
                let dict: Gc<Dict> = v.downcast().expect("shape");
                return match dict.get(self, key)? {
                    Some(found) => Ok(found),
                    None => Err(self.key_error(key)),
                };
            }
            shape_id::STR => {
                let s: Gc<Str> = v.downcast().expect("shape");
                if let Some(i) = key.as_small_int() {
                    let at = if i < 0 { i + s.len() as i64 } else { i };
                    if (at as usize) < s.len() {
                        return Ok(self.char_str(s.char_at(at as usize)));
                    }
                    return Err(self.index_error("string index out of range"));
                }
            }
            _ => {}
        }
        let ty = self.type_of(v);
        if let Some(raw) = self.special(ty, Special::GetItem) {
            return self.call_method_raw(raw, v, &[key]);
        }
        if let Some(cls) = v.downcast::<crate::object::typeobj::Type>() {
            if cls == self.types.type_ {
                return self.generic_alias(cls, key);
            }
            let name = self.special_name(Special::ClassGetItem);
            if let Some(method) = self.type_getattr(cls, name)? {
                return self.call(method, &[key]);
            }
            return Err(self.type_error(format!("type '{}' is not subscriptable", cls.name())));
        }
        Err(self.type_error(format!("'{}' object is not subscriptable", ty.name())))
    }

    /// `v[key] = value`, or `del v[key]` for `None`.
    pub fn setitem(&self, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
        match (self.shape_of(v), value) {
            (shape_id::LIST, Some(value)) => {
                let list: Gc<List> = v.downcast().expect("shape");
                if let Some(i) = key.as_small_int() {
                    let at = if i < 0 { i + list.len() as i64 } else { i };
                    if (at as usize) < list.len() {
                        list.set(&self.heap, at as usize, value);
                        return Ok(());
                    }
                    return Err(self.index_error("list assignment index out of range"));
                }
                if let Some(slice) = key.downcast::<Slice>() {
                    return list.assign_slice(self, slice, value);
                }
            }
            (shape_id::DICT, Some(value)) => {
                return v.downcast::<Dict>().expect("shape").insert(self, key, value);
            }
            (shape_id::DICT, None) => {
                return match v.downcast::<Dict>().expect("shape").remove(self, key)? {
                    Some(_) => Ok(()),
                    None => Err(self.key_error(key)),
                };
            }
            _ => {}
        }
        let ty = self.type_of(v);
        let (special, what) = match value {
            Some(_) => (Special::SetItem, "assignment"),
            None => (Special::DelItem, "deletion"),
        };
        let Some(raw) = self.special(ty, special) else {
            // CPython's wording depends on whether the class has a table of sequence functions, which indices are for.
            let sequence = ty.has(type_flag::HEAP)
                || [Special::Len, Special::Contains].iter().any(|&s| self.special(ty, s).is_some());
            let not = if value.is_none() && sequence && self.is_index(key) { "doesn't" } else { "does not" };
            return Err(self.type_error(format!("'{}' object {not} support item {what}", ty.name())));
        };
        match value {
            Some(value) => self.call_method_raw(raw, v, &[key, value]).map(drop),
            None => self.call_method_raw(raw, v, &[key]).map(drop),
        }
    }
}
