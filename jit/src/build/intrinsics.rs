//! Native functions that are instructions of their own, for the arguments that they mostly get.
//!
//! They run no code of the program. What they do not cover is an ordinary call, or leaves: then the next version of the
//! unit calls.

use super::Builder;
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{Feedback, Insn};
use adder_interp::native::FnDef;
use adder_interp::object::function::NativeFunction;
use adder_interp::object::shape::{ShapeId, shape_id};
use adder_interp::object::str::Str;
use adder_interp::value::Value;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::dispatch::direct;

/// Whether a native function comes from the module of this name, whatever it is bound to now.
fn is_of_module(function: Value, name: &str) -> bool {
    let module = function.downcast::<NativeFunction>().and_then(|f| f.module);
    module.and_then(|m| m.downcast::<Str>()).is_some_and(|m| m.eq_str(name))
}

/// The character that is all of a string.
pub(super) fn narrow_character(v: Value) -> Option<u8> {
    let text = v.downcast::<Str>().filter(|s| s.header().shape() == shape_id::STR)?;
    match text.as_ref().unit_bytes() {
        &[c] if text.as_ref().unit_size() == 1 => Some(c),
        _ => None,
    }
}

impl Builder<'_, '_> {
    /// An item of `bytes(... for ...)`.
    pub(super) fn append_byte(&mut self, insn: Insn) -> bool {
        let args = self.boxed_range(insn.b() as usize, 2);
        self.tell(Helper::QuietByteArrayAppend, Ty::None, &args);
        let none = self.tagged_constant(Value::none());
        self.put(insn.a() as usize, none)
    }

    /// The result of calling a native function with these arguments, if there are instructions for it.
    pub(super) fn intrinsic(
        &mut self,
        callable: Value,
        def: &'static FnDef,
        args: &[ValueId],
    ) -> Option<ValueId> {
        if self.declines(self.pc) {
            return None;
        }
        if let &[x] = args
            && def.name == "sqrt"
            && is_of_module(callable, "math")
            && self.unit.ty(x) == Ty::Float
        {
            return Some(self.guard(Op::SqrtFloat, Ty::Float, &[x], 0));
        }
        match (direct::builtin_name(def)?, args) {
            ("len", &[v]) => {
                let v = self.boxed(v);
                Some(self.ask(Helper::QuietLen, Ty::Int, &[v]))
            }
            ("isinstance", &[v, class]) => {
                let (v, class) = (self.boxed(v), self.boxed(class));
                Some(self.ask(Helper::QuietIsInstance, Ty::Bool, &[v, class]))
            }
            ("min", [_, _, ..]) => self.extreme(args, CompareOp::Lt),
            ("max", [_, _, ..]) => self.extreme(args, CompareOp::Gt),
            ("abs", &[v]) => self.absolute(v),
            ("ord", &[v]) if self.unit.ty(v) == Ty::Any => {
                self.guard_shape(v, shape_id::STR.0);
                Some(self.guard(Op::Ord, Ty::Int, &[v], 0))
            }
            ("chr", &[v]) if self.unit.ty(v) == Ty::Int => {
                let v = self.guard(Op::Chr, Ty::Any, &[v], 0);
                self.state.shapes.insert(v, shape_id::STR.0);
                Some(v)
            }
            _ => None,
        }
    }

    /// The result of calling a method of a built-in container that runs no code for the usual keys and items.
    pub(super) fn container_method(&mut self, callable: Value, args: &[ValueId]) -> Option<ValueId> {
        let vm = self.source.vm;
        let shape = *self.state.shapes.get(args.first()?)?;
        if self.declines(self.pc) {
            return None;
        }
        let is = |class, name| vm.lookup(class, vm.intern(name)) == Some(callable);
        let (set, dict, list) = (vm.types.set, vm.types.dict, vm.types.list);
        match (ShapeId(shape), args) {
            (shape_id::SET, [_, _]) => {
                let helper = match () {
                    () if is(set, "add") => Helper::QuietSetAdd,
                    () if is(set, "discard") => Helper::QuietSetDiscard,
                    () if is(set, "remove") => Helper::QuietSetRemove,
                    () => return None,
                };
                self.tell(helper, Ty::None, args);
                Some(self.tagged_constant(Value::none()))
            }
            (shape_id::BYTEARRAY, [_, _]) if is(vm.types.bytearray, "append") => {
                self.tell(Helper::QuietByteArrayAppend, Ty::None, args);
                Some(self.tagged_constant(Value::none()))
            }
            (shape_id::DICT, &[own, key, ref default @ ..]) if default.len() <= 1 => {
                let (gets, inserts) = (is(dict, "get"), is(dict, "setdefault"));
                if !gets && !inserts {
                    return None;
                }
                let default = default.first().copied();
                let default = default.unwrap_or_else(|| self.tagged_constant(Value::none()));
                Some(match gets {
                    true => self.ask(Helper::QuietDictGet, Ty::Any, &[own, key, default]),
                    false => self.tell(Helper::QuietSetDefault, Ty::Any, &[own, key, default]),
                })
            }
            (shape_id::LIST, [_, _]) if is(list, "pop") => {
                Some(self.tell(Helper::QuietListPopAt, Ty::Any, args))
            }
            (shape_id::LIST, [_, _, _]) if is(list, "insert") => {
                self.tell(Helper::QuietListInsert, Ty::None, args);
                Some(self.tagged_constant(Value::none()))
            }
            (shape_id::LIST, [_]) if is(list, "pop") => Some(self.tell(Helper::QuietListPop, Ty::Any, args)),
            _ => None,
        }
    }

    /// `min` or `max` of ints or floats: the first that no other beats.
    fn extreme(&mut self, args: &[ValueId], beats: CompareOp) -> Option<ValueId> {
        let types: Vec<Ty> = args.iter().map(|&v| self.unit.ty(v)).collect();
        // One of the arguments was the result.
        let seen = self.f.insns[self.pc as usize].feedback();
        let result = match seen {
            Feedback::INT => Ty::Int,
            Feedback::FLOAT => Ty::Float,
            _ => Ty::Any,
        };
        let is =
            |ty: Ty| (result == ty || types.contains(&ty)) && types.iter().all(|&t| t == ty || t == Ty::Any);
        let (op, ty) = match () {
            // Of values that nothing is known of: ints, until that turns out to be wrong.
            () if seen == 0 && self.source.speculate && types.iter().all(|&t| t == Ty::Any) => {
                (Op::CmpInt, Ty::Int)
            }
            () if is(Ty::Int) => (Op::CmpInt, Ty::Int),
            () if is(Ty::Float) => (Op::CmpFloat, Ty::Float),
            () => return None,
        };
        let number = |b: &mut Self, v: ValueId| if ty == Ty::Int { b.int_value(v) } else { b.float_value(v) };
        let mut best = number(self, args[0]);
        for &v in &args[1..] {
            let v = number(self, v);
            let better = self.emit(op, Ty::Bool, &[v, best], beats as i64);
            best = self.emit(Op::Select, ty, &[better, v, best], 0);
        }
        Some(best)
    }

    fn absolute(&mut self, v: ValueId) -> Option<ValueId> {
        match self.unit.ty(v) {
            Ty::Int => {
                let zero = self.emit(Op::ConstInt, Ty::Int, &[], 0);
                let negative = self.emit(Op::CmpInt, Ty::Bool, &[v, zero], CompareOp::Lt as i64);
                let opposite = self.guard(Op::NegInt, Ty::Int, &[v], 0);
                Some(self.emit(Op::Select, Ty::Int, &[negative, opposite, v], 0))
            }
            Ty::Float => Some(self.emit(Op::AbsFloat, Ty::Float, &[v], 0)),
            _ => None,
        }
    }
}
