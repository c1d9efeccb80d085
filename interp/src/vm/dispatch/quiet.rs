//! Questions that compiled code asks without giving up what it knows: they run no Python code, raise nothing, look at no
//! frame. What they cannot answer that way they decline, and the machine code leaves to the interpreter, which does the whole
//! instruction again. See [`super::direct`] for helpers that may do anything.
//!
//! All have the form `(vm, operands...)`. Declined is 0 where a value is asked for, 2 for a truth value, -1 for a number.
//!
//! Whether keys can be hashed and compared quietly depends on what they are: numbers, strings, bytes, None, tuples of those, and
//! objects of classes that define neither `__eq__` nor `__hash__`, be they Python's or built in.

use crate::native::{Args, FnDef, FnKind};
use crate::object::byte_string::ByteString;
use crate::object::bytearray::ByteArray;
use crate::object::bytes::Bytes;
use crate::object::dict::Dict;
use crate::object::function::{Function, NativeFunction};
use crate::object::header::{Gc, Kind};
use crate::object::iter::SeqIter;
use crate::object::list::List;
use crate::object::set::Set;
use crate::object::shape::shape_id;
use crate::object::slice::Slice;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::{
    CompareOp, contains_text, exact_str, exact_tuple, known_equal, known_hash, short_text_has,
};
use crate::vm::dispatch::direct::slice_parts;
use crate::vm::dispatch::generators::new_generator;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use adder_numeric::int_parse;

const UNKNOWN: u64 = 2;
/// What [`next`] returns at the end.
pub const AT_END: u64 = 2;

fn answer(truth: Option<bool>) -> u64 {
    truth.map_or(UNKNOWN, u64::from)
}
fn value(v: Option<Value>) -> u64 {
    v.map_or(0, Value::bits)
}

/// What failed is declined: the interpreter will find out for itself.
fn if_no_error(vm: &Vm, result: PyResult) -> Option<Value> {
    if result.is_err() {
        vm.take_pending();
    }
    result.ok()
}

/// Kinds of values that compare with their like without running code.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Family {
    Number,
    Str,
    Bytes,
    None,
}

#[inline]
fn family(v: Value) -> Option<Family> {
    let Some(header) = v.header() else { return Some(Family::Number) };
    match header.shape() {
        shape_id::INT => Some(Family::Number),
        shape_id::STR => Some(Family::Str),
        shape_id::BYTES => Some(Family::Bytes),
        _ if v.is_none() => Some(Family::None),
        _ => v.as_bool().map(|_| Family::Number),
    }
}

fn exact<T: crate::object::header::HeapObject>(
    vm: &Vm,
    v: Value,
    shape: crate::object::shape::ShapeId,
) -> Option<Gc<T>> {
    if vm.shape_of(v) == shape { v.downcast::<T>() } else { None }
}

/// Whether an object is equal to itself alone, with the hash of its address.
fn has_identity(vm: &Vm, v: Value) -> bool {
    if v.header().is_none() {
        return false;
    }
    let (class, object) = (vm.type_of(v), vm.types.object);
    [Special::Eq, Special::Ne, Special::Hash].iter().all(|&s| vm.special(class, s) == vm.special(object, s))
}

/// Hash of a key that can be had quietly.
#[inline]
fn hash(vm: &Vm, key: Value) -> Option<u64> {
    match known_hash(key) {
        None => hash_slow(vm, key),
        known => known,
    }
}

fn hash_slow(vm: &Vm, key: Value) -> Option<u64> {
    let quiet = family(key).is_some()
        || exact::<Tuple>(vm, key, shape_id::TUPLE)
            .is_some_and(|t| t.iter().all(|&item| family(item).is_some()))
        || has_identity(vm, key);
    if quiet { vm.hash(key).ok() } else { None }
}

/// Whether two values count as equal in a container, where no code of theirs is needed.
fn equal(vm: &Vm, a: Value, b: Value) -> Option<bool> {
    if let Some(equal) = known_equal(a, b) {
        return Some(equal);
    }
    if family(a).is_some() && family(b).is_some() {
        return vm.eq(a, b).ok();
    }
    // Whoever is asked first may have an opinion on anything.
    let plain = |v: Value| family(v).is_some() || has_identity(vm, v);
    (plain(a) && plain(b)).then(|| a.is_same(b))
}

/// A dict that is no namespace: compiled code may hold names of those in registers.
fn plain_dict(v: Value) -> Option<Gc<Dict>> {
    v.downcast::<Dict>().filter(|d| d.version() == 0)
}

#[inline]
fn find_in_dict(vm: &Vm, dict: Gc<Dict>, key: Value) -> Option<Option<usize>> {
    match dict.find_known(key) {
        None => find_in_dict_slow(vm, dict, key),
        known => known,
    }
}

#[inline(never)]
fn find_in_dict_slow(vm: &Vm, dict: Gc<Dict>, key: Value) -> Option<Option<usize>> {
    let hash = hash(vm, key)?;
    dict.search(key, hash, |a, b| equal(vm, a, b).ok_or(())).ok()
}

/// A key of a dict. Tuples have ways of their own that call nothing.
#[inline(never)]
fn find_key(vm: &Vm, dict: Value, key: Value) -> u64 {
    let Some(dict) = plain_dict(dict) else { return UNKNOWN };
    if dict.find_at_once(key).is_some() {
        return u64::from(true);
    }
    find_far_key(vm, dict, key)
}

#[inline(never)]
fn find_far_key(vm: &Vm, dict: Gc<Dict>, key: Value) -> u64 {
    match dict.find_plain_tuple(key) {
        Some(at) => u64::from(at.is_some()),
        None => find_other_key(vm, dict, key),
    }
}

#[inline(never)]
fn find_other_key(vm: &Vm, dict: Gc<Dict>, key: Value) -> u64 {
    answer(find_in_dict(vm, dict, key).map(|at| at.is_some()))
}

#[inline(never)]
fn item_of_tuple_key(vm: &Vm, dict: Gc<Dict>, key: Value) -> Option<Value> {
    match dict.find_plain_tuple(key) {
        Some(at) => dict.value_at(at?),
        None => item_of_other_key(vm, dict, key),
    }
}

#[inline(never)]
fn item_of_other_key(vm: &Vm, dict: Gc<Dict>, key: Value) -> Option<Value> {
    dict.value_at(find_in_dict(vm, dict, key)??)
}

#[inline(always)]
fn find_in_set(vm: &Vm, set: Gc<Set>, key: Value) -> u64 {
    if let Some(found) = set.has_at_once(key) {
        return u64::from(found);
    }
    if key.is_small_int() {
        return find_int_in_set(vm, set, key);
    }
    match exact_tuple(key) {
        Some(_) => find_tuple_in_set(vm, set, key),
        None => find_in_set_slow(vm, set, key),
    }
}

#[inline(never)]
fn find_int_in_set(vm: &Vm, set: Gc<Set>, key: Value) -> u64 {
    match set.has_small_int(key) {
        None => find_in_set_slow(vm, set, key),
        Some(found) => u64::from(found),
    }
}

#[inline(never)]
fn find_tuple_in_set(vm: &Vm, set: Gc<Set>, key: Value) -> u64 {
    match set.has_plain_tuple(key) {
        None => find_in_set_slow(vm, set, key),
        Some(found) => u64::from(found),
    }
}

#[inline(never)]
fn find_in_set_slow(vm: &Vm, set: Gc<Set>, key: Value) -> u64 {
    let found =
        hash(vm, key).and_then(|hash| set.has(&vm.heap, key, hash, |a, b| equal(vm, a, b).ok_or(())).ok());
    answer(found)
}

/// Whether the set did not have the item.
fn add_to_set(vm: &Vm, set: Value, item: Value) -> Option<bool> {
    let set = exact::<Set>(vm, set, shape_id::SET)?;
    let hash = hash(vm, item)?;
    set.add_comparing(&vm.heap, item, hash, |a, b| equal(vm, a, b).ok_or(())).ok()
}

fn pop_at(vm: &Vm, list: Value, index: Value) -> Option<Value> {
    let list = exact::<List>(vm, list, shape_id::LIST)?;
    list.pop_at(&vm.heap, index.as_small_int()?)
}

fn insert_into_list(vm: &Vm, list: Value, index: Value, item: Value) -> Option<()> {
    let list = exact::<List>(vm, list, shape_id::LIST)?;
    list.insert(vm, index.as_small_int()? as isize, item);
    Some(())
}

fn small_int(vm: &Vm, x: Value) -> Option<Value> {
    if x.is_small_int() {
        return Some(x);
    }
    if let Some(x) = x.as_float() {
        return (x.abs() < (1u64 << 47) as f64).then(|| Value::small_int(x as i64));
    }
    let text = exact::<Str>(vm, x, shape_id::STR)?;
    int_parse::short_decimal(text.as_ascii()?.as_bytes()).and_then(Value::try_small_int)
}

/// Appends to a bytearray whose memory nobody has borrowed.
fn append_byte(vm: &Vm, bytes: Value, item: Value) -> Option<()> {
    let bytes = exact::<ByteArray>(vm, bytes, shape_id::BYTEARRAY)?;
    let byte = u8::try_from(item.as_small_int()?).ok()?;
    if bytes.is_exported() {
        return None;
    }
    bytes.push(&vm.heap, byte);
    Some(())
}

/// Whether the set had the item.
fn remove_from_set(vm: &Vm, set: Value, item: Value) -> Option<bool> {
    let set = exact::<Set>(vm, set, shape_id::SET)?;
    let hash = hash(vm, item)?;
    set.remove_comparing(&vm.heap, item, hash, |a, b| equal(vm, a, b).ok_or(())).ok()
}

/// The value of a key, or the default; `insert` stores that.
fn get_from_dict(vm: &Vm, dict: Value, key: Value, default: Value, insert: bool) -> Option<Value> {
    let dict = plain_dict(exact::<Dict>(vm, dict, shape_id::DICT)?.value())?;
    if let Some(at) = dict.find_at_once(key) {
        return dict.value_at(at);
    }
    let hash = hash(vm, key)?;
    let at = dict.search(key, hash, |a, b| equal(vm, a, b).ok_or(())).ok()?;
    if at.is_none() && insert {
        dict.store_at(&vm.heap, at, hash, key, default);
    }
    at.map_or(Some(default), |at| dict.value_at(at))
}

fn find_in_items(vm: &Vm, items: impl Iterator<Item = Value>, item: Value) -> Option<bool> {
    for own in items {
        if own.is_same(item) || equal(vm, own, item)? {
            return Some(true);
        }
    }
    Some(false)
}

/// Membership, where a look at the words of the item tells: nothing is called, nothing has to be published.
#[inline(never)]
pub(super) fn known_member(container: Value, item: Value) -> Option<bool> {
    match container.header()?.shape() {
        shape_id::STR => short_text_has(exact_str(container)?, exact_str(item)?),
        shape_id::DICT => known_key(container.downcast()?, item).map(|at| at.is_some()),
        shape_id::SET | shape_id::FROZENSET => {
            let set = container.downcast::<Set>()?;
            if item.is_small_int() { set.has_small_int(item) } else { set.has_plain_tuple(item) }
        }
        _ => None,
    }
}

/// The value of a key, under the same condition.
#[inline(never)]
pub(super) fn known_item(dict: Gc<Dict>, key: Value) -> Option<Value> {
    dict.value_at(known_key(dict, key)??)
}

#[inline(always)]
fn known_key(dict: Gc<Dict>, key: Value) -> Option<Option<usize>> {
    if exact_tuple(key).is_some() { dict.find_plain_tuple(key) } else { dict.find_known(key) }
}

/// The ways of each kind of container are out of line, for none is to pay for the registers of another, and give the answer as it
/// goes back to machine code, so that going there is a jump.
#[inline(always)]
fn contains_quietly(vm: &Vm, container: Value, item: Value) -> u64 {
    match vm.shape_of(container) {
        shape_id::SET | shape_id::FROZENSET => match container.downcast::<Set>() {
            Some(set) => find_in_set(vm, set, item),
            None => UNKNOWN,
        },
        shape_id::STR => find_in_text(container, item),
        shape_id::DICT => find_key(vm, container, item),
        _ => contains_other(vm, container, item),
    }
}

#[inline(never)]
fn find_in_text(text: Value, part: Value) -> u64 {
    let (Some(text), Some(part)) = (exact_str(text), exact_str(part)) else { return UNKNOWN };
    match short_text_has(text, part) {
        Some(found) => u64::from(found),
        None => find_in_long_text(text, part),
    }
}

#[inline(never)]
fn find_in_long_text(text: Gc<Str>, part: Gc<Str>) -> u64 {
    u64::from(contains_text(text, part))
}

#[inline(never)]
fn contains_other(vm: &Vm, container: Value, item: Value) -> u64 {
    answer(contains_in_sequence(vm, container, item))
}

#[inline(always)]
fn contains_in_sequence(vm: &Vm, container: Value, item: Value) -> Option<bool> {
    match vm.shape_of(container) {
        shape_id::TUPLE => find_in_items(vm, container.downcast::<Tuple>()?.iter().copied(), item),
        shape_id::LIST => {
            let list = container.downcast::<List>()?;
            find_in_items(vm, (0..list.len()).map_while(|i| list.get(i)), item)
        }
        shape_id::RANGE if item.is_small_int() => vm.contains(container, item).ok(),
        _ => None,
    }
}

fn truth_quietly(vm: &Vm, v: Value) -> Option<bool> {
    if v.kind() == Some(Kind::Instance) {
        let class = vm.type_of(v);
        let plain = vm.special(class, Special::Bool).is_none() && vm.special(class, Special::Len).is_none();
        return plain.then_some(true);
    }
    match length(vm, v) {
        Some(n) => Some(n != 0),
        None if family(v).is_some() => vm.truthy(v).ok(),
        None => matches!(v.kind(), Some(Kind::Function | Kind::NativeFunction | Kind::BoundMethod))
            .then_some(true),
    }
}

#[inline]
fn length(vm: &Vm, v: Value) -> Option<usize> {
    match vm.shape_of(v) {
        shape_id::LIST => v.downcast::<List>().map(|l| l.len()),
        shape_id::STR => v.downcast::<Str>().map(|s| s.len()),
        shape_id::DICT => v.downcast::<Dict>().map(|d| d.len()),
        shape_id::TUPLE => v.downcast::<Tuple>().map(|t| t.len()),
        shape_id::SET | shape_id::FROZENSET => v.downcast::<Set>().map(|s| s.len()),
        shape_id::BYTES | shape_id::BYTEARRAY => vm.length(v).ok(),
        _ => vm.native_length(v),
    }
}

#[inline(always)]
fn item_quietly(vm: &Vm, object: Value, key: Value) -> Option<Value> {
    if vm.shape_of(object) == shape_id::DICT {
        let dict = plain_dict(object)?;
        if let Some(at) = dict.find_at_once(key) {
            return dict.value_at(at);
        }
        return match exact_tuple(key) {
            Some(_) => item_of_tuple_key(vm, dict, key),
            None => item_of_other_key(vm, dict, key),
        };
    }
    item_of_sequence(vm, object, key)
}

#[inline(never)]
fn item_of_sequence(vm: &Vm, object: Value, key: Value) -> Option<Value> {
    match vm.shape_of(object) {
        shape_id::LIST => {
            let (list, i) = (object.downcast::<List>()?, key.as_small_int()?);
            list.get(if i < 0 { i + list.len() as i64 } else { i } as usize)
        }
        shape_id::TUPLE => {
            let (tuple, i) = (object.downcast::<Tuple>()?, key.as_small_int()?);
            tuple.get(if i < 0 { i + tuple.len() as i64 } else { i } as usize).copied()
        }
        shape_id::STR => {
            let (s, i) = (object.downcast::<Str>()?, key.as_small_int()?);
            let at = if i < 0 { i + s.len() as i64 } else { i } as usize;
            match s.latin1_at(at).and_then(|c| vm.latin1_str(c)) {
                Some(v) => Some(v),
                None if at < s.len() => if_no_error(vm, vm.getitem(object, key)),
                None => None,
            }
        }
        _ => None,
    }
}

fn store_quietly(vm: &Vm, object: Value, key: Value, value: Value) -> Option<()> {
    if vm.shape_of(object) != shape_id::DICT {
        return None;
    }
    let dict = plain_dict(object)?;
    if let Some(at) = dict.find_at_once(key) {
        dict.set_value_at(&vm.heap, at, value);
        return Some(());
    }
    store_far_key(vm, dict, key, value)
}

#[inline(never)]
fn store_far_key(vm: &Vm, dict: Gc<Dict>, key: Value, value: Value) -> Option<()> {
    let hash = hash(vm, key)?;
    let at = dict.search(key, hash, |a, b| equal(vm, a, b).ok_or(())).ok()?;
    dict.store_at(&vm.heap, at, hash, key, value);
    Some(())
}

fn compare_quietly(vm: &Vm, op: CompareOp, a: Value, b: Value) -> Option<bool> {
    let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    match (family(a), family(b)) {
        // Not `equal`: a NaN differs from itself.
        (Some(x), Some(y)) if equality || x == y && x != Family::None => vm.compare(op, a, b).ok()?.as_bool(),
        _ if equality => equal(vm, a, b).map(|equal| equal == (op == CompareOp::Eq)),
        _ => None,
    }
}

fn add_quietly(vm: &Vm, a: Value, b: Value) -> Option<Value> {
    let shape = vm.shape_of(a);
    let sequences = shape == vm.shape_of(b) && matches!(shape, shape_id::STR | shape_id::TUPLE);
    if !sequences {
        return None;
    }
    if_no_error(vm, vm.binary_op(BinaryOp::Add, a, b, false))
}

fn isinstance_quietly(vm: &Vm, v: Value, class: Value) -> Option<bool> {
    if let Some(cls) = class.downcast::<Type>() {
        if vm.shape_of(class) != shape_id::TYPE {
            return None;
        }
        return if vm.type_of(v).is_subtype(cls) {
            Some(true)
        } else {
            vm.declares_no_class(v).then_some(false)
        };
    }
    for &c in exact::<Tuple>(vm, class, shape_id::TUPLE)?.iter() {
        if !c.is::<Type>() {
            return None;
        }
        if isinstance_quietly(vm, v, c)? {
            return Some(true);
        }
    }
    Some(false)
}

fn matches_quietly(vm: &Vm, exception: Value, class: Value) -> Option<bool> {
    let is_class = |c: Value| c.downcast::<Type>().is_some_and(|t| t.has(type_flag::IS_EXCEPTION));
    let known = is_class(class)
        || exact::<Tuple>(vm, class, shape_id::TUPLE).is_some_and(|t| t.iter().all(|&c| is_class(c)));
    if known { vm.exception_matches(exception, class).ok() } else { None }
}

/// [`next`] of an iterator of a string, a set, or the keys or values of a dict.
fn next_quietly(vm: &Vm, iterator: Value) -> Option<u64> {
    let shape = vm.shape_of(iterator);
    let walks = |iter: &SeqIter, len: usize| iter.expected_len.get() == len;
    let iter = match shape {
        shape_id::STR_ITERATOR
        | shape_id::SET_ITERATOR
        | shape_id::DICT_KEYITERATOR
        | shape_id::DICT_VALUEITERATOR => iterator.downcast::<SeqIter>()?,
        _ => return None,
    };
    let Some(container) = iter.container.get() else { return Some(AT_END) };
    let key = match shape {
        shape_id::STR_ITERATOR => return iterator_step(vm, iter),
        shape_id::SET_ITERATOR => {
            let set = container.downcast::<Set>().filter(|set| walks(&iter, set.len()))?;
            set.next_slot(iter.index.get()).map(|(at, key, _)| (at, key))
        }
        _ => {
            let dict = plain_dict(container).filter(|dict| walks(&iter, dict.len()))?;
            let next = dict.next_entry(iter.index.get());
            if next.is_some() && iter.remaining.get() == 0 {
                return None;
            }
            next.map(|(at, key, value)| (at, if shape == shape_id::DICT_KEYITERATOR { key } else { value }))
        }
    };
    let Some((at, item)) = key else {
        iter.container.set(None);
        return Some(AT_END);
    };
    iter.index.set(at + 1);
    iter.remaining.set(iter.remaining.get().saturating_sub(1));
    Some(item.bits())
}

#[inline(never)]
fn iterator_step(vm: &Vm, iter: Gc<SeqIter>) -> Option<u64> {
    vm.next_in_sequence(iter).ok().map(|item| item.map_or(AT_END, Value::bits))
}

/// Whether an argument of a native function is found as it was when the call is done again, and nothing of it is in registers: it is no
/// iterator, no namespace.
fn is_inert(vm: &Vm, v: Value) -> bool {
    match v.kind() {
        Some(Kind::SeqIter | Kind::RangeIter | Kind::Generator | Kind::Frame) => false,
        Some(Kind::Native) => {
            let class = vm.type_of(v);
            vm.special(class, Special::Next).is_none() && vm.special(class, Special::Iter).is_none()
        }
        Some(Kind::Dict) => plain_dict(v).is_some(),
        _ => true,
    }
}

/// Calls a native function while no code of the program can run: what would need that fails. `None` when it has failed.
fn native_quietly(vm: &Vm, def: &'static FnDef, args: &[Value]) -> Option<Value> {
    let (receiver, others) = args.split_first().map_or((None, args), |(&r, others)| (Some(r), others));
    let receiver_is_inert = receiver
        .is_none_or(|r| is_inert(vm, r) || def.kind == FnKind::Method && r.kind() == Some(Kind::Native));
    if !receiver_is_inert || !others.iter().all(|&v| is_inert(vm, v)) {
        return None;
    }
    let left = vm.recursion_left.replace(0);
    let result = def.call(vm, Args::new(args, None));
    vm.recursion_left.set(left);
    if_no_error(vm, result)
}

/// Calls the first of the values with the others.
fn call_quietly(vm: &Vm, values: &mut [Value]) -> Option<Value> {
    let native = values[0].downcast::<NativeFunction>()?;
    let def = native.def().filter(|def| def.props.quiet)?;
    if !native.passes_receiver() {
        return native_quietly(vm, def, &values[1..]);
    }
    values[0] = native.receiver?;
    native_quietly(vm, def, values)
}

/// A part of bytes, a string or a tuple. Of what can change, each slice is an object of its own: that is declined, since questions
/// asked twice may get one answer.
fn slice_quietly(vm: &Vm, object: Value, parts: [Value; 3]) -> Option<Value> {
    let [start, stop, step] = parts;
    let shape = vm.shape_of(object);
    if shape == shape_id::BYTES
        && let Some(range) = slice_parts(start, stop, step)
    {
        let bytes = object.downcast::<Bytes>()?;
        if let Some(range) = range.within(bytes.len()).contiguous() {
            return Some(Bytes::part(bytes, vm, range));
        }
    }
    let plain = |v: Value| v.is_none() || v.as_small_int().is_some();
    let fixed = matches!(shape, shape_id::BYTES | shape_id::STR | shape_id::TUPLE);
    if !fixed || !parts.iter().all(|&v| plain(v)) {
        return None;
    }
    if_no_error(vm, vm.getitem(object, Slice::new(&vm.heap, start, stop, step).value()))
}

/// Makes an instance of a built-in class; the class is the first of the arguments.
fn construct_quietly(vm: &Vm, args: &mut [Value]) -> Option<Value> {
    let (new, init) = quiet_constructor(vm, args.first()?.downcast::<Type>()?)?;
    let object = native_quietly(vm, new, args)?;
    if let Some(init) = init {
        args[0] = object;
        native_quietly(vm, init, args)?;
    }
    Some(object)
}

/// What makes an instance of a built-in class if that may be tried quietly: `__new__`, and `__init__` if it is not that of `object`.
pub fn quiet_constructor(vm: &Vm, class: Gc<Type>) -> Option<(&'static FnDef, Option<&'static FnDef>)> {
    if class.header().shape() != shape_id::TYPE
        || class.has(type_flag::NO_CONSTRUCTOR | type_flag::HEAP)
        || class == vm.types.type_
    {
        return None;
    }
    let own = |special: Special| {
        let native = vm.special(class, special)?.downcast::<NativeFunction>()?;
        if native.owner == Some(class) { native.def().filter(|d| d.props.quiet) } else { None }
    };
    let new = own(Special::New).filter(|d| d.kind == FnKind::New)?;
    if vm.special(class, Special::Init) == vm.special(vm.types.object, Special::Init) {
        return Some((new, None));
    }
    Some((new, Some(own(Special::Init)?)))
}

/// Classes of the runtime make their iterators themselves.
fn iter_quietly(vm: &Vm, v: Value) -> Option<Value> {
    if vm.type_of(v).has(type_flag::HEAP) {
        return None;
    }
    if_no_error(vm, vm.iter(v))
}

/// The dict of a function, and a name.
fn dict_of_function(function: Value, name: Value) -> Option<(Gc<Dict>, Gc<Str>)> {
    Some((function.downcast::<Function>()?.dict.get()?, name.downcast()?))
}

fn set_function_attr_quietly(vm: &Vm, function: Value, name: Value, new: Value) -> Option<()> {
    let (dict, name) = dict_of_function(function, name)?;
    dict.insert_str(&vm.heap, name, new);
    Some(())
}

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident($vm:ident $(, $arg:ident: $ty:ty)*) $body:block)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Safety
            /// The window is published: this may collect.
            pub unsafe extern "C" fn $name($vm: &Vm $(, $arg: $ty)*) -> u64 { $body }
        )*
    };
}

questions! {
    /// Whether a value is true.
    truth(vm, v: Value) { answer(truth_quietly(vm, v)) }
    /// `len(v)`.
    len(vm, v: Value) { length(vm, v).map_or(u64::MAX, |n| n as u64) }
    /// `object[key]`.
    item(vm, object: Value, key: Value) { value(item_quietly(vm, object, key)) }
    /// `object[start:stop:step]` of what cannot change.
    slice(vm, object: Value, start: Value, stop: Value, step: Value) {
        value(slice_quietly(vm, object, [start, stop, step]))
    }
    /// `object[key] = value`; 0 when declined, and then nothing has changed.
    store(vm, object: Value, key: Value, new: Value) { u64::from(store_quietly(vm, object, key, new).is_some()) }
    /// What a function has under a name for which its class has no descriptor.
    function_attr(_vm, function: Value, name: Value) {
        value(dict_of_function(function, name).and_then(|(dict, name)| dict.get_str(name)))
    }
    /// Gives a function another value under such a name.
    set_function_attr(vm, function: Value, name: Value, new: Value) {
        u64::from(set_function_attr_quietly(vm, function, name, new).is_some())
    }
    /// `set.add(item)`; 0 when declined, and then nothing has changed. So for the others that change something.
    set_add(vm, set: Value, item: Value) { u64::from(add_to_set(vm, set, item).is_some()) }
    /// `set.discard(item)`.
    set_discard(vm, set: Value, item: Value) { u64::from(remove_from_set(vm, set, item).is_some()) }
    /// `set.remove(item)`, declined for what is not there.
    set_remove(vm, set: Value, item: Value) { u64::from(remove_from_set(vm, set, item) == Some(true)) }
    /// `dict.get(key, default)`.
    dict_get(vm, dict: Value, key: Value, default: Value) {
        value(get_from_dict(vm, dict, key, default, false))
    }
    /// `dict.setdefault(key, default)`.
    dict_set_default(vm, dict: Value, key: Value, default: Value) {
        value(get_from_dict(vm, dict, key, default, true))
    }
    /// `bytearray.append(item)`.
    bytearray_append(vm, bytes: Value, item: Value) { u64::from(append_byte(vm, bytes, item).is_some()) }
    /// `list.pop()`, declined when there is nothing.
    list_pop(vm, list: Value) {
        value(exact::<List>(vm, list, shape_id::LIST).and_then(|list| list.pop()))
    }
    /// What a call of a function that begins with `MakeGenerator` gives; of the `n` values the first is the function. Declined
    /// while somebody wants to know about calls.
    generator(vm, values: *const Value, n: usize) {
        // SAFETY: promised by the caller.
        let values = unsafe { std::slice::from_raw_parts(values, n) };
        value(new_generator(vm, values))
    }
    /// The wrapper in which an async generator yields its own values.
    async_value(vm, v: Value) { vm.wrap_async_value(v).bits() }
    /// `list.pop(index)`.
    list_pop_at(vm, list: Value, index: Value) { value(pop_at(vm, list, index)) }
    /// `list.insert(index, item)`.
    list_insert(vm, list: Value, index: Value, item: Value) {
        u64::from(insert_into_list(vm, list, index, item).is_some())
    }
    /// `int(x)` of a number, or of a text of few digits, that gives a small int.
    int(vm, x: Value) { value(small_int(vm, x)) }
    /// `item in container`.
    contains(vm, container: Value, item: Value) { contains_quietly(vm, container, item) }
    /// Comparison `op` (index in [`CompareOp::ALL`]).
    compare(vm, op: u64, a: Value, b: Value) { answer(compare_quietly(vm, CompareOp::ALL[op as usize], a, b)) }
    /// `isinstance(v, class)`.
    isinstance(vm, v: Value, class: Value) { answer(isinstance_quietly(vm, v, class)) }
    /// Whether an `except` clause for `class` takes the exception.
    exception_matches(vm, exception: Value, class: Value) { answer(matches_quietly(vm, exception, class)) }
    /// The exception becomes the handled one; that of before, or None.
    push_handled(vm, exception: Value) {
        let before = vm.handled();
        vm.set_handled(Some(exception));
        before.unwrap_or(Value::none()).bits()
    }
    /// What [`push_handled`] has returned becomes the handled exception again.
    pop_handled(vm, before: Value) {
        vm.set_handled(if before.is_none() { None } else { Some(before) });
        1
    }
    /// The next item of an iterator, [`AT_END`] at the end.
    next(vm, iterator: Value) { next_quietly(vm, iterator).unwrap_or(0) }
    /// `iter(v)`.
    iter(vm, v: Value) { value(iter_quietly(vm, v)) }
    /// Calls the first of `n` values, a native function that is marked [quiet](crate::native::FnProps::quiet), with the others.
    /// Its receiver, if it has one, takes its place in the array.
    call(vm, values: *mut Value, n: usize) {
        // SAFETY: promised by the caller; nobody reads the array afterwards.
        let values = unsafe { std::slice::from_raw_parts_mut(values, n) };
        value(call_quietly(vm, values))
    }
    /// Makes an instance of the first of `n` values, a class that [`quiet_constructor`] accepts, with the others as arguments.
    construct(vm, values: *mut Value, n: usize) {
        // SAFETY: promised by the caller; nobody reads the array afterwards.
        value(construct_quietly(vm, unsafe { std::slice::from_raw_parts_mut(values, n) }))
    }
    /// `a + b` of strings or tuples.
    concatenation(vm, a: Value, b: Value) { value(add_quietly(vm, a, b)) }
}
