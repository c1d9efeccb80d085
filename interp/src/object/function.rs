//! Functions and methods, Python's and native ones, and the descriptors that classes are made of.

use super::code::Code;
use super::dict::Dict;
use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::heap::{Heap, Tracer};
use crate::native::{FnDef, FnKind};
use crate::value::Value;
use adder_bytecode::{CodeFlags, Insn};
use std::cell::Cell;

/// A Python function.
///
/// The first fields are what a call needs, copied from the code object when it was made ready to run.
#[repr(C)]
pub struct Function {
    hdr: Header,
    /// First instruction; null until the code object has been materialised.
    pub entry: Cell<*const Insn>,
    /// The code object's words.
    pub words: Cell<*mut u64>,
    /// Argument count that needs no binding: all positional, no defaults to fill; `u32::MAX` when calls always bind.
    pub simple_args: Cell<u32>,
    /// Registers of the window.
    pub nregs: Cell<u32>,
    /// Locals to clear on entry: registers `simple_args ..` this.
    pub nlocals: Cell<u32>,
    pub code: Cell<Gc<Code>>,
    pub globals: Gc<Dict>,
    pub builtins: Gc<Dict>,
    pub closure: Cell<Option<Gc<Tuple>>>,
    pub defaults: Cell<Option<Gc<Tuple>>>,
    pub kwdefaults: Cell<Option<Gc<Dict>>>,
    pub name: Cell<Gc<Str>>,
    pub qualname: Cell<Gc<Str>>,
    pub module: Cell<Option<Value>>,
    pub doc: Cell<Option<Value>>,
    /// `__annotate__`, `__annotations__`, `__type_params__`, `__dict__`; empty until set.
    pub annotate: Cell<Option<Value>>,
    pub annotations: Cell<Option<Value>>,
    pub type_params: Cell<Option<Value>>,
    pub dict: Cell<Option<Gc<Dict>>>,
    /// Changes whenever code or defaults are replaced: what compiled code that inlined the function watches.
    pub version: Cell<u32>,
}

// SAFETY: every pointer to a heap object is visited; entry and words belong to the code object.
unsafe impl HeapObject for Function {
    const KIND: Kind = Kind::Function;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.code.get().value());
        tracer.visit(self.globals.value());
        tracer.visit(self.builtins.value());
        tracer.visit(self.name.get().value());
        tracer.visit(self.qualname.get().value());
        let optional = [
            self.closure.get().map(Gc::value),
            self.defaults.get().map(Gc::value),
            self.kwdefaults.get().map(Gc::value),
            self.module.get(),
            self.doc.get(),
            self.annotate.get(),
            self.annotations.get(),
            self.type_params.get(),
            self.dict.get().map(Gc::value),
        ];
        optional.into_iter().flatten().for_each(|v| tracer.visit(v));
    }
}

impl Function {
    /// A function of `code`; names and docstring come from it.
    pub fn new(
        heap: &Heap,
        code: Gc<Code>,
        globals: Gc<Dict>,
        builtins: Gc<Dict>,
        module: Option<Value>,
    ) -> Gc<Function> {
        heap.alloc(
            shape_id::FUNCTION,
            Function {
                hdr: Header::blank(),
                entry: Cell::new(std::ptr::null()),
                words: Cell::new(std::ptr::null_mut()),
                simple_args: Cell::new(u32::MAX),
                nregs: Cell::new(0),
                nlocals: Cell::new(0),
                code: Cell::new(code),
                globals,
                builtins,
                closure: Cell::new(None),
                defaults: Cell::new(None),
                kwdefaults: Cell::new(None),
                name: Cell::new(code.name()),
                qualname: Cell::new(code.qualname()),
                module: Cell::new(module),
                doc: Cell::new(None),
                annotate: Cell::new(None),
                annotations: Cell::new(None),
                type_params: Cell::new(None),
                dict: Cell::new(None),
                version: Cell::new(0),
            },
        )
    }

    /// Copies what calls need from the (materialised) code object.
    pub fn prepare(&self, heap: &Heap) {
        let code = self.code.get();
        code.materialise(heap);
        let stub = code.call_entry.get();
        self.entry.set(if stub.is_null() { code.entry() } else { stub });
        self.words.set(code.words());
        let unit = code.unit();
        self.nregs.set(unit.nregs as u32);
        self.nlocals.set(unit.locals.len() as u32);
        let simple = unit.kwonlyargcount == 0 && unit.nparams() == unit.argcount;
        self.simple_args.set(if !unit.flags.has(CodeFlags::OPTIMIZED) {
            1 // module and class code takes its namespace in register 0
        } else if simple {
            unit.argcount as u32
        } else {
            u32::MAX
        });
    }
}

/// A function bound to its first argument.
#[repr(C)]
pub struct BoundMethod {
    hdr: Header,
    pub function: Value,
    pub receiver: Value,
}

// SAFETY: both values are visited.
unsafe impl HeapObject for BoundMethod {
    const KIND: Kind = Kind::BoundMethod;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.function);
        tracer.visit(self.receiver);
    }
}

impl BoundMethod {
    pub fn new(heap: &Heap, function: Value, receiver: Value) -> Gc<BoundMethod> {
        heap.alloc(shape_id::METHOD, BoundMethod { hdr: Header::blank(), function, receiver })
    }
}

/// Everything native that classes and modules hold: functions (bound or not), method descriptors, getset and member descriptors. The shape
/// tells which.
#[repr(C)]
pub struct NativeFunction {
    hdr: Header,
    pub target: NativeTarget,
    /// The receiver of a bound builtin, the module's name or self object of a function.
    pub receiver: Option<Value>,
    /// The class whose dict holds the descriptor.
    pub owner: Option<Gc<Type>>,
    pub name: Gc<Str>,
    /// `__module__` of a module function.
    pub module: Option<Value>,
}

/// What a [`NativeFunction`] does.
#[derive(Clone, Copy)]
pub enum NativeTarget {
    Function(&'static FnDef),
    GetSet(&'static crate::native::GetSetDef),
    /// Slot word of a class with `__slots__`: index from the start (instances), or from the end (extension words).
    Member {
        index: usize,
        from_end: bool,
    },
}

// SAFETY: every value is visited.
unsafe impl HeapObject for NativeFunction {
    const KIND: Kind = Kind::NativeFunction;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        let optional = [self.receiver, self.owner.map(Gc::value), self.module];
        optional.into_iter().flatten().for_each(|v| tracer.visit(v));
        tracer.visit(self.name.value());
    }
}

impl NativeFunction {
    /// A function of a module.
    pub fn function(
        heap: &Heap,
        def: &'static FnDef,
        name: Gc<Str>,
        module: Option<Value>,
    ) -> Gc<NativeFunction> {
        NativeFunction::make(
            heap,
            shape_id::BUILTIN_FUNCTION,
            NativeTarget::Function(def),
            None,
            None,
            name,
            module,
        )
    }

    /// The descriptor a class dict holds for a native method; those behind type slots are "slot wrappers" to Python.
    pub fn descriptor(
        heap: &Heap,
        def: &'static FnDef,
        owner: Gc<Type>,
        name: Gc<Str>,
    ) -> Gc<NativeFunction> {
        let shape = match def.kind {
            FnKind::ClassMethod => shape_id::CLASSMETHOD_DESCRIPTOR,
            FnKind::Method if def.slot => shape_id::WRAPPER_DESCRIPTOR,
            FnKind::Method => shape_id::METHOD_DESCRIPTOR,
            FnKind::New | FnKind::StaticMethod | FnKind::Function => shape_id::BUILTIN_FUNCTION,
        };
        let receiver = (def.kind == FnKind::New).then(|| owner.value());
        NativeFunction::make(heap, shape, NativeTarget::Function(def), receiver, Some(owner), name, None)
    }

    pub fn getset(
        heap: &Heap,
        def: &'static crate::native::GetSetDef,
        owner: Gc<Type>,
        name: Gc<Str>,
    ) -> Gc<NativeFunction> {
        let owner_def = owner.def.map_or("", |d| d.name);
        let shape = if is_field(owner_def, def.name) {
            shape_id::MEMBER_DESCRIPTOR
        } else {
            shape_id::GETSET_DESCRIPTOR
        };
        NativeFunction::make(heap, shape, NativeTarget::GetSet(def), None, Some(owner), name, None)
    }

    pub fn member(
        heap: &Heap,
        index: usize,
        from_end: bool,
        owner: Gc<Type>,
        name: Gc<Str>,
    ) -> Gc<NativeFunction> {
        let target = NativeTarget::Member { index, from_end };
        NativeFunction::make(heap, shape_id::MEMBER_DESCRIPTOR, target, None, Some(owner), name, None)
    }

    /// The descriptor bound to a receiver: `[].append`, `"".__add__`.
    pub fn bind(&self, heap: &Heap, receiver: Value) -> Gc<NativeFunction> {
        let shape = if self.hdr.shape() == shape_id::WRAPPER_DESCRIPTOR {
            shape_id::METHOD_WRAPPER
        } else {
            shape_id::BUILTIN_FUNCTION
        };
        NativeFunction::make(heap, shape, self.target, Some(receiver), self.owner, self.name, None)
    }

    fn make(
        heap: &Heap,
        shape: ShapeId,
        target: NativeTarget,
        receiver: Option<Value>,
        owner: Option<Gc<Type>>,
        name: Gc<Str>,
        module: Option<Value>,
    ) -> Gc<NativeFunction> {
        heap.alloc(shape, NativeFunction { hdr: Header::blank(), target, receiver, owner, name, module })
    }

    /// The native function behind a function or method.
    #[inline(always)]
    pub fn def(&self) -> Option<&'static FnDef> {
        match self.target {
            NativeTarget::Function(def) => Some(def),
            _ => None,
        }
    }

    /// Whether a call passes the receiver as first argument.
    #[inline(always)]
    pub fn passes_receiver(&self) -> bool {
        self.receiver.is_some()
            && matches!(self.def(), Some(d) if matches!(d.kind, FnKind::Method | FnKind::ClassMethod))
    }
}

/// Computed attributes that CPython has as plain fields of its structs: `member_descriptor`s to Python.
fn is_field(class: &str, attribute: &str) -> bool {
    match class {
        "type" => matches!(
            attribute,
            "__base__"
                | "__basicsize__"
                | "__dictoffset__"
                | "__flags__"
                | "__itemsize__"
                | "__weakrefoffset__"
        ),
        "function" => matches!(attribute, "__closure__" | "__globals__" | "__builtins__"),
        "method" => matches!(attribute, "__func__" | "__self__"),
        "property" => matches!(attribute, "fget" | "fset" | "fdel" | "__doc__"),
        "classmethod" | "staticmethod" => matches!(attribute, "__func__" | "__wrapped__"),
        "super" => matches!(attribute, "__thisclass__" | "__self__" | "__self_class__"),
        "module" | "SimpleNamespace" => attribute == "__dict__",
        "method_descriptor"
        | "classmethod_descriptor"
        | "wrapper_descriptor"
        | "getset_descriptor"
        | "member_descriptor" => matches!(attribute, "__objclass__" | "__name__"),
        "builtin_function_or_method" => attribute == "__module__",
        "method-wrapper" => attribute == "__self__",
        "slice" | "range" => matches!(attribute, "start" | "stop" | "step"),
        "complex" => matches!(attribute, "real" | "imag"),
        "code" => attribute.starts_with("co_") && attribute != "co_code",
        _ => false,
    }
}
