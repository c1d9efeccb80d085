//! `object`: the root of all classes.

use super::header::Kind;
use crate::native::TypeDef;

pub static TYPE_DEF: TypeDef =
    TypeDef { name: "object", kind: Kind::Instance, subclassable: true, ..TypeDef::PLAIN };
