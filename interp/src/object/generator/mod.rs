//! Generators, coroutines and async generators: suspended frames.
//!
//! While suspended, the window's registers are saved in an array; resuming copies them onto the register stack and
//! yielding copies them back, with one barrier for all. Only those are copied that may be in use at the yield, which says how many
//! these are; the others are empty when the generator goes on.

pub mod async_gen;
pub mod awaitables;
pub mod coroutine;
pub mod methods;

pub use async_gen::ASYNC_GENERATOR_DEF;
pub use coroutine::COROUTINE_DEF;
pub use methods::TYPE_DEF;

use crate::heap::{ArrayBuf, Heap, Tracer};
use crate::native::TypeDef;
use crate::object::function::Function;
use crate::object::header::{Gc, Header, HeapObject, Kind};
use crate::object::shape::ShapeId;
use crate::object::str::Str;
use crate::value::Value;
use adder_bytecode::Insn;
use std::cell::Cell;

/// Life of a generator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GeneratorState {
    Created,
    Suspended,
    Running,
    Finished,
}

/// See the module documentation. The shape tells generator, coroutine and async generator apart.
#[repr(C)]
pub struct Generator {
    hdr: Header,
    pub function: Gc<Function>,
    pub registers: Gc<ArrayBuf>,
    /// Instruction after the one that suspended (or the first).
    pub pc: Cell<*const Insn>,
    pub state: Cell<GeneratorState>,
    /// Registers that are saved: the first of the window.
    pub kept: Cell<u32>,
    pub name: Cell<Gc<Str>>,
    pub qualname: Cell<Gc<Str>>,
    /// The frame object, if one was asked for.
    pub frame: Cell<Option<Value>>,
    /// The exception handled inside when it was suspended.
    pub handled: Cell<Option<Value>>,
    /// The exception its resumer was handling.
    pub outer_handled: Cell<Option<Value>>,
    /// Coroutines: where it was created (`cr_origin`); async generators: hooks and running `anext`.
    pub extra: Cell<Option<Value>>,
    pub finalizer: Cell<Option<Value>>,
    pub hooks_inited: Cell<bool>,
    pub running_async: Cell<bool>,
    pub closed: Cell<bool>,
    /// Awaited or iterated at least once (for "was never awaited").
    pub started: Cell<bool>,
}

// SAFETY: every value is visited; registers may hold any value or be empty.
unsafe impl HeapObject for Generator {
    const KIND: Kind = Kind::Generator;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.function.value());
        tracer.visit(self.registers.value());
        tracer.visit(self.name.get().value());
        tracer.visit(self.qualname.get().value());
        let optional = [
            self.frame.get(),
            self.handled.get(),
            self.outer_handled.get(),
            self.extra.get(),
            self.finalizer.get(),
        ];
        optional.into_iter().flatten().for_each(|v| tracer.visit(v));
    }
}

impl Generator {
    /// A generator about to run `function` from `pc` with `nregs` saved registers.
    pub fn new(
        heap: &Heap,
        shape: ShapeId,
        function: Gc<Function>,
        pc: *const Insn,
        nregs: usize,
    ) -> Gc<Generator> {
        let registers = ArrayBuf::new(heap, nregs);
        heap.alloc(
            shape,
            Generator {
                hdr: Header::blank(),
                function,
                registers,
                pc: Cell::new(pc),
                state: Cell::new(GeneratorState::Created),
                kept: Cell::new(0),
                name: Cell::new(function.name.get()),
                qualname: Cell::new(function.qualname.get()),
                frame: Cell::new(None),
                handled: Cell::new(None),
                outer_handled: Cell::new(None),
                extra: Cell::new(None),
                finalizer: Cell::new(None),
                hooks_inited: Cell::new(false),
                running_async: Cell::new(false),
                closed: Cell::new(false),
                started: Cell::new(false),
            },
        )
    }

    pub fn shape(&self) -> ShapeId {
        self.hdr.shape()
    }

    /// Ends the generator: what it kept alive is let go.
    pub fn finish(&self) {
        self.state.set(GeneratorState::Finished);
        self.registers.as_ref().slots().iter().for_each(|s| s.set(None));
        self.handled.set(None);
    }

    /// Position of the instruction that suspended it.
    pub fn suspended_at(&self) -> *const Insn {
        self.pc.get().wrapping_sub(1)
    }

    /// Whether an exception raised where it is suspended has a handler.
    pub fn is_protected(&self) -> bool {
        let code = self.function.code.get();
        let index = code.index_of(self.suspended_at()) as u32;
        code.as_ref().unit().handlers.iter().any(|h| h.start <= index && index < h.end)
    }
}

pub static ASYNC_WRAPPED_DEF: TypeDef =
    TypeDef { name: "async_generator_wrapped_value", kind: Kind::Tuple, ..TypeDef::PLAIN };
