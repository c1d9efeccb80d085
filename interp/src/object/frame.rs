//! Frame objects: what `sys._getframe()` and tracebacks show.
//!
//! The interpreter's frames are windows on the register stack; an object is made for one only when somebody asks. While the
//! window is active the object points at it (and the window's link word at the object); when it ends, the locals are copied out.

use super::cell::CellObject;
use super::code::Code;
use super::dict::Dict;
use super::function::Function;
use super::generator::{Generator, GeneratorState};
use super::header::{Gc, Header, HeapObject, Kind};
use super::int::as_int;
use super::shape::shape_id;
use crate::heap::{ArrayBuf, Heap, Tracer};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::frame::{LINK_GENERATOR, LINK_TAGS, RunningFrame};
use crate::vm::tracing::Progress;
use adder_bytecode::{CodeFlags, Insn, LocalKind};
use adder_macros::pymethods;
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
    /// Line and offset reported instead of those of `pc`: at the start of the frame, and at instructions without a line.
    pub place: Cell<Option<(u32, i64)>>,
    /// What monitoring remembers: see [`crate::vm::tracing`].
    pub progress: Cell<Progress>,
    pub last_index: Cell<Option<u32>>,
    pub last_line: Cell<u32>,
    /// Offset of the last instruction that had a line.
    pub last_offset: Cell<i64>,
    /// Where a trace function has sent the frame.
    pub jump_to: Cell<Option<u32>>,
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
                place: Cell::new(None),
                progress: Cell::new(Progress::Fresh),
                last_index: Cell::new(None),
                last_line: Cell::new(0),
                last_offset: Cell::new(0),
                jump_to: Cell::new(None),
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
        let unit = self.code.unit();
        let has_namespace = !unit.flags.has(CodeFlags::OPTIMIZED);
        for (i, slot) in locals.slots().iter().enumerate() {
            // What an exception has left of a comprehension is gone with it.
            if unit.local_kinds[i] != LocalKind::Hidden || i == 0 && has_namespace {
                // SAFETY: the window is active and has at least `n` registers.
                slot.set(unsafe { *self.base.get().add(i) });
            }
        }
        self.locals.set(Some(locals));
        self.pc.set(pc);
        self.base.set(std::ptr::null_mut());
        heap.barrier_object(&self.hdr);
    }

    /// The generator whose frame this is.
    pub fn generator(&self) -> Option<Gc<Generator>> {
        let link = self.inner_link.get();
        if link & LINK_TAGS != LINK_GENERATOR {
            return None;
        }
        Value::from_bits(link & !LINK_TAGS)?.downcast()
    }

    /// Where the registers of a frame are that is not on the register stack.
    fn stored(&self) -> Option<Gc<ArrayBuf>> {
        match self.generator() {
            Some(g) if g.state.get() != GeneratorState::Finished => Some(g.registers),
            _ => self.locals.get(),
        }
    }

    /// Register `index`, wherever it is now.
    pub fn local(&self, index: usize) -> Option<Value> {
        if self.is_active() {
            // SAFETY: the window has this register.
            unsafe { *self.base.get().add(index) }
        } else {
            self.stored()?.as_ref().slots().get(index)?.get()
        }
    }
    /// Writes register `index`.
    pub fn set_local(&self, heap: &Heap, index: usize, value: Option<Value>) {
        if self.is_active() {
            // SAFETY: the window has this register.
            unsafe { *self.base.get().add(index) = value };
            heap.frame_writes.set(heap.frame_writes.get() + 1);
        } else if let Some(stored) = self.stored() {
            match value {
                Some(v) => stored.set(heap, index, v),
                None => stored.as_ref().slots()[index].set(None),
            }
        }
    }

    /// Value of local variable `index`: what is in its cell, if it has one.
    pub fn variable(&self, index: usize) -> Option<Value> {
        let value = self.local(index)?;
        match self.code.unit().local_kinds[index] {
            // An argument that is to be captured has no cell before the prologue has made it.
            LocalKind::Cell | LocalKind::Free => {
                value.downcast::<CellObject>().map_or(Some(value), |cell| cell.get())
            }
            LocalKind::Fast => Some(value),
            LocalKind::Hidden => self.hidden_value(value),
        }
    }

    /// A variable of an inlined comprehension may be captured by a closure inside it.
    fn hidden_value(&self, value: Value) -> Option<Value> {
        value.downcast::<CellObject>().map_or(Some(value), |cell| cell.get())
    }

    /// Assigns local variable `index`.
    pub fn set_variable(&self, heap: &Heap, index: usize, value: Value) {
        let captured = self.code.unit().local_kinds[index] != LocalKind::Fast;
        match self.local(index).filter(|_| captured).and_then(|v| v.downcast::<CellObject>()) {
            Some(cell) => cell.set(heap, Some(value)),
            None => self.set_local(heap, index, Some(value)),
        }
    }

    /// The frame as a walker over running frames sees it.
    pub fn running(&self, vm: &Vm) -> Option<RunningFrame> {
        if !self.is_active() {
            return None;
        }
        vm.frames().find(|f| f.window.0 == self.base.get())
    }

    /// The instruction being executed, or the last one.
    pub fn position(&self, vm: &Vm) -> *const Insn {
        if let Some(running) = self.running(vm) {
            return running.pc;
        }
        match self.generator() {
            Some(g) if g.state.get() != GeneratorState::Finished => g.suspended_at(),
            _ => self.pc.get(),
        }
    }

    /// An instruction without a line shows itself as the last one that had one.
    pub fn stand_in(&self, index: usize) {
        let has_line = self.code.monitoring().line(self.code.unit(), index) != 0;
        let last = (self.last_line.get(), self.last_offset.get());
        self.place.set(Some(last).filter(|p| !has_line && p.0 != 0));
    }

    /// Line being executed; 0 if the instruction has none.
    pub fn line(&self, vm: &Vm) -> u32 {
        if let Some((line, _)) = self.place.get() {
            return line;
        }
        let index = self.code.index_of(self.position(vm));
        let unit = self.code.as_ref().unit();
        match unit.positions.get(index) {
            None => unit.firstlineno,
            // What was reported last is closer to the truth than the order of the code.
            Some(p) if p.line == 0 && self.last_line.get() != 0 && vm.monitored() => self.last_line.get(),
            Some(_) => unit.positions.line(index).unwrap_or(0),
        }
    }
}

#[pymethods(name = "frame", kind = Frame, def = TYPE_DEF)]
impl Frame {
    #[pymethod]
    fn __repr__(this: Gc<Frame>, vm: &Vm) -> PyResult<String> {
        Ok(format!(
            "<frame at {:#x}, file {}, line {}, code {}>",
            this.as_ptr() as usize,
            vm.repr_text(this.code.filename.get().value())?,
            this.line(vm),
            this.code.name().to_string_lossy()
        ))
    }

    /// Clear all references held by the frame.
    #[pymethod]
    fn clear(this: Gc<Frame>, vm: &Vm) -> PyResult<()> {
        if this.is_active() {
            return Err(vm.runtime_error("cannot clear an executing frame"));
        }
        if let Some(generator) = this.generator() {
            match generator.state.get() {
                GeneratorState::Suspended => {
                    return Err(vm.runtime_error("cannot clear a suspended frame"));
                }
                GeneratorState::Running => {
                    return Err(vm.runtime_error("cannot clear an executing frame"));
                }
                GeneratorState::Created => generator.finish(),
                GeneratorState::Finished => {}
            }
        }
        this.locals.set(None);
        this.extra_locals.set(None);
        Ok(())
    }

    /// Return the code object running in this frame.
    #[pygetset]
    fn f_code(this: Gc<Frame>) -> Gc<Code> {
        this.code
    }
    #[pygetset]
    fn f_globals(this: Gc<Frame>) -> Gc<Dict> {
        this.function.globals
    }
    #[pygetset]
    fn f_builtins(this: Gc<Frame>) -> Gc<Dict> {
        this.function.builtins
    }
    /// Return the mapping used by the frame to look up local variables.
    #[pygetset]
    fn f_locals(this: Gc<Frame>, vm: &Vm) -> PyResult {
        vm.frame_locals(this)
    }
    #[pygetset]
    fn f_back(this: Gc<Frame>, vm: &Vm) -> Option<Gc<Frame>> {
        match this.running(vm) {
            Some(running) => vm.caller_of(running).map(|caller| vm.frame_object(caller)),
            None => this.back.get(),
        }
    }
    /// Return the generator or coroutine associated with this frame, or None.
    #[pygetset]
    fn f_generator(this: Gc<Frame>) -> Option<Gc<Generator>> {
        this.generator()
    }
    #[pygetset]
    fn f_lasti(this: Gc<Frame>, vm: &Vm) -> i64 {
        match this.place.get() {
            Some((_, offset)) => offset,
            None => Code::offset(this.code.index_of(this.position(vm))),
        }
    }
    #[pygetset]
    fn f_lineno(this: Gc<Frame>, vm: &Vm) -> Option<u32> {
        Some(this.line(vm)).filter(|&line| line != 0 || this.place.get().is_some())
    }
    #[pygetset(setter = "f_lineno")]
    fn set_f_lineno(this: Gc<Frame>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        match value {
            None => Err(vm.attribute_error("cannot delete attribute")),
            Some(v) if as_int(v).is_none() => Err(vm.value_error("lineno must be an integer")),
            Some(v) => vm.set_frame_line(this, vm.index_i64(v)?),
        }
    }
    #[pygetset]
    fn f_trace(this: Gc<Frame>) -> Option<Value> {
        this.trace.get()
    }
    #[pygetset(setter = "f_trace")]
    fn set_f_trace(this: Gc<Frame>, vm: &Vm, value: Option<Value>) {
        this.trace.set(value.filter(|v| !v.is_none()));
        vm.heap.barrier_object(this.header());
    }
    #[pygetset]
    fn f_trace_lines(this: Gc<Frame>) -> bool {
        this.trace_lines.get()
    }
    #[pygetset(setter = "f_trace_lines")]
    fn set_f_trace_lines(this: Gc<Frame>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        this.trace_lines.set(bool_attribute(vm, value)?);
        Ok(())
    }
    #[pygetset]
    fn f_trace_opcodes(this: Gc<Frame>) -> bool {
        this.trace_opcodes.get()
    }
    #[pygetset(setter = "f_trace_opcodes")]
    fn set_f_trace_opcodes(this: Gc<Frame>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let wanted = bool_attribute(vm, value)?;
        this.trace_opcodes.set(wanted);
        if wanted {
            vm.want_opcode_events();
        }
        Ok(())
    }
}

fn bool_attribute(vm: &Vm, value: Option<Value>) -> PyResult<bool> {
    match value {
        None => Err(vm.type_error("can't delete numeric/char attribute")),
        Some(v) if v == Value::bool(true) => Ok(true),
        Some(v) if v == Value::bool(false) => Ok(false),
        Some(_) => Err(vm.type_error("attribute value type must be bool")),
    }
}
