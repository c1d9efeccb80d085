//! Operators on instances of Python classes: calls of their methods, direct or inlined.
//!
//! The interpreter puts the shapes of the operands on record, under the address of the instruction (left) and the address after
//! it (right). The callee's window begins behind the caller's registers: an operator has no outgoing area. The result goes where any
//! result goes, but for `NotImplemented`: an inlined method that returns it is left at its `Return` with a link word that tells
//! the interpreter to go on with the operator ([`LINK_OPERATOR`](adder_interp::vm::frame::LINK_OPERATOR)).

use super::Builder;
use super::inline::Role;
use crate::hir::helpers::Helper;
use crate::hir::*;
use crate::runtime::MAX_SHAPES;
use adder_bytecode::{FRAME_HEADER, Feedback, Insn, Op as B};
use adder_interp::object::function::Function;
use adder_interp::object::header::Gc;
use adder_interp::object::shape::{ShapeId, shape_id};
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::dispatch::step::binary_index;
use adder_interp::vm::ops::BinaryOp;
use adder_interp::vm::special::Special;

impl Builder<'_, '_> {
    /// The shapes on record for an operand of the present instruction; what is known about its value comes first.
    fn shapes_of_operand(&self, v: ValueId, right: bool) -> Vec<ShapeId> {
        match self.unit.ty(v) {
            Ty::Int | Ty::Word | Ty::Wide => return vec![shape_id::INT],
            Ty::Float => return vec![shape_id::FLOAT],
            Ty::Bool => return vec![shape_id::BOOL],
            _ => {}
        }
        if let Some(&shape) = self.state.shapes.get(&v) {
            return vec![ShapeId(shape)];
        }
        let site = self.f.code.as_ref().entry() as usize + 8 * self.pc as usize + usize::from(right);
        self.source.vm.noted_shapes(site).map(ShapeId).collect()
    }

    /// The class of instances of this shape, if it is a Python class.
    fn class_of_shape(&self, shape: ShapeId) -> Option<Gc<Type>> {
        // Each class has a method for that.
        self.source.vm.method_of_shape(shape, Special::Repr).map(|found| found.0)
    }

    /// Guards that a value is of this shape; the value, perhaps in another representation.
    pub(super) fn guard_operand(&mut self, v: ValueId, shape: ShapeId) -> ValueId {
        match (self.unit.ty(v), shape) {
            (Ty::Any, shape_id::FLOAT) => self.float_value(v),
            (Ty::Any, shape_id::INT) => self.int_value(v),
            (Ty::Any, _) => {
                self.guard_shape(v, shape.0);
                v
            }
            _ => v,
        }
    }

    /// The Python function behind a method of a class that can be relied on.
    fn reliable(&mut self, class: Gc<Type>, method: Value, nargs: usize) -> Option<Gc<Function>> {
        let stable = class.version.get() != 0 && (self.source.stable)(class.as_ptr() as usize);
        let function = method.downcast::<Function>().filter(|_| stable)?;
        let simple = function.simple_args.get() as usize == nargs;
        self.callee(function).filter(|_| simple).map(|_| function)
    }

    /// The class of a shape is relied on: its methods and bases.
    fn rely_on_shape(&mut self, shape: ShapeId) {
        if let Some(class) = self.class_of_shape(shape) {
            self.rely_on_class(class);
        }
    }

    /// A binary operator on instances. `None` when it has to be left to the runtime, else whether the block goes on.
    pub(super) fn instance_binary(&mut self, insn: Insn, constant: bool) -> Option<bool> {
        if insn.feedback() & Feedback::OTHER == 0 {
            return None;
        }
        let (x, y) = (self.read(insn.b() as usize), self.right(insn, constant));
        let lefts = self.shapes_of_operand(x, false);
        let &[right] = &self.shapes_of_operand(y, true)[..] else { return None };
        if lefts.is_empty() || lefts.len() > MAX_SHAPES {
            return None;
        }
        if lefts.len() > 1 && !lefts.iter().all(|&s| self.class_of_shape(s).is_some()) {
            return None;
        }
        let op = BinaryOp::ALL[binary_index(insn.op())];
        let inplace = insn.feedback() & Feedback::INPLACE != 0;
        let mut ways = Vec::new();
        for &shape in &lefts {
            let (class, method, reflected) = self.source.vm.operator_method(op, (shape, right), inplace)?;
            ways.push((self.reliable(class, method, 2)?, reflected));
        }
        let y = self.guard_operand(y, right);
        self.rely_on_shape(right);
        Some(self.by_shape(x, &lefts, &mut |b, way, x| {
            b.rely_on_shape(lefts[way]);
            // The right operand's method is called with the left one.
            let (function, reflected) = ways[way];
            let args = if reflected { [y, x] } else { [x, y] };
            b.call_method(insn, function, &args, Some([x, y]))
        }))
    }

    /// `-x`, `~x`, `x[key]` of an instance; likewise.
    pub(super) fn instance_method(
        &mut self,
        insn: Insn,
        special: Special,
        object: ValueId,
        key: Option<ValueId>,
    ) -> Option<bool> {
        if insn.feedback() & Feedback::OTHER == 0 {
            return None;
        }
        let shapes = self.shapes_of_operand(object, false);
        if shapes.is_empty() || shapes.len() > MAX_SHAPES {
            return None;
        }
        let mut ways = Vec::new();
        for &shape in &shapes {
            let (class, method) = self.source.vm.method_of_shape(shape, special)?;
            ways.push(self.reliable(class, method, 1 + usize::from(key.is_some()))?);
        }
        Some(self.by_shape(object, &shapes, &mut |b, way, object| {
            b.rely_on_shape(shapes[way]);
            let args: Vec<ValueId> = std::iter::once(object).chain(key).collect();
            b.call_method(insn, ways[way], &args, None)
        }))
    }

    /// Calls a method for an instruction whose result goes to `a`. `operands`: it is a binary operator's, and `NotImplemented` is not
    /// the result.
    fn call_method(
        &mut self,
        insn: Insn,
        function: Gc<Function>,
        args: &[ValueId],
        operands: Option<[ValueId; 2]>,
    ) -> bool {
        let at = self.f.nregs + FRAME_HEADER as usize;
        let function_value = self.tagged_constant(function.value());
        if self.may_inline_function(function) {
            self.rely_on_code(function);
            let role = if operands.is_some() { Role::Operator } else { Role::Call };
            return self.inline_at(insn, at, (function.code.get(), function_value), args, role);
        }
        let Some(callee) = self.callee(function) else { return self.step(insn) };
        self.rely_on_code(function);
        self.guard(Op::CallCheck, Ty::None, &[], (self.at(at) + callee.nregs) as i64);
        let args: Vec<ValueId> = args.iter().map(|&v| self.boxed(v)).collect();
        let operands = operands.map(|o| o.map(|v| self.boxed(v)));
        self.send_visible_home();
        let index = self.unit.callees.len();
        self.unit.callees.push(callee);
        let mut result = self.guard(Op::CallDirect, Ty::Any, &args, index as i64);
        self.unit.insts[result.0 as usize].imm2 = self.at(at) as i64;
        self.forget_memory();
        if let Some([x, y]) = operands {
            result = self.binary_rest(insn, result, x, y);
        }
        self.set(insn.a() as usize, result);
        self.guard_frame(self.pc + 1);
        true
    }

    /// The result of an operator whose method has returned `v`.
    fn binary_rest(&mut self, insn: Insn, v: ValueId, x: ValueId, y: ValueId) -> ValueId {
        let unknown = self.tagged_constant(Value::not_implemented());
        let same = self.emit(Op::SameBits, Ty::Bool, &[v, unknown], 0);
        let (yes, no) = self.split(same);
        let done = self.new_block();
        self.block = yes;
        self.unit.blocks[yes.0 as usize].cold = true;
        let inplace = i64::from(insn.feedback() & Feedback::INPLACE != 0);
        let op = binary_index(insn.op()) as i64 | inplace << 8;
        let op = self.emit(Op::ConstInt, Ty::Int, &[], op);
        let rest = self.guard(Op::Helper, Ty::Any, &[op, x, y], Helper::BinaryRest as i64);
        self.finish(Term::Jump(Edge { to: done, args: vec![rest] }));
        self.block = no;
        self.finish(Term::Jump(Edge { to: done, args: vec![v] }));
        self.block = done;
        self.current = None;
        self.param(Ty::Any, 0)
    }

    /// Leaves at the return from an operator's method if it does not know the operands.
    pub(super) fn leave_if_not_implemented(&mut self, v: ValueId) {
        let unknown = Value::not_implemented();
        let inst = self.unit.inst(v);
        let known = match inst.op {
            Op::ConstValue => inst.imm != unknown.bits() as i64,
            op => op == Op::Make || inst.ty != Ty::Any,
        };
        if known || self.state.shapes.contains_key(&v) {
            return;
        }
        let unknown = self.tagged_constant(unknown);
        let same = self.emit(Op::SameBits, Ty::Bool, &[v, unknown], 0);
        let (yes, no) = self.split(same);
        self.block = yes;
        self.exit(Reason::Guard);
        self.block = no;
        self.current = None;
    }

    /// The special method of a unary operator.
    pub(super) fn unary_special(op: B) -> Special {
        if op == B::Neg { Special::Neg } else { Special::Invert }
    }
}
