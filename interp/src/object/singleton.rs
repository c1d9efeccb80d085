//! None, Ellipsis, NotImplemented, True and False: immortal statics, the same in every interpreter.

use super::header::{Header, HeapObject, Kind};
use super::shape::shape_id;
use crate::heap::Tracer;
use crate::value::Value;

/// None, Ellipsis or NotImplemented; the shape tells which.
#[repr(C)]
pub struct Singleton {
    hdr: Header,
}

/// True or False.
#[repr(C)]
pub struct Bool {
    hdr: Header,
    pub value: u64,
}

// SAFETY: no values inside.
unsafe impl HeapObject for Singleton {
    const KIND: Kind = Kind::Singleton;
    fn trace(&self, _: &mut Tracer<'_>) {}
}
// SAFETY: no values inside.
unsafe impl HeapObject for Bool {
    const KIND: Kind = Kind::Bool;
    fn trace(&self, _: &mut Tracer<'_>) {}
}
// SAFETY: never written after construction: the header of an immortal object has its flag set from the start.
unsafe impl Sync for Singleton {}
// SAFETY: as above.
unsafe impl Sync for Bool {}

static NONE: Singleton = Singleton { hdr: Header::immortal(Kind::Singleton, shape_id::NONE_TYPE, 8) };
static ELLIPSIS: Singleton = Singleton { hdr: Header::immortal(Kind::Singleton, shape_id::ELLIPSIS, 8) };
static NOT_IMPLEMENTED: Singleton =
    Singleton { hdr: Header::immortal(Kind::Singleton, shape_id::NOT_IMPLEMENTED_TYPE, 8) };
static FALSE: Bool = Bool { hdr: Header::immortal(Kind::Bool, shape_id::BOOL, 16), value: 0 };
static TRUE: Bool = Bool { hdr: Header::immortal(Kind::Bool, shape_id::BOOL, 16), value: 1 };

impl Value {
    #[inline(always)]
    pub fn none() -> Value {
        NONE.hdr.as_value()
    }
    #[inline(always)]
    pub fn ellipsis() -> Value {
        ELLIPSIS.hdr.as_value()
    }
    #[inline(always)]
    pub fn not_implemented() -> Value {
        NOT_IMPLEMENTED.hdr.as_value()
    }
    #[inline(always)]
    pub fn bool(b: bool) -> Value {
        if b { TRUE.hdr.as_value() } else { FALSE.hdr.as_value() }
    }
    #[inline(always)]
    pub fn is_none(self) -> bool {
        self == Value::none()
    }
    #[inline(always)]
    pub fn is_not_implemented(self) -> bool {
        self == Value::not_implemented()
    }
    #[inline(always)]
    pub fn is_true(self) -> bool {
        self == Value::bool(true)
    }
    #[inline(always)]
    pub fn is_false(self) -> bool {
        self == Value::bool(false)
    }
    /// The truth of a bool object.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        if self.is_true() {
            Some(true)
        } else if self.is_false() {
            Some(false)
        } else {
            None
        }
    }
}
