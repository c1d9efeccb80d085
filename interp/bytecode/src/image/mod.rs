//! Code images: compiled modules in one byte string that is mapped, not parsed.
//!
//! | part | contents |
//! | --- | --- |
//! | header | [`MAGIC`], number of strings, number of modules (u32 each) |
//! | string offsets | u32 for each string and one for their end |
//! | module table | [`MODULE_ROW`] bytes for each module, sorted by name |
//! | strings | WTF-8, shared by all units |
//! | units | see [`encode`] |
//!
//! All numbers in the tables are little-endian. A unit inside another one has its length in front, so that the reader
//! skips it: [`CodeRef`](crate::CodeRef) decodes it when it is needed. The same encoding with a string table of
//! its own is what `marshal` writes for a code object.
//!
//! The embedded image is trusted, since the build made it. What comes from files goes through [`decode_unit`], which
//! checks everything and verifies the result.

mod decode;
mod encode;

pub use decode::decode_unit;
pub use encode::{ImageBuilder, encode_unit};

use crate::code_ref::CodeRef;
use crate::unit::CodeUnit;

/// Starts every image; changes with the format and the instruction set.
pub const MAGIC: [u8; 4] = *b"ADI\x03";
/// The number of this build's instruction set and compiler; cached code of another one is stale (`build.rs`).
pub const FORMAT: u16 = match u16::from_str_radix(env!("ADDER_FORMAT"), 10) {
    Ok(number) => number,
    Err(_) => panic!("the build script gives a number"),
};

const HEADER: usize = 12;
/// Name and path (string numbers), offset of the unit, flags.
const MODULE_ROW: usize = 16;
const IS_PACKAGE: u32 = 1;

/// A mapped image.
#[derive(Clone, Copy, Debug)]
pub struct Image {
    bytes: &'static [u8],
    strings: u32,
    modules: u32,
}

/// A module of an image.
#[derive(Clone, Copy, Debug)]
pub struct ImageModule {
    pub name: &'static str,
    /// Path of its source below the library's root.
    pub path: &'static str,
    pub is_package: bool,
    unit: PackedUnit,
}

impl ImageModule {
    pub fn code(&self) -> CodeRef {
        CodeRef::packed(self.unit)
    }
}

impl Image {
    /// An image made by [`ImageBuilder`] of this very version.
    ///
    /// # Panics
    /// When it does not begin like one.
    ///
    /// # Safety
    /// It is one: names in it are not checked to be UTF-8.
    pub unsafe fn new(bytes: &'static [u8]) -> Image {
        assert!(bytes.len() >= HEADER && bytes[..4] == MAGIC, "not a code image of this version");
        let mut image = Image { bytes, strings: 0, modules: 0 };
        image.strings = image.u32_at(4);
        image.modules = image.u32_at(8);
        image
    }

    fn u32_at(&self, at: usize) -> u32 {
        let bytes = self.bytes[at..at + 4].try_into().expect("four bytes");
        u32::from_le_bytes(bytes)
    }

    fn module_table(&self) -> usize {
        HEADER + (self.strings as usize + 1) * 4
    }

    /// String `n`.
    pub(crate) fn string(&self, n: u32) -> &'static [u8] {
        let at = HEADER + n as usize * 4;
        let base = self.module_table() + self.modules as usize * MODULE_ROW;
        &self.bytes[base + self.u32_at(at) as usize..base + self.u32_at(at + 4) as usize]
    }

    /// String `n`, which is a name.
    pub(crate) fn text(&self, n: u32) -> &'static str {
        debug_assert!(std::str::from_utf8(self.string(n)).is_ok());
        // SAFETY: the image was made by the `ImageBuilder` of this version (`Image::new`), which gets its names as `str`.
        unsafe { std::str::from_utf8_unchecked(self.string(n)) }
    }

    fn row(&self, index: u32) -> ImageModule {
        let at = self.module_table() + index as usize * MODULE_ROW;
        ImageModule {
            name: self.text(self.u32_at(at)),
            path: self.text(self.u32_at(at + 4)),
            is_package: self.u32_at(at + 12) & IS_PACKAGE != 0,
            unit: PackedUnit { image: *self, offset: self.u32_at(at + 8) },
        }
    }

    /// The module of this name.
    pub fn find(&self, name: &str) -> Option<ImageModule> {
        let (mut low, mut high) = (0, self.modules);
        while low < high {
            let middle = low + (high - low) / 2;
            let at = self.module_table() + middle as usize * MODULE_ROW;
            match self.text(self.u32_at(at)).cmp(name) {
                std::cmp::Ordering::Equal => return Some(self.row(middle)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// All modules in order of their names.
    pub fn modules(&self) -> impl Iterator<Item = ImageModule> + '_ {
        (0..self.modules).map(|i| self.row(i))
    }
}

/// A unit that has not been decoded.
#[derive(Clone, Copy, Debug)]
pub struct PackedUnit {
    image: Image,
    offset: u32,
}

impl PackedUnit {
    /// `__name__`.
    pub fn name(&self) -> &'static str {
        self.names().0
    }
    /// `__qualname__`.
    pub fn qualname(&self) -> &'static str {
        self.names().1
    }
    fn names(&self) -> (&'static str, &'static str) {
        let mut reader = crate::varint::Reader::starting_at(self.image.bytes, self.offset as usize);
        let mut next = || self.image.text(reader.number().expect("a unit starts with its names") as u32);
        (next(), next())
    }
    /// The unit, units inside it still packed.
    pub fn decode(&self) -> CodeUnit {
        decode::packed(self.image, self.offset as usize)
    }
}

#[cfg(test)]
mod tests;
