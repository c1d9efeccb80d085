//! Traceback objects: one per frame an exception passed through, innermost last in the chain.

use super::code::Code;
use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use crate::heap::{Heap, Tracer};
use crate::object::frame::Frame;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_bytecode::Pos;
use adder_macros::pymethods;
use std::cell::Cell;

/// See the module documentation.
#[repr(C)]
pub struct Traceback {
    hdr: Header,
    pub next: Cell<Option<Gc<Traceback>>>,
    /// The frame object.
    pub frame: Value,
    pub code: Gc<Code>,
    /// Instruction index in the code.
    pub index: u32,
    /// Line, or -1 to derive it from `index`.
    pub line: Cell<i32>,
    /// `tb_lasti` as the constructor was given it, or -1.
    given_lasti: Cell<i32>,
}

// SAFETY: every value is visited.
unsafe impl HeapObject for Traceback {
    const KIND: Kind = Kind::Traceback;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(next) = self.next.get() {
            tracer.visit(next.value());
        }
        tracer.visit(self.frame);
        tracer.visit(self.code.value());
    }
}

impl Traceback {
    pub fn new(
        heap: &Heap,
        next: Option<Gc<Traceback>>,
        frame: Value,
        code: Gc<Code>,
        index: u32,
    ) -> Gc<Traceback> {
        let tb = Traceback {
            hdr: Header::blank(),
            next: Cell::new(next),
            frame,
            code,
            index,
            line: Cell::new(-1),
            given_lasti: Cell::new(-1),
        };
        heap.alloc(shape_id::TRACEBACK, tb)
    }

    /// Line number, 0 when the instruction has none.
    pub fn line_number(&self) -> i64 {
        match self.line.get() {
            -1 => self.code.unit().positions.line(self.index as usize).map_or(0, i64::from),
            line => line as i64,
        }
    }

    /// Source span of the instruction.
    pub fn position(&self) -> Option<Pos> {
        self.code.unit().positions.get(self.index as usize).filter(|p| p.line != 0)
    }
}

/// Create a new traceback object.
#[pymethods(name = "traceback", kind = Traceback, def = TYPE_DEF)]
impl Traceback {
    #[pynew(sig = "(tb_next, tb_frame, tb_lasti, tb_lineno)")]
    fn __new__(
        _cls: Gc<Type>,
        vm: &Vm,
        tb_next: Value,
        tb_frame: Gc<Frame>,
        tb_lasti: i32,
        tb_lineno: i32,
    ) -> PyResult<Gc<Traceback>> {
        let next = match tb_next.downcast::<Traceback>() {
            None if !tb_next.is_none() => {
                return Err(vm.type_error(format!(
                    "expected traceback object or None, got '{}'",
                    vm.type_of(tb_next).name()
                )));
            }
            next => next,
        };
        let index = u32::try_from(tb_lasti / 2 - 1).unwrap_or(u32::MAX);
        let tb = Traceback::new(&vm.heap, next, tb_frame.value(), tb_frame.code, index);
        tb.line.set(tb_lineno);
        tb.given_lasti.set(tb_lasti);
        Ok(tb)
    }

    #[pymethod]
    fn __dir__(_this: Gc<Traceback>, vm: &Vm) -> Value {
        let mut names = vm.vec();
        for name in ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"] {
            names.push(&vm.heap, vm.intern(name).value());
        }
        vm.list_from(names)
    }

    #[pygetset]
    fn tb_frame(this: Gc<Traceback>) -> Value {
        this.frame
    }
    #[pygetset]
    fn tb_lasti(this: Gc<Traceback>) -> i64 {
        match this.given_lasti.get() {
            -1 => Code::offset(this.index as usize),
            given => given as i64,
        }
    }
    #[pygetset]
    fn tb_lineno(this: Gc<Traceback>) -> Option<i64> {
        Some(this.line_number()).filter(|&line| line != 0)
    }
    #[pygetset]
    fn tb_next(this: Gc<Traceback>) -> Option<Gc<Traceback>> {
        this.next.get()
    }
    #[pygetset(setter = "tb_next")]
    fn set_tb_next(this: Gc<Traceback>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.type_error("can't delete tb_next attribute")) };
        let next = match value.downcast::<Traceback>() {
            None if !value.is_none() => {
                return Err(
                    vm.type_error(format!("expected traceback object, got '{}'", vm.type_of(value).name()))
                );
            }
            next => next,
        };
        let mut at = next;
        while let Some(tb) = at {
            if tb == this {
                return Err(vm.value_error("traceback loop detected"));
            }
            at = tb.next.get();
        }
        this.next.set(next);
        vm.heap.barrier_object(this.header());
        Ok(())
    }
}
