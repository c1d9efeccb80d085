//! Shapes: hidden classes that name an object's class and the layout of its attributes.
//!
//! Objects carry a [`ShapeId`]; the table in the heap maps it to a [`Shape`]. Adding an attribute moves an instance
//! along a transition to the shape that has that attribute too, so instances of a class that are initialised alike share shapes,
//! and one compare of the id tells class and layout. Every built-in class has a fixed id (`shape_id`), equal in all
//! interpreters, so that guards on them are compares with constants.
//!
//! An instance whose attributes do not fit the scheme (too many, deleted out of order, `__dict__` asked for) moves to its
//! class's *dictionary shape*: its attributes then live in a real dict in the overflow word.
//!
//! Machine code that has seen an instance of a shape which no instance has ever left ([`Shape::is_kept`]) takes it that it keeps that
//! shape; the first one that does not withdraws the code. The ways out of a shape for which there are no transitions yet are few and slow.
//!
//! Ids are never used twice, so a stale inline cache can never match a new shape.

pub use super::header::ShapeId;
use super::header::{Gc, Header, HeapObject, Kind};
use super::instance::FIRST_SLOT_OFFSET;
use super::str::Str;
use super::typeobj::Type;
use crate::heap::{Heap, Tracer};
use std::cell::{Cell, RefCell};

/// More attributes than this put an instance into dictionary mode.
pub const MAX_ATTRIBUTES: usize = 128;

/// One attribute added to a parent shape; see the module documentation.
#[repr(C)]
pub struct Shape {
    hdr: Header,
    pub id: ShapeId,
    /// Attributes of instances with this shape, `__slots__` not counted.
    pub count: u32,
    pub class: Cell<Gc<Type>>,
    /// Name of attribute `count - 1`; `None` in a root shape.
    last: Option<Gc<Str>>,
    parent: Option<Gc<Shape>>,
    /// Attribute slots inside the instance; further ones are in the overflow array.
    pub inline_capacity: u16,
    /// Words of `__slots__` before the attribute slots.
    pub slot_words: u16,
    /// Attributes live in a dict.
    pub dict_mode: bool,
    transitions: RefCell<Vec<Gc<Shape>>>,
    /// Some instance had this shape and has another now.
    left: Cell<bool>,
    /// All names in order, built when first asked for.
    names: RefCell<Option<Box<[Gc<Str>]>>>,
}

// SAFETY: every pointer is visited.
unsafe impl HeapObject for Shape {
    const KIND: Kind = Kind::Shape;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.class.get().value());
        if let Some(name) = self.last {
            tracer.visit(name.value());
        }
        if let Some(parent) = self.parent {
            tracer.visit(parent.value());
        }
        self.transitions.borrow().iter().for_each(|s| tracer.visit(s.value()));
    }
}

impl Shape {
    /// A root shape of `class`, entered into the table.
    pub fn new_root(
        heap: &Heap,
        class: Gc<Type>,
        inline_capacity: u16,
        slot_words: u16,
        dict_mode: bool,
    ) -> Gc<Shape> {
        let id = heap.shapes.next_id();
        let shape = Shape::make(heap, id, class, None, None, inline_capacity, slot_words, dict_mode);
        heap.shapes.push(shape);
        shape
    }

    /// The fixed shape of a built-in class.
    pub fn new_fixed(heap: &Heap, id: ShapeId, class: Gc<Type>) -> Gc<Shape> {
        let shape = Shape::make(heap, id, class, None, None, 0, 0, false);
        heap.shapes.set(id, Some(heap.make_immortal(shape)));
        shape
    }

    #[allow(clippy::too_many_arguments, reason = "the one constructor behind two public ones")]
    fn make(
        heap: &Heap,
        id: ShapeId,
        class: Gc<Type>,
        last: Option<Gc<Str>>,
        parent: Option<Gc<Shape>>,
        inline_capacity: u16,
        slot_words: u16,
        dict_mode: bool,
    ) -> Gc<Shape> {
        let shape = heap.alloc(
            shape_id::SHAPE,
            Shape {
                hdr: Header::blank(),
                id,
                count: parent.map_or(0, |p| p.count + 1),
                class: Cell::new(class),
                last,
                parent,
                inline_capacity,
                slot_words,
                dict_mode,
                transitions: RefCell::default(),
                left: Cell::new(false),
                names: RefCell::default(),
            },
        );
        heap.register_drop(shape.header());
        shape
    }

    /// The shape with attribute `name` (interned) added; `None` when the instance should go to dictionary mode.
    pub fn with_attribute(this: Gc<Shape>, heap: &Heap, name: Gc<Str>) -> Option<Gc<Shape>> {
        if let Some(&next) = this.transitions.borrow().iter().find(|s| s.last == Some(name)) {
            return Some(next);
        }
        if this.count as usize >= MAX_ATTRIBUTES || this.transitions.borrow().len() >= 64 {
            return None;
        }
        let id = heap.shapes.next_id();
        let next = Shape::make(
            heap,
            id,
            this.class.get(),
            Some(name),
            Some(this),
            this.inline_capacity,
            this.slot_words,
            false,
        );
        heap.shapes.push(next);
        this.transitions.borrow_mut().push(next);
        heap.barrier(this.header(), next.value());
        Some(next)
    }

    /// Index of attribute `name` (interned).
    pub fn find(&self, name: Gc<Str>) -> Option<usize> {
        if self.count <= 8 {
            let mut at = self;
            loop {
                if at.last? == name {
                    return Some(at.count as usize - 1);
                }
                at = at.parent?.as_ref();
            }
        }
        self.with_names(|names| names.iter().rposition(|&n| n == name))
    }

    /// Calls `f` with the attribute names in order of creation.
    pub fn with_names<R>(&self, f: impl FnOnce(&[Gc<Str>]) -> R) -> R {
        let mut names = self.names.borrow_mut();
        let names = names.get_or_insert_with(|| {
            let mut list = Vec::with_capacity(self.count as usize);
            let mut at = self;
            while let (Some(name), Some(parent)) = (at.last, at.parent) {
                list.push(name); // kept alive by the chain of parents
                at = parent.as_ref();
            }
            list.reverse();
            list.into_boxed_slice()
        });
        f(names)
    }

    /// Whether the word at this byte of an instance of this shape is that of an attribute which the shape names. Such a word is
    /// never empty: deleting an attribute gives the instance another shape.
    pub fn is_full(&self, offset: usize) -> bool {
        let first = FIRST_SLOT_OFFSET + 8 * self.slot_words as usize;
        let named = self.count.min(u32::from(self.inline_capacity)) as usize;
        !self.dict_mode && (first..first + 8 * named).contains(&offset)
    }

    /// Whether no instance that had this shape has got another: then machine code may take it that none will, if it watches the
    /// shape. See [`crate::vm::Vm::leave_shape`].
    pub fn is_kept(&self) -> bool {
        !self.left.get() && self.transitions.borrow().is_empty()
    }
    /// An instance goes on to another shape.
    pub(crate) fn note_left(&self) {
        self.left.set(true);
    }

    /// The shape before the last attribute was added.
    pub fn parent(&self) -> Option<Gc<Shape>> {
        self.parent
    }
}

/// The shapes of an interpreter by id, in a reserved array that never moves: finding an object's shape is one load.
pub struct ShapeTable {
    base: *mut Option<Gc<Shape>>,
    len: Cell<usize>,
}

/// Most shapes an interpreter can have made.
const MAX_SHAPES: usize = 1 << 27;

impl ShapeTable {
    /// A table whose first `fixed` ids belong to built-in classes.
    pub fn new(fixed: usize) -> ShapeTable {
        let base = crate::heap::space::reserve(MAX_SHAPES * 8).expect("address space for the shape table");
        ShapeTable { base: base as *mut _, len: Cell::new(fixed) }
    }
    #[inline(always)]
    pub fn get(&self, id: ShapeId) -> Option<Gc<Shape>> {
        debug_assert!((id.0 as usize) < self.len.get());
        // SAFETY: ids are handed out below the length; the reserved array starts out as zeros, which is `None`.
        unsafe { *self.base.add(id.0 as usize) }
    }
    pub fn set(&self, id: ShapeId, shape: Option<Gc<Shape>>) {
        assert!((id.0 as usize) < self.len.get());
        // SAFETY: as above.
        unsafe { *self.base.add(id.0 as usize) = shape }
    }
    pub fn next_id(&self) -> ShapeId {
        ShapeId(self.len.get() as u32)
    }
    /// Enters `shape` under [`Self::next_id`].
    pub fn push(&self, shape: Gc<Shape>) {
        let id = self.next_id();
        assert!(self.len.get() < MAX_SHAPES, "too many shapes");
        self.len.set(self.len.get() + 1);
        self.set(id, Some(shape));
    }
    /// Number of ids handed out.
    pub fn len(&self) -> usize {
        self.len.get()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Ids of the shapes that exist in every interpreter.
pub mod shape_id {
    use super::ShapeId;

    /// Shapes of internal objects that have no Python class.
    pub const ARRAY_BUF: ShapeId = ShapeId(0);
    pub const BYTE_BUF: ShapeId = ShapeId(0);
    pub const SHAPE: ShapeId = ShapeId(0);
    pub const DICT_TABLE: ShapeId = ShapeId(0);

    pub use crate::vm::types::builtin_shape_ids::*;
}
