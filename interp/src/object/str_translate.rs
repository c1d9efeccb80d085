//! `str.translate` and `str.maketrans`.

use super::dict::Dict;
use super::header::Gc;
use super::int::as_int;
use super::shape::shape_id;
use super::str::Str;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_text::units::StrBuilder;

/// What a table says about a character.
#[derive(Clone, Copy)]
enum Mapped {
    Unchanged,
    Dropped,
    Char(u32),
    Text(Gc<Str>),
}

/// Looks `c` up in a table: anything with `__getitem__`, where a LookupError leaves the character alone.
fn lookup(vm: &Vm, table: Value, c: u32) -> PyResult<Mapped> {
    let key = Value::small_int(c.into());
    let found = if vm.shape_of(table) == shape_id::DICT {
        match table.downcast::<Dict>().expect("shape").get(vm, key)? {
            Some(found) => found,
            None => return Ok(Mapped::Unchanged),
        }
    } else {
        match vm.getitem(table, key) {
            Ok(found) => found,
            Err(Raised) => {
                vm.catch(vm.exceptions.lookup_error)?;
                return Ok(Mapped::Unchanged);
            }
        }
    };
    if found.is_none() {
        return Ok(Mapped::Dropped);
    }
    if let Some(text) = found.downcast::<Str>() {
        return Ok(if text.len() == 1 { Mapped::Char(text.char_at(0)) } else { Mapped::Text(text) });
    }
    match as_int(found) {
        Some(i) => match i.to_i64() {
            Some(c @ 0..0x11_0000) => Ok(Mapped::Char(c as u32)),
            _ => Err(vm.value_error("character mapping must be in range(0x110000)")),
        },
        None => Err(vm.type_error("character mapping must return integer, None or str")),
    }
}

/// `text.translate(table)`.
pub fn translate(vm: &Vm, text: Gc<Str>, table: Value) -> PyResult<Gc<Str>> {
    let mut out = StrBuilder::with_capacity(text.len());
    // What became of ASCII characters seen before: they repeat, and looking them up may run Python code.
    let mut known: [Option<Option<u32>>; 128] = [None; 128];
    let mut changed = false;
    for at in 0..text.len() {
        let c = text.char_at(at);
        if let Some(Some(answer)) = known.get(c as usize) {
            changed |= *answer != Some(c);
            if let Some(mapped) = *answer {
                out.push(mapped);
            }
            continue;
        }
        let answer = match lookup(vm, table, c)? {
            Mapped::Unchanged => Some(c),
            Mapped::Dropped => None,
            Mapped::Char(mapped) => Some(mapped),
            Mapped::Text(mapped) => {
                out.push_units(mapped.units());
                changed = true;
                continue;
            }
        };
        changed |= answer != Some(c);
        if let Some(slot) = known.get_mut(c as usize) {
            *slot = Some(answer);
        }
        if let Some(mapped) = answer {
            out.push(mapped);
        }
    }
    Ok(if changed { vm.str_of_buf(out.finish()) } else { Str::exact(text) })
}

/// `str.maketrans(x, y, z)`.
pub fn maketrans(vm: &Vm, x: Value, y: Option<Gc<Str>>, z: Option<Gc<Str>>) -> PyResult<Gc<Dict>> {
    let table = vm.new_dict();
    let code = |c: u32| Value::small_int(c.into());
    let Some(y) = y else {
        let given = match x.downcast::<Dict>() {
            Some(dict) => dict,
            None => return Err(vm.type_error("if you give only one argument to maketrans it must be a dict")),
        };
        for (key, value) in given.iter() {
            let key = match key.downcast::<Str>() {
                Some(s) if s.len() == 1 => code(s.char_at(0)),
                Some(_) => return Err(vm.value_error("string keys in translatetable must be of length 1")),
                None if as_int(key).is_some() => key,
                None => return Err(vm.type_error("keys in translate table mustbe strings or integers")),
            };
            table.insert(vm, key, value)?;
        }
        return Ok(table);
    };
    let Some(x) = x.downcast::<Str>() else {
        return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    if x.len() != y.len() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for at in 0..x.len() {
        table.insert(vm, code(x.char_at(at)), code(y.char_at(at)))?;
    }
    if let Some(z) = z {
        for at in 0..z.len() {
            table.insert(vm, code(z.char_at(at)), Value::none())?;
        }
    }
    Ok(table)
}
