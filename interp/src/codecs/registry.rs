//! The codec registry: search functions, found codecs, error handlers. What `_codecs` exposes.

use super::handlers;
use crate::object::dict::Dict;
use crate::object::function::NativeFunction;
use crate::object::header::{Gc, Kind};
use crate::object::list::List;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::special::Special;

/// Positions in the tuples that search functions return.
const ENCODER: usize = 0;
const DECODER: usize = 1;

/// An encoding's name in lower case, with every run of characters other than letters, digits and dots as one
/// underscore, none at the ends.
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

fn search_path(vm: &Vm) -> PyResult<Gc<List>> {
    let path = vm.registered("codecs.search_path", |vm| Ok(vm.new_list(&[])))?;
    Ok(path.downcast().expect("the registered value is a list"))
}

fn cache(vm: &Vm) -> PyResult<Gc<Dict>> {
    let cache = vm.registered("codecs.cache", |vm| Ok(vm.new_dict().value()))?;
    Ok(cache.downcast().expect("the registered value is a dict"))
}

fn error_handlers(vm: &Vm) -> PyResult<Gc<Dict>> {
    let handlers = vm.registered("codecs.errors", |vm| {
        let dict = vm.new_dict();
        for (name, def) in handlers::BUILTIN {
            let function = NativeFunction::function(&vm.heap, def, vm.intern(def.name), None);
            dict.insert_str(&vm.heap, vm.intern(name), function.value());
        }
        Ok(dict.value())
    })?;
    Ok(handlers.downcast().expect("the registered value is a dict"))
}

fn is_callable(vm: &Vm, v: Value) -> bool {
    let callable = [Kind::Function, Kind::NativeFunction, Kind::BoundMethod, Kind::Type];
    v.kind().is_some_and(|kind| callable.contains(&kind)) || vm.special_of(v, Special::Call).is_some()
}

/// `codecs.register(search_function)`.
pub fn register(vm: &Vm, search: Value) -> PyResult<()> {
    if !is_callable(vm, search) {
        return Err(vm.type_error("argument must be callable"));
    }
    // The standard encodings come first.
    import_encodings(vm)?;
    search_path(vm)?.push(&vm.heap, search);
    Ok(())
}

/// `codecs.unregister(search_function)`.
pub fn unregister(vm: &Vm, search: Value) -> PyResult<()> {
    let path = search_path(vm)?;
    let mut at = 0;
    while let Some(found) = path.get(at) {
        if vm.eq(found, search)? {
            path.splice(&vm.heap, at, at + 1, &[]);
            cache(vm)?.clear();
            return Ok(());
        }
        at += 1;
    }
    Ok(())
}

/// `codecs.lookup(encoding)`: the codec as its search function gave it.
pub fn lookup(vm: &Vm, encoding: Gc<Str>) -> PyResult<Gc<Tuple>> {
    let name = normalize(&encoding.to_string_lossy());
    let key = vm.intern(&name);
    if let Some(known) = cache(vm)?.get_str(key).and_then(|v| v.downcast()) {
        return Ok(known);
    }
    import_encodings(vm)?;
    let path = search_path(vm)?;
    if path.is_empty() {
        return Err(vm.lookup_error("no codec search functions registered: can't find encoding"));
    }
    let mut at = 0;
    while let Some(search) = path.get(at) {
        at += 1;
        let found = vm.call(search, &[key.value()])?;
        if found.is_none() {
            continue;
        }
        let Some(codec) = found.downcast::<Tuple>().filter(|t| t.len() == 4) else {
            return Err(vm.type_error("codec search functions must return 4-tuples"));
        };
        cache(vm)?.insert_str(&vm.heap, key, codec.value());
        return Ok(codec);
    }
    Err(vm.lookup_error(format!("unknown encoding: {}", encoding.to_string_lossy())))
}

/// The package that knows the standard encodings registers itself when it is imported.
fn import_encodings(vm: &Vm) -> PyResult<()> {
    if vm.registry.borrow().contains_key("codecs.imported") {
        return Ok(());
    }
    vm.registry.borrow_mut().insert("codecs.imported", Value::none());
    let name = vm.intern("encodings");
    if vm.modules.get_str(name).is_none()
        && let Some(import) = vm.builtins.get_str(vm.intern("__import__"))
    {
        vm.call(import, &[name.value()])?;
    }
    Ok(())
}

/// `codecs.register_error(name, handler)`.
pub fn register_error(vm: &Vm, name: Gc<Str>, handler: Value) -> PyResult<()> {
    if !is_callable(vm, handler) {
        return Err(vm.type_error("handler must be callable"));
    }
    error_handlers(vm)?.insert(vm, Str::exact(name).value(), handler)
}

/// `codecs._unregister_error(name)`: whether there was such a handler.
pub fn unregister_error(vm: &Vm, name: Gc<Str>) -> PyResult<bool> {
    if handlers::BUILTIN.iter().any(|(builtin, _)| name.eq_str(builtin)) {
        let name = name.to_string_lossy();
        return Err(vm.value_error(format!("cannot un-register built-in error handler '{name}'")));
    }
    Ok(error_handlers(vm)?.remove(vm, name.value())?.is_some())
}

/// `codecs.lookup_error(name)`.
pub fn lookup_error(vm: &Vm, name: &str) -> PyResult {
    match error_handlers(vm)?.get_str(vm.intern(name)) {
        Some(handler) => Ok(handler),
        None => Err(vm.lookup_error(format!("unknown error handler name '{name}'"))),
    }
}

/// Calls an encoder or decoder and takes the first of the two things it returns. Exceptions get a note.
fn run(
    vm: &Vm,
    codec: Gc<Tuple>,
    which: usize,
    object: Value,
    encoding: Gc<Str>,
    errors: Option<Gc<Str>>,
) -> PyResult {
    let (verb, actor) = if which == ENCODER { ("encoding", "encoder") } else { ("decoding", "decoder") };
    let result = match errors {
        Some(errors) => vm.call(codec[which], &[object, errors.value()]),
        None => vm.call(codec[which], &[object]),
    };
    let result = match result {
        Ok(result) => result,
        Err(Raised) => {
            let name = encoding.to_string_lossy();
            add_note(vm, &format!("{verb} with '{name}' codec failed"));
            return Err(Raised);
        }
    };
    match result.downcast::<Tuple>().as_deref().map(|t| &t[..]) {
        Some(&[converted, _]) => Ok(converted),
        _ => Err(vm.type_error(format!("{actor} must return a tuple (object, integer)"))),
    }
}

/// Adds a note to the pending exception.
fn add_note(vm: &Vm, note: &str) {
    let Some(pending) = vm.take_pending() else { return };
    let note = vm.new_str(note);
    if vm.call_method(pending, "add_note", &[note]).is_err() {
        vm.take_pending();
    }
    vm.set_pending(pending);
}

/// The codec of a text encoding; codecs between other things are refused.
fn text_codec(vm: &Vm, encoding: Gc<Str>, function: &str, verb: &str) -> PyResult<Gc<Tuple>> {
    let codec = lookup(vm, encoding)?;
    if vm.type_of(codec.value()) != vm.types.tuple
        && let Some(flag) = vm.getattr_opt(codec.value(), vm.intern("_is_text_encoding"))?
        && !vm.truthy(flag)?
    {
        let name = encoding.to_string_lossy();
        return Err(vm.lookup_error(format!(
            "'{name}' is not a text encoding; use {function} to {verb} arbitrary codecs"
        )));
    }
    Ok(codec)
}

/// Encodes a text by a codec of the registry; the result may be anything.
pub fn encode_text(vm: &Vm, text: Gc<Str>, encoding: Gc<Str>, errors: Option<Gc<Str>>) -> PyResult {
    let codec = text_codec(vm, encoding, "codecs.encode()", "handle")?;
    run(vm, codec, ENCODER, text.value(), encoding, errors)
}

/// Decodes bytes by a codec of the registry; the result may be anything.
pub fn decode_text(vm: &Vm, data: Value, encoding: Gc<Str>, errors: Option<Gc<Str>>) -> PyResult {
    let codec = text_codec(vm, encoding, "codecs.decode()", "handle")?;
    run(vm, codec, DECODER, data, encoding, errors)
}

/// `codecs.encode(obj, encoding, errors)`.
pub fn encode(vm: &Vm, object: Value, encoding: Gc<Str>, errors: Option<Gc<Str>>) -> PyResult {
    run(vm, lookup(vm, encoding)?, ENCODER, object, encoding, errors)
}

/// `codecs.decode(obj, encoding, errors)`.
pub fn decode(vm: &Vm, object: Value, encoding: Gc<Str>, errors: Option<Gc<Str>>) -> PyResult {
    run(vm, lookup(vm, encoding)?, DECODER, object, encoding, errors)
}
