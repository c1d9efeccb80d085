//! Calls whose callee is no constant: closures, bound methods in variables; and how arguments become parameters.
//!
//! The site has recorded which code it has called ([`callees`]). A function of that code is built in place behind a test; what fails
//! all tests leaves, and in the next version goes to the runtime.

use super::inline::uses_names;
use super::state::{Slot, State};
use super::{Builder, MAX_ARGS};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{CodeFlags, FRAME_HEADER, Insn, Op as B};
use adder_interp::native::FnDef;
use adder_interp::object::code::Code;
use adder_interp::object::function::{Function, NativeFunction};
use adder_interp::object::header::Gc;
use adder_interp::object::shape::shape_id;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::Value;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::dispatch::callees::{self, Callee as Seen};
use adder_interp::vm::tier_up::offset;

/// Most codes that a site tests for.
const MAX_CALLEES: usize = 4;

/// What a parameter gets.
#[derive(Clone, Copy)]
enum Parameter {
    /// This argument.
    Given(usize),
    /// A default.
    Constant(Value),
    /// The default so far from the last one that the function has, which is not known.
    Default(usize),
    /// The arguments from this one up to that one, as a tuple.
    Rest(usize, usize),
    /// No keywords are left over: an empty dict.
    NoKeywords,
}

/// How the arguments of a call become parameters.
pub(super) struct Binding(Vec<Parameter>);

/// Whether a call passes keywords.
pub(super) fn has_keywords(insn: Insn) -> bool {
    matches!(insn.op(), B::CallKw | B::CallMethodKw)
}

/// The definition behind a native method that is bound to its receiver.
pub(super) fn bound_native(callable: Value) -> Option<&'static FnDef> {
    let native = callable.downcast::<NativeFunction>().filter(|n| n.passes_receiver())?;
    native.def()
}

impl Builder<'_, '_> {
    /// The keywords of a call.
    fn keywords(&self, insn: Insn) -> Option<Gc<Tuple>> {
        if has_keywords(insn) { self.word(insn.c()).downcast() } else { None }
    }

    /// How `nargs` arguments, keywords included, become the parameters of a function of some code. Without the function defaults are
    /// looked up when it is called.
    pub(super) fn binding(
        &self,
        insn: Insn,
        code: Gc<Code>,
        function: Option<Gc<Function>>,
        nargs: usize,
    ) -> Option<Binding> {
        let unit = code.as_ref().unit();
        let (argc, total) = (unit.argcount as usize, (unit.argcount + unit.kwonlyargcount) as usize);
        if !unit.flags.has(CodeFlags::OPTIMIZED) {
            return None;
        }
        let names = self.keywords(insn);
        let names: &[Value] = names.as_ref().map_or(&[], |n| n);
        let positional = nargs - names.len();
        let mut bound: Vec<Option<Parameter>> = vec![None; total];
        for (i, parameter) in bound.iter_mut().enumerate().take(positional.min(argc)) {
            *parameter = Some(Parameter::Given(i));
        }
        for (k, name) in names.iter().enumerate() {
            let text = name.downcast::<Str>()?;
            let i = (unit.posonlyargcount as usize..total).find(|&i| text.eq_str(&unit.locals[i]))?;
            if bound[i].replace(Parameter::Given(positional + k)).is_some() {
                return None;
            }
        }
        let defaults = function.and_then(|f| f.defaults.get());
        let defaults: &[Value] = defaults.as_ref().map_or(&[], |d| d);
        for (i, parameter) in bound.iter_mut().enumerate().take(argc) {
            if parameter.is_none() {
                *parameter = Some(match function {
                    Some(_) => Parameter::Constant(*defaults.get((i + defaults.len()).checked_sub(argc)?)?),
                    None => Parameter::Default(argc - i),
                });
            }
        }
        let mut parameters: Vec<Parameter> = bound.into_iter().collect::<Option<_>>()?;
        if unit.flags.has(CodeFlags::VARARGS) {
            parameters.push(Parameter::Rest(argc.min(positional), positional));
        } else if positional > argc {
            return None;
        }
        if unit.flags.has(CodeFlags::VARKEYWORDS) {
            parameters.push(Parameter::NoKeywords);
        }
        Some(Binding(parameters))
    }

    /// The values of the parameters of `function`.
    pub(super) fn bind(
        &mut self,
        binding: &Binding,
        function: Option<ValueId>,
        given: &[ValueId],
    ) -> Vec<ValueId> {
        let bound = binding.0.iter().map(|&parameter| match parameter {
            Parameter::Given(i) => given[i],
            Parameter::Constant(v) => self.constant(v),
            Parameter::Default(n) => self.default(function.expect("its defaults are wanted"), n),
            Parameter::Rest(from, to) if from == to => {
                self.tagged_constant(self.source.vm.empty_tuple.value())
            }
            Parameter::Rest(from, to) => {
                let items: Vec<ValueId> = given[from..to].iter().map(|&v| self.boxed(v)).collect();
                let rest = self.emit(Op::Make, Ty::Any, &items, Helper::MakeTuple as i64);
                self.state.shapes.insert(rest, shape_id::TUPLE.0);
                rest
            }
            Parameter::NoKeywords => {
                let dict = self.emit(Op::Make, Ty::Any, &[], Helper::MakeDict as i64);
                self.state.shapes.insert(dict, shape_id::DICT.0);
                dict
            }
        });
        bound.collect()
    }

    /// The default so far from the last one that a function has; leaves when it has too few.
    fn default(&mut self, function: ValueId, from_end: usize) -> ValueId {
        let defaults = self.emit(Op::LoadSlot, Ty::Any, &[function], offset::FUNCTION_DEFAULTS as i64);
        self.guard(Op::GuardFull, Ty::None, &[defaults], 0);
        self.state.shapes.insert(defaults, shape_id::TUPLE.0);
        let at = self.emit(Op::ConstInt, Ty::Int, &[], -(from_end as i64));
        self.guard(Op::TupleGet, Ty::Any, &[defaults, at], 0)
    }

    /// What the site of a call has met.
    fn callees(&self, insn: Insn) -> Vec<Seen> {
        let word = insn.c() as usize + usize::from(has_keywords(insn));
        // SAFETY: calls name a word of their own there.
        unsafe { callees::remembered(self.source.vm, self.f.code.as_ref().words().add(word)) }
    }

    /// Calls a callable that is no constant. `otherwise` builds the call of one that the site has not met.
    pub(super) fn call_unknown(
        &mut self,
        insn: Insn,
        callable: ValueId,
        given: &[ValueId],
        otherwise: &mut dyn FnMut(&mut Self) -> bool,
    ) -> bool {
        // A number is none of those.
        if self.unit.ty(callable) != Ty::Any {
            return otherwise(self);
        }
        let pc = self.pc;
        let mut seen = self.callees(insn);
        let met = seen.len();
        if let [Seen::Native(def)] = seen[..]
            && def.props.quiet
            && !has_keywords(insn)
            && insn.op() != B::CallEx
            && !self.declines(pc)
        {
            let callable = self.boxed(callable);
            return self.call_quietly(insn, callable, given);
        }
        seen.retain(|c| self.is_worth_testing(insn, c, given.len()));
        if seen.is_empty() || met > MAX_CALLEES {
            return otherwise(self);
        }
        let all = seen.len() == met && !self.declines(pc);
        let mut ways = Vec::new();
        for callee in seen.into_iter().rev() {
            let mut others = Vec::new();
            let mut given = given.to_vec();
            let (function, code) = match callee {
                Seen::Function(code) => (callable, code),
                Seen::Method(code) => {
                    let is = self.emit(Op::HasShape, Ty::Bool, &[callable], i64::from(shape_id::METHOD.0));
                    others.push(self.go_on_if(is));
                    let [function, receiver] = [offset::METHOD_FUNCTION, offset::METHOD_RECEIVER]
                        .map(|field| self.emit(Op::LoadSlot, Ty::Any, &[callable], field as i64));
                    given.insert(0, receiver);
                    (function, code)
                }
                Seen::Native(_) => unreachable!("not worth testing"),
            };
            self.roots.push(code.value());
            let is = self.emit(Op::HasCode, Ty::Bool, &[function], code.value().bits() as i64);
            self.unit.insts[is.0 as usize].imm2 = i64::from(uses_names(code.as_ref().unit()));
            others.push(self.go_on_if(is));
            let binding = self.binding(insn, code, None, given.len()).expect("worth testing");
            let args = self.bind(&binding, Some(function), &given);
            if self.inline_call(insn, code, function, &args, None) {
                ways.push((self.block, self.state.clone()));
            }
            self.pc = pc;
            self.meet(others);
        }
        if all {
            self.exit(Reason::Guard);
        } else if otherwise(self) {
            ways.push((self.block, self.state.clone()));
        }
        if ways.is_empty() {
            return false;
        }
        self.merge(pc + 1, ways);
        self.pc = pc;
        true
    }

    /// Goes on where the condition holds; the other way.
    fn go_on_if(&mut self, condition: ValueId) -> (BlockId, State) {
        let (yes, no) = self.split(condition);
        self.block = yes;
        (no, self.state.clone())
    }

    /// Goes on where ways to the present position meet.
    fn meet(&mut self, mut ways: Vec<(BlockId, State)>) {
        if ways.len() == 1 {
            (self.block, self.state) = ways.remove(0);
        } else {
            let pc = self.pc;
            self.merge(pc, ways);
            self.pc = pc;
        }
        self.current = None;
    }

    /// `f(*args)`, where it is known or can be told how many arguments that are: as if they had been written out.
    pub(super) fn call_spread(&mut self, insn: Insn) -> bool {
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let no_keywords = insn.b() == 0 || self.is_empty_map(at + 1);
        let tuple = self.read(at);
        let callable = self.read(at - 1);
        let bound = self.bound_function(callable);
        let function = match &bound {
            Some((function, _)) => Some(*function),
            None => self.known(callable).and_then(|v| v.downcast::<Function>()),
        };
        // A call that does not raise brings as many as the function takes.
        let simple = function.map(|f| f.simple_args.get()).filter(|&n| n <= MAX_ARGS as u32);
        let wanted = simple.and_then(|n| (n as usize).checked_sub(usize::from(bound.is_some())));
        let Some(mut given) = self.items_of(tuple, wanted).filter(|_| no_keywords) else {
            return self.step(insn);
        };
        if given.len() >= MAX_ARGS {
            return self.step(insn);
        }
        if let Some((function, receiver)) = bound {
            given.insert(0, receiver);
            if self.takes(insn, function, given.len()) {
                return self.call_function(insn, function, &given, None);
            }
            given.remove(0);
        }
        if let Some(known) = self.known(callable) {
            return match known.downcast::<Function>() {
                Some(function) if self.takes(insn, function, given.len()) => {
                    self.call_function(insn, function, &given, None)
                }
                _ => self.call_value(insn, callable, &given),
            };
        }
        self.call_unknown(insn, callable, &given, &mut |b| b.call_value(insn, callable, &given))
    }

    /// The items of a tuple that the unit makes, or whose length can be guessed: `wanted` by whoever takes them, or as it has been.
    fn items_of(&mut self, tuple: ValueId, wanted: Option<usize>) -> Option<Vec<ValueId>> {
        let inst = self.unit.inst(tuple).clone();
        if inst.op == Op::Make && inst.imm == Helper::MakeTuple as i64 {
            return Some(inst.args);
        }
        let length = match inst.op {
            Op::ConstValue => self.known(tuple)?.downcast::<Tuple>()?.len(),
            Op::LoadReg | Op::Param if self.parents.is_empty() && !self.declines(self.pc) => {
                let r = (0..self.f.nlocals).find(|&r| self.state.slot(r).val == super::Val::V(tuple))?;
                self.observed(r)?.downcast::<Tuple>()?.len()
            }
            _ if !self.declines(self.pc) && self.unit.ty(tuple) == Ty::Any => {
                let wanted = wanted?;
                let is = self.emit(Op::HasShape, Ty::Bool, &[tuple], i64::from(shape_id::TUPLE.0));
                self.leave_unless(is, Reason::Declined);
                self.state.shapes.insert(tuple, shape_id::TUPLE.0);
                wanted
            }
            _ => return None,
        };
        if length > MAX_ARGS {
            return None;
        }
        self.guard_shape(tuple, shape_id::TUPLE.0);
        self.guard(Op::GuardLength, Ty::None, &[tuple], length as i64);
        let items = (0..length as i64).map(|i| {
            let i = self.emit(Op::ConstInt, Ty::Int, &[], i);
            self.guard(Op::TupleGet, Ty::Any, &[tuple, i], 0)
        });
        Some(items.collect())
    }

    /// Whether a register holds the fresh dict of `**kwargs` where nothing has been merged into it.
    fn is_empty_map(&self, r: usize) -> bool {
        let pc = self.pc as usize;
        let Some(before) = pc.checked_sub(2) else { return false };
        let [map, merge] = [self.f.insns[before], self.f.insns[before + 1]];
        let fresh = map.op() == B::BuildMap && map.c() == 0 && map.a() as usize == r;
        let merged = merge.op() == B::DictMerge && merge.a() as usize == r;
        let super::Val::V(v) = self.state.slot(self.at(r)).val else { return false };
        let inst = self.unit.inst(v);
        fresh && merged && inst.op == Op::Make && inst.imm == Helper::MakeDict as i64
    }

    /// An empty dict, if that is what the instruction makes.
    pub(super) fn build_map(&mut self, insn: Insn) -> bool {
        if insn.c() != 0 {
            return self.step(insn);
        }
        let dict = self.emit(Op::Make, Ty::Any, &[], Helper::MakeDict as i64);
        self.state.shapes.insert(dict, shape_id::DICT.0);
        self.put(insn.a() as usize, dict)
    }

    /// Merges keywords into those of a call: mostly there are none.
    pub(super) fn merge_keywords(&mut self, insn: Insn) -> bool {
        let call = self.f.insns[self.pc as usize + 1];
        if call.op() != B::CallEx || self.declines(self.pc) {
            let goes_on = self.step(insn);
            // The dict is no longer as it was made.
            let map = self.at(insn.a() as usize);
            self.state.set_slot(map, Slot { val: super::Val::Mem, home: true });
            return goes_on;
        }
        let others = self.read(insn.b() as usize);
        let others = self.boxed(others);
        self.guard_shape(others, shape_id::DICT.0);
        let n = self.ask(Helper::QuietLen, Ty::Int, &[others]);
        let zero = self.emit(Op::ConstInt, Ty::Int, &[], 0);
        let none = self.emit(Op::CmpInt, Ty::Bool, &[n, zero], CompareOp::Eq as i64);
        self.leave_unless(none, Reason::Declined);
        true
    }

    /// Whether a callee that a site has met would be built in place.
    fn is_worth_testing(&mut self, insn: Insn, callee: &Seen, nargs: usize) -> bool {
        let (code, nargs) = match *callee {
            Seen::Function(code) => (code, nargs),
            Seen::Method(code) => (code, nargs + 1),
            Seen::Native(_) => return false,
        };
        let same_module = code.filename.get() == self.f.code.filename.get();
        self.binding(insn, code, None, nargs).is_some() && self.may_inline(code, same_module)
    }
}
