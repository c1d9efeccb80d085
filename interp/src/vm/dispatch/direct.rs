//! What machine code calls with its operands in machine registers: the slow paths of instructions, without an instruction to decode.
//!
//! Two kinds, told apart by who may run Python code:
//!
//! * `(pc, base, vm, operands...)`: may run any code and raise. They publish the position first.
//! * `(vm, operands...)`: make an object or change one without running Python code, and cannot raise. Machine code has published its
//!   window, because they may collect.
//!
//! Results are the bits of a value, or 1 where there is none; 0 is a raised exception. Truth values are 0 or 1, and 2 when raised.
//! See [`super::step`] for instructions that take their operands from the window.

use crate::native::FnDef;
use crate::object::cell::CellObject;
use crate::object::code::Code;
use crate::object::function::{BoundMethod, Function, NativeFunction};
use crate::object::generator::{Generator, GeneratorState};
use crate::object::header::{Gc, Kind};
use crate::object::instance::Instance;
use crate::object::iter::SeqIter;
use crate::object::iter_tools::{Enumerate, Zip, step_into};
use crate::object::list::List;
use crate::object::range::{Range, RangeIter, length_i128 as range_length};
use crate::object::shape::{ShapeId, shape_id};
use crate::object::slice::Slice;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::dispatch::generators::Resumed;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use crate::vm::subscript::SliceParts;
use adder_bytecode::Insn;
use adder_numeric::Int;

type Base = *mut Option<Value>;

fn bits(result: PyResult) -> u64 {
    result.map_or(0, Value::bits)
}
fn truth(result: PyResult<bool>) -> u64 {
    result.map_or(2, u64::from)
}

fn exact_list(vm: &Vm, v: Value) -> Option<Gc<List>> {
    if vm.shape_of(v) == shape_id::LIST { v.downcast::<List>() } else { None }
}

/// The parts of a slice that are None or small ints.
#[inline]
pub(super) fn slice_parts(start: Value, stop: Value, step: Value) -> Option<SliceParts> {
    let part = |v: Value, none: isize| {
        if v.is_none() { Some(none) } else { v.as_small_int().map(|i| i as isize) }
    };
    let step = part(step, 1).filter(|&s| s != 0)?;
    let (first, last) = if step < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
    Some(SliceParts { start: part(start, first)?, stop: part(stop, last)?, step })
}

/// The parts of a slice that are None or ints of any size.
#[inline]
fn int_parts(start: Value, stop: Value, step: Value) -> SliceParts {
    let clip = |v: Value| match v.as_small_int() {
        Some(i) => i as isize,
        None if crate::object::int::as_int(v).is_some_and(|i| i.is_negative()) => isize::MIN,
        None => isize::MAX,
    };
    let part = |v: Value, none: isize| if v.is_none() { none } else { clip(v) };
    let step = part(step, 1).max(-isize::MAX);
    let (first, last) = if step < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
    SliceParts { start: part(start, first), stop: part(stop, last), step }
}

/// How many items `list[start:stop] = list[from:to:step]` turns around at the beginning of the list, if it does that. The commonest
/// copy within a list: to work out both slices would take a seventh of `fannkuch`.
#[inline]
fn turns_beginning(
    list: &List,
    start: Value,
    stop: Value,
    from: Value,
    to: Value,
    step: Value,
) -> Option<usize> {
    let begins = start.is_none() || start.as_small_int() == Some(0);
    let last = from.as_small_int().filter(|&i| (0..list.len() as i64).contains(&i))?;
    let same = stop.as_small_int() == Some(last + 1);
    let turns = begins && same && to.is_none() && step.as_small_int() == Some(-1);
    turns.then_some(last as usize + 1)
}

/// Most items that a list gets room for before it has any.
const MOST_ROOM: i64 = 1 << 12;

/// Defines functions of the first kind.
macro_rules! may_run_code {
    ($($(#[$doc:meta])* $name:ident($vm:ident $(, $arg:ident: $ty:ty)*) $body:block)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Safety
            /// `pc` is an instruction of the entered window `base`.
            pub unsafe extern "C" fn $name(pc: *const Insn, base: Base, $vm: &Vm $(, $arg: $ty)*) -> u64 {
                $vm.base.set(base);
                $vm.pc.set(pc);
                $body
            }
        )*
    };
}

may_run_code! {
    /// Binary operator `op` (index in [`BinaryOp::ALL`]).
    binary(vm, op: u64, a: Value, b: Value) {
        bits(vm.binary_op(BinaryOp::ALL[op as usize], a, b, false))
    }
    /// The augmented form of [`binary`].
    inplace(vm, op: u64, a: Value, b: Value) {
        bits(vm.binary_op(BinaryOp::ALL[op as usize], a, b, true))
    }
    /// The rest of binary operator `op` (index in [`BinaryOp::ALL`], 256 more for the augmented form), whose method has returned
    /// NotImplemented.
    binary_rest(vm, op: u64, a: Value, b: Value) {
        bits(vm.binary_op_rest(BinaryOp::ALL[op as usize & 255], a, b, op >> 8 != 0))
    }
    /// Comparison `op` (index in [`CompareOp::ALL`]) as an object.
    compare(vm, op: u64, a: Value, b: Value) {
        bits(vm.compare(CompareOp::ALL[op as usize], a, b))
    }
    /// `item in container`.
    contains(vm, container: Value, item: Value) { truth(vm.contains(container, item)) }
    /// `object[key]`.
    get_item(vm, object: Value, key: Value) { bits(vm.getitem(object, key)) }
    /// `object[key] = value`.
    set_item(vm, object: Value, key: Value, value: Value) {
        u64::from(vm.setitem(object, key, Some(value)).is_ok())
    }
    /// `object[start:stop:step]`; no slice object is made for a list.
    get_slice(vm, object: Value, start: Value, stop: Value, step: Value) {
        if let (Some(list), Some(parts)) = (exact_list(vm, object), slice_parts(start, stop, step)) {
            return list.slice_parts(vm, parts).bits();
        }
        bits(vm.getitem(object, Slice::new(&vm.heap, start, stop, step).value()))
    }
    /// `object[start:stop:step] = value`.
    set_slice(vm, object: Value, start: Value, stop: Value, step: Value, value: Value) {
        if let (Some(list), Some(parts)) = (exact_list(vm, object), slice_parts(start, stop, step)) {
            return u64::from(list.assign_parts(vm, parts, value).is_ok());
        }
        let slice = Slice::new(&vm.heap, start, stop, step).value();
        u64::from(vm.setitem(object, slice, Some(value)).is_ok())
    }
    /// The next item of an iterator, in `n` registers if it can be taken apart at once: then 2. Else its bits, 0 at the end, 1 when it raised.
    next_parts(vm, iterator: Value, out: *mut Option<Value>, n: usize) {
        // SAFETY: the registers belong to the window.
        match unsafe { step_into(vm, iterator, out, n) } {
            Some(Ok(true)) => 2,
            Some(Ok(false)) => 0,
            Some(Err(_)) => 1,
            None => match vm.next(iterator) {
                Ok(Some(v)) => v.bits(),
                Ok(None) => 0,
                Err(_) => 1,
            },
        }
    }
    /// Sends `value` into an iterator: the bits of what it yields; 0 when it has ended, with its result in `out`; 1 when it raised.
    send(vm, iterator: Value, value: Value, out: *mut Option<Value>) {
        // A suspended generator is resumed from here: chains of them are deep, and each native frame more makes returning through
        // them harder to predict.
        let sent = match iterator.downcast::<Generator>() {
            Some(g)
                if g.state.get() == GeneratorState::Suspended
                    && g.header().shape() != shape_id::ASYNC_GENERATOR =>
            {
                vm.resume(g, Some(value))
            }
            _ => vm.send(iterator, value),
        };
        match sent {
            Ok(Resumed::Yielded(v)) => v.bits(),
            Ok(Resumed::Returned(v)) => {
                // SAFETY: the register belongs to the window.
                unsafe { *out = Some(v) };
                0
            }
            Err(_) => 1,
        }
    }
    /// `-v`.
    negative(vm, v: Value) { bits(vm.unary_op(Special::Neg, v)) }
    /// `~v`.
    invert(vm, v: Value) { bits(vm.unary_op(Special::Invert, v)) }
    /// `iter(v)`.
    get_iter(vm, v: Value) { bits(vm.iter(v)) }
    /// Calls with `n` positional arguments. No callable means that the first argument is it.
    call(vm, callable: Option<Value>, args: *const Value, n: usize) {
        // SAFETY: promised by the caller.
        let args = unsafe { std::slice::from_raw_parts(args, n) };
        bits(match callable {
            Some(callable) => vm.call(callable, args),
            None => vm.call(args[0], &args[1..]),
        })
    }
    /// The TypeError for an `__init__` that has returned something.
    bad_init(vm, result: Value) {
        vm.type_error(format!("__init__() should return None, not '{}'", vm.type_of(result).name()));
        0
    }
}

/// Defines functions of the second kind.
macro_rules! runs_no_code {
    ($($(#[$doc:meta])* $name:ident($vm:ident $(, $arg:ident: $ty:ty)*) $body:block)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Safety
            /// The operands are as described.
            pub unsafe extern "C" fn $name($vm: &Vm $(, $arg: $ty)*) -> u64 { $body }
        )*
    };
}

runs_no_code! {
    /// A tuple of `n` values.
    make_tuple(vm, items: *const Value, n: usize) {
        // SAFETY: promised by the caller.
        vm.new_tuple(unsafe { std::slice::from_raw_parts(items, n) }).bits()
    }
    /// A list of `n` values.
    make_list(vm, items: *const Value, n: usize) {
        // SAFETY: promised by the caller.
        List::from_slice(&vm.heap, unsafe { std::slice::from_raw_parts(items, n) }).value().bits()
    }
    /// An empty list with room for `n` items, or for as many as are worth while if that is a guess gone wild.
    make_list_for(vm, n: i64) {
        List::with_room(&vm.heap, n.clamp(0, MOST_ROOM) as usize).value().bits()
    }
    /// An empty dict.
    make_dict(vm) { vm.new_dict().value().bits() }
    /// A function of the code, defined in `outer`.
    make_function(vm, outer: Gc<Function>, code: Gc<Code>) {
        super::calls::function_of(vm, outer, code).bits()
    }
    /// What `SetFunctionAttr` does: attribute number `which` of a function gets a value.
    set_function_attr(vm, function: Gc<Function>, value: Value, which: Value) {
        let which = which.as_small_int().map_or(usize::MAX, |i| i as usize);
        super::calls::set_attr_of_function(vm, function, value, which);
        1
    }
    /// `slice(start, stop, step)`.
    make_slice(vm, start: Value, stop: Value, step: Value) {
        Slice::new(&vm.heap, start, stop, step).value().bits()
    }
    /// A cell with this content, which may be empty.
    make_cell(vm, content: Option<Value>) { CellObject::new(&vm.heap, content).value().bits() }
    /// A function bound to its first argument.
    make_method(vm, function: Value, receiver: Value) { BoundMethod::new(&vm.heap, function, receiver).value().bits() }
    /// `range(start, stop, step)`, step not 0.
    make_range(vm, start: i64, stop: i64, step: i64) {
        Range::of_ints(vm, Int::Small(start), Int::Small(stop), Int::Small(step)).value().bits()
    }
    /// An iterator over `range(start, stop, step)`, step not 0.
    make_range_iter(vm, start: i64, stop: i64, step: i64) {
        RangeIter::new(&vm.heap, start, step, range_length(start, stop, step) as u64).value().bits()
    }
    /// An iterator over an exact list.
    make_list_iter(vm, list: Value) {
        SeqIter::new(&vm.heap, shape_id::LIST_ITERATOR, list, 0, 0).value().bits()
    }
    /// The same, the next item being that at `index`; at the largest index it has ended.
    make_list_iter_at(vm, list: Value, index: usize) {
        let iterator = SeqIter::new(&vm.heap, shape_id::LIST_ITERATOR, list, index, 0);
        if index == usize::MAX {
            iterator.container.set(None);
        }
        iterator.value().bits()
    }
    /// `enumerate(iterator, index)` of an iterator.
    make_enumerate(vm, iterator: Value, index: i64) { Enumerate::of_iterator(vm, iterator, index).bits() }
    /// `zip(first, second)` of two iterators.
    make_zip(vm, first: Value, second: Value) { Zip::of_iterators(vm, first, second).bits() }
    /// A fresh instance of a class that [`is_plain_class`] accepts. Words: its shape, its size (for machine code), what its first slots
    /// hold.
    make_instance(vm, words: *const u64, n: usize) {
        // SAFETY: promised by the caller.
        let words = unsafe { std::slice::from_raw_parts(words, n) };
        let instance = Instance::new(&vm.heap, &vm.shape(ShapeId(words[0] as u32)));
        for (slot, &word) in instance.words().iter().zip(&words[2..]) {
            slot.set(Value::from_bits(word));
        }
        instance.value().bits()
    }
    /// Operator `op` (index in [`BinaryOp::ALL`]) of ints; neither division nor power, no large shift.
    exact_int(vm, op: u64, a: Value, b: Value) { bits(vm.binary_op(BinaryOp::ALL[op as usize], a, b, false)) }
    /// The int of an unsigned word.
    box_word(vm, i: u64) { crate::object::int::from_i128(&vm.heap, i128::from(i)).bits() }
    /// `list[start:stop:step]` of an exact list; the parts are None or ints, the step is not 0.
    list_slice(vm, list: Gc<List>, start: Value, stop: Value, step: Value) {
        list.slice_parts(vm, int_parts(start, stop, step)).bits()
    }
    /// `list[start:stop] = other` of exact lists; the parts are None or ints.
    set_list_slice(vm, list: Gc<List>, start: Value, stop: Value, other: Value) {
        u64::from(list.assign_parts(vm, int_parts(start, stop, Value::none()), other).is_ok())
    }
    /// `list[start:stop] = other[from:to:step]` of exact lists; the parts are None or ints, the step is not 0.
    copy_list_slice(vm, list: Gc<List>, start: Value, stop: Value, other: Gc<List>, from: Value, to: Value, step: Value) {
        if list == other && let Some(n) = turns_beginning(&list, start, stop, from, to, step) {
            list.turn_around(vm, 0..n);
            return 1;
        }
        let (parts, source) = (int_parts(start, stop, Value::none()), int_parts(from, to, step));
        u64::from(list.copy_slice(vm, parts, other, source).is_ok())
    }
    /// Whether two ints of any size that are different objects count as the same one.
    same_int(_vm, a: Value, b: Value) { u64::from(a.is_same(b)) }
    /// Appends to an exact list.
    list_push(vm, list: Gc<List>, value: Value) {
        list.push(&vm.heap, value);
        1
    }
}

/// The native function behind a callable that takes its arguments as they are: a function of a module, or a method that was
/// found on the receiver's class.
pub fn native_target(callable: Value) -> Option<&'static FnDef> {
    let native = callable.downcast::<NativeFunction>()?;
    let plain = match native.header().shape() {
        shape_id::BUILTIN_FUNCTION => native.receiver.is_none(),
        shape_id::METHOD_DESCRIPTOR | shape_id::WRAPPER_DESCRIPTOR => true,
        _ => false,
    };
    if plain { native.def() } else { None }
}

/// The name of a function of `builtins`, whatever it is bound to now.
pub fn builtin_name(def: &'static FnDef) -> Option<&'static str> {
    let functions = crate::builtins::builtins::MODULE.functions;
    functions.as_ptr_range().contains(&(def as *const FnDef)).then_some(def.name)
}

/// Whether instances of a class are made the plain way: `object.__new__`, no metaclass; and nobody notices when one is not made,
/// because nobody wants it.
pub fn is_plain_class(vm: &Vm, class: Gc<Type>) -> bool {
    class.kind == Kind::Instance
        && !class.has(type_flag::ABSTRACT | type_flag::NO_CONSTRUCTOR | type_flag::HAS_FINALIZER)
        && class.header().shape() == shape_id::TYPE
        && vm.special(class, Special::New) == vm.special(vm.types.object, Special::New)
}

/// The native `__new__` of a built-in class that is all its constructor does.
pub fn native_constructor(vm: &Vm, class: Gc<Type>) -> Option<&'static FnDef> {
    if class.header().shape() != shape_id::TYPE
        || class.has(type_flag::NO_CONSTRUCTOR)
        || class == vm.types.type_
        || vm.special(class, Special::Init) != vm.special(vm.types.object, Special::Init)
    {
        return None;
    }
    let new = vm.special(class, Special::New)?.downcast::<NativeFunction>()?;
    let def = if new.owner == Some(class) { new.def()? } else { return None };
    (def.kind == crate::native::FnKind::New).then_some(def)
}
