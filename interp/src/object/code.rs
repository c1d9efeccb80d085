//! Code objects: a compiled unit and, once it has run, its writable instructions and words.
//!
//! The unit is immutable and shared (it may come from the mapped code image). *Materialising* makes what the interpreter needs: a
//! private copy of the instructions, which collects type feedback in place, and the words array with constants as values
//! and zeroed inline caches.

pub use super::code_methods::TYPE_DEF;
use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use super::str::Str;
use super::tuple::Tuple;
use crate::heap::{Heap, Tracer};
use crate::value::Value;
use crate::vm::tracing::CodeMonitoring;
use adder_bytecode::{CodeRef, CodeUnit, Const, Insn, Lent, Word};
use std::cell::{Cell, OnceCell};

/// See the module documentation.
#[repr(C)]
pub struct Code {
    hdr: Header,
    name: Gc<Str>,
    qualname: Gc<Str>,
    pub filename: Cell<Gc<Str>>,
    unit: CodeRef,
    body: OnceCell<Body>,
    /// Where calls start when that is not the first instruction: a stub of the compiled tier.
    pub call_entry: Cell<*const Insn>,
    /// `co_names`-style tuples and the like, made when first asked for.
    pub consts_tuple: Cell<Option<Gc<Tuple>>>,
    /// Local events and the like, made when the code is first monitored.
    pub(crate) monitoring: OnceCell<Box<CodeMonitoring>>,
}

struct Body {
    insns: Box<[Cell<Insn>]>,
    words: Box<[Cell<u64>]>,
}

// SAFETY: names and constant words are visited; cache words refer weakly, guarded by versions.
unsafe impl HeapObject for Code {
    const KIND: Kind = Kind::Code;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.name.value());
        tracer.visit(self.qualname.value());
        tracer.visit(self.filename.get().value());
        if let Some(t) = self.consts_tuple.get() {
            tracer.visit(t.value());
        }
        if let Some(body) = self.body.get() {
            for (i, _) in self.unit.words.filled() {
                if let Some(v) = Value::from_bits(body.words[i].get()) {
                    tracer.visit(v);
                }
            }
        }
    }
}

impl Code {
    pub fn new(heap: &Heap, unit: CodeRef) -> Gc<Code> {
        let filename = heap.intern_str(&unit.filename);
        Code::with_filename(heap, unit, filename)
    }

    /// Inner code objects share the outer one's filename object.
    pub fn with_filename(heap: &Heap, unit: CodeRef, filename: Gc<Str>) -> Gc<Code> {
        let name = heap.intern_str(unit.name());
        let qualname = heap.intern_str(unit.qualname());
        let code = heap.alloc(
            shape_id::CODE,
            Code {
                hdr: Header::blank(),
                name,
                qualname,
                filename: Cell::new(filename),
                unit,
                body: OnceCell::new(),
                call_entry: Cell::new(std::ptr::null()),
                consts_tuple: Cell::new(None),
                monitoring: OnceCell::new(),
            },
        );
        heap.register_drop(code.header());
        code
    }

    pub fn unit(&self) -> &CodeUnit {
        &self.unit
    }
    pub fn shared_unit(&self) -> CodeRef {
        self.unit.clone()
    }
    pub fn name(&self) -> Gc<Str> {
        self.name
    }
    pub fn qualname(&self) -> Gc<Str> {
        self.qualname
    }

    /// Makes the code runnable; cheap when it is already.
    pub fn materialise(&self, heap: &Heap) {
        if self.body.get().is_some() {
            return;
        }
        let filename = self.filename.get();
        let words: Box<[Cell<u64>]> = (0..self.unit.words.len()).map(|_| Cell::new(0)).collect();
        let insns: Box<[Cell<Insn>]> = self.unit.insns.iter().map(|&i| Cell::new(i)).collect();
        let body = self.body.get_or_init(|| Body { insns, words });
        // The words are traced from here on: constants may be allocated one by one.
        for (i, init) in self.unit.words.filled() {
            let value = match init {
                Word::Cache => continue,
                Word::Name(name) => heap.intern_str(name).value(),
                Word::Const(c) => constant(heap, c, filename),
            };
            body.words[i].set(value.bits());
            heap.barrier(&self.hdr, value);
        }
    }

    pub fn is_materialised(&self) -> bool {
        self.body.get().is_some()
    }
    /// First instruction of materialised code.
    pub fn entry(&self) -> *const Insn {
        self.body.get().map_or(std::ptr::null(), |b| b.insns.as_ptr().cast())
    }
    /// Words of materialised code.
    pub fn words(&self) -> *mut u64 {
        self.body.get().map_or(std::ptr::null_mut(), |b| b.words.as_ptr() as *mut u64)
    }
    /// Index of the instruction at `pc`.
    pub fn index_of(&self, pc: *const Insn) -> usize {
        (pc as usize).wrapping_sub(self.entry() as usize) / size_of::<Insn>()
    }
    /// The offset of an instruction as Python counts: two bytes each, behind one that stands for the start of a frame.
    pub fn offset(index: usize) -> i64 {
        2 * (index as i64 + 1)
    }
    /// The line that the start of a frame has.
    pub fn start_line(&self) -> u32 {
        if self.unit.name() == "<module>" { 0 } else { self.unit.firstlineno }
    }
    /// The live instructions, with their feedback.
    pub fn insns(&self) -> &[Cell<Insn>] {
        self.body.get().map_or(&[], |b| &b.insns)
    }
}

/// The value of a constant. Strings that look like identifiers are interned, as in CPython.
pub fn constant(heap: &Heap, c: &Const, filename: Gc<Str>) -> Value {
    match c {
        Const::None => Value::none(),
        Const::True => Value::bool(true),
        Const::False => Value::bool(false),
        Const::Ellipsis => Value::ellipsis(),
        Const::Int(i) => super::int::from_i64(heap, *i),
        Const::BigInt { negative, magnitude } => {
            let sign = if *negative { num_bigint::Sign::Minus } else { num_bigint::Sign::Plus };
            super::int::from_bigint(heap, num_bigint::BigInt::from_bytes_le(sign, magnitude))
        }
        Const::Float(bits) => Value::float(f64::from_bits(*bits)),
        Const::Complex { re, im } => {
            super::complex::Complex::new(heap, f64::from_bits(*re), f64::from_bits(*im)).value()
        }
        Const::Str(s) => {
            let identifier = s.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            match s {
                _ if identifier => heap.intern(Str::from_wtf8(heap, s)).value(),
                Lent::Static(s) => match std::str::from_utf8(s) {
                    Ok(text) => Str::from_static(heap, text).value(),
                    Err(_) => Str::from_wtf8(heap, s).value(),
                },
                Lent::Owned(s) => Str::from_wtf8(heap, s).value(),
            }
        }
        Const::Bytes(b) => super::bytes::Bytes::new(heap, b).value(),
        Const::Tuple(items) => {
            let mut values = crate::heap::GcVec::with_capacity(heap, items.len());
            items.iter().for_each(|c| values.push(heap, constant(heap, c, filename)));
            Tuple::new(heap, &values).value()
        }
        Const::FrozenSet(items) => {
            let mut values = crate::heap::GcVec::with_capacity(heap, items.len());
            items.iter().for_each(|c| values.push(heap, constant(heap, c, filename)));
            super::set::Set::frozen_from_constants(heap, &values).value()
        }
        Const::Slice(parts) => {
            let [start, stop, step] = [0, 1, 2].map(|i| constant(heap, &parts[i], filename));
            super::slice::Slice::new(heap, start, stop, step).value()
        }
        Const::Code(unit) => Code::with_filename(heap, unit.clone(), filename).value(),
    }
}
