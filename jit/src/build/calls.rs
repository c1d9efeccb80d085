//! Calls.

use super::sites::{bound_native, has_keywords};
use super::state::Val;
use super::{Builder, Candidate, MAX_ARGS};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{CodeFlags, FRAME_HEADER, Insn, Op as Bytecode};
use adder_interp::object::function::Function;
use adder_interp::object::header::{Gc, Kind};
use adder_interp::object::instance::FIRST_SLOT_OFFSET;
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::dispatch::access::is_method;
use adder_interp::vm::dispatch::{direct, quiet};
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
            if let Some((function, receiver)) = self.bound_function(callable) {
                let mut given = vec![receiver];
                given.extend(self.arguments(at, nargs));
                if self.takes(insn, function, given.len()) {
                    return self.call_function(insn, function, &given, None);
                }
            }
            return match self.candidates.get(&callable).cloned() {
                Some(candidates) => self.call_one_of(insn, callable, &candidates, nargs),
                // Whether there is a method or the register is empty is not known, and the site tells of the second case only.
                None if matches!(insn.op(), Bytecode::CallMethod | Bytecode::CallMethodKw) => {
                    self.call_any(insn, nargs)
                }
                None => {
                    let given = self.arguments(at, nargs);
                    self.call_unknown(insn, callable, &given, &mut |b| b.call_any(insn, nargs))
                }
            };
        };
        match known.kind() {
            Some(Kind::Function) => match known.downcast::<Function>() {
                Some(function) => {
                    let given = self.arguments(at, nargs);
                    self.call_function(insn, function, &given, None)
                }
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

    /// The function and the receiver of a method that the unit binds.
    pub(super) fn bound_function(&self, callable: ValueId) -> Option<(Gc<Function>, ValueId)> {
        let inst = self.unit.inst(callable);
        let bound = inst.op == Op::Make && inst.imm == Helper::MakeMethod as i64;
        let function = self.known(*inst.args.first().filter(|_| bound)?)?.downcast()?;
        Some((function, inst.args[1]))
    }

    /// A method call whose callable came without a receiver: it lies where the first argument would. If it is known, everything moves
    /// one register down.
    fn call_unbound(&mut self, insn: Insn, nargs: usize) -> bool {
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let callable = self.read(at);
        let Some(known) = self.known(callable) else {
            let given = self.arguments(at + 1, nargs - 1);
            return self.call_unknown(insn, callable, &given, &mut |b| b.call_any(insn, nargs));
        };
        if bound_native(known).is_some_and(|d| d.props.quiet)
            && nargs <= MAX_NATIVE_ARGS
            && !has_keywords(insn)
            && !self.declines(self.pc)
        {
            let given = self.arguments(at + 1, nargs - 1);
            return self.call_quietly(insn, callable, &given);
        }
        if !self.is_direct(insn, known, nargs - 1) {
            return self.call_any(insn, nargs);
        }
        // Whoever leaves before the call finds the registers as they were.
        let state = self.frame_state(self.pc);
        let values: Vec<ValueId> = (at..at + nargs).map(|r| self.read(r)).collect();
        values.into_iter().enumerate().for_each(|(i, v)| self.set(at - 1 + i, v));
        self.current = Some((self.pc, state));
        if let Some(class) = known.downcast::<Type>() {
            return self.call_class(insn, class, nargs - 1);
        }
        match known.downcast::<Function>() {
            Some(function) => {
                let given = self.arguments(at, nargs - 1);
                self.call_function(insn, function, &given, None)
            }
            None => self.call_native(insn, known, nargs - 1),
        }
    }

    /// The values of registers.
    pub(super) fn arguments(&mut self, at: usize, n: usize) -> Vec<ValueId> {
        (at..at + n).map(|r| self.read(r)).collect()
    }

    /// Whether a callable can be called without an instruction of the interpreter.
    fn is_direct(&mut self, insn: Insn, callable: Value, nargs: usize) -> bool {
        if let Some(class) = callable.downcast::<Type>() {
            return self.constructs(insn, class, nargs);
        }
        match callable.downcast::<Function>() {
            Some(function) => {
                let takes = self.binding(insn, function.code.get(), Some(function), nargs).is_some();
                takes && (self.callee(function).is_some() || self.may_inline_function(function))
            }
            None => {
                !has_keywords(insn)
                    && callable.kind() == Some(Kind::NativeFunction)
                    && nargs <= MAX_NATIVE_ARGS
                    && (nargs > 0 || !is_method(callable))
                    && direct::native_target(callable).is_some()
            }
        }
    }

    /// Calls the callable, which is one of several: each gets a call of its own.
    fn call_one_of(&mut self, insn: Insn, callable: ValueId, candidates: &[Candidate], nargs: usize) -> bool {
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let pc = self.pc;
        let mut ways = Vec::new();
        for (i, candidate) in candidates.iter().enumerate() {
            let rest = if i + 1 < candidates.len() {
                let constant = self.tagged_constant(candidate.function);
                let same = self.emit(Op::SameBits, Ty::Bool, &[callable, constant], 0);
                let (yes, no) = self.split(same);
                self.block = yes;
                Some((no, self.state.clone()))
            } else {
                None
            };
            let constant = self.tagged_constant(candidate.function);
            self.set(at - 1, constant);
            self.state.shapes.narrow(candidate.object, &candidate.shapes, &self.unit);
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
    pub(super) fn call_any(&mut self, insn: Insn, nargs: usize) -> bool {
        if nargs > MAX_ARGS || has_keywords(insn) {
            return self.step(insn);
        }
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let callable = self.read(at - 1);
        let given = self.arguments(at, nargs);
        self.call_value(insn, callable, &given)
    }

    /// Calls a value with these arguments.
    pub(super) fn call_value(&mut self, insn: Insn, callable: ValueId, given: &[ValueId]) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let mut args = vec![self.boxed(callable)];
        args.extend(given.iter().map(|&v| self.boxed(v)).collect::<Vec<_>>());
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
    pub(super) fn call_function(
        &mut self,
        insn: Insn,
        function: Gc<Function>,
        given: &[ValueId],
        instance: Option<ValueId>,
    ) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let given: Vec<ValueId> = instance.iter().chain(given).copied().collect();
        let code = function.code.get();
        let binding = self.binding(insn, code, Some(function), given.len());
        let Some(binding) = binding else { return self.step(insn) };
        let inline = self.may_inline_function(function);
        let callee = self.callee(function);
        if !inline && callee.is_none() {
            return self.step(insn);
        }
        self.rely_on_code(function);
        let args = self.bind(&binding, None, &given);
        if instance.is_none()
            && makes_generator(function)
            && let Some(consumer) = self.consumer(insn, function)
        {
            return self.inline_generator(function, consumer, &args);
        }
        if instance.is_none() && makes_generator(function) && !self.declines(self.pc) {
            return self.make_generator(insn, function, args);
        }
        let Some(callee) = callee.filter(|_| !inline) else {
            let function_value = self.tagged_constant(function.value());
            return self.inline_call(insn, code, function_value, &args, instance);
        };
        self.guard(Op::CallCheck, Ty::None, &[], (self.at(at) + callee.nregs) as i64);
        let args: Vec<ValueId> = args.into_iter().map(|v| self.boxed(v)).collect();
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

    /// A call that only makes a generator needs no frame and runs no code.
    fn make_generator(&mut self, insn: Insn, function: Gc<Function>, args: Vec<ValueId>) -> bool {
        let a = insn.a() as usize;
        let mut values = vec![self.tagged_constant(function.value())];
        values.extend(args.into_iter().map(|v| self.boxed(v)).collect::<Vec<_>>());
        let generator = self.tell(Helper::QuietGenerator, Ty::Any, &values);
        self.clobber(a);
        self.put(a, generator)
    }

    /// `await`: of a coroutine that has just been made by the instruction before, which nobody else can await yet, nothing is to be
    /// done.
    pub(super) fn get_awaitable(&mut self, insn: Insn) -> bool {
        let v = self.read(insn.b() as usize);
        let made = self.unit.inst(v);
        let fresh = made.op == Op::Tell && made.imm == Helper::QuietGenerator as i64;
        let function = fresh.then(|| made.args[0]);
        let is_coroutine = function
            .and_then(|f| self.known(f))
            .and_then(|f| f.downcast::<Function>())
            .is_some_and(|f| f.code.get().as_ref().unit().flags.has(CodeFlags::COROUTINE));
        let call = self.f.insns[self.pc.saturating_sub(1) as usize];
        let calls = matches!(
            call.op(),
            Bytecode::Call | Bytecode::CallMethod | Bytecode::CallKw | Bytecode::CallMethodKw
        );
        let adjacent = calls && call.a() == insn.b();
        if is_coroutine && adjacent {
            return self.put(insn.a() as usize, v);
        }
        self.step(insn)
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
        let plain = nargs <= MAX_NATIVE_ARGS && !has_keywords(insn);
        // A method of a class by itself says what it wants when it gets nothing.
        let target = direct::native_target(callable).filter(|_| plain && (nargs > 0 || !is_method(callable)));
        let Some(def) = target else {
            return match bound_native(callable).filter(|d| plain && d.props.quiet) {
                Some(_) if !self.declines(self.pc) => {
                    let callable = self.tagged_constant(callable);
                    let given = self.arguments(at, nargs);
                    self.call_quietly(insn, callable, &given)
                }
                _ => self.step(insn),
            };
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
        if def.props.quiet && !self.declines(self.pc) {
            let callable = self.tagged_constant(callable);
            return self.call_quietly(insn, callable, &plain);
        }
        self.send_visible_home();
        let result = self.guard(Op::CallNative, Ty::Any, &args, def.func as usize as i64);
        self.call_is_over(a, result)
    }

    /// Calls a native function that is marked quiet: nothing has to go home, nothing is forgotten.
    pub(super) fn call_quietly(&mut self, insn: Insn, callable: ValueId, given: &[ValueId]) -> bool {
        let mut args = vec![callable];
        args.extend(given.iter().map(|&v| self.boxed(v)).collect::<Vec<_>>());
        self.tell_result(insn, Helper::QuietCall, &args)
    }

    /// A call that the runtime makes quietly, or declines.
    fn tell_result(&mut self, insn: Insn, helper: Helper, args: &[ValueId]) -> bool {
        let result = self.tell(helper, Ty::Any, args);
        self.clobber(insn.a() as usize);
        self.put(insn.a() as usize, result)
    }

    /// A class whose version is checked: a plain one, or a built-in one with a native constructor.
    fn call_class(&mut self, insn: Insn, class: Gc<Type>, nargs: usize) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let vm = self.source.vm;
        if !has_keywords(insn)
            && quiet::quiet_constructor(vm, class).is_some()
            && class != vm.types.range
            && nargs < MAX_NATIVE_ARGS
            && !self.declines(self.pc)
        {
            let mut args = vec![self.tagged_constant(class.value())];
            args.extend(self.boxed_range(at, nargs));
            let types = &vm.types;
            let shapes =
                [(types.list, shape_id::LIST), (types.set, shape_id::SET), (types.dict, shape_id::DICT)];
            self.tell_result(insn, Helper::QuietConstruct, &args);
            if let Some((_, shape)) = shapes.iter().find(|s| s.0 == class) {
                let made = self.read(a);
                self.state.shapes.insert(made, shape.0);
            }
            return true;
        }
        if has_keywords(insn) {
            return self.construct(insn, class, nargs);
        }
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
        if class == vm.types.int && nargs == 1 && !self.declines(self.pc) {
            let x = self.read(at);
            let x = self.boxed(x);
            let v = self.ask(Helper::QuietInt, Ty::Any, &[x]);
            self.clobber(a);
            return self.put(a, v);
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
        self.construct(insn, class, nargs)
    }

    /// Whether [`Self::call_class`] makes the instance without an instruction of the interpreter.
    fn constructs(&mut self, insn: Insn, class: Gc<Type>, nargs: usize) -> bool {
        let vm = self.source.vm;
        if class == vm.types.range || class == vm.types.int || !self.is_stable_plain(class) {
            let plain = !has_keywords(insn) && nargs < MAX_NATIVE_ARGS && class != vm.types.range;
            return plain && direct::native_constructor(vm, class).is_some();
        }
        let init = vm.special(class, Special::Init);
        match init.and_then(|i| i.downcast::<Function>()) {
            Some(init) => self.takes(insn, init, nargs + 1),
            None => nargs == 0 && !has_keywords(insn) && init == vm.special(vm.types.object, Special::Init),
        }
    }

    /// Whether a class makes its instances the plain way, and does not change all the time.
    fn is_stable_plain(&self, class: Gc<Type>) -> bool {
        class.version.get() != 0
            && (self.source.stable)(class.as_ptr() as usize)
            && direct::is_plain_class(self.source.vm, class)
    }

    /// An instance of a plain class.
    fn construct(&mut self, insn: Insn, class: Gc<Type>, nargs: usize) -> bool {
        let (a, vm) = (insn.a() as usize, self.source.vm);
        let init = vm.special(class, Special::Init);
        if !self.is_stable_plain(class) {
            return self.step(insn);
        }
        let init_function = init.and_then(|i| i.downcast::<Function>());
        match init_function {
            Some(init) if self.takes(insn, init, nargs + 1) => {
                self.rely_on_class(class);
                let instance = self.make_instance(class);
                let given = self.arguments(insn.a() as usize + FRAME_HEADER as usize, nargs);
                self.call_function(insn, init, &given, Some(instance))
            }
            None if nargs == 0
                && !has_keywords(insn)
                && init == vm.special(vm.types.object, Special::Init) =>
            {
                self.rely_on_class(class);
                let instance = self.make_instance(class);
                self.clobber(a);
                self.put(a, instance)
            }
            _ => self.step(insn),
        }
    }

    fn make_instance(&mut self, class: Gc<Type>) -> ValueId {
        let shape = class.root_shape();
        let bytes = FIRST_SLOT_OFFSET + 8 * (shape.inline_capacity + shape.slot_words) as usize;
        self.roots.push(shape.value());
        let args = [i64::from(shape.id.0), bytes as i64].map(|i| self.emit(Op::ConstInt, Ty::Int, &[], i));
        let instance = self.emit(Op::Make, Ty::Any, &args, Helper::MakeInstance as i64);
        self.state.shapes.insert(instance, shape.id.0);
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

    /// Whether a call of the function can be built.
    pub(super) fn takes(&mut self, insn: Insn, function: Gc<Function>, nargs: usize) -> bool {
        self.binding(insn, function.code.get(), Some(function), nargs).is_some()
            && (self.callee(function).is_some() || self.may_inline_function(function))
    }

    pub(super) fn may_inline_function(&mut self, function: Gc<Function>) -> bool {
        let same = function.globals == self.f.globals && function.builtins == self.f.builtins;
        self.may_inline(function.code.get(), same)
    }

    /// How to call a function directly with all its parameters, if that is possible.
    pub(super) fn callee(&mut self, function: Gc<Function>) -> Option<Callee> {
        let code = function.code.get();
        let unit = code.as_ref().unit();
        let nargs = function.simple_args.get() as usize;
        let plain =
            unit.flags.has(CodeFlags::OPTIMIZED) && nargs <= MAX_ARGS && !function.entry.get().is_null();
        plain.then(|| Callee {
            function: function.value().bits(),
            cell: (self.cell_of)(code),
            nargs,
            nregs: unit.nregs as usize,
        })
    }
}

/// Whether all that a call of the function does is to make a generator, coroutine or async generator.
fn makes_generator(function: Gc<Function>) -> bool {
    let code = function.code.get();
    code.as_ref().unit().insns.first().is_some_and(|first| first.op() == Bytecode::MakeGenerator)
}
