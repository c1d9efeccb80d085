//! Generator expressions that a builtin consumes on the spot: `all(... for ...)`, `sum`, `", ".join` and the like.
//!
//! Such a generator lives for one call and nobody else sees it, so it is a loop in the frame of the caller, as comprehensions are:
//! neither generator nor switch of frames per item. What is called is looked at first: when it is not the builtin, or the program
//! is monitored, the generator expression runs as the function that it also is. Instructions that CPython would run in the
//! generator's frame are on record ([`adder_bytecode::InlinedGenexpr`]): unwinding gives them the frame in tracebacks, and makes
//! `RuntimeError` of a `StopIteration`. What the consumer does with an item is not among them.
//!
//! The symbol table says which ones these are (`Scope::consumed`). Expressions inside are generated twice; in the function, generator
//! expressions are consumed as generators, so that nesting does not double the code at each level.

use super::Compiler;
use super::code::{Label, Reg};
use super::comprehension::{Inlined, Sink};
use crate::error::Result;
use crate::symtable::{Role, ScopeId, consumer, node_address};
use adder_bytecode::ops::{Consumer, Intrinsic};
use adder_bytecode::{Const, Op};
use ruff_python_ast::{Expr, ExprCall, ExprGenerator};
use ruff_text_size::{Ranged, TextRange};

/// A call that consumes a generator expression.
#[derive(Clone, Copy)]
pub struct Consumption<'a> {
    consumer: Consumer,
    generator: &'a ExprGenerator,
    scope: ScopeId,
    at: TextRange,
    /// The parentheses of the arguments.
    parens: TextRange,
    /// What tracebacks underline when the consumer raises: CPython has loops of its own for some, which stand for the name only.
    shown: TextRange,
}

/// Where a consumption leaves its results.
struct Places {
    /// The outgoing area of the call and its first argument register.
    area: Reg,
    argument: Reg,
    dst: Reg,
    /// The instruction that stands for the consumer, the call itself, and what comes after it.
    consumer: Label,
    call: Label,
    end: Label,
}

impl<'a> Compiler<'a, '_> {
    /// What a call consumes in this frame.
    pub fn consumption(&self, c: &'a ExprCall) -> Option<Consumption<'a>> {
        let (consumer, generator) = consumer(c)?;
        let scope = self.table.scope_of(node_address(generator), Role::Body)?;
        let consumed = self.table.scope(scope).consumed && self.generators_only == 0;
        let (at, parens) = (c.range(), c.arguments.range);
        let shown = match consumer {
            Consumer::All | Consumer::Any | Consumer::Tuple => c.func.range(),
            _ => at,
        };
        consumed.then_some(Consumption { consumer, generator, scope, at, parens, shown })
    }

    /// The call of a builtin function or class by its name, or of a method; `at` is its range as tracebacks show it.
    pub fn consume_by_call(
        &mut self,
        c: Consumption<'a>,
        func: &'a Expr,
        at: TextRange,
        dst: Reg,
    ) -> Result<()> {
        let area = self.open_call(dst);
        let op = match func {
            Expr::Attribute(a) => {
                self.load_method(a, area)?;
                Op::CallMethod
            }
            _ => {
                self.into(func, Self::callable(area))?;
                Op::Call
            }
        };
        let argument = self.u.alloc();
        let [consumer, call, end] = [(); 3].map(|()| self.label());
        self.consume(c, Places { area, argument, dst, consumer, call, end })?;
        let word = self.u.words.cache(op);
        self.emit(at, op, area, 1, word);
        self.move_to(at, dst, area);
        self.bind(end);
        Ok(())
    }

    /// Everything but the call: leaves the argument of a call that is still to be made, or the result and jumps to the end.
    fn consume(&mut self, c: Consumption<'a>, places: Places) -> Result<()> {
        let m = self.u.mark();
        let own = self.label();
        let iterator = self.iterator(&c.generator.generators[0].iter)?;
        self.bind(places.consumer);
        self.jump(c.shown, Op::JumpUnlessBuiltin, Self::callable(places.area), c.consumer as u16, own);
        let first = self.u.code.genexprs.len();
        self.consume_items(c, iterator, &places)?;
        self.bind(own);
        self.generators_only += 1;
        self.quiet += 1;
        let word = self.generator_of(c.generator, c.parens, iterator, places.argument)?;
        self.quiet -= 1;
        self.generators_only -= 1;
        for stretch in &mut self.u.code.genexprs[first..] {
            stretch.code.get_or_insert(word);
        }
        self.u.release(m);
        self.bind(places.call);
        Ok(())
    }

    /// The loop. Each way ends with a jump.
    fn consume_items(&mut self, c: Consumption<'a>, iterator: Reg, places: &Places) -> Result<()> {
        let (at, dst) = (c.at, places.dst);
        let truth = |truth| if truth { Const::True } else { Const::False };
        match c.consumer {
            Consumer::All | Consumer::Any => {
                let all = c.consumer == Consumer::All;
                let decided = self.label();
                self.items(c, iterator, 0, Sink::Decide { when: !all, to: decided }, places.consumer)?;
                self.load_const(at, dst, truth(all));
                self.goto(at, places.end);
                self.bind(decided);
                self.clear_scope(at, c.scope);
                self.load_const(at, dst, truth(!all));
                self.goto(at, places.end);
            }
            Consumer::Sum => {
                let total = self.u.alloc_n(2);
                self.load_const(at, total, Const::Int(0));
                self.load_const(at, total + 1, Const::Int(0));
                self.items(c, iterator, total, Sink::Sum, places.consumer)?;
                self.emit(at, Op::Intrinsic, dst, total, Intrinsic::SumTotal as u16);
                self.goto(at, places.end);
            }
            Consumer::List | Consumer::Set => {
                let (op, sink) = match c.consumer {
                    Consumer::List => (Op::BuildList, Sink::List),
                    _ => (Op::BuildSet, Sink::Set),
                };
                self.emit(at, op, places.argument, places.argument, 0);
                self.items(c, iterator, places.argument, sink, places.consumer)?;
                self.move_to(at, dst, places.argument);
                self.goto(at, places.end);
            }
            Consumer::Join | Consumer::Tuple | Consumer::Frozenset | Consumer::Sorted => {
                self.emit(at, Op::BuildList, places.argument, places.argument, 0);
                self.items(c, iterator, places.argument, Sink::List, places.consumer)?;
                self.goto(at, places.call);
            }
            Consumer::Max | Consumer::Min => {
                let best = self.u.alloc_n(2);
                let nothing = self.label();
                self.load_const(at, best, Const::False);
                self.load_const(at, best + 1, Const::None);
                let sink = Sink::Extreme { greatest: c.consumer == Consumer::Max };
                self.items(c, iterator, best, sink, places.consumer)?;
                self.jump(at, Op::JumpIfFalse, best, 0, nothing);
                self.move_to(at, dst, best + 1);
                self.goto(at, places.end);
                // The builtin has words for that.
                self.bind(nothing);
                self.emit(at, Op::BuildTuple, places.argument, places.argument, 0);
                self.goto(at, places.call);
            }
            Consumer::Bytes => {
                self.emit(
                    at,
                    Op::Intrinsic,
                    places.argument,
                    places.argument,
                    Intrinsic::NewByteArray as u16,
                );
                self.items(c, iterator, places.argument, Sink::Bytes, places.consumer)?;
                self.goto(at, places.call);
            }
        }
        Ok(())
    }

    /// The generator expression's loops with `sink` in the innermost one.
    fn items(&mut self, c: Consumption<'a>, iterator: Reg, acc: Reg, sink: Sink, at: Label) -> Result<()> {
        self.inline_generator(c.generator, c.scope, iterator, acc, sink, Inlined { at, shown: c.shown })
    }
}
