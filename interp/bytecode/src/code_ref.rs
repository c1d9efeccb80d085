//! A shared code unit that may still lie packed in an image.
//!
//! Importing a module makes a function object for every `def` in it, most of which are never called. A unit from an
//! image is therefore decoded when somebody first looks inside; its names are to be had without that.

use crate::image::PackedUnit;
use crate::unit::CodeUnit;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// See the module documentation. Derefs to the unit, decoding it if need be.
#[derive(Clone)]
pub struct CodeRef(Arc<Shared>);

struct Shared {
    unit: OnceLock<CodeUnit>,
    packed: Option<PackedUnit>,
}

impl CodeRef {
    pub fn new(unit: CodeUnit) -> CodeRef {
        CodeRef(Arc::new(Shared { unit: OnceLock::from(unit), packed: None }))
    }

    /// A unit in an image that lives as long as the process.
    pub fn packed(packed: PackedUnit) -> CodeRef {
        CodeRef(Arc::new(Shared { unit: OnceLock::new(), packed: Some(packed) }))
    }

    /// `__name__`, without decoding.
    pub fn name(&self) -> &str {
        match (self.0.unit.get(), self.0.packed) {
            (None, Some(packed)) => packed.name(),
            _ => &self.name,
        }
    }

    /// `__qualname__`, without decoding.
    pub fn qualname(&self) -> &str {
        match (self.0.unit.get(), self.0.packed) {
            (None, Some(packed)) => packed.qualname(),
            _ => &self.qualname,
        }
    }
}

impl Deref for CodeRef {
    type Target = CodeUnit;
    #[inline]
    fn deref(&self) -> &CodeUnit {
        match self.0.unit.get() {
            Some(unit) => unit,
            None => self.decode(),
        }
    }
}

impl CodeRef {
    #[cold]
    fn decode(&self) -> &CodeUnit {
        self.0.unit.get_or_init(|| self.0.packed.expect("a unit is decoded or packed").decode())
    }
}

impl From<CodeUnit> for CodeRef {
    fn from(unit: CodeUnit) -> CodeRef {
        CodeRef::new(unit)
    }
}

impl From<Arc<CodeUnit>> for CodeRef {
    fn from(unit: Arc<CodeUnit>) -> CodeRef {
        CodeRef::new(Arc::unwrap_or_clone(unit))
    }
}

impl PartialEq for CodeRef {
    fn eq(&self, other: &CodeRef) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl fmt::Debug for CodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<code {}>", self.qualname())
    }
}
