//! Sorting: stable, adaptive, with comparisons that may run Python code and fail.
//!
//! Keys of one built-in kind (ints, floats without NaN, strings), and tuples with one such kind in each place, are compared without the
//! VM by the standard library's stable sort. Everything else goes through a natural merge sort: runs are found and extended to a minimal length by
//! binary insertion, merged in the order that powersort prescribes (J. I. Munro and S. Wild, "Nearly-Optimal Mergesorts",
//! 2018), and merges gallop as in T. Peters's timsort. Only `<` is asked.
//!
//! The list being sorted is empty meanwhile; its items lie in a private buffer. Keys, if a key function made them, lie in
//! another that is permuted in step. When a comparison raises, both hold a permutation of what they held before.
//!
//! Values move between buffers that are registered with the collector as a whole before the first comparison; after a
//! collection everything in them is old, so no store needs a barrier of its own.

use super::Vm;
use crate::heap::{GcVec, Heap};
use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Value};
use crate::vm::planted::{Bug, planted};
use adder_text::units::UnitsRef;
use std::cell::Cell;
use std::cmp::Ordering;

/// `list.sort(key=key, reverse=reverse)`.
pub fn sort_list(vm: &Vm, list: Gc<List>, key: Option<Value>, reverse: bool) -> PyResult<()> {
    if list.len() < 2 && key.is_none() {
        return Ok(());
    }
    let (mut items, mark) = list.take_for_sort(&vm.heap);
    let result = sort_values(vm, &mut items, key, reverse);
    let untouched = list.finish_sort(&vm.heap, items, mark);
    result?;
    if !untouched {
        return Err(vm.value_error("list modified during sort"));
    }
    Ok(())
}

/// Sorts values that only native code knows.
pub fn sort_values(vm: &Vm, items: &mut GcVec, key: Option<Value>, reverse: bool) -> PyResult<()> {
    let heap = &vm.heap;
    let mut keys = None;
    if let Some(key) = key {
        let mut made = GcVec::with_capacity(heap, items.len());
        for i in 0..items.len() {
            made.push(heap, vm.call(key, &[items[i]])?);
        }
        keys = Some(made);
    }
    // Sorting the reversed sequence and reversing the result keeps equal items in their order.
    if reverse && !planted(Bug::UnstableReverse) {
        items.as_mut_slice(heap).reverse();
        keys.iter_mut().for_each(|k| k.as_mut_slice(heap).reverse());
    }
    let result = match &mut keys {
        None => sort_by(vm, items, None),
        Some(keys) => sort_by(vm, keys, Some(items)),
    };
    if reverse {
        items.as_mut_slice(heap).reverse();
    }
    result
}

fn sort_by(vm: &Vm, keys: &mut GcVec, payload: Option<&mut GcVec>) -> PyResult<()> {
    let heap = &vm.heap;
    let plain = classify(vm, keys);
    if plain == Plain::Other {
        if let Some(columns) = tuple_columns(vm, keys) {
            sort_tuples(keys.as_mut_slice(heap), payload.map(|p| p.as_mut_slice(heap)), &columns);
            return Ok(());
        }
        let rows = Rows { keys: keys.as_cells(heap), payload: payload.map(|p| p.as_cells(heap)) };
        return MergeSort { vm, rows, gallop: MIN_GALLOP, scratch: None }.run();
    }
    let keys = keys.as_mut_slice(heap);
    let payload = payload.map(|p| p.as_mut_slice(heap));
    match (plain, payload) {
        (Plain::Ints, None) => keys.sort_by_key(|v| v.small_int_unchecked()),
        (Plain::Ints, Some(p)) => sort_pairs(keys, p, |v| v.small_int_unchecked(), |a, b| a.0.cmp(&b.0)),
        (Plain::Floats, None) => {
            keys.sort_by(|a, b| compare_floats(a.float_unchecked(), b.float_unchecked()))
        }
        (Plain::Floats, Some(p)) => {
            sort_pairs(keys, p, |v| v.float_unchecked(), |a, b| compare_floats(a.0, b.0));
        }
        (Plain::Strings, None) => sort_strings(keys),
        (Plain::Strings, Some(p)) => {
            sort_pairs(keys, p, prefix, |a, b| compare_strings((a.0, a.1), (b.0, b.1)))
        }
        (Plain::Other, _) => {}
    }
    Ok(())
}

/// What all keys are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    /// 49-bit ints.
    Ints,
    /// Exact floats, no NaN.
    Floats,
    /// Exact strings.
    Strings,
    Other,
}

fn classify(vm: &Vm, keys: &[Value]) -> Plain {
    let all = |f: &dyn Fn(Value) -> bool| keys.iter().all(|&v| f(v));
    match keys.first() {
        Some(v) if v.is_small_int() && keys.iter().all(|v| v.is_small_int()) => Plain::Ints,
        Some(v) if v.is_float() && all(&|v| v.as_float().is_some_and(|f| !f.is_nan())) => Plain::Floats,
        Some(&v) if vm.shape_of(v) == shape_id::STR && all(&|v| vm.shape_of(v) == shape_id::STR) => {
            Plain::Strings
        }
        _ => Plain::Other,
    }
}

/// What all keys have in each place, if they are tuples of one length; `None` when comparing them is not as simple as that.
fn tuple_columns(vm: &Vm, keys: &[Value]) -> Option<Vec<Plain>> {
    const MOST: usize = 8;
    let kind = |v: Value| match v.as_float() {
        Some(x) if x.is_nan() => None,
        Some(_) => Some(Plain::Floats),
        None if v.is_small_int() => Some(Plain::Ints),
        None => (vm.shape_of(v) == shape_id::STR).then_some(Plain::Strings),
    };
    let tuple = |v: Value| if vm.shape_of(v) == shape_id::TUPLE { v.downcast::<Tuple>() } else { None };
    let (first, rest) = keys.split_first()?;
    let first = tuple(*first).filter(|t| (1..=MOST).contains(&t.len()))?;
    let columns = first.iter().map(|&v| kind(v)).collect::<Option<Vec<_>>>()?;
    let fits = |t: Gc<Tuple>| {
        t.len() == columns.len() && t.iter().zip(&columns).all(|(&v, &column)| kind(v) == Some(column))
    };
    rest.iter().all(|&v| tuple(v).is_some_and(fits)).then_some(columns)
}

/// The first item of a tuple as a number that orders like it; `u64::MAX` tells nothing, and equal numbers of strings neither.
fn rank(column: Plain, v: Value) -> u64 {
    const SIGN: u64 = 1 << 63;
    match column {
        Plain::Ints => v.small_int_unchecked() as u64 ^ SIGN,
        Plain::Floats => {
            // Adding zero makes one of the two zeros.
            let bits = (v.float_unchecked() + 0.0).to_bits();
            if bits & SIGN == 0 { bits | SIGN } else { !bits }
        }
        _ => prefix(v),
    }
}

/// Nothing is allocated on the Python heap, as in [`sort_pairs`].
fn sort_tuples(keys: &mut [Value], payload: Option<&mut [Value]>, columns: &[Plain]) {
    let item = |key: Value, i: usize| key.downcast::<Tuple>().map_or(key, |t| t[i]);
    let mut rows: Vec<(u64, Value, usize)> =
        keys.iter().enumerate().map(|(i, &k)| (rank(columns[0], item(k, 0)), k, i)).collect();
    let from = usize::from(columns[0] != Plain::Strings);
    rows.sort_by(|a, b| {
        if a.0 != b.0 && a.0 != u64::MAX && b.0 != u64::MAX {
            return a.0.cmp(&b.0);
        }
        for (i, &column) in columns.iter().enumerate().skip(from) {
            let (x, y) = (item(a.1, i), item(b.1, i));
            let ordering = match column {
                Plain::Ints => x.small_int_unchecked().cmp(&y.small_int_unchecked()),
                Plain::Floats => compare_floats(x.float_unchecked(), y.float_unchecked()),
                _ if x == y => Ordering::Equal,
                _ => compare_strings((u64::MAX, x), (u64::MAX, y)),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    });
    if let Some(payload) = payload {
        let before = payload.to_vec();
        payload.iter_mut().zip(&rows).for_each(|(slot, row)| *slot = before[row.2]);
    }
    keys.iter_mut().zip(rows).for_each(|(slot, row)| *slot = row.1);
}

fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).expect("no NaN among the keys")
}

/// Sorts payload and keys by an extracted key. Nothing is allocated on the Python heap, so the values outside it
/// stay alive through the slices.
fn sort_pairs<K: Copy>(
    keys: &mut [Value],
    payload: &mut [Value],
    extract: impl Fn(Value) -> K,
    compare: impl Fn(&(K, Value, Value), &(K, Value, Value)) -> Ordering,
) {
    let mut rows: Vec<_> = keys.iter().zip(payload.iter()).map(|(&k, &p)| (extract(k), k, p)).collect();
    rows.sort_by(compare);
    for (i, (_, k, p)) in rows.into_iter().enumerate() {
        (keys[i], payload[i]) = (k, p);
    }
}

fn sort_strings(keys: &mut [Value]) {
    let mut rows: Vec<_> = keys.iter().map(|&k| (prefix(k), k)).collect();
    rows.sort_by(|a, b| compare_strings(*a, *b));
    keys.iter_mut().zip(rows).for_each(|(slot, (_, k))| *slot = k);
}

/// Start of a string as a number that orders like it, as far as it goes: eight characters of Latin-1; `u64::MAX`
/// tells nothing.
fn prefix(key: Value) -> u64 {
    let Some(s) = key.downcast::<Str>() else { return 0 };
    match s.as_ref().units() {
        UnitsRef::Latin1 { units, .. } => {
            let mut bytes = [0; 8];
            let n = units.len().min(8);
            bytes[..n].copy_from_slice(&units[..n]);
            u64::from_be_bytes(bytes)
        }
        _ => u64::MAX,
    }
}

fn compare_strings(a: (u64, Value), b: (u64, Value)) -> Ordering {
    if a.0 != b.0 && a.0 != u64::MAX && b.0 != u64::MAX {
        return a.0.cmp(&b.0);
    }
    match (a.1.downcast::<Str>(), b.1.downcast::<Str>()) {
        (Some(x), Some(y)) => x.units().cmp(&y.units()),
        _ => Ordering::Equal,
    }
}

/// Runs shorter than this are extended by binary insertion.
const MAX_MINRUN: usize = 64;
/// Wins in a row after which a merge starts to gallop.
const MIN_GALLOP: usize = 7;

/// Where an item of one run belongs in the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Before equal items.
    Left,
    /// Behind equal items.
    Right,
}

struct Run {
    start: usize,
    len: usize,
    /// Depth of the boundary to the next run in the powersort tree.
    power: u32,
}

/// Keys and the payload that moves with them.
#[derive(Clone, Copy)]
struct Rows<'a> {
    keys: &'a [Cell<Value>],
    payload: Option<&'a [Cell<Value>]>,
}

impl Rows<'_> {
    fn key(self, i: usize) -> Value {
        self.keys[i].get()
    }
    /// Row `from` of `other` becomes row `to`.
    fn copy(self, to: usize, other: Rows<'_>, from: usize) {
        self.keys[to].set(other.keys[from].get());
        if let (Some(a), Some(b)) = (self.payload, other.payload) {
            a[to].set(b[from].get());
        }
    }
    /// Moves rows inside; the ranges may overlap.
    fn move_within(self, from: usize, to: usize, len: usize) {
        let shift = |cells: &[Cell<Value>]| {
            assert!(from + len <= cells.len() && to + len <= cells.len());
            // SAFETY: both ranges lie inside; cells may be overwritten through a shared reference.
            unsafe {
                let base = cells.as_ptr() as *mut Value;
                std::ptr::copy(base.add(from), base.add(to), len);
            }
        };
        shift(self.keys);
        self.payload.iter().for_each(|p| shift(p));
    }
    fn reverse(self, start: usize, end: usize) {
        let flip = |cells: &[Cell<Value>]| {
            let n = end - start;
            (0..n / 2).for_each(|i| cells[start + i].swap(&cells[end - 1 - i]));
        };
        flip(self.keys);
        self.payload.iter().for_each(|p| flip(p));
    }
}

struct MergeSort<'a> {
    vm: &'a Vm,
    rows: Rows<'a>,
    gallop: usize,
    /// Space for the shorter of two runs being merged.
    scratch: Option<(GcVec, Option<GcVec>)>,
}

/// A buffer of `len` slots with something in each.
fn filled(heap: &Heap, len: usize) -> GcVec {
    let mut v = GcVec::with_capacity(heap, len);
    (0..len).for_each(|_| v.push(heap, Value::none()));
    v
}

impl MergeSort<'_> {
    #[inline]
    fn less(&self, a: Value, b: Value) -> PyResult<bool> {
        self.vm.less(a, b)
    }

    fn run(mut self) -> PyResult<()> {
        let n = self.rows.keys.len();
        let minrun = minimal_run(n);
        let mut runs: Vec<Run> = Vec::new();
        let mut start = 0;
        while start < n {
            let mut len = self.count_run(start)?;
            if len < minrun {
                let forced = minrun.min(n - start);
                self.insert_sorted(start, start + len, start + forced)?;
                len = forced;
            }
            if let Some(last) = runs.last_mut() {
                last.power = power(last.start, last.len, len, n);
                let power = last.power;
                while runs.len() > 1 && runs[runs.len() - 2].power > power {
                    // The boundary that stays is the one to the run that comes next.
                    self.merge_last(&mut runs)?;
                }
            }
            runs.push(Run { start, len, power: 0 });
            start += len;
        }
        while runs.len() > 1 {
            self.merge_last(&mut runs)?;
        }
        Ok(())
    }

    /// Length of the run at `start`. A descending one may contain equal items: reversing these stretches first keeps their
    /// order when the whole is reversed. What goes up behind it belongs to the run, too. Asks as CPython does.
    fn count_run(&self, start: usize) -> PyResult<usize> {
        let n = self.rows.keys.len();
        let falls = |i| self.less(self.rows.key(i), self.rows.key(i - 1));
        let mut end = start + 1;
        while end < n && !falls(end)? {
            end += 1;
        }
        if end == n || end > start + 1 && self.less(self.rows.key(start), self.rows.key(end - 1))? {
            return Ok(end - start);
        }
        // All before `end` are equal, the item there is smaller.
        self.rows.reverse(start, end);
        let mut equal = end;
        end += 1;
        while end < n {
            if falls(end)? {
                self.rows.reverse(equal, end);
                equal = end;
            } else if self.less(self.rows.key(end - 1), self.rows.key(end))? {
                break;
            }
            end += 1;
        }
        self.rows.reverse(equal, end);
        self.rows.reverse(start, end);
        while end < n && !falls(end)? {
            end += 1;
        }
        Ok(end - start)
    }

    /// Binary insertion: `start..sorted` is sorted, `start..end` becomes so.
    fn insert_sorted(&self, start: usize, sorted: usize, end: usize) -> PyResult<()> {
        for i in sorted..end {
            let pivot = self.rows.key(i);
            let (mut low, mut high) = (start, i);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.less(pivot, self.rows.key(middle))? { high = middle } else { low = middle + 1 }
            }
            let payload = self.rows.payload.map(|p| p[i].get());
            self.rows.move_within(low, low + 1, i - low);
            self.rows.keys[low].set(pivot);
            if let (Some(cells), Some(v)) = (self.rows.payload, payload) {
                cells[low].set(v);
            }
        }
        Ok(())
    }

    /// Merges the last two runs.
    fn merge_last(&mut self, runs: &mut Vec<Run>) -> PyResult<()> {
        let Some(b) = runs.pop() else { return Ok(()) };
        let Some(a) = runs.last_mut() else { return Ok(()) };
        let (a_start, a_len) = (a.start, a.len);
        a.len += b.len;
        a.power = b.power;
        self.merge(a_start, a_len, b.start, b.len)
    }

    /// Merges two adjacent runs.
    fn merge(&mut self, a: usize, a_len: usize, b: usize, b_len: usize) -> PyResult<()> {
        // What is at its place already stays: the start of A below B's first item, the end of B above A's last.
        let rows = self.rows;
        let skip = self.gallop_in(rows.key(b), rows, a, a_len, 0, Side::Right)?;
        let (a, a_len) = (a + skip, a_len - skip);
        if a_len == 0 {
            return Ok(());
        }
        let b_len = self.gallop_in(rows.key(a + a_len - 1), rows, b, b_len, b_len - 1, Side::Left)?;
        if b_len == 0 {
            return Ok(());
        }
        let scratch = self.take_scratch(a_len.min(b_len));
        let result = if a_len <= b_len {
            self.merge_up(&scratch, a, a_len, b, b_len)
        } else {
            self.merge_down(&scratch, a, a_len, b, b_len)
        };
        self.scratch = Some(scratch);
        result
    }

    fn take_scratch(&mut self, len: usize) -> (GcVec, Option<GcVec>) {
        match self.scratch.take() {
            Some(scratch) if scratch.0.len() >= len => scratch,
            _ => {
                let heap = &self.vm.heap;
                let keys = filled(heap, len);
                let payload = self.rows.payload.map(|_| filled(heap, len));
                (keys, payload)
            }
        }
    }

    /// The scratch buffers as rows, registered with the collector.
    fn scratch_rows<'s>(&self, scratch: &'s (GcVec, Option<GcVec>)) -> Rows<'s> {
        let heap = &self.vm.heap;
        Rows { keys: scratch.0.as_cells(heap), payload: scratch.1.as_ref().map(|p| p.as_cells(heap)) }
    }

    /// Merges from the left; A (the shorter run) moves out of the way.
    fn merge_up(
        &mut self,
        scratch: &(GcVec, Option<GcVec>),
        a: usize,
        a_len: usize,
        b: usize,
        b_len: usize,
    ) -> PyResult<()> {
        let (rows, left) = (self.rows, self.scratch_rows(scratch));
        (0..a_len).for_each(|i| left.copy(i, rows, a + i));
        // Rows `to..j` are free, as many as there are rows left in A: `j - to == a_len - i`.
        let (mut i, mut j, mut to) = (0, b, a);
        let end = b + b_len;
        let result = (|| {
            while i < a_len && j < end {
                let (mut a_wins, mut b_wins) = (0, 0);
                while i < a_len && j < end && a_wins < self.gallop && b_wins < self.gallop {
                    if self.less(rows.key(j), left.key(i))? {
                        rows.copy(to, rows, j);
                        (j, b_wins, a_wins) = (j + 1, b_wins + 1, 0);
                    } else {
                        rows.copy(to, left, i);
                        (i, a_wins, b_wins) = (i + 1, a_wins + 1, 0);
                    }
                    to += 1;
                }
                while i < a_len && j < end {
                    let n = self.gallop_in(rows.key(j), left, i, a_len - i, 0, Side::Right)?;
                    (0..n).for_each(|k| rows.copy(to + k, left, i + k));
                    (i, to) = (i + n, to + n);
                    if i == a_len {
                        break;
                    }
                    let m = self.gallop_in(left.key(i), rows, j, end - j, 0, Side::Left)?;
                    rows.move_within(j, to, m);
                    (j, to) = (j + m, to + m);
                    if n < MIN_GALLOP && m < MIN_GALLOP {
                        self.gallop += 2; // galloping did not pay
                        break;
                    }
                    self.gallop = self.gallop.saturating_sub(1).max(1);
                }
            }
            Ok(())
        })();
        for (k, i) in (i..a_len).enumerate() {
            rows.copy(to + k, left, i);
        }
        result
    }

    /// Merges from the right; B (the shorter run) moves out of the way.
    fn merge_down(
        &mut self,
        scratch: &(GcVec, Option<GcVec>),
        a: usize,
        a_len: usize,
        b: usize,
        b_len: usize,
    ) -> PyResult<()> {
        let (rows, right) = (self.rows, self.scratch_rows(scratch));
        (0..b_len).for_each(|i| right.copy(i, rows, b + i));
        // `i` and `j` are one past the last unmerged row of A and B, `to` one past the last free row: `to - i == j`.
        let (mut i, mut j, mut to) = (a + a_len, b_len, b + b_len);
        let result = (|| {
            while i > a && j > 0 {
                let (mut a_wins, mut b_wins) = (0, 0);
                while i > a && j > 0 && a_wins < self.gallop && b_wins < self.gallop {
                    to -= 1;
                    let a_is_last = self.less(right.key(j - 1), rows.key(i - 1)).inspect_err(|_| to += 1)?;
                    if a_is_last {
                        i -= 1;
                        rows.copy(to, rows, i);
                        (a_wins, b_wins) = (a_wins + 1, 0);
                    } else {
                        j -= 1;
                        rows.copy(to, right, j);
                        (b_wins, a_wins) = (b_wins + 1, 0);
                    }
                }
                while i > a && j > 0 {
                    let keep = self.gallop_in(right.key(j - 1), rows, a, i - a, i - a - 1, Side::Right)?;
                    let n = i - a - keep;
                    rows.move_within(i - n, to - n, n);
                    (i, to) = (i - n, to - n);
                    if i == a {
                        break;
                    }
                    let keep = self.gallop_in(rows.key(i - 1), right, 0, j, j - 1, Side::Left)?;
                    let m = j - keep;
                    (0..m).for_each(|k| rows.copy(to - 1 - k, right, j - 1 - k));
                    (j, to) = (j - m, to - m);
                    if n < MIN_GALLOP && m < MIN_GALLOP {
                        self.gallop += 2;
                        break;
                    }
                    self.gallop = self.gallop.saturating_sub(1).max(1);
                }
            }
            Ok(())
        })();
        for k in 0..j {
            rows.copy(to - 1 - k, right, j - 1 - k);
        }
        result
    }

    /// Number of rows among the `len` from `start` that go before `key`. Searches in growing steps from `hint`,
    /// then by halves.
    fn gallop_in(
        &self,
        key: Value,
        rows: Rows<'_>,
        start: usize,
        len: usize,
        hint: usize,
        side: Side,
    ) -> PyResult<usize> {
        let goes_before = |i: usize| -> PyResult<bool> {
            let row = rows.key(start + i);
            match side {
                Side::Left => self.less(row, key),
                Side::Right => Ok(!self.less(key, row)?),
            }
        };
        // Invariant below: rows before `low` go before the key, rows from `high` on do not.
        let (mut low, mut high);
        if goes_before(hint)? {
            (low, high) = (hint + 1, len);
            let mut step = 1;
            while low < len && hint + step < len {
                let probe = hint + step;
                if !goes_before(probe)? {
                    high = probe;
                    break;
                }
                low = probe + 1;
                step = 2 * step + 1;
            }
        } else {
            (low, high) = (0, hint);
            let mut step = 1;
            while step <= hint {
                let probe = hint - step;
                if goes_before(probe)? {
                    low = probe + 1;
                    break;
                }
                high = probe;
                step = 2 * step + 1;
            }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if goes_before(middle)? { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}

/// Shortest run worth merging: `n` halved until it is below 64, rounded up.
fn minimal_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= MAX_MINRUN {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// Powersort's power of the boundary between two adjacent runs: the number of leading bits that the midpoints of the
/// runs, as fractions of the whole, have in common, plus one.
fn power(start: usize, len: usize, next_len: usize, n: usize) -> u32 {
    // Twice the midpoints, so that they are whole numbers below 2n.
    let (mut a, mut b) = (2 * start + len, 2 * start + 2 * len + next_len);
    let mut result = 0;
    loop {
        result += 1;
        // The next bit of x / 2n is whether x reaches n.
        let (bit_a, bit_b) = (a >= n, b >= n);
        if bit_a != bit_b {
            return result;
        }
        if bit_a {
            a -= n;
            b -= n;
        }
        a *= 2;
        b *= 2;
    }
}
