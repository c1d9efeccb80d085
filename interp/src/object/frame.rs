//! Frame objects: what `sys._getframe()` and tracebacks show.
//!
//! The interpreter's frames are windows on the register stack; an object is made for one only when somebody asks. While the
//! window is active the object points at it (and the window's link word at the object); when it ends, the locals are copied out.

use super::code::Code;
use super::function::Function;
use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use crate::heap::{ArrayBuf, Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use adder_bytecode::Insn;
use std::cell::Cell;

/// See the module documentation.
#[repr(C)]
pub struct Frame {
    hdr: Header,
    pub function: Gc<Function>,
    pub code: Gc<Code>,
    /// First register of the active window; null once it has ended.
    pub base: Cell<*mut Option<Value>>,
    /// Last known instruction; exact once the window has ended.
    pub pc: Cell<*const Insn>,
    pub back: Cell<Option<Gc<Frame>>>,
    /// Registers `0 .. nlocals` copied out at the end.
    pub locals: Cell<Option<Gc<ArrayBuf>>>,
    /// What the window's link word held before: the instance under construction, or the generator.
    pub inner_link: Cell<u64>,
    pub trace: Cell<Option<Value>>,
    pub trace_lines: Cell<bool>,
    pub trace_opcodes: Cell<bool>,
    /// Extra names written through `f_locals` that are no local variables.
    pub extra_locals: Cell<Option<Value>>,
    /// Line reported instead of the one of `pc`, set by a debugger.
    pub line_override: Cell<Option<u32>>,
}

// SAFETY: every value is visited; the window itself is scanned with the register stack.
unsafe impl HeapObject for Frame {
    const KIND: Kind = Kind::Frame;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.function.value());
        tracer.visit(self.code.value());
        let link = self.inner_link.get() & !3;
        let optional = [
            self.back.get().map(Gc::value),
            self.locals.get().map(Gc::value),
            self.trace.get(),
            self.extra_locals.get(),
            Value::from_bits(link),
        ];
        optional.into_iter().flatten().for_each(|v| tracer.visit(v));
    }
}

impl Frame {
    pub fn new(heap: &Heap, function: Gc<Function>, base: *mut Option<Value>, inner_link: u64) -> Gc<Frame> {
        heap.alloc(
            shape_id::FRAME,
            Frame {
                hdr: Header::blank(),
                function,
                code: function.code.get(),
                base: Cell::new(base),
                pc: Cell::new(std::ptr::null()),
                back: Cell::new(None),
                locals: Cell::new(None),
                inner_link: Cell::new(inner_link),
                trace: Cell::new(None),
                trace_lines: Cell::new(true),
                trace_opcodes: Cell::new(false),
                extra_locals: Cell::new(None),
                line_override: Cell::new(None),
            },
        )
    }

    /// Whether the window is still on the register stack.
    pub fn is_active(&self) -> bool {
        !self.base.get().is_null()
    }

    /// The window ends: copies the locals out.
    pub fn detach(&self, heap: &Heap, pc: *const Insn) {
        let n = self.code.unit().locals.len();
        let locals = ArrayBuf::new(heap, n);
        for (i, slot) in locals.slots().iter().enumerate() {
            // SAFETY: the window is active and has at least `n` registers.
            slot.set(unsafe { *self.base.get().add(i) });
        }
        self.locals.set(Some(locals));
        self.pc.set(pc);
        self.base.set(std::ptr::null_mut());
        heap.barrier_object(&self.hdr);
    }

    /// Register `index`, wherever it is now.
    pub fn local(&self, index: usize) -> Option<Value> {
        if self.is_active() {
            // SAFETY: the window has this register.
            unsafe { *self.base.get().add(index) }
        } else {
            self.locals.get()?.as_ref().slots().get(index)?.get()
        }
    }
    /// Writes register `index`.
    pub fn set_local(&self, heap: &Heap, index: usize, value: Option<Value>) {
        if self.is_active() {
            // SAFETY: the window has this register.
            unsafe { *self.base.get().add(index) = value };
        } else if let Some(locals) = self.locals.get() {
            match value {
                Some(v) => locals.set(heap, index, v),
                None => locals.as_ref().slots()[index].set(None),
            }
        }
    }
}

pub static TYPE_DEF: TypeDef = TypeDef { name: "frame", kind: Kind::Frame, ..TypeDef::PLAIN };
