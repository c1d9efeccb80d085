//! One instruction at a time, for machine code: whatever has no machine code of its own is done here, by the functions that serve
//! the handlers' slow paths.
//!
//! [`step`] does exactly what the handler of the instruction does to the window, without going on. Operands lie in the window;
//! the position must be published by it, not by the caller. Jumps, returns, yields and exception handling are not here:
//! machine code does those itself or leaves ([`can_step`]).

use super::access::{Cached, hit, load_attr_slow, load_method_slow, load_special, slot_at, store_attr_slow};
use super::arith::{sum_add, unary_slow};
use super::basic::{exact_dict, global_or_builtin, load_global_slow, mapping_get};
use super::calls::{call_ex, call_slow, kwnames, load_build_class, make_function, set_function_attr};
use super::containers::{
    build_map, build_set, build_string, build_tuple_star, dict, dict_merge, dict_update, list_extend,
    list_to_tuple, not_a_set, set_update, unpack,
};
use super::generators::{end_async_for, get_aiter, get_anext, make_generator, yield_from_iter};
use super::super_sites::{super_attr, super_method};
use super::{F, basic, matching, rare};
use crate::native::Args;
use crate::object::exception::prepare_reraise_star;
use crate::object::function::NativeFunction;
use crate::object::header::Kind;
use crate::object::set::Set;
use crate::object::shape::shape_id;
use crate::object::tuple::Tuple;
use crate::object::typeobj::type_flag;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use crate::vm::tracing::INSTRUMENTED;
use adder_bytecode::{FRAME_HEADER, Insn, Op};

const H: usize = FRAME_HEADER as usize;

/// Whether [`step`] can do this instruction.
pub fn can_step(op: Op) -> bool {
    matches!(
        op,
        Op::Pos
            | Op::LoadName
            | Op::StoreName
            | Op::LoadGlobal
            | Op::StoreGlobal
            | Op::LoadAttr
            | Op::StoreAttr
            | Op::LoadMethod
            | Op::DelItem
            | Op::SumAdd
            | Op::BuildSet
            | Op::BuildMap
            | Op::BuildString
            | Op::SetAdd
            | Op::MapAdd
            | Op::UnpackSeq
            | Op::MakeFunction
            | Op::SetFunctionAttr
            | Op::Call
            | Op::CallMethod
            | Op::CallKw
            | Op::CallMethodKw
            | Op::CallEx
            | Op::FormatSimple
            | Op::FormatSpec
            | Op::Convert
            | Op::LoadSuperAttr
            | Op::LoadSuperMethod
            | Op::LoadSpecial
            | Op::DeleteAttr
            | Op::ImportName
            | Op::ImportFrom
            | Op::Intrinsic
            | Op::ListExtend
            | Op::SetUpdate
            | Op::DictUpdate
            | Op::DictMerge
            | Op::ListToTuple
            | Op::BuildTupleStar
            | Op::BuildInterpolation
            | Op::BuildTemplate
            | Op::LoadAssertionError
            | Op::MakeGenerator
            | Op::GetYieldFromIter
            | Op::GetAwaitable
            | Op::GetAIter
            | Op::GetANext
            | Op::AsyncGenWrap
            | Op::Raise
            | Op::Reraise
            | Op::CheckExcMatch
            | Op::CheckEgMatch
            | Op::PrepReraiseStar
            | Op::ExcTriple
            | Op::EndAsyncFor
            | Op::DeleteCell
            | Op::DeleteName
            | Op::DeleteGlobal
            | Op::LoadNameOrCell
            | Op::LoadDictOrCell
            | Op::LoadDictOrGlobal
            | Op::LoadBuildClass
            | Op::ImportStar
            | Op::MatchSequence
            | Op::MatchMapping
            | Op::MatchKeys
            | Op::MatchClass
            | Op::GetLen
    )
}

/// Does the instruction at `pc`. The bits of its result (1 when it has none), 0 when it raised.
///
/// # Safety
/// `pc`, `base` and `words` belong to an entered window of `vm`, whose registers hold the instruction's operands.
pub unsafe extern "C" fn step(pc: *const Insn, base: *mut Option<Value>, words: *mut u64, vm: &Vm) -> u64 {
    // SAFETY: promised by the caller.
    let f = F { pc, base, words, vm, insn: unsafe { *pc } };
    f.publish();
    let op = if f.insn.op_byte() == INSTRUMENTED {
        // Monitoring was switched on while machine code was on the stack, which leaves at its next poll or call. The live
        // word keeps its byte: feedback is written through it.
        let code = f.window().code();
        code.as_ref().unit().insns[code.as_ref().index_of(pc)].op()
    } else {
        f.insn.op()
    };
    match perform(f, op) {
        Ok(Some(v)) => {
            f.set(f.a(), v);
            v.bits()
        }
        Ok(None) => 1,
        Err(Raised) => 0,
    }
}

/// The truth of a value: 0, 1, or 2 when it raised.
///
/// # Safety
/// As for [`step`].
pub unsafe extern "C" fn truth(pc: *const Insn, base: *mut Option<Value>, vm: &Vm, value: Value) -> u64 {
    vm.base.set(base);
    vm.pc.set(pc);
    match vm.truthy(value) {
        Ok(t) => t as u64,
        Err(Raised) => 2,
    }
}

/// The length of a value, -1 when it raised.
///
/// # Safety
/// As for [`step`].
pub unsafe extern "C" fn length(pc: *const Insn, base: *mut Option<Value>, vm: &Vm, value: Value) -> i64 {
    vm.base.set(base);
    vm.pc.set(pc);
    vm.length(value).map_or(-1, |n| n as i64)
}

/// The next item of an iterator: its bits, 0 at the end, 1 when it raised.
///
/// # Safety
/// As for [`step`].
pub unsafe extern "C" fn next_item(
    pc: *const Insn,
    base: *mut Option<Value>,
    vm: &Vm,
    iterator: Value,
) -> u64 {
    vm.base.set(base);
    vm.pc.set(pc);
    match vm.next(iterator) {
        Ok(Some(v)) => v.bits(),
        Ok(None) => 0,
        Err(Raised) => 1,
    }
}

/// The value of an int that does not fit a word.
///
/// # Safety
/// None: `extern "C"` for machine code.
pub unsafe extern "C" fn box_int(vm: &Vm, i: i64) -> u64 {
    crate::object::int::from_i64(&vm.heap, i).bits()
}

/// The write barrier of `owner` for a store into `slot`.
///
/// # Safety
/// `owner` is a heap object and `slot` one of its fields.
pub unsafe extern "C" fn barrier(vm: &Vm, owner: Value, slot: &std::cell::Cell<Option<Value>>) {
    if let (Some(header), Some(value)) = (owner.header(), slot.get()) {
        vm.heap.barrier_slot(header, slot, value);
    }
}

fn perform(f: F<'_>, op: Op) -> PyResult<Option<Value>> {
    match op {
        Op::Pos => unary_slow(f, Special::Pos).map(Some),
        Op::LoadAttr => load_attr(f).map(Some),
        Op::StoreAttr => store_attr(f).map(|()| None),
        Op::LoadMethod => load_method(f).map(|()| None),
        Op::SumAdd => sum_add(f).map(|()| None),
        Op::DelItem => f.vm.setitem(f.reg(f.a()), f.reg(f.b()), None).map(|()| None),
        Op::Call | Op::CallMethod | Op::CallKw | Op::CallMethodKw | Op::CallEx => call(f, op).map(Some),
        Op::LoadName | Op::StoreName | Op::LoadGlobal | Op::StoreGlobal => name(f, op),
        _ => build(f, op),
    }
}

/// Index of the operator in [`BinaryOp::ALL`].
pub fn binary_index(op: Op) -> usize {
    let kind = match op {
        Op::Add | Op::AddK => BinaryOp::Add,
        Op::Sub | Op::SubK => BinaryOp::Sub,
        Op::Mul | Op::MulK => BinaryOp::Mul,
        Op::TrueDiv | Op::TrueDivK => BinaryOp::TrueDiv,
        Op::FloorDiv | Op::FloorDivK => BinaryOp::FloorDiv,
        Op::Mod | Op::ModK => BinaryOp::Mod,
        Op::Pow | Op::PowK => BinaryOp::Pow,
        Op::And | Op::AndK => BinaryOp::And,
        Op::Or | Op::OrK => BinaryOp::Or,
        Op::Xor | Op::XorK => BinaryOp::Xor,
        Op::Shl | Op::ShlK => BinaryOp::Shl,
        Op::Shr | Op::ShrK => BinaryOp::Shr,
        _ => BinaryOp::MatMul,
    };
    kind as usize
}

/// A comparison of any values: the truth as 0 or 1, 2 when it raised.
///
/// # Safety
/// As for [`step`].
pub unsafe extern "C" fn compare_truth(
    pc: *const Insn,
    base: *mut Option<Value>,
    vm: &Vm,
    op: u64,
    a: Value,
    b: Value,
) -> u64 {
    vm.base.set(base);
    vm.pc.set(pc);
    match vm.compare_bool(CompareOp::ALL[op as usize], a, b) {
        Ok(t) => t as u64,
        Err(Raised) => 2,
    }
}

fn load_attr(f: F<'_>) -> PyResult {
    let object = f.reg(f.b());
    if let Some(header) = object.header()
        && let Some((kind, payload)) = hit(f, f.c(), header)
    {
        let cached = if kind == Cached::Slot as u64 {
            slot_at(header, payload).get()
        } else if kind == Cached::Plain as u64 {
            Value::from_bits(payload)
        } else {
            None
        };
        if let Some(v) = cached {
            return Ok(v);
        }
    }
    load_attr_slow(f, object)
}

fn store_attr(f: F<'_>) -> PyResult<()> {
    let object = f.reg(f.a());
    if let Some(header) = object.header()
        && let Some((kind, payload)) = hit(f, f.c(), header)
        && kind == Cached::Slot as u64
    {
        let value = f.reg(f.b());
        slot_at(header, payload).set(Some(value));
        f.vm.heap.barrier(header, value);
        return Ok(());
    }
    store_attr_slow(f, object)
}

fn load_method(f: F<'_>) -> PyResult<()> {
    let object = f.reg(f.b());
    let at = f.a() + H;
    if let Some(header) = object.header()
        && let Some((kind, payload)) = hit(f, f.c(), header)
        && kind == Cached::Method as u64
    {
        f.set_opt(at - 1, Value::from_bits(payload));
        f.set(at, object);
        return Ok(());
    }
    load_method_slow(f, object)
}

/// A native method that `LoadMethod` found on the receiver's class: the receiver needs no check.
fn call_native_method(f: F<'_>, callable: Value, at: usize, nargs: usize) -> PyResult {
    match callable.downcast::<NativeFunction>().and_then(|n| n.def()) {
        Some(def) => def.call(f.vm, Args::new(f.regs(at, nargs), None)),
        None => f.vm.call(callable, f.regs(at, nargs)),
    }
}

fn call(f: F<'_>, op: Op) -> PyResult {
    let at = f.a() + H;
    match op {
        Op::Call => call_slow(f, at, f.b(), None),
        Op::CallMethod => match f.reg_opt(at - 1) {
            Some(callable) if callable.kind() == Some(Kind::NativeFunction) => {
                call_native_method(f, callable, at, f.b() + 1)
            }
            Some(_) => call_slow(f, at, f.b() + 1, None),
            None => call_slow(f, at + 1, f.b(), None),
        },
        Op::CallKw => {
            let names = kwnames(f);
            call_slow(f, at, f.b() - names.len(), Some(names))
        }
        Op::CallMethodKw => {
            let names = kwnames(f);
            if f.reg_opt(at - 1).is_some() {
                call_slow(f, at, f.b() + 1 - names.len(), Some(names))
            } else {
                call_slow(f, at + 1, f.b() - names.len(), Some(names))
            }
        }
        _ => call_ex(f),
    }
}

fn name(f: F<'_>, op: Op) -> PyResult<Option<Value>> {
    let vm = f.vm;
    match op {
        Op::LoadName => match mapping_get(vm, f.reg(0), f.name(f.c()))? {
            Some(v) => Ok(Some(v)),
            None => global_or_builtin(f, f.name(f.c())).map(Some),
        },
        Op::StoreName => {
            let namespace = f.reg(0);
            match exact_dict(namespace) {
                Some(dict) => dict.insert_str(&vm.heap, f.name(f.c()), f.reg(f.a())),
                None => vm.setitem(namespace, f.name(f.c()).value(), Some(f.reg(f.a())))?,
            }
            Ok(None)
        }
        Op::LoadGlobal => load_global_slow(f).map(Some),
        _ => {
            f.window().function().globals.insert_str(&vm.heap, f.name(f.c()), f.reg(f.a()));
            Ok(None)
        }
    }
}

fn build(f: F<'_>, op: Op) -> PyResult<Option<Value>> {
    let vm = f.vm;
    let value = match op {
        Op::BuildSet => build_set(f)?,
        Op::BuildMap => build_map(f)?,
        Op::BuildString => build_string(f)?,
        Op::LoadSuperAttr => super_attr(f)?,
        Op::LoadSpecial => load_special(f)?,
        Op::ImportName => rare::import_name(f)?,
        Op::ImportFrom => rare::import_from(f)?,
        Op::Intrinsic => rare::intrinsic(f)?,
        Op::BuildInterpolation => rare::build_interpolation(f)?,
        Op::BuildTemplate => rare::build_template(f)?,
        Op::ListToTuple => list_to_tuple(f),
        Op::BuildTupleStar => build_tuple_star(f)?,
        Op::LoadAssertionError => vm.exceptions.assertion_error.value(),
        Op::MakeFunction => make_function(f),
        Op::Convert => rare::convert(f)?,
        Op::FormatSimple if vm.shape_of(f.reg(f.b())) == shape_id::STR => f.reg(f.b()),
        Op::MakeGenerator => make_generator(f),
        Op::GetYieldFromIter => yield_from_iter(f)?,
        Op::GetAwaitable => vm.get_awaitable(f.reg(f.b()), f.c())?,
        Op::GetAIter => get_aiter(f)?,
        Op::GetANext => get_anext(f)?,
        Op::AsyncGenWrap => vm.wrap_async_value(f.reg(f.b())),
        Op::FormatSimple => vm.format(f.reg(f.b()), vm.empty_str.value())?,
        Op::FormatSpec => vm.format(f.reg(f.b()), f.reg(f.c()))?,
        Op::PrepReraiseStar => prepare_reraise_star(vm, f.reg(f.b()), f.reg(f.c()))?,
        Op::LoadNameOrCell => basic::mapping_or_cell(f, f.reg(0))?,
        Op::LoadDictOrCell => basic::mapping_or_cell(f, f.reg(f.a()))?,
        Op::LoadDictOrGlobal => basic::mapping_or_global(f)?,
        Op::LoadBuildClass => load_build_class(f)?,
        Op::MatchSequence => Value::bool(matching::has_flag(f, type_flag::SEQUENCE)),
        Op::MatchMapping => Value::bool(matching::has_flag(f, type_flag::MAPPING)),
        Op::MatchKeys => matching::match_keys(f)?,
        Op::MatchClass => matching::match_class(f)?,
        Op::GetLen => matching::length(f)?,
        _ => return change(f, op).map(|()| None),
    };
    Ok(Some(value))
}

fn change(f: F<'_>, op: Op) -> PyResult<()> {
    let vm = f.vm;
    match op {
        Op::SetAdd => match f.reg(f.a()).downcast::<Set>() {
            Some(set) => set.add(vm, f.reg(f.b())).map(drop)?,
            None => return Err(not_a_set(f)),
        },
        Op::MapAdd => dict(f).insert(vm, f.reg(f.b()), f.reg(f.b() + 1))?,
        Op::SetFunctionAttr => set_function_attr(f),
        Op::UnpackSeq => match f.reg(f.b()).downcast::<Tuple>() {
            Some(t) if vm.shape_of(t.value()) == shape_id::TUPLE && t.len() == f.c() => {
                (0..f.c()).for_each(|i| f.set(f.a() + i, t[i]));
            }
            _ => unpack(f, f.reg(f.b()))?,
        },
        Op::LoadSuperMethod => super_method(f)?,
        Op::DeleteAttr => vm.setattr(f.reg(f.a()), f.name(f.c()), None)?,
        Op::ListExtend => list_extend(f)?,
        Op::SetUpdate => set_update(f)?,
        Op::DictUpdate => dict_update(f)?,
        Op::DictMerge => dict_merge(f)?,
        Op::Raise => return Err(super::exceptions::raise(f)),
        Op::Reraise => return Err(f.vm.reraise_value(f.reg(f.a()))),
        Op::CheckExcMatch => f.set(f.a(), super::exceptions::check_match(f)?),
        Op::CheckEgMatch => super::exceptions::check_group_match(f)?,
        Op::ExcTriple => super::exceptions::exception_triple(f),
        Op::EndAsyncFor => end_async_for(f)?,
        Op::DeleteCell => basic::delete_cell(f)?,
        Op::DeleteName => basic::delete_name(vm, f.reg(0), f.name(f.c()))?,
        Op::DeleteGlobal => basic::delete_global(f)?,
        Op::ImportStar => rare::import_star(f)?,
        op => unreachable!("{op:?} is not in can_step"),
    }
    Ok(())
}
