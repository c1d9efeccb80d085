//! Windows on the register stack.
//!
//! A window's registers start at `base`. Below it lie the header words that the caller's outgoing area provides:
//!
//! | word | contents |
//! | --- | --- |
//! | `base[-1]` | the function |
//! | `base[-2]` | caller's next instruction; with [`BOUNDARY`] when native code called, which then gets the result |
//! | `base[-3]` | caller's base |
//! | `base[-4]` | caller's words |
//! | `base[-5]` | link: 0, a [`Frame`] object, or tagged: [`LINK_INIT`] the instance under construction, [`LINK_GENERATOR`] the generator; [`LINK_OPERATOR`] |
//!
//! All words are readable by the conservative scan, so none needs a description.

use super::Vm;
use crate::object::code::Code;
use crate::object::frame::Frame;
use crate::object::function::Function;
use crate::object::generator::Generator;
use crate::object::header::{Gc, HeapObject};
use crate::value::Value;
use adder_bytecode::Insn;

/// Tag of a return address that belongs to native code.
pub const BOUNDARY: usize = 1;
/// Tags of the link word.
pub const LINK_INIT: u64 = 1;
pub const LINK_GENERATOR: u64 = 2;
/// The whole link word of a method that machine code runs for a binary operator: `NotImplemented` is not the result.
pub const LINK_OPERATOR: u64 = 3;
pub const LINK_TAGS: u64 = 3;

/// The base of a window; header accessors.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Window(pub *mut Option<Value>);

impl Window {
    #[inline(always)]
    fn word(self, n: usize) -> *mut u64 {
        // SAFETY: every window has its header words below it.
        unsafe { self.0.cast::<u64>().sub(n) }
    }
    #[inline(always)]
    fn read(self, n: usize) -> u64 {
        // SAFETY: as in `word`.
        unsafe { *self.word(n) }
    }
    #[inline(always)]
    fn write(self, n: usize, bits: u64) {
        // SAFETY: as in `word`.
        unsafe { *self.word(n) = bits }
    }
    /// The function that runs in the window.
    #[inline(always)]
    pub fn function(self) -> Gc<Function> {
        // SAFETY: word 1 of an entered window is its function.
        unsafe { Gc::from_ptr(self.read(1) as *const Function) }
    }
    #[inline(always)]
    pub fn set_function(self, function: Gc<Function>) {
        self.write(1, function.as_ptr() as u64);
    }
    #[inline(always)]
    pub fn return_pc(self) -> usize {
        self.read(2) as usize
    }
    #[inline(always)]
    pub fn set_return_pc(self, pc: usize) {
        self.write(2, pc as u64);
    }
    #[inline(always)]
    pub fn is_boundary(self) -> bool {
        self.return_pc() & BOUNDARY != 0
    }
    #[inline(always)]
    pub fn caller(self) -> Window {
        Window(self.read(3) as *mut _)
    }
    #[inline(always)]
    pub fn set_caller(self, caller: Window) {
        self.write(3, caller.0 as u64);
    }
    #[inline(always)]
    pub fn caller_words(self) -> *mut u64 {
        self.read(4) as *mut u64
    }
    #[inline(always)]
    pub fn set_caller_words(self, words: *mut u64) {
        self.write(4, words as u64);
    }
    #[inline(always)]
    pub fn link(self) -> u64 {
        self.read(5)
    }
    #[inline(always)]
    pub fn set_link(self, link: u64) {
        self.write(5, link);
    }
    #[inline(always)]
    pub fn code(self) -> Gc<Code> {
        self.function().code.get()
    }
    /// The frame object, if one was made.
    pub fn frame_object(self) -> Option<Gc<Frame>> {
        let link = self.link();
        if link & LINK_TAGS != 0 {
            return None;
        }
        Value::from_bits(link).and_then(|v| v.downcast())
    }
    /// The link without a frame object in front of it.
    pub fn inner_link(self) -> u64 {
        self.frame_object().map_or(self.link(), |f| f.inner_link.get())
    }
    /// The generator whose window this is.
    pub fn generator(self) -> Option<Gc<Generator>> {
        let link = self.inner_link();
        if link & LINK_TAGS != LINK_GENERATOR {
            return None;
        }
        Value::from_bits(link & !LINK_TAGS).and_then(|v| v.downcast())
    }
}

/// A running Python frame as a walker sees it.
#[derive(Clone, Copy)]
pub struct RunningFrame {
    pub window: Window,
    /// The instruction being executed.
    pub pc: *const Insn,
}

impl RunningFrame {
    /// Line of the instruction being executed, 0 if it has none.
    pub fn line(&self) -> u32 {
        let code = self.window.code();
        let index = code.index_of(self.pc);
        code.as_ref().unit().positions.line(index).unwrap_or(0)
    }
}

impl Vm {
    /// The innermost running Python frame.
    pub fn current_frame(&self) -> Option<RunningFrame> {
        if self.pc.get().is_null() {
            return None;
        }
        Some(RunningFrame { window: Window(self.base.get()), pc: self.pc.get() })
    }

    /// The frame that called `frame`.
    pub fn caller_of(&self, frame: RunningFrame) -> Option<RunningFrame> {
        let return_pc = (frame.window.return_pc() & !BOUNDARY) as *const Insn;
        if return_pc.is_null() {
            return None;
        }
        // A boundary keeps the position of the calling instruction, a plain call the one after it.
        let pc = if frame.window.is_boundary() { return_pc } else { return_pc.wrapping_sub(1) };
        Some(RunningFrame { window: frame.window.caller(), pc })
    }

    /// Running frames, innermost first.
    pub fn frames(&self) -> impl Iterator<Item = RunningFrame> + '_ {
        std::iter::successors(self.current_frame(), |f| self.caller_of(*f))
    }

    /// The frame object of a running frame, made on demand.
    pub fn frame_object(&self, frame: RunningFrame) -> Gc<Frame> {
        let window = frame.window;
        if let Some(object) = window.frame_object() {
            object.pc.set(frame.pc);
            return object;
        }
        let link = window.link();
        let object = Frame::new(&self.heap, window.function(), window.0, link);
        object.pc.set(frame.pc);
        if let Some(generator) = window.generator() {
            generator.frame.set(Some(object.value()));
            self.heap.barrier(generator.header(), object.value());
        }
        window.set_link(object.value().bits());
        object
    }

    /// End of the register stack that may hold values of live frames.
    pub(crate) fn registers_in_use(&self) -> *const Option<Value> {
        let mut end = self.top.get() as *const Option<Value>;
        if !self.pc.get().is_null() {
            let window = Window(self.base.get());
            let nregs = window.function().nregs.get() as usize;
            end = end.max(window.0.wrapping_add(nregs));
        }
        end
    }

    /// Code of the running frame.
    pub fn current_code(&self) -> Option<Gc<Code>> {
        self.current_frame().map(|f| f.window.code())
    }

    /// Globals of the running frame.
    pub fn current_globals(&self) -> Option<Gc<crate::object::dict::Dict>> {
        self.current_frame().map(|f| f.window.function().globals)
    }
}

const _: () = assert!(Function::KIND as u16 == crate::object::header::Kind::Function as u16);
