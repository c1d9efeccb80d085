//! Interned identifiers and private-name mangling.
//!
//! Scopes, register maps and word tables compare names far more often than they print them, so a compilation interns
//! every identifier once and passes [`NameId`]s around.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// An interned identifier; valid for the [`Names`] it came from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NameId(pub u32);

/// The identifiers of one compilation.
#[derive(Default)]
pub struct Names {
    map: HashMap<Box<str>, NameId>,
    list: Vec<Box<str>>,
}

impl Names {
    /// The id of `name`, new when it was not seen before.
    pub fn intern(&mut self, name: &str) -> NameId {
        if let Some(&id) = self.map.get(name) {
            return id;
        }
        let id = NameId(self.list.len() as u32);
        self.list.push(name.into());
        self.map.insert(name.into(), id);
        id
    }

    /// The text of an id.
    pub fn get(&self, id: NameId) -> &str {
        &self.list[id.0 as usize]
    }

    /// The id of a name that was interned before.
    pub fn find(&self, name: &str) -> Option<NameId> {
        self.map.get(name).copied()
    }

    /// As [`Names::mangled`] for a name that was interned before; an id of nothing otherwise.
    pub fn find_mangled(&self, private: Option<&str>, name: &str) -> NameId {
        let none = NameId(u32::MAX);
        match private {
            Some(class) if is_private(name) && !class.trim_start_matches('_').is_empty() => {
                self.find(&format!("_{}{name}", class.trim_start_matches('_'))).unwrap_or(none)
            }
            _ => self.find(name).unwrap_or(none),
        }
    }

    /// The id of `name` as seen inside class `private`: `__spam` becomes `_Class__spam`.
    pub fn mangled(&mut self, private: Option<&str>, name: &str) -> NameId {
        match private {
            Some(class) if is_private(name) => match class.trim_start_matches('_') {
                "" => self.intern(name),
                stripped => self.intern(&format!("_{stripped}{name}")),
            },
            _ => self.intern(name),
        }
    }
}

fn is_private(name: &str) -> bool {
    name.starts_with("__") && !name.ends_with("__") && !name.contains('.')
}

/// Multiplicative hasher for small integer keys (name ids, node addresses).
#[derive(Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_u64(u64::from(b));
        }
    }
    fn write_u8(&mut self, n: u8) {
        self.write_u64(u64::from(n));
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }
}

/// A map with cheap hashing of ids.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;
/// A set with cheap hashing of ids.
pub type IdSet<K> = std::collections::HashSet<K, BuildHasherDefault<IdHasher>>;
