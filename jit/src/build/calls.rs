//! Calls.

use super::state::Val;
use super::{Builder, MAX_ARGS};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{CodeFlags, FRAME_HEADER, Insn};
use adder_interp::object::function::Function;
use adder_interp::object::header::{Gc, Kind};
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::dispatch::direct;
use adder_interp::vm::special::Special;

/// Most arguments of a native function that is called directly.
const MAX_NATIVE_ARGS: usize = 8;

impl Builder<'_, '_> {
    /// A call with `nargs` arguments lying ready: direct when the callee is known.
    pub(super) fn call(&mut self, insn: Insn, nargs: usize) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let Val::V(callable) = self.state.slot(self.at(at - 1)).val else {
            return self.call_any(insn, nargs);
        };
        if self.is_empty(callable) {
            return self.call_unbound(insn, nargs);
        }
        let Some(known) = self.known(callable) else {
            return match self.candidates.get(&callable).cloned() {
                Some(candidates) => self.call_one_of(insn, callable, &candidates, nargs),
                None => self.call_any(insn, nargs),
            };
        };
        match known.kind() {
            Some(Kind::Function) => match known.downcast::<Function>() {
                Some(function) => self.call_function(insn, function, nargs, None),
                None => self.step(insn),
            },
            Some(Kind::NativeFunction) => self.call_native(insn, known, nargs),
            Some(Kind::Type) => match known.downcast::<Type>() {
                Some(class) => self.call_class(insn, class, nargs),
                None => self.step(insn),
            },
            _ => self.step(insn),
        }
    }

    /// A method call whose callable came without a receiver: it lies where the first argument would. If it is known, everything moves
    /// one register down.
    fn call_unbound(&mut self, insn: Insn, nargs: usize) -> bool {
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let callable = self.read(at);
        let Some(known) = self.known(callable).filter(|&k| self.is_direct(k, nargs - 1)) else {
            return self.call_any(insn, nargs);
        };
        // Whoever leaves before the call finds the registers as they were.
        let state = self.frame_state(self.pc);
        let values: Vec<ValueId> = (at..at + nargs).map(|r| self.read(r)).collect();
        values.into_iter().enumerate().for_each(|(i, v)| self.set(at - 1 + i, v));
        self.current = Some((self.pc, state));
        match known.downcast::<Function>() {
            Some(function) => self.call_function(insn, function, nargs - 1, None),
            None => self.call_native(insn, known, nargs - 1),
        }
    }

    /// Whether a callable can be called without an instruction of the interpreter.
    fn is_direct(&mut self, callable: Value, nargs: usize) -> bool {
        match callable.downcast::<Function>() {
            Some(function) => self.callee(function, nargs).is_some(),
            None => {
                callable.kind() == Some(Kind::NativeFunction)
                    && nargs <= MAX_NATIVE_ARGS
                    && direct::native_target(callable).is_some()
            }
        }
    }

    /// Calls the callable, which is one of several: each gets a call of its own.
    fn call_one_of(&mut self, insn: Insn, callable: ValueId, candidates: &[Value], nargs: usize) -> bool {
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let pc = self.pc;
        let mut ways = Vec::new();
        for (i, &candidate) in candidates.iter().enumerate() {
            let rest = if i + 1 < candidates.len() {
                let constant = self.tagged_constant(candidate);
                let same = self.emit(Op::SameBits, Ty::Bool, &[callable, constant], 0);
                let (yes, no) = self.split(same);
                self.block = yes;
                Some((no, self.state.clone()))
            } else {
                None
            };
            let constant = self.tagged_constant(candidate);
            self.set(at - 1, constant);
            if self.call(insn, nargs) {
                ways.push((self.block, self.state.clone()));
            }
            if let Some((block, state)) = rest {
                (self.block, self.state) = (block, state);
                self.current = None;
            }
        }
        if ways.is_empty() {
            return false;
        }
        self.merge(pc + 1, ways);
        self.pc = pc;
        true
    }

    /// Calls whatever lies ready: Python functions without detour.
    fn call_any(&mut self, insn: Insn, nargs: usize) -> bool {
        if nargs > MAX_ARGS {
            return self.step(insn);
        }
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let callable = self.read(at - 1);
        let mut args = vec![self.boxed(callable)];
        args.extend(self.boxed_range(at, nargs));
        self.send_visible_home();
        let result = self.guard(Op::CallAny, Ty::Any, &args, 0);
        self.unit.insts[result.0 as usize].imm2 = self.at(at) as i64;
        self.call_is_over(a, result)
    }

    /// Relies on a function having the code it has now.
    pub(super) fn rely_on_code(&mut self, function: Gc<Function>) {
        let code = function.code.get();
        let entry = (function.as_ptr() as usize, code.as_ptr() as usize);
        if !self.unit.functions.contains(&entry) {
            self.unit.functions.push(entry);
            self.roots.extend([function.value(), code.value()]);
        }
    }

    /// Calls a Python function; with an instance as first argument that is not in the window, its `__init__`.
    fn call_function(
        &mut self,
        insn: Insn,
        function: Gc<Function>,
        nargs: usize,
        instance: Option<ValueId>,
    ) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let total = nargs + usize::from(instance.is_some());
        let Some(callee) = self.callee(function, total) else { return self.step(insn) };
        if self.may_inline(function) {
            let function_value = self.tagged_constant(function.value());
            return self.inline_call(insn, function, function_value, nargs, instance);
        }
        self.rely_on_code(function);
        self.guard(Op::CallCheck, Ty::None, &[], (self.at(at) + callee.nregs) as i64);
        let mut args: Vec<ValueId> = instance.into_iter().collect();
        args.extend(self.boxed_range(at, nargs));
        self.send_visible_home();
        let index = self.unit.callees.len();
        self.unit.callees.push(callee);
        let mut result = self.guard(Op::CallDirect, Ty::Any, &args, index as i64);
        self.unit.insts[result.0 as usize].imm2 = self.at(at) as i64;
        if let Some(instance) = instance {
            result = self.guard(Op::InitResult, Ty::Any, &[result, instance], 0);
        }
        self.call_is_over(a, result)
    }

    /// The result of a call that may have run any code is there.
    pub(super) fn call_is_over(&mut self, a: usize, result: ValueId) -> bool {
        self.forget_memory();
        self.clobber(a);
        self.set(a, result);
        self.guard_frame(self.pc + 1);
        true
    }

    fn call_native(&mut self, insn: Insn, callable: Value, nargs: usize) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let Some(def) = direct::native_target(callable).filter(|_| nargs <= MAX_NATIVE_ARGS) else {
            return self.step(insn);
        };
        let plain: Vec<ValueId> = (at..at + nargs).map(|r| self.read(r)).collect();
        if let Some(v) = self.intrinsic(callable, def, &plain) {
            self.clobber(a);
            return self.put(a, v);
        }
        let vm = self.source.vm;
        if nargs == 1 && direct::builtin_name(def) == Some("len") {
            let v = self.boxed(plain[0]);
            self.send_visible_home();
            let n = self.guard(Op::Length, Ty::Int, &[v], 0);
            return self.call_is_over(a, n);
        }
        let args = self.boxed_range(at, nargs);
        if let [list, item] = args[..]
            && self.state.shapes.get(&list) == Some(&shape_id::LIST.0)
            && vm.lookup(vm.types.list, vm.intern("append")) == Some(callable)
        {
            self.push_to_list(list, item);
            let none = self.tagged_constant(Value::none());
            self.clobber(a);
            return self.put(a, none);
        }
        if let Some(v) = self.container_method(callable, &args) {
            self.clobber(a);
            return self.put(a, v);
        }
        self.send_visible_home();
        let result = self.guard(Op::CallNative, Ty::Any, &args, def.func as usize as i64);
        self.call_is_over(a, result)
    }

    /// A class whose version is checked: a plain one, or a built-in one with a native constructor.
    fn call_class(&mut self, insn: Insn, class: Gc<Type>, nargs: usize) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let vm = self.source.vm;
        if class == vm.types.range && (1..=3).contains(&nargs) {
            // Ints as a rule.
            for r in at..at + nargs {
                if self.source.speculate && self.read_type(r) == Ty::Any {
                    self.int(r);
                }
            }
        }
        if class == vm.types.range && (1..=3).contains(&nargs) && self.range_of_ints(at, nargs) {
            return self.make_range(a, at, nargs);
        }
        if let Some(pair) = self.make_pair(class, at, nargs) {
            self.clobber(a);
            return self.put(a, pair);
        }
        if let Some(new) = direct::native_constructor(vm, class)
            && nargs < MAX_NATIVE_ARGS
        {
            let mut args = vec![self.tagged_constant(class.value())];
            args.extend(self.boxed_range(at, nargs));
            self.send_visible_home();
            let result = self.guard(Op::CallNative, Ty::Any, &args, new.func as usize as i64);
            return self.call_is_over(a, result);
        }
        let init = vm.special(class, Special::Init);
        let stable = class.version.get() != 0 && (self.source.stable)(class.as_ptr() as usize);
        if !stable || !direct::is_plain_class(vm, class) {
            return self.step(insn);
        }
        let init_function = init.and_then(|i| i.downcast::<Function>());
        match init_function {
            Some(init) if self.callee(init, nargs + 1).is_some() => {
                self.rely_on_class(class);
                let instance = self.make_instance(class);
                self.call_function(insn, init, nargs, Some(instance))
            }
            None if nargs == 0 && init == vm.special(vm.types.object, Special::Init) => {
                self.rely_on_class(class);
                let instance = self.make_instance(class);
                self.clobber(a);
                self.put(a, instance)
            }
            _ => self.step(insn),
        }
    }

    fn make_instance(&mut self, class: Gc<Type>) -> ValueId {
        let class_value = self.tagged_constant(class.value());
        let instance = self.emit(Op::Make, Ty::Any, &[class_value], Helper::MakeInstance as i64);
        self.state.shapes.insert(instance, class.root_shape().id.0);
        instance
    }

    fn range_of_ints(&self, at: usize, nargs: usize) -> bool {
        (at..at + nargs).all(|r| match self.state.slot(self.at(r)).val {
            Val::V(v) => self.unit.ty(v) == Ty::Int,
            _ => false,
        })
    }

    /// A range of ints. The object itself is only made if something else than a loop wants it.
    fn make_range(&mut self, a: usize, at: usize, nargs: usize) -> bool {
        let given: Vec<ValueId> = (at..at + nargs).map(|r| self.read(r)).collect();
        let [zero, one] = [0, 1].map(|i| self.emit(Op::ConstInt, Ty::Int, &[], i));
        let parts = match given[..] {
            [stop] => [zero, stop, one],
            [start, stop] => [start, stop, one],
            _ => [given[0], given[1], given[2]],
        };
        let step = self.unit.inst(parts[2]);
        let unknown = step.op != Op::ConstInt || step.imm == 0;
        let rising = unknown && self.source.speculate && !self.declines(self.pc);
        if unknown {
            self.guard(Op::GuardNonZero, Ty::None, &[parts[2]], 0);
        }
        if rising {
            self.guard(Op::GuardNotNegative, Ty::None, &[parts[2]], 0);
        }
        let range = self.emit(Op::Make, Ty::Any, &parts, Helper::MakeRange as i64);
        self.ranges.insert(range, parts);
        if rising {
            self.rising.insert(range);
        }
        self.clobber(a);
        self.put(a, range)
    }

    /// How to call a function directly with this many arguments, if that is possible.
    fn callee(&mut self, function: Gc<Function>, nargs: usize) -> Option<Callee> {
        let code = function.code.get();
        let unit = code.as_ref().unit();
        let plain = unit.flags.has(CodeFlags::OPTIMIZED)
            && function.simple_args.get() as usize == nargs
            && nargs <= MAX_ARGS
            && !function.entry.get().is_null();
        plain.then(|| Callee {
            function: function.value().bits(),
            cell: (self.cell_of)(code),
            nargs,
            nregs: unit.nregs as usize,
        })
    }
}
