//! Special methods that CPython implements as type slots: their signature, documentation, and argument errors are
//! those of the slot, whatever the parameters of the Rust function are called.

/// What a slot's wrapper says about itself.
pub struct Slot {
    /// Parameters without the receiver, as in `__text_signature__`.
    pub params: &'static str,
    pub doc: String,
    /// Argument counts are reported with the method's name ("`__setitem__` expected 2 arguments, got 1") and not
    /// anonymously ("expected 1 argument, got 0").
    pub named: bool,
}

const BINARY: &[(&str, &str)] = &[
    ("add", "+"),
    ("sub", "-"),
    ("mul", "*"),
    ("matmul", "@"),
    ("truediv", "/"),
    ("floordiv", "//"),
    ("mod", "%"),
    ("lshift", "<<"),
    ("rshift", ">>"),
    ("and", "&"),
    ("xor", "^"),
    ("or", "|"),
];

const COMPARISONS: &[(&str, &str)] =
    &[("lt", "<"), ("le", "<="), ("eq", "=="), ("ne", "!="), ("gt", ">"), ("ge", ">=")];

const OTHERS: &[(&str, &str, &str)] = &[
    ("divmod", "value", "Return divmod(self, value)."),
    ("rdivmod", "value", "Return divmod(value, self)."),
    ("pow", "value, mod=None", "Return pow(self, value, mod)."),
    ("rpow", "value, mod=None", "Return pow(value, self, mod)."),
    ("ipow", "value", "Return self**=value."),
    ("neg", "", "-self"),
    ("pos", "", "+self"),
    ("abs", "", "abs(self)"),
    ("bool", "", "True if self else False"),
    ("invert", "", "~self"),
    ("int", "", "int(self)"),
    ("float", "", "float(self)"),
    (
        "index",
        "",
        "Return self converted to an integer, if self is suitable for use as an index into a list.",
    ),
    ("len", "", "Return len(self)."),
    ("getitem", "key", "Return self[key]."),
    ("setitem", "key, value", "Set self[key] to value."),
    ("delitem", "key", "Delete self[key]."),
    ("contains", "key", "Return bool(key in self)."),
    ("repr", "", "Return repr(self)."),
    ("str", "", "Return str(self)."),
    ("hash", "", "Return hash(self)."),
    ("call", "*args, **kwargs", "Call self as a function."),
    ("getattribute", "name", "Return getattr(self, name)."),
    ("setattr", "name, value", "Implement setattr(self, name, value)."),
    ("delattr", "name", "Implement delattr(self, name)."),
    ("iter", "", "Implement iter(self)."),
    ("next", "", "Implement next(self)."),
    ("get", "instance, owner=None", "Return an attribute of instance, which is of type owner."),
    ("set", "instance, value", "Set an attribute of instance to value."),
    ("delete", "instance", "Delete an attribute of instance."),
    ("init", "*args, **kwargs", "Initialize self.  See help(type(self)) for accurate signature."),
    ("del", "", "Called when the instance is about to be destroyed."),
    ("await", "", "Return an iterator to be used in await expression."),
    ("aiter", "", "Return an awaitable, that resolves in asynchronous iterator."),
    ("anext", "", "Return a value or raise StopAsyncIteration."),
    ("buffer", "flags", "Return a buffer object that exposes the underlying memory of the object."),
    (
        "release_buffer",
        "buffer",
        "Release the buffer object that exposes the underlying memory of the object.",
    ),
];

/// The slot behind a special method's name, if it is one.
pub fn find(python_name: &str) -> Option<Slot> {
    let name = python_name.strip_prefix("__")?.strip_suffix("__")?;
    let binary = |doc: String| Some(Slot { params: "value", doc, named: false });
    for &(op, symbol) in BINARY {
        if name == op {
            return binary(format!("Return self{symbol}value."));
        }
        if name.strip_prefix('r') == Some(op) {
            return binary(format!("Return value{symbol}self."));
        }
        if name.strip_prefix('i') == Some(op) {
            // Sequences "implement" the two operators that numbers do not have in place.
            let verb = if matches!(op, "add" | "mul") { "Implement" } else { "Return" };
            return binary(format!("{verb} self{symbol}=value."));
        }
    }
    if let Some((_, symbol)) = COMPARISONS.iter().find(|(op, _)| *op == name) {
        return binary(format!("Return self{symbol}value."));
    }
    let &(_, params, doc) = OTHERS.iter().find(|row| row.0 == name)?;
    let named = matches!(name, "setitem" | "setattr" | "get" | "set");
    Some(Slot { params, doc: doc.to_owned(), named })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn slots_are_told_from_other_special_methods() {
        assert_eq!(find("__radd__").unwrap().doc, "Return value+self.");
        assert_eq!(find("__ror__").unwrap().doc, "Return value|self.");
        assert_eq!(find("__iadd__").unwrap().doc, "Implement self+=value.");
        assert_eq!(find("__rshift__").unwrap().doc, "Return self>>value.");
        assert_eq!(find("__setitem__").unwrap().params, "key, value");
        for method in ["__reversed__", "__reduce__", "__format__", "__len", "append"] {
            assert!(find(method).is_none(), "{method}");
        }
    }
}
