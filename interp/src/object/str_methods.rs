//! The methods of `str`. Algorithms are `adder-text`'s; formatting is in [`super::str_format`] and
//! [`super::percent`], translation in [`super::str_translate`], encoding in [`crate::codecs`].

use super::dict::Dict;
use super::header::Gc;
use super::iter::SeqIter;
use super::shape::shape_id;
use super::slice::Slice;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::native::args::type_name;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::subscript::{SliceIndex, selected};
use adder_macros::pymethods;
use adder_text::repr;
use adder_text::units::search::{self, ends_with, starts_with};
use adder_text::units::strip::{Side, strip_chars, strip_whitespace};
use adder_text::units::{UnitsRef, case, pad, predicates, replace, split};
use std::ops::Range;

/// Argument that must be a `str`, worded without naming the function.
fn must_be_str(vm: &Vm, value: Value) -> PyResult<Gc<Str>> {
    value.downcast().ok_or_else(|| vm.type_error(format!("must be str, not {}", type_name(vm, value))))
}

/// `maxsplit` and `count` arguments: negative is no limit.
pub(super) fn limit(n: isize) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn fill_character(vm: &Vm, fill: Option<Value>) -> PyResult<u32> {
    let Some(value) = fill else { return Ok(b' '.into()) };
    match value.downcast::<Str>() {
        None => Err(vm.type_error(format!(
            "The fill character must be a unicode character, not {}",
            type_name(vm, value)
        ))),
        Some(s) if s.len() == 1 => Ok(s.char_at(0)),
        Some(_) => Err(vm.type_error("The fill character must be exactly one character long")),
    }
}

fn padded(vm: &Vm, this: Gc<Str>, padding: pad::Padding, fill: Option<Value>) -> PyResult<Gc<Str>> {
    let fill = fill_character(vm, fill)?;
    if padding.left == 0 && padding.right == 0 {
        return Ok(Str::exact(this));
    }
    vm.room_for(padding.left.checked_add(padding.right).and_then(|n| n.checked_add(this.len())))?;
    let made = pad::padded(this.as_ref().units(), padding, fill);
    vm.str_result(made.map(Some), this)
}

fn width(n: isize) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// `strip` and its kin.
fn stripped(vm: &Vm, this: Gc<Str>, side: Side, name: &str, chars: Option<Value>) -> PyResult<Gc<Str>> {
    let text = this.as_ref().units();
    let range = match chars {
        None => strip_whitespace(text, side),
        Some(none) if none.is_none() => strip_whitespace(text, side),
        Some(value) => match value.downcast::<Str>() {
            Some(chars) => strip_chars(text, side, chars.units()),
            None => return Err(vm.type_error(format!("{name} arg must be None or str"))),
        },
    };
    Ok(vm.substring(this, range))
}

/// The separator of `split`: `None` is white space.
fn separator(vm: &Vm, sep: Option<Value>) -> PyResult<Option<Gc<Str>>> {
    match sep.filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(value) => match value.downcast::<Str>() {
            Some(sep) if sep.is_empty() => Err(vm.value_error("empty separator")),
            Some(sep) => Ok(Some(sep)),
            None => Err(vm.type_error(format!("must be str or None, not {}", type_name(vm, value)))),
        },
    }
}

fn list_of_parts(vm: &Vm, this: Gc<Str>, ranges: Vec<Range<usize>>) -> Value {
    let mut parts = crate::heap::GcVec::with_capacity(&vm.heap, ranges.len());
    for range in ranges {
        parts.push(&vm.heap, vm.substring(this, range).value());
    }
    vm.list_from(parts)
}

fn partitioned(vm: &Vm, this: Gc<Str>, sep: Value, from_right: bool) -> PyResult {
    let sep = must_be_str(vm, sep)?;
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let (text, empty) = (this.as_ref().units(), vm.empty_str.value());
    let found =
        if from_right { split::rpartition(text, sep.units()) } else { split::partition(text, sep.units()) };
    Ok(match found {
        Some(at) => {
            let head = vm.substring(this, 0..at.start).value();
            let tail = vm.substring(this, at.end..this.len()).value();
            vm.new_tuple(&[head, Str::exact(sep).value(), tail])
        }
        None if from_right => vm.new_tuple(&[empty, empty, Str::exact(this).value()]),
        None => vm.new_tuple(&[Str::exact(this).value(), empty, empty]),
    })
}

/// Where `sub` occurs within `start..end`.
fn located(
    this: &Str,
    sub: &Str,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
    find: fn(UnitsRef<'_>, UnitsRef<'_>) -> Option<usize>,
) -> Option<usize> {
    let range = selected(start, end, this.len())?;
    find(this.units().slice(range.clone()), sub.units()).map(|at| at + range.start)
}

/// `startswith` and `endswith`: one affix or a tuple of them.
fn has_affix(
    vm: &Vm,
    this: Gc<Str>,
    name: &str,
    affix: Value,
    range: Option<Range<usize>>,
    test: fn(UnitsRef<'_>, UnitsRef<'_>) -> bool,
) -> PyResult<bool> {
    let within = |affix: &Str| {
        range.as_ref().is_some_and(|range| test(this.as_ref().units().slice(range.clone()), affix.units()))
    };
    if let Some(affix) = affix.downcast::<Str>() {
        return Ok(within(&affix));
    }
    let Some(several) = affix.downcast::<Tuple>() else {
        let given = type_name(vm, affix);
        return Err(vm.type_error(format!("{name} first arg must be str or a tuple of str, not {given}")));
    };
    for &v in several.iter() {
        match v.downcast::<Str>() {
            Some(affix) if within(&affix) => return Ok(true),
            Some(_) => {}
            None => {
                let given = type_name(vm, v);
                return Err(vm.type_error(format!("tuple for {name} must only contain str, not {given}")));
            }
        }
    }
    Ok(false)
}

/// Text for a subclass: an instance of `cls` with it, or the exact string.
pub(crate) fn of_class(vm: &Vm, cls: Gc<Type>, text: Gc<Str>) -> Gc<Str> {
    if cls == vm.types.str {
        return Str::exact(text);
    }
    let words = cls.ext_words.get() as usize;
    let object = Str::new_subclass(&vm.heap, cls.root_shape().id, words, Str::exact(text));
    vm.finish_instance(cls, object.value());
    object
}

impl Str {
    /// `this[key]`.
    pub fn subscript(this: Gc<Str>, vm: &Vm, key: Value) -> PyResult {
        if let Some(slice) = key.downcast::<Slice>() {
            let range = vm.unpack_slice(slice)?.within(this.len());
            return Ok(match range.contiguous() {
                Some(range) => vm.substring(this, range).value(),
                None => vm.every_nth(this, range).value(),
            });
        }
        if !vm.is_index(key) {
            let given = type_name(vm, key);
            return Err(vm.type_error(format!("string indices must be integers, not '{given}'")));
        }
        let at = vm.position_in(key, this.len(), "string")?;
        Ok(vm.char_str(this.char_at(at)))
    }

    fn wrong_left_operand(vm: &Vm, value: Value) -> Raised {
        let given = type_name(vm, value);
        vm.type_error(format!("'in <string>' requires string as left operand, not {given}"))
    }
}

/// str(object='') -> str
/// str(bytes_or_buffer[, encoding[, errors]]) -> str
///
/// Text: of an object's own making (its __str__, or else its __repr__), or decoded from bytes when an encoding or an
/// error handler is named. The default encoding is UTF-8, the default handler 'strict'.
#[pymethods(name = "str", kind = Str, def = TYPE_DEF, subclassable, match_self)]
impl Str {
    #[pynew(sig = "(object='', encoding='utf-8', errors='strict')")]
    fn new(
        cls: Gc<Type>,
        vm: &Vm,
        object: Option<Value>,
        encoding: Option<Gc<Str>>,
        errors: Option<Gc<Str>>,
    ) -> PyResult<Gc<Str>> {
        let text = match object {
            None => vm.empty_str,
            Some(object) if encoding.is_none() && errors.is_none() => vm.str_of(object)?,
            Some(object) => crate::codecs::decode_object(vm, object, encoding, errors)?,
        };
        if cls == vm.types.str { Ok(text) } else { Ok(of_class(vm, cls, text)) }
    }

    #[pymethod(name = "__repr__")]
    fn repr_(this: Gc<Str>, vm: &Vm) -> Gc<Str> {
        vm.str_of_buf(repr::repr(this.as_ref().units()))
    }
    #[pymethod(name = "__str__")]
    fn str_(this: Gc<Str>) -> Gc<Str> {
        Str::exact(this)
    }
    #[pymethod(name = "__hash__")]
    fn hash_(&self) -> i64 {
        self.hash_value() as i64
    }
    #[pymethod(name = "__len__")]
    fn len_(&self) -> usize {
        self.len()
    }
    #[pymethod]
    fn __iter__(this: Gc<Str>, vm: &Vm) -> Value {
        SeqIter::new(&vm.heap, shape_id::STR_ITERATOR, this.value(), 0, 0).value()
    }
    #[pymethod]
    fn __getitem__(this: Gc<Str>, vm: &Vm, key: Value) -> PyResult {
        Str::subscript(this, vm, key)
    }
    #[pymethod]
    fn __contains__(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        match key.downcast::<Str>() {
            Some(sub) => Ok(search::contains(self.units(), sub.units())),
            None => Err(Str::wrong_left_operand(vm, key)),
        }
    }
    #[pymethod]
    fn __add__(this: Gc<Str>, vm: &Vm, value: Value) -> PyResult {
        match value.downcast::<Str>() {
            Some(other) => {
                vm.room_for(Some((this.len() + other.len()) * 4))?;
                Ok(Str::concat(&vm.heap, this, other).value())
            }
            None => {
                let given = type_name(vm, value);
                Err(vm.type_error(format!("can only concatenate str (not \"{given}\") to str")))
            }
        }
    }
    #[pymethod]
    fn __mul__(this: Gc<Str>, vm: &Vm, value: Value) -> PyResult {
        match vm.repetitions_of(value, this.len(), this.unit_bytes().len(), "repeated string is too long")? {
            Some(count) => vm.str_repeat(this, count).map(Gc::value),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __rmul__(this: Gc<Str>, vm: &Vm, value: Value) -> PyResult {
        Str::__mul__(this, vm, value)
    }
    #[pymethod]
    fn __mod__(this: Gc<Str>, vm: &Vm, value: Value) -> PyResult {
        super::percent::format_str(vm, this, value).map(Gc::value)
    }
    #[pymethod]
    fn __rmod__(this: Gc<Str>, vm: &Vm, value: Value) -> PyResult {
        match value.downcast::<Str>() {
            Some(format) => super::percent::format_str(vm, format, this.value()).map(Gc::value),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pycompare]
    fn compare(&self, op: CompareOp, value: Value) -> Value {
        let Some(other) = value.downcast::<Str>() else { return Value::not_implemented() };
        Value::bool(match op {
            CompareOp::Eq => self.same_text(&other),
            CompareOp::Ne => !self.same_text(&other),
            _ => op.holds(self.units().cmp(&other.units())),
        })
    }
    /// Return a formatted version of the string as described by format_spec.
    #[pymethod]
    fn __format__(this: Gc<Str>, vm: &Vm, format_spec: Gc<Str>) -> PyResult<Gc<Str>> {
        super::str_format::format_text(vm, this, format_spec)
    }
    #[pymethod]
    fn __getnewargs__(this: Gc<Str>, vm: &Vm) -> Value {
        vm.new_tuple(&[Str::exact(this).value()])
    }
    /// Return the size of the string in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        // Figures of the reference implementation: head and a terminating unit.
        let head = if self.is_ascii() { 40 } else { 56 };
        head + (self.len() + 1) * self.unit_size()
    }

    /// Encode the string to bytes with the codec registered for encoding; errors names the error handler.
    #[pymethod(sig = "(encoding='utf-8', errors='strict')")]
    fn encode(this: Gc<Str>, vm: &Vm, encoding: Option<Gc<Str>>, errors: Option<Gc<Str>>) -> PyResult {
        crate::codecs::encode_str(vm, this, encoding, errors)
    }

    /// Return a copy whose first character is title case and the rest lower case.
    #[pymethod(quiet)]
    fn capitalize(this: Gc<Str>, vm: &Vm) -> Gc<Str> {
        vm.str_of_buf(case::capitalize(this.as_ref().units()))
    }
    /// Return a copy suitable for caseless comparison.
    #[pymethod(quiet)]
    fn casefold(this: Gc<Str>, vm: &Vm) -> Gc<Str> {
        vm.map_ascii(this, u8::to_ascii_lowercase, case::casefold)
    }
    /// Return a copy in lower case.
    #[pymethod(quiet)]
    fn lower(this: Gc<Str>, vm: &Vm) -> Gc<Str> {
        vm.map_ascii(this, u8::to_ascii_lowercase, case::lower)
    }
    /// Return a copy in upper case.
    #[pymethod(quiet)]
    fn upper(this: Gc<Str>, vm: &Vm) -> Gc<Str> {
        vm.map_ascii(this, u8::to_ascii_uppercase, case::upper)
    }
    /// Return a copy with upper and lower case exchanged.
    #[pymethod(quiet)]
    fn swapcase(this: Gc<Str>, vm: &Vm) -> Gc<Str> {
        let swap = |b: &u8| if b.is_ascii_alphabetic() { b ^ 0x20 } else { *b };
        vm.map_ascii(this, swap, case::swapcase)
    }
    /// Return a copy in which every word starts with a title case character and goes on in lower case.
    #[pymethod(quiet)]
    fn title(this: Gc<Str>, vm: &Vm) -> Gc<Str> {
        vm.str_of_buf(case::title(this.as_ref().units()))
    }

    /// Return the string centered in a field of width characters.
    #[pymethod(quiet, sig = "(width, fillchar=' ', /)")]
    fn center(this: Gc<Str>, vm: &Vm, width_: isize, fillchar: Option<Value>) -> PyResult<Gc<Str>> {
        padded(vm, this, pad::center(this.len(), width(width_)), fillchar)
    }
    /// Return the string left-justified in a field of width characters.
    #[pymethod(quiet, sig = "(width, fillchar=' ', /)")]
    fn ljust(this: Gc<Str>, vm: &Vm, width_: isize, fillchar: Option<Value>) -> PyResult<Gc<Str>> {
        padded(vm, this, pad::ljust(this.len(), width(width_)), fillchar)
    }
    /// Return the string right-justified in a field of width characters.
    #[pymethod(quiet, sig = "(width, fillchar=' ', /)")]
    fn rjust(this: Gc<Str>, vm: &Vm, width_: isize, fillchar: Option<Value>) -> PyResult<Gc<Str>> {
        padded(vm, this, pad::rjust(this.len(), width(width_)), fillchar)
    }
    /// Pad a number with zeros on the left, behind its sign, to fill a field of the given width.
    #[pymethod(quiet, sig = "(width, /)")]
    fn zfill(this: Gc<Str>, vm: &Vm, width_: isize) -> PyResult<Gc<Str>> {
        vm.room_for(Some(width(width_)))?;
        vm.str_result(pad::zfill(this.as_ref().units(), width(width_)), this)
    }
    /// Return a copy with tabs expanded to spaces, with tab stops every tabsize columns.
    #[pymethod(sig = "(tabsize=8)")]
    fn expandtabs(this: Gc<Str>, vm: &Vm, tabsize: i32) -> PyResult<Gc<Str>> {
        vm.str_result(pad::expand_tabs(this.as_ref().units(), tabsize.max(0) as usize), this)
    }

    /// Return the number of non-overlapping occurrences of sub in string[start:end].
    #[pymethod(quiet)]
    fn count(&self, sub: Gc<Str>, start: Option<SliceIndex>, end: Option<SliceIndex>) -> usize {
        let range = selected(start, end, self.len());
        range.map_or(0, |range| search::count(self.units().slice(range), sub.units()))
    }
    /// Return the lowest index at which sub is found within string[start:end], or -1.
    #[pymethod(quiet)]
    fn find(&self, sub: Gc<Str>, start: Option<SliceIndex>, end: Option<SliceIndex>) -> i64 {
        located(self, &sub, start, end, search::find).map_or(-1, |at| at as i64)
    }
    /// Return the highest index at which sub is found within string[start:end], or -1.
    #[pymethod(quiet)]
    fn rfind(&self, sub: Gc<Str>, start: Option<SliceIndex>, end: Option<SliceIndex>) -> i64 {
        located(self, &sub, start, end, search::rfind).map_or(-1, |at| at as i64)
    }
    /// Like find(), but raise ValueError if there is no occurrence.
    #[pymethod(quiet)]
    fn index(
        &self,
        vm: &Vm,
        sub: Gc<Str>,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<usize> {
        located(self, &sub, start, end, search::find).ok_or_else(|| vm.value_error("substring not found"))
    }
    /// Like rfind(), but raise ValueError if there is no occurrence.
    #[pymethod(quiet)]
    fn rindex(
        &self,
        vm: &Vm,
        sub: Gc<Str>,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<usize> {
        located(self, &sub, start, end, search::rfind).ok_or_else(|| vm.value_error("substring not found"))
    }
    /// Return whether string[start:end] starts with the prefix, or with one of a tuple of them.
    #[pymethod(quiet)]
    fn startswith(
        this: Gc<Str>,
        vm: &Vm,
        prefix: Value,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<bool> {
        has_affix(vm, this, "startswith", prefix, selected(start, end, this.len()), starts_with)
    }
    /// Return whether string[start:end] ends with the suffix, or with one of a tuple of them.
    #[pymethod(quiet)]
    fn endswith(
        this: Gc<Str>,
        vm: &Vm,
        suffix: Value,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<bool> {
        has_affix(vm, this, "endswith", suffix, selected(start, end, this.len()), ends_with)
    }
    /// Return the string without the prefix, if it has it.
    #[pymethod(quiet)]
    fn removeprefix(this: Gc<Str>, vm: &Vm, prefix: Gc<Str>) -> Gc<Str> {
        let skip = if starts_with(this.units(), prefix.units()) { prefix.len() } else { 0 };
        vm.substring(this, skip..this.len())
    }
    /// Return the string without the suffix, if it has it.
    #[pymethod(quiet)]
    fn removesuffix(this: Gc<Str>, vm: &Vm, suffix: Gc<Str>) -> Gc<Str> {
        let drop = if ends_with(this.units(), suffix.units()) { suffix.len() } else { 0 };
        vm.substring(this, 0..this.len() - drop)
    }
    /// Return a copy with the first count occurrences of old replaced by new; all of them if count is negative.
    #[pymethod(quiet, sig = "(old, new, /, count=-1)")]
    fn replace(this: Gc<Str>, vm: &Vm, old: Gc<Str>, new: Gc<Str>, count: isize) -> PyResult<Gc<Str>> {
        let made = replace::replace(this.as_ref().units(), old.units(), new.units(), limit(count));
        vm.str_result(made, this)
    }

    /// Return a copy without the characters in chars (white space by default) at either end.
    #[pymethod(quiet, sig = "(chars=None, /)")]
    fn strip(this: Gc<Str>, vm: &Vm, chars: Option<Value>) -> PyResult<Gc<Str>> {
        stripped(vm, this, Side::Both, "strip", chars)
    }
    /// Return a copy without the characters in chars (white space by default) at its start.
    #[pymethod(quiet, sig = "(chars=None, /)")]
    fn lstrip(this: Gc<Str>, vm: &Vm, chars: Option<Value>) -> PyResult<Gc<Str>> {
        stripped(vm, this, Side::Left, "lstrip", chars)
    }
    /// Return a copy without the characters in chars (white space by default) at its end.
    #[pymethod(quiet, sig = "(chars=None, /)")]
    fn rstrip(this: Gc<Str>, vm: &Vm, chars: Option<Value>) -> PyResult<Gc<Str>> {
        stripped(vm, this, Side::Right, "rstrip", chars)
    }

    /// Return a list of the parts between separators (runs of white space by default), split at most maxsplit times.
    #[pymethod(quiet, sig = "(sep=None, maxsplit=-1)")]
    fn split(this: Gc<Str>, vm: &Vm, sep: Option<Value>, maxsplit: isize) -> PyResult {
        let text = this.as_ref().units();
        let parts = match separator(vm, sep)? {
            Some(sep) => split::split(text, sep.units(), limit(maxsplit)),
            None => split::split_whitespace(text, limit(maxsplit)),
        };
        Ok(list_of_parts(vm, this, parts))
    }
    /// Like split(), but the splits are made from the right.
    #[pymethod(quiet, sig = "(sep=None, maxsplit=-1)")]
    fn rsplit(this: Gc<Str>, vm: &Vm, sep: Option<Value>, maxsplit: isize) -> PyResult {
        let text = this.as_ref().units();
        let parts = match separator(vm, sep)? {
            Some(sep) => split::rsplit(text, sep.units(), limit(maxsplit)),
            None => split::rsplit_whitespace(text, limit(maxsplit)),
        };
        Ok(list_of_parts(vm, this, parts))
    }
    /// Return a list of the lines; line ends are left out unless keepends is true.
    #[pymethod(quiet, sig = "(keepends=False)")]
    fn splitlines(this: Gc<Str>, vm: &Vm, keepends: bool) -> Value {
        list_of_parts(vm, this, split::split_lines(this.as_ref().units(), keepends))
    }
    /// Return what is before the first separator, the separator, and what is after it.
    #[pymethod(quiet)]
    fn partition(this: Gc<Str>, vm: &Vm, sep: Value) -> PyResult {
        partitioned(vm, this, sep, false)
    }
    /// Return what is before the last separator, the separator, and what is after it.
    #[pymethod(quiet)]
    fn rpartition(this: Gc<Str>, vm: &Vm, sep: Value) -> PyResult {
        partitioned(vm, this, sep, true)
    }
    /// Concatenate strings with this one between them.
    #[pymethod(quiet)]
    fn join(this: Gc<Str>, vm: &Vm, iterable: Value) -> PyResult<Gc<Str>> {
        vm.join(this, iterable)
    }

    /// Return a formatted version of the string: fields in braces are replaced by arguments.
    #[pymethod(sig = "(*args, **kwargs)")]
    fn format(this: Gc<Str>, vm: &Vm, args: &[Value], kwargs: Option<Gc<Dict>>) -> PyResult<Gc<Str>> {
        super::str_format::format(vm, this, args, kwargs)
    }
    /// Return a formatted version of the string: fields in braces are replaced from the mapping.
    #[pymethod]
    fn format_map(this: Gc<Str>, vm: &Vm, mapping: Value) -> PyResult<Gc<Str>> {
        super::str_format::format_map(vm, this, mapping)
    }
    /// Replace each character by what the table has under its code point: a string, a code point, or None to drop it.
    #[pymethod]
    fn translate(this: Gc<Str>, vm: &Vm, table: Value) -> PyResult<Gc<Str>> {
        super::str_translate::translate(vm, this, table)
    }
    /// Return a translation table for translate(): from a dict, or from characters, their replacements, and characters
    /// to be deleted.
    #[pystaticmethod]
    fn maketrans(vm: &Vm, x: Value, y: Option<Gc<Str>>, z: Option<Gc<Str>>) -> PyResult<Gc<Dict>> {
        super::str_translate::maketrans(vm, x, y, z)
    }

    /// Return whether all characters are letters or numbers, and there is at least one.
    #[pymethod(quiet)]
    fn isalnum(&self) -> bool {
        predicates::is_alnum(self.units())
    }
    /// Return whether all characters are letters, and there is at least one.
    #[pymethod(quiet)]
    fn isalpha(&self) -> bool {
        predicates::is_alpha(self.units())
    }
    /// Return whether all characters are ASCII; the empty string is.
    #[pymethod]
    fn isascii(&self) -> bool {
        self.is_ascii()
    }
    /// Return whether all characters are decimal digits, and there is at least one.
    #[pymethod(quiet)]
    fn isdecimal(&self) -> bool {
        predicates::is_decimal(self.units())
    }
    /// Return whether all characters are digits, and there is at least one.
    #[pymethod(quiet)]
    fn isdigit(&self) -> bool {
        predicates::is_digit(self.units())
    }
    /// Return whether the string is an identifier; keywords count.
    #[pymethod(quiet)]
    fn isidentifier(&self) -> bool {
        predicates::is_identifier(self.units())
    }
    /// Return whether all cased characters are lower case, and there is at least one.
    #[pymethod(quiet)]
    fn islower(&self) -> bool {
        predicates::is_lower(self.units())
    }
    /// Return whether all characters are numeric, and there is at least one.
    #[pymethod(quiet)]
    fn isnumeric(&self) -> bool {
        predicates::is_numeric(self.units())
    }
    /// Return whether repr() shows all characters as they are; the empty string is printable.
    #[pymethod]
    fn isprintable(&self) -> bool {
        predicates::is_printable(self.units())
    }
    /// Return whether all characters are white space, and there is at least one.
    #[pymethod(quiet)]
    fn isspace(&self) -> bool {
        predicates::is_space(self.units())
    }
    /// Return whether upper and title case characters start words only and lower case ones do not.
    #[pymethod]
    fn istitle(&self) -> bool {
        predicates::is_title(self.units())
    }
    /// Return whether all cased characters are upper case, and there is at least one.
    #[pymethod(quiet)]
    fn isupper(&self) -> bool {
        predicates::is_upper(self.units())
    }
}

impl Vm {
    /// `s[start:stop:step]` with a step other than 1.
    fn every_nth(&self, s: Gc<Str>, range: crate::vm::subscript::SliceRange) -> Gc<Str> {
        if range.len == 0 {
            return self.empty_str;
        }
        if let UnitsRef::Latin1 { units, ascii: true } = s.as_ref().units()
            && range.len > 1
        {
            return Str::build(&self.heap, range.len, 1, true, |to| {
                for (to, at) in to.iter_mut().zip(range.positions()) {
                    *to = units[at];
                }
            });
        }
        let mut out = adder_text::units::StrBuilder::with_capacity(range.len);
        range.positions().for_each(|at| out.push(s.char_at(at)));
        self.str_of_buf(out.finish())
    }

    /// The characters mapped one to one if the string is ASCII, else by the general function.
    fn map_ascii(
        &self,
        s: Gc<Str>,
        map: impl Fn(&u8) -> u8,
        general: fn(UnitsRef<'_>) -> adder_text::units::UnitsBuf,
    ) -> Gc<Str> {
        match s.as_ref().units() {
            UnitsRef::Latin1 { units, ascii: true } if units.len() > 1 => {
                if units.iter().fold(0, |changed, b| changed | (map(b) ^ b)) == 0 {
                    return Str::exact(s);
                }
                Str::build(&self.heap, units.len(), 1, true, |to| {
                    for (to, from) in to.iter_mut().zip(units) {
                        *to = map(from);
                    }
                })
            }
            units => self.str_of_buf(general(units)),
        }
    }

    /// `separator.join(iterable)`.
    pub fn join(&self, separator: Gc<Str>, iterable: Value) -> PyResult<Gc<Str>> {
        if let Some(tuple) = iterable.downcast::<Tuple>() {
            self.check_joined(tuple.as_ref())?;
            return self.join_strs(separator, tuple.as_ref());
        }
        let items = self.collect(self.iterable_or(iterable, || "can only join an iterable".into())?)?;
        self.check_joined(&items)?;
        self.join_strs(separator, &items)
    }

    fn check_joined(&self, items: &[Value]) -> PyResult<()> {
        match items.iter().position(|v| !v.is::<Str>()) {
            None => Ok(()),
            Some(i) => {
                let found = type_name(self, items[i]);
                Err(self.type_error(format!("sequence item {i}: expected str instance, {found} found")))
            }
        }
    }

    /// An index-sized integer: OverflowError outside.
    pub fn index_isize(&self, v: Value) -> PyResult<isize> {
        let i = self.index(v)?;
        i.to_i64().map(|i| i as isize).ok_or_else(|| {
            let given = type_name(self, v);
            self.overflow_error(format!("cannot fit '{given}' into an index-sized integer"))
        })
    }
}
