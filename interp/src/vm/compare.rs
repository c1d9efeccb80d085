//! Comparison, equality, hashing, truth, containment.

use super::Vm;
use super::special::Special;
use crate::object::dict::Dict;
use crate::object::header::{Gc, Header, Kind};
use crate::object::int::{as_exact_int, as_i128};
use crate::object::list::List;
use crate::object::set::Set;
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use adder_numeric::hash::HashKeys;
use adder_numeric::{float_arith, int_bits, int_float};
use adder_text::units::{search, short};
use std::cmp::Ordering;
use std::sync::OnceLock;

/// A comparison operator, in the order of the instruction table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

use CompareOp::*;

/// Whether two objects are equal, where that takes no code of theirs: numbers and strings, and flat tuples of them.
#[inline]
pub fn known_equal(a: Value, b: Value) -> Option<bool> {
    match known_equal_scalars(a, b) {
        None => known_equal_tuples(a, b),
        known => known,
    }
}

/// As [`known_equal`] of exact tuples; `None` for anything else.
#[inline]
pub fn known_equal_tuples(a: Value, b: Value) -> Option<bool> {
    let (x, y) = (exact_tuple(a)?, exact_tuple(b)?);
    if x.len() != y.len() {
        return Some(false);
    }
    for (&p, &q) in x.iter().zip(y.iter()) {
        if p == q {
            continue;
        }
        match known_equal_scalars(p, q) {
            Some(true) => {}
            None if p.is_same(q) => {}
            other => return other,
        }
    }
    Some(true)
}

/// Whether a key of a container is an exact tuple of these very words: then it equals a tuple of them, whatever they are.
#[inline(always)]
pub fn has_words(key: Value, words: &[Value]) -> bool {
    exact_tuple(key).is_some_and(|t| match (&**t, words) {
        ([a, b], [p, q]) => a == p && b == q,
        (own, _) => own.len() == words.len() && own.iter().zip(words).all(|(a, p)| a == p),
    })
}

#[inline(always)]
pub fn exact_tuple(v: Value) -> Option<Gc<Tuple>> {
    let header = v.header()?;
    // SAFETY: the shape is that of exact tuples alone.
    (header.shape() == shape_id::TUPLE).then(|| unsafe { Gc::from_header(header) })
}

#[inline(always)]
fn known_equal_scalars(a: Value, b: Value) -> Option<bool> {
    if Value::both_small_int(a, b) {
        return Some(a.small_int_unchecked() == b.small_int_unchecked());
    }
    let is_str = |v: Value| v.header().is_some_and(|h| h.shape() == shape_id::STR);
    if is_str(a) && is_str(b) {
        return Some(a.downcast::<Str>()?.same_text(&*b.downcast::<Str>()?));
    }
    None
}

/// Whether a part occurs in a string.
#[inline]
pub fn contains_text(s: Gc<Str>, part: Gc<Str>) -> bool {
    short_text_has(s, part).unwrap_or_else(|| search::contains(s.units(), part.units()))
}

/// Whether one character occurs in a short string, which is not worth a search; `None` if that is not the question.
#[inline(always)]
pub fn short_text_has(s: Gc<Str>, part: Gc<Str>) -> Option<bool> {
    let simple = part.len() == 1 && s.len() <= short::SHORT && s.unit_size() == 1;
    simple.then(|| part.latin1_at(0).is_some_and(|c| short::contains(s.unit_bytes(), c)))
}

#[inline(always)]
pub fn exact_str(v: Value) -> Option<Gc<Str>> {
    let header = v.header()?;
    // SAFETY: the shape is that of exact strings alone.
    (header.shape() == shape_id::STR).then(|| unsafe { Gc::from_header(header) })
}

impl CompareOp {
    pub const ALL: [CompareOp; 6] = [Lt, Le, Eq, Ne, Gt, Ge];

    /// Whether the operator holds for operands in this order.
    #[inline(always)]
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Lt => ordering == Ordering::Less,
            Le => ordering != Ordering::Greater,
            Eq => ordering == Ordering::Equal,
            Ne => ordering != Ordering::Equal,
            Gt => ordering == Ordering::Greater,
            Ge => ordering != Ordering::Less,
        }
    }
    /// Whether the operator holds for two doubles.
    #[inline(always)]
    pub fn holds_f64(self, a: f64, b: f64) -> bool {
        match self {
            Lt => a < b,
            Le => a <= b,
            Eq => a == b,
            Ne => a != b,
            Gt => a > b,
            Ge => a >= b,
        }
    }
    pub fn special(self) -> Special {
        [Special::Lt, Special::Le, Special::Eq, Special::Ne, Special::Gt, Special::Ge][self as usize]
    }
    /// The operator with operands exchanged.
    pub fn swapped(self) -> CompareOp {
        [Gt, Ge, Eq, Ne, Lt, Le][self as usize]
    }
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
}

/// Key of string hashing: one per process, set before the first string is hashed, never changed.
static HASH_KEYS: OnceLock<HashKeys> = OnceLock::new();

/// Fixes the key of string hashes; `seed` as in `PYTHONHASHSEED`.
pub fn init_hash_keys(seed: Option<u32>) {
    HASH_KEYS.get_or_init(|| match seed {
        Some(seed) => HashKeys::from_seed(seed),
        None => {
            let mut bytes = [0u8; 16];
            // SAFETY: fills the buffer it is given; on failure the key is the fixed one.
            unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
            HashKeys::from_random(bytes)
        }
    });
}

/// Hash of bytes under the process's key.
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    HASH_KEYS.get_or_init(|| HashKeys::from_seed(0)).hash_bytes(bytes)
}

impl Str {
    /// `hash(s)` as the bits of CPython's signed hash.
    #[inline(always)]
    pub fn hash_value(&self) -> u64 {
        let known = self.hash.get();
        if known != 0 || self.is_empty() {
            return known;
        }
        let hash = hash_bytes(self.unit_bytes()) as u64;
        self.hash.set(hash);
        hash
    }
}

/// Whether None or a bool equals another object, if that is certain.
fn singletons_equal(a: Value, b: Value) -> Option<bool> {
    if a.kind() == Some(Kind::Bool) && b.kind() == Some(Kind::Bool) {
        return Some(a == b);
    }
    let other = match (a.is_none(), b.is_none()) {
        (true, true) => return Some(true),
        (true, false) => b,
        (false, true) => a,
        (false, false) => return None,
    };
    let plain = |h: &Header| {
        matches!(h.shape(), shape_id::INT | shape_id::STR | shape_id::TUPLE | shape_id::LIST | shape_id::DICT)
    };
    if other.header().is_none_or(plain) { Some(false) } else { None }
}

impl Vm {
    /// `a op b` as an object.
    pub fn compare(&self, op: CompareOp, a: Value, b: Value) -> PyResult {
        if let Some(known) = self.compare_builtin(op, a, b) {
            return Ok(Value::bool(known));
        }
        self.check_native_stack(" in comparison")?;
        if let Some(result) = self.compare_exact_sequences(op, a, b) {
            return result;
        }
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let reflected = op.swapped();
        let right = self.special(tb, reflected.special());
        let right_first = ta != tb && tb.is_subtype(ta) && right.is_some();
        if right_first && let Some(raw) = right {
            let result = self.call_method_raw(raw, b, &[a])?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if let Some(raw) = self.special(ta, op.special()) {
            let result = self.call_method_raw(raw, a, &[b])?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if !right_first && let Some(raw) = right {
            let result = self.call_method_raw(raw, b, &[a])?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        match op {
            Eq => Ok(Value::bool(a.is_same(b))),
            Ne => Ok(Value::bool(!a.is_same(b))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                ta.name(),
                tb.name()
            ))),
        }
    }

    /// Exact ints, floats and strings.
    #[inline]
    pub fn compare_builtin(&self, op: CompareOp, a: Value, b: Value) -> Option<bool> {
        if Value::both_small_int(a, b) {
            return Some(op.holds(a.small_int_unchecked().cmp(&b.small_int_unchecked())));
        }
        if a.is_float() && b.is_float() {
            return Some(op.holds_f64(a.float_unchecked(), b.float_unchecked()));
        }
        let (sa, sb) = (self.shape_of(a), self.shape_of(b));
        match (sa, sb) {
            (shape_id::STR, shape_id::STR) => {
                let (x, y) = (a.downcast::<Str>()?, b.downcast::<Str>()?);
                match op {
                    Eq => Some(x.same_text(&y)),
                    Ne => Some(!x.same_text(&y)),
                    _ if x.unit_size() == 1 && y.unit_size() == 1 => {
                        Some(op.holds(x.unit_bytes().cmp(y.unit_bytes())))
                    }
                    _ => Some(op.holds(x.units().cmp(&y.units()))),
                }
            }
            (shape_id::FLOAT, shape_id::FLOAT) => Some(op.holds_f64(a.as_float()?, b.as_float()?)),
            (shape_id::INT, shape_id::INT) if let (Some(x), Some(y)) = (as_i128(a), as_i128(b)) => {
                Some(op.holds(x.cmp(&y)))
            }
            (shape_id::INT, shape_id::INT) => Some(op.holds((*as_exact_int(a)?).cmp(&*as_exact_int(b)?))),
            (shape_id::INT, shape_id::FLOAT) => {
                Some(int_float::compare(&*as_exact_int(a)?, b.as_float()?).map_or(op == Ne, |o| op.holds(o)))
            }
            (shape_id::FLOAT, shape_id::INT) => Some(
                int_float::compare(&*as_exact_int(b)?, a.as_float()?)
                    .map_or(op == Ne, |o| op.holds(o.reverse())),
            ),
            _ if matches!(op, Eq | Ne) => singletons_equal(a, b).map(|equal| equal == (op == Eq)),
            _ => None,
        }
    }

    /// `bool(a op b)`.
    pub fn compare_bool(&self, op: CompareOp, a: Value, b: Value) -> PyResult<bool> {
        match self.compare_builtin(op, a, b) {
            Some(known) => Ok(known),
            None => {
                let result = self.compare(op, a, b)?;
                self.truthy(result)
            }
        }
    }

    /// `a < b`, as sorting, searching and heaps ask all the time.
    #[inline]
    pub fn less(&self, a: Value, b: Value) -> PyResult<bool> {
        match self.known_less(a, b) {
            Some(known) => Ok(known),
            None => self.compare_bool(Lt, a, b),
        }
    }

    /// `a < b`, where that takes no code of theirs: numbers and strings, and flat tuples of them.
    #[inline]
    pub fn known_less(&self, a: Value, b: Value) -> Option<bool> {
        if exact_tuple(a).is_some() { self.tuple_less(a, b) } else { self.compare_builtin(Lt, a, b) }
    }

    /// `a < b` of exact tuples that numbers and strings decide; `None` for anything else.
    #[inline]
    fn tuple_less(&self, a: Value, b: Value) -> Option<bool> {
        let (x, y) = (exact_tuple(a)?, exact_tuple(b)?);
        for (&p, &q) in x.iter().zip(y.iter()) {
            if p == q {
                continue;
            }
            if Value::both_small_int(p, q) {
                return Some(p.small_int_unchecked() < q.small_int_unchecked());
            }
            match self.compare_builtin(Eq, p, q) {
                Some(true) => {}
                Some(false) => return self.compare_builtin(Lt, p, q),
                None if !known_equal(p, q)? => return self.flat_less(p, q),
                None => {}
            }
        }
        Some(x.len() < y.len())
    }

    /// `a < b` of unequal tuples of numbers and strings.
    fn flat_less(&self, a: Value, b: Value) -> Option<bool> {
        let (x, y) = (a.downcast::<Tuple>()?, b.downcast::<Tuple>()?);
        for (&p, &q) in x.iter().zip(y.iter()) {
            if p != q && !self.compare_builtin(Eq, p, q)? {
                return self.compare_builtin(Lt, p, q);
            }
        }
        Some(x.len() < y.len())
    }

    /// `a == b` as containers compare their items: identity implies equality.
    #[inline]
    pub fn eq(&self, a: Value, b: Value) -> PyResult<bool> {
        if a.is_same(b) {
            return Ok(true);
        }
        self.compare_bool(Eq, a, b)
    }

    /// `hash(v)` as the bits of CPython's signed hash.
    #[inline]
    pub fn hash(&self, v: Value) -> PyResult<u64> {
        match plain_hash(v) {
            Some(hash) => Ok(hash),
            None => self.hash_slow(v),
        }
    }

    /// As [`Self::hash`], with the TypeError of dicts for what cannot be hashed.
    #[inline]
    pub fn hash_dict_key(&self, key: Value) -> PyResult<u64> {
        self.hash(key).map_err(|raised| self.unhashable(raised, key, "dict key"))
    }
    /// As [`Self::hash`], with the TypeError of sets for what cannot be hashed.
    #[inline]
    pub fn hash_set_element(&self, key: Value) -> PyResult<u64> {
        self.hash(key).map_err(|raised| self.unhashable(raised, key, "set element"))
    }
    #[cold]
    fn unhashable(&self, raised: Raised, key: Value, role: &str) -> Raised {
        match self.pending() {
            Some(e) if self.type_of(e) == self.exceptions.type_error => {
                self.take_pending();
                match self.str_text(e) {
                    Ok(text) => self.type_error(format!(
                        "cannot use '{}' as a {role} ({text})",
                        self.type_of(key).qualified_name()
                    )),
                    Err(raised) => raised,
                }
            }
            _ => raised,
        }
    }

    fn hash_slow(&self, v: Value) -> PyResult<u64> {
        if v.header().is_some_and(|h| h.shape() == shape_id::TUPLE)
            && let Some(t) = v.downcast::<Tuple>()
        {
            return self.hash_tuple(t);
        }
        if let Some(f) = v.as_float() {
            return Ok(float_arith::hash(f).unwrap_or_else(|| identity_hash(v)) as u64);
        }
        if let Some(i) = as_i128(v) {
            return Ok(int_bits::hash_i128(i) as u64);
        }
        if let Some(i) = as_exact_int(v) {
            return Ok(int_bits::hash(&i) as u64);
        }
        let ty = self.type_of(v);
        match self.special(ty, Special::Hash) {
            Some(raw) if !raw.is_none() => {
                let result = self.call_method_raw(raw, v, &[])?;
                match crate::object::int::as_int(result) {
                    Some(i) => {
                        let h = i.to_i64().unwrap_or_else(|| int_bits::hash(&i));
                        Ok(if h == -1 { -2i64 as u64 } else { h as u64 })
                    }
                    None => Err(self.type_error("__hash__ method should return an integer")),
                }
            }
            _ => Err(self.type_error(format!("unhashable type: '{}'", ty.name()))),
        }
    }

    /// Hash of a tuple, whatever its class says.
    pub fn hash_tuple(&self, t: Gc<Tuple>) -> PyResult<u64> {
        match flat_hash(t) {
            Some(hash) => Ok(hash),
            None => self.hash_nested(t),
        }
    }

    /// Hash of a tuple with items that are more than ints and strings.
    fn hash_nested(&self, t: Gc<Tuple>) -> PyResult<u64> {
        self.check_native_stack("")?;
        let mut hasher = adder_numeric::hash::TupleHasher::default();
        for &item in t.iter() {
            hasher.push(self.hash(item)? as i64);
        }
        let hash = hasher.finish() as u64;
        t.note_hash(hash);
        Ok(hash)
    }

    /// `bool(v)`.
    #[inline]
    pub fn truthy(&self, v: Value) -> PyResult<bool> {
        if v.is_true() {
            return Ok(true);
        }
        if v.is_false() || v.is_none() {
            return Ok(false);
        }
        self.truthy_slow(v)
    }

    fn truthy_slow(&self, v: Value) -> PyResult<bool> {
        if let Some(i) = v.as_small_int() {
            return Ok(i != 0);
        }
        if let Some(f) = v.as_float() {
            return Ok(f != 0.0);
        }
        match self.shape_of(v) {
            shape_id::STR => return Ok(!v.downcast::<Str>().expect("shape").is_empty()),
            shape_id::LIST => return Ok(!v.downcast::<List>().expect("shape").is_empty()),
            shape_id::TUPLE => return Ok(!v.downcast::<Tuple>().expect("shape").is_empty()),
            shape_id::DICT => return Ok(!v.downcast::<Dict>().expect("shape").is_empty()),
            shape_id::INT => return Ok(true),
            _ => {}
        }
        if let Some(n) = self.native_length(v) {
            return Ok(n != 0);
        }
        let ty = self.type_of(v);
        if let Some(raw) = self.special(ty, Special::Bool) {
            let result = self.call_method_raw(raw, v, &[])?;
            return result.as_bool().ok_or_else(|| {
                self.type_error(format!(
                    "__bool__ should return bool, returned {}",
                    self.type_of(result).name()
                ))
            });
        }
        match self.special(ty, Special::Len) {
            Some(raw) => Ok(self.length_from(raw, v)? != 0),
            None => Ok(true),
        }
    }

    /// `len(v)`.
    pub fn length(&self, v: Value) -> PyResult<usize> {
        match self.shape_of(v) {
            shape_id::LIST => return Ok(v.downcast::<List>().expect("shape").len()),
            shape_id::TUPLE => return Ok(v.downcast::<Tuple>().expect("shape").len()),
            shape_id::STR => return Ok(v.downcast::<Str>().expect("shape").len()),
            shape_id::DICT => return Ok(v.downcast::<Dict>().expect("shape").len()),
            shape_id::SET | shape_id::FROZENSET => return Ok(v.downcast::<Set>().expect("shape").len()),
            _ => {}
        }
        if let Some(n) = self.native_length(v) {
            return Ok(n);
        }
        match self.special_of(v, Special::Len) {
            Some(raw) => self.length_from(raw, v),
            None => Err(self.type_error(format!("object of type '{}' has no len()", self.type_of(v).name()))),
        }
    }

    fn length_from(&self, raw: Value, v: Value) -> PyResult<usize> {
        let result = self.call_method_raw(raw, v, &[])?;
        if let Some(n) = result.as_small_int().filter(|&n| n >= 0) {
            return Ok(n as usize);
        }
        let n = self.index(result)?;
        if n.is_negative() {
            return Err(self.value_error("__len__() should return >= 0"));
        }
        match n.to_i64() {
            Some(n) => Ok(n as usize),
            None => Err(self.overflow_error("cannot fit 'int' into an index-sized integer")),
        }
    }

    /// `item in container`.
    pub fn contains(&self, container: Value, item: Value) -> PyResult<bool> {
        match self.shape_of(container) {
            shape_id::DICT => return container.downcast::<Dict>().expect("shape").contains(self, item),
            shape_id::LIST => {
                let list = container.downcast::<List>().expect("shape");
                let mut i = 0;
                while let Some(x) = list.get(i) {
                    if known_equal_scalars(x, item).map_or_else(|| self.eq(x, item), Ok)? {
                        return Ok(true);
                    }
                    i += 1;
                }
                return Ok(false);
            }
            shape_id::TUPLE => {
                for &x in container.downcast::<Tuple>().expect("shape").iter() {
                    if known_equal_scalars(x, item).map_or_else(|| self.eq(x, item), Ok)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            // What can be neither a set itself nor fail to hash.
            shape_id::SET | shape_id::FROZENSET
                if item.is_small_int() || self.shape_of(item) == shape_id::STR =>
            {
                let hash = self.hash(item)?;
                return container.downcast::<Set>().expect("shape").contains_hashed(self, item, hash);
            }
            shape_id::STR if self.shape_of(item) == shape_id::STR => {
                let (s, part) = (container.downcast::<Str>(), item.downcast::<Str>());
                let (s, part) = (s.expect("shape"), part.expect("shape"));
                return Ok(contains_text(s, part));
            }
            _ => {}
        }
        let ty = self.type_of(container);
        match self.special(ty, Special::Contains) {
            Some(raw) if raw.is_none() => {
                Err(self.type_error(format!("'{}' object is not a container", ty.name())))
            }
            Some(raw) => {
                let result = self.call_method_raw(raw, container, &[item])?;
                self.truthy(result)
            }
            None => {
                let message = || format!("argument of type '{}' is not a container or iterable", ty.name());
                let iterator = self.iterator_or(container, message)?;
                while let Some(x) = self.next(iterator)? {
                    if self.eq(x, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

/// Hash of an int of one word, of an exact string, of a tuple of those, or of one that knows its hash.
#[inline(always)]
pub fn known_hash(v: Value) -> Option<u64> {
    match plain_hash(v) {
        None => flat_hash(exact_tuple(v)?),
        known => known,
    }
}

/// Hash of an int of one word, or of an exact string or tuple that knows it.
#[inline(always)]
pub fn noted_hash(v: Value) -> Option<u64> {
    if v.is_small_int() {
        return Some(small_int_hash(v));
    }
    if let Some(t) = exact_tuple(v) {
        return t.known_hash();
    }
    Some(exact_str(v)?.hash.get()).filter(|&hash| hash != 0)
}

/// Hash of a tuple that knows it or has ints of one word only.
#[inline(always)]
pub fn tuple_hash(t: Gc<Tuple>) -> Option<u64> {
    let known = t.known_hash();
    if known.is_some() { known } else { note_small_ints_hash(t) }
}

#[inline(never)]
fn note_small_ints_hash(t: Gc<Tuple>) -> Option<u64> {
    let hash = small_ints_hash(&t)?;
    t.note_hash(hash);
    Some(hash)
}

/// Hash of a tuple of ints of one word.
#[inline(always)]
fn small_ints_hash(items: &[Value]) -> Option<u64> {
    let mut hasher = adder_numeric::hash::TupleHasher::default();
    if let [a, b] = *items {
        // Most tuples that are keys.
        if !Value::both_small_int(a, b) {
            return None;
        }
        hasher.push(small_int_hash(a) as i64);
        hasher.push(small_int_hash(b) as i64);
        return Some(hasher.finish() as u64);
    }
    for &item in items {
        if !item.is_small_int() {
            return None;
        }
        hasher.push(small_int_hash(item) as i64);
    }
    Some(hasher.finish() as u64)
}

#[inline]
fn flat_hash(t: Gc<Tuple>) -> Option<u64> {
    match tuple_hash(t) {
        None => texts_and_ints_hash(t),
        known => known,
    }
}

#[inline(never)]
fn texts_and_ints_hash(t: Gc<Tuple>) -> Option<u64> {
    let mut hasher = adder_numeric::hash::TupleHasher::default();
    for &item in t.iter() {
        hasher.push(plain_hash(item)? as i64);
    }
    let hash = hasher.finish() as u64;
    t.note_hash(hash);
    Some(hash)
}

/// Hash of an int of one word.
#[inline(always)]
pub fn small_int_hash(v: Value) -> u64 {
    match v.small_int_unchecked() {
        -1 => -2i64 as u64,
        i => i as u64, // 49 bits are below the modulus
    }
}

/// Hash of an int of one word or of an exact string.
#[inline(always)]
fn plain_hash(v: Value) -> Option<u64> {
    if v.is_small_int() {
        return Some(small_int_hash(v));
    }
    match v.header() {
        Some(h) if h.shape() == shape_id::STR => Some(v.downcast::<Str>()?.hash_value()),
        _ => None,
    }
}

/// Hash of an object by its address, as `object.__hash__` computes it.
pub fn identity_hash(v: Value) -> i64 {
    (v.bits().rotate_right(4)) as i64
}

const _: () = assert!(Kind::Singleton as u16 == 0);
const _: Result<(), Raised> = Ok(());

/// Hash of a constant of the compiler: no Python code takes part.
pub fn constant_hash(v: Value) -> u64 {
    if let Some(f) = v.as_float() {
        return float_arith::hash(f).unwrap_or_else(|| identity_hash(v)) as u64;
    }
    if let Some(i) = crate::object::int::as_int(v) {
        return int_bits::hash(&i) as u64;
    }
    if let Some(s) = v.downcast::<Str>() {
        return s.hash_value();
    }
    if let Some(b) = v.downcast::<crate::object::bytes::Bytes>() {
        return hash_bytes(&b) as u64;
    }
    if let Some(t) = v.downcast::<Tuple>() {
        let mut hasher = adder_numeric::hash::TupleHasher::default();
        t.iter().for_each(|&item| hasher.push(constant_hash(item) as i64));
        return hasher.finish() as u64;
    }
    if let Some(c) = v.downcast::<crate::object::complex::Complex>() {
        let part = |x| float_arith::hash(x).unwrap_or(0);
        return float_arith::hash_complex(part(c.re), part(c.im)) as u64;
    }
    identity_hash(v) as u64
}
