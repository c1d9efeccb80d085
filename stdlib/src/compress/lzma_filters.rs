//! Filter chains of `_lzma`: sequences of dicts, and what the library wants instead.

use super::lzma::failure;
use super::lzma_stream::{Decoded, decode_properties, preset_options};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use liblzma_sys as x;
use std::ffi::c_void;

/// Options of a filter, in a box that does not move.
enum Options {
    Lzma(Box<x::lzma_options_lzma>),
    Delta(Box<x::lzma_options_delta>),
    Bcj(Box<x::lzma_options_bcj>),
}

/// A chain of filters as the library takes it.
pub struct Chain {
    /// One more than there are filters: the last ends the chain.
    raw: Vec<x::lzma_filter>,
    options: Vec<Options>,
}

/// The id that ends a chain (`LZMA_VLI_UNKNOWN`).
const END: u64 = u64::MAX;

impl Chain {
    pub fn as_ptr(&self) -> *const x::lzma_filter {
        self.raw.as_ptr()
    }

    /// The options of the only filter, if it is LZMA1.
    pub fn only_lzma1(&self) -> Option<&x::lzma_options_lzma> {
        match (&self.raw[..], &self.options[..]) {
            ([filter, _], [Options::Lzma(options)]) if filter.id == x::LZMA_FILTER_LZMA1 => Some(options),
            _ => None,
        }
    }

    /// The chain that a sequence of specifiers describes.
    pub fn from_specifiers(vm: &Vm, specifiers: Value) -> PyResult<Chain> {
        if specifiers.is::<Dict>() {
            return Err(vm.type_error("dict is not a sequence"));
        }
        let count = vm.length(specifiers)?;
        if count > x::LZMA_FILTERS_MAX as usize {
            let most = x::LZMA_FILTERS_MAX;
            return Err(vm.value_error(format!("Too many filters - liblzma supports a maximum of {most}")));
        }
        let mut chain = Chain { raw: Vec::new(), options: Vec::new() };
        for i in 0..count {
            let specifier = vm.getitem(specifiers, vm.new_int(i as i64))?;
            chain.push(vm, specifier)?;
        }
        chain.raw.push(x::lzma_filter { id: END, options: std::ptr::null_mut() });
        Ok(chain)
    }

    /// A chain of one filter.
    pub fn single(vm: &Vm, specifier: Value) -> PyResult<Chain> {
        let mut chain = Chain { raw: Vec::new(), options: Vec::new() };
        chain.push(vm, specifier)?;
        chain.raw.push(x::lzma_filter { id: END, options: std::ptr::null_mut() });
        Ok(chain)
    }

    fn push(&mut self, vm: &Vm, specifier: Value) -> PyResult<()> {
        let id = filter_id(vm, specifier)?;
        let mut options = match id {
            x::LZMA_FILTER_LZMA1 | x::LZMA_FILTER_LZMA2 => {
                Options::Lzma(Box::new(lzma_options(vm, specifier)?))
            }
            x::LZMA_FILTER_DELTA => Options::Delta(Box::new(delta_options(vm, specifier)?)),
            x::LZMA_FILTER_X86
            | x::LZMA_FILTER_POWERPC
            | x::LZMA_FILTER_IA64
            | x::LZMA_FILTER_ARM
            | x::LZMA_FILTER_ARMTHUMB
            | x::LZMA_FILTER_SPARC => Options::Bcj(Box::new(bcj_options(vm, specifier)?)),
            _ => return Err(vm.value_error(format!("Invalid filter ID: {id}"))),
        };
        let pointer: *mut c_void = match &mut options {
            Options::Lzma(options) => (&raw mut **options).cast(),
            Options::Delta(options) => (&raw mut **options).cast(),
            Options::Bcj(options) => (&raw mut **options).cast(),
        };
        self.raw.push(x::lzma_filter { id, options: pointer });
        self.options.push(options);
        Ok(())
    }
}

fn filter_id(vm: &Vm, specifier: Value) -> PyResult<u64> {
    let is_mapping = specifier.is::<Dict>() || {
        let sequence = adder_interp::vm::special::Special::GetItem;
        vm.special_of(specifier, sequence).is_some()
    };
    if !is_mapping {
        return Err(vm.type_error("Filter specifier must be a dict or dict-like object"));
    }
    match vm.getitem_opt(specifier, vm.new_str("id"))? {
        Some(id) => vli(vm, id),
        None => Err(vm.value_error("Filter specifier must have an \"id\" entry")),
    }
}

/// A number of the library's largest type.
pub fn vli(vm: &Vm, value: Value) -> PyResult<u64> {
    unsigned(vm, value, "lzma_vli")
}

/// Raises the error of an entry that a filter does not have, or whose value it cannot have.
fn invalid(vm: &Vm, what: &str) -> Raised {
    vm.value_error(format!("Invalid filter specifier for {what} filter"))
}

/// Calls `set` with the name and value of each entry but the id; it says whether the filter has that entry.
fn each_entry(
    vm: &Vm,
    specifier: Value,
    what: &str,
    mut set: impl FnMut(&str, u32) -> bool,
    known: &[&str],
) -> PyResult<()> {
    let items = vm.call_method(specifier, "items", &[])?;
    let items = vm.collect(items)?;
    for &item in items.iter() {
        let key = vm.getitem(item, Value::small_int(0))?;
        let value = vm.getitem(item, Value::small_int(1))?;
        let name = vm.str_text(key)?;
        if name == "id" {
            continue;
        }
        if !known.contains(&name.as_str()) {
            return Err(invalid(vm, what));
        }
        let number = as_int(value).and_then(|n| n.to_i64()).and_then(|n| u32::try_from(n).ok());
        if !number.is_some_and(|number| set(&name, number)) {
            return Err(invalid(vm, what));
        }
    }
    Ok(())
}

fn lzma_options(vm: &Vm, specifier: Value) -> PyResult<x::lzma_options_lzma> {
    let preset = match vm.getitem_opt(specifier, vm.new_str("preset"))? {
        Some(preset) => u32_argument(vm, preset)?,
        None => x::LZMA_PRESET_DEFAULT,
    };
    let Some(mut options) = preset_options(preset) else {
        return Err(super::lzma::error(vm, &format!("Invalid compression preset: {preset}")));
    };
    let known = ["preset", "dict_size", "lc", "lp", "pb", "mode", "nice_len", "mf", "depth"];
    each_entry(
        vm,
        specifier,
        "LZMA",
        |name, value| {
            match name {
                "dict_size" => options.dict_size = value,
                "lc" => options.lc = value,
                "lp" => options.lp = value,
                "pb" => options.pb = value,
                "mode" => options.mode = value as x::lzma_mode,
                "nice_len" => options.nice_len = value,
                "mf" => options.mf = value as x::lzma_match_finder,
                "depth" => options.depth = value,
                _ => {}
            }
            true
        },
        &known,
    )?;
    Ok(options)
}

fn delta_options(vm: &Vm, specifier: Value) -> PyResult<x::lzma_options_delta> {
    let mut options = x::lzma_options_delta {
        type_: 0,
        dist: 1,
        reserved_int1: 0,
        reserved_int2: 0,
        reserved_int3: 0,
        reserved_int4: 0,
        reserved_ptr1: std::ptr::null_mut(),
        reserved_ptr2: std::ptr::null_mut(),
    };
    let set = |_: &str, value| {
        options.dist = value;
        true
    };
    each_entry(vm, specifier, "delta", set, &["dist"])?;
    Ok(options)
}

fn bcj_options(vm: &Vm, specifier: Value) -> PyResult<x::lzma_options_bcj> {
    let mut options = x::lzma_options_bcj { start_offset: 0 };
    let set = |_: &str, value| {
        options.start_offset = value;
        true
    };
    each_entry(vm, specifier, "BCJ", set, &["start_offset"])?;
    Ok(options)
}

/// An argument of C's type `uint32_t`.
pub fn u32_argument(vm: &Vm, value: Value) -> PyResult<u32> {
    let number = unsigned(vm, value, "uint32_t")?;
    u32::try_from(number).map_err(|_| vm.overflow_error("Python int too large for C uint32_t"))
}

/// An argument of an unsigned type of C.
pub fn unsigned(vm: &Vm, value: Value, ty: &str) -> PyResult<u64> {
    let number = vm.index(value)?;
    let number = number.to_big();
    if number.sign() == num_bigint::Sign::Minus {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let fits = num_traits::ToPrimitive::to_u64(&*number);
    fits.ok_or_else(|| vm.overflow_error(format!("Python int too large for C {ty}")))
}

/// The specifier of a filter with encoded options.
pub fn specifier(vm: &Vm, id: u64, properties: &[u8]) -> PyResult<Gc<Dict>> {
    let decoded = decode_properties(id, properties).map_err(|code| failure(vm, code))?;
    let dict = vm.new_dict();
    let set = |name: &str, value: u64| {
        dict.insert_str(&vm.heap, vm.intern(name), vm.new_uint(value));
    };
    set("id", id);
    match decoded {
        Decoded::Nothing => {}
        Decoded::Lzma(options) if id == x::LZMA_FILTER_LZMA1 => {
            set("dict_size", u64::from(options.dict_size));
            set("lc", u64::from(options.lc));
            set("lp", u64::from(options.lp));
            set("pb", u64::from(options.pb));
        }
        Decoded::Lzma(options) => set("dict_size", u64::from(options.dict_size)),
        Decoded::Delta(options) => set("dist", u64::from(options.dist)),
        Decoded::Bcj(options) => set("start_offset", u64::from(options.start_offset)),
    }
    Ok(dict)
}
