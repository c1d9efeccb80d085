//! Exceptions that nobody sees.
//!
//! `try: x = d[k]` with `except KeyError: x = None` makes an exception only to drop it. What it costs is mostly the traceback, whose frame
//! objects take copies of the locals, that of the frame and then those of its callers. So unwinding looks ahead first: it follows the
//! handler's instructions, which it can as long as they are the tests of the `except` clauses and assignments, until the handled
//! exception is popped. Nothing on that way runs code of the program or makes the exception visible, so a traceback
//! would not be missed. Anything else on the way, and the exception is an ordinary one ([`super::exceptions`]).
//!
//! A program that raises in a place does so again, so the answer is kept for the handler and the exception's class, together with
//! the globals that were asked on the way: as long as those have the same values, so has the answer.

use super::F;
use super::basic::{cached_global, entry_of_global, exact_dict};
use crate::object::function::Function;
use crate::object::header::Gc;
use crate::object::typeobj::{Type, type_flag};
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::frame::Window;
use adder_bytecode::{Handler, Op};

/// Longer ways than this are not followed.
const STEPS: usize = 32;
/// As many globals are kept with an answer.
const GLOBALS: usize = 3;
/// As many answers are kept.
pub(crate) const ANSWERS: usize = 64;

/// The answer for a handler and a class of exceptions. Addresses in it may be those of something else after a collection.
#[derive(Clone, Copy, Default)]
pub(crate) struct Answer {
    /// Address of the handler.
    handler: usize,
    /// The class's version.
    class: u64,
    /// Collections there had been.
    collections: u64,
    asked: Asked,
    drops: bool,
}

/// Indices of instructions that load globals, and what they have loaded.
#[derive(Clone, Copy, Default)]
struct Asked {
    globals: [(u32, Option<Value>); GLOBALS],
    len: usize,
    /// The answer depends on more than these.
    more: bool,
}

impl Asked {
    fn note(&mut self, at: usize, value: Value) {
        match self.globals.get_mut(self.len) {
            Some(place) => {
                *place = (at as u32, Some(value));
                self.len += 1;
            }
            None => self.more = true,
        }
    }
}

/// What the followed instructions leave in a register.
#[derive(Clone, Copy)]
enum Content {
    Value(Value),
    /// A tuple of registers `from ..` and so many.
    Tuple(usize, usize),
    Truth(bool),
    /// Something of no interest.
    Other,
}

/// The registers that the followed instructions have written, the latest last.
struct Written {
    registers: [(usize, Content); 12],
    len: usize,
}

impl Written {
    fn get(&self, register: usize) -> Option<Content> {
        self.registers[..self.len].iter().rev().find(|w| w.0 == register).map(|w| w.1)
    }
    /// False when there is no room.
    fn set(&mut self, register: usize, content: Content) -> bool {
        let Some(place) = self.registers.get_mut(self.len) else { return false };
        *place = (register, content);
        self.len += 1;
        true
    }
    fn class(&self, register: usize) -> Option<Gc<Type>> {
        match self.get(register)? {
            Content::Value(v) => v.downcast::<Type>().filter(|class| class.has(type_flag::IS_EXCEPTION)),
            _ => None,
        }
    }
    /// Whether an exception of class `raised` matches what is in `register`; `None` if that is no class or tuple of them.
    fn matches(&self, register: usize, raised: Gc<Type>) -> Option<bool> {
        if let Content::Tuple(from, n) = self.get(register)? {
            let mut any = false;
            for i in from..from + n {
                any |= raised.is_subtype(self.class(i)?);
            }
            return Some(any);
        }
        Some(raised.is_subtype(self.class(register)?))
    }
}

/// Whether the handler drops the exception unseen. `window` is its frame's, which the exception has been raised in.
pub(super) fn drops(vm: &Vm, window: Window, handler: &Handler, exception: Value) -> bool {
    let raised = vm.type_of(exception);
    let (address, class) = (handler as *const Handler as usize, raised.version.get());
    let stats = vm.heap.stats.get();
    let collections = stats.minor_collections + stats.full_collections;
    let place = &vm.unseen_answers[((address / size_of::<Handler>()) ^ class as usize) % ANSWERS];
    let kept = place.get();
    if kept.handler == address
        && kept.class == class
        && kept.collections == collections
        && holds(vm, window, &kept.asked)
    {
        return kept.drops;
    }
    let mut asked = Asked::default();
    let drops = follow(vm, window, handler, raised, &mut asked).unwrap_or(false);
    if !asked.more && class != 0 {
        place.set(Answer { handler: address, class, collections, asked, drops });
    }
    drops
}

/// Whether the globals have the same values still.
fn holds(vm: &Vm, window: Window, asked: &Asked) -> bool {
    let function = window.function();
    asked.globals[..asked.len].iter().all(|&(at, value)| {
        global(insn_at(vm, window, function.as_ref(), at as usize), function.as_ref()) == value
    })
}

/// Instruction `at` of the function that runs in the window.
#[inline(always)]
fn insn_at<'v>(vm: &'v Vm, window: Window, function: &Function, at: usize) -> F<'v> {
    let code = function.code.get();
    let insn = code.as_ref().unit().insns[at];
    F { pc: code.as_ref().entry().wrapping_add(at), base: window.0, words: function.words.get(), vm, insn }
}

/// What a `LoadGlobal` gives, if that takes no code of the program.
fn global(f: F<'_>, function: &Function) -> Option<Value> {
    cached_global(f, function).or_else(|| {
        exact_dict(function.globals.value())?;
        exact_dict(function.builtins.value())?;
        entry_of_global(function, f.name(f.c()))
    })
}

fn follow(vm: &Vm, window: Window, handler: &Handler, raised: Gc<Type>, asked: &mut Asked) -> Option<bool> {
    let function = window.function();
    let code = function.code.get();
    let insns = &code.as_ref().unit().insns;
    let mut written = Written { registers: [(0, Content::Other); 12], len: 0 };
    let (mut at, mut pushed) = (handler.target as usize, false);
    for _ in 0..STEPS {
        let insn = *insns.get(at)?;
        let f = insn_at(vm, window, function.as_ref(), at);
        let content = match insn.op() {
            // Where an exception is raised in a handler, that one's is popped, and the new one goes on.
            Op::PopExc => return Some(pushed),
            Op::Nop => {
                at += 1;
                continue;
            }
            Op::Jump => {
                at = at.checked_add_signed(insn.imm() as isize)?;
                continue;
            }
            Op::JumpIfFalse => {
                let Content::Truth(holds) = written.get(f.a())? else { return None };
                at = at.checked_add_signed(if holds { 1 } else { insn.imm() as isize })?;
                continue;
            }
            Op::PushExc => {
                pushed = true;
                Content::Other
            }
            Op::LoadConst => Content::Other,
            Op::LoadGlobal => {
                let found = global(f, function.as_ref());
                match found {
                    Some(v) => asked.note(at, v),
                    None => asked.more = true,
                }
                Content::Value(found?)
            }
            Op::BuildTuple => Content::Tuple(f.b(), f.c()),
            Op::CheckExcMatch if f.b() == handler.exc as usize => {
                Content::Truth(written.matches(f.c(), raised)?)
            }
            Op::Move if f.b() != handler.exc as usize => Content::Other,
            // Counting runs no code of the program.
            Op::AddK | Op::SubK => {
                asked.more = true;
                let counts = written.get(f.b()).is_none()
                    && f.reg_opt(f.b()).is_some_and(Value::is_small_int)
                    && f.constant(f.c()).is_small_int();
                if !counts {
                    return None;
                }
                Content::Other
            }
            _ => return None,
        };
        if !written.set(f.a(), content) {
            return None;
        }
        at += 1;
    }
    None
}
