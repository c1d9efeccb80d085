//! `_locale`: the C library's locales.
//!
//! Adder itself does not depend on them. CPython sets `LC_CTYPE` from the environment at start-up; here that happens
//! when the module is imported, which is the first time that a program can tell.

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use std::ffi::{CStr, CString, c_char, c_int};

unsafe extern "C" {
    fn wcscoll(a: *const libc::wchar_t, b: *const libc::wchar_t) -> c_int;
    fn wcsxfrm(to: *mut libc::wchar_t, from: *const libc::wchar_t, size: usize) -> usize;
    fn gettext(message: *const c_char) -> *mut c_char;
    fn dgettext(domain: *const c_char, message: *const c_char) -> *mut c_char;
    fn dcgettext(domain: *const c_char, message: *const c_char, category: c_int) -> *mut c_char;
    fn textdomain(domain: *const c_char) -> *mut c_char;
    fn bindtextdomain(domain: *const c_char, directory: *const c_char) -> *mut c_char;
    fn bind_textdomain_codeset(domain: *const c_char, codeset: *const c_char) -> *mut c_char;
}

/// Categories and other numbers.
const CONSTANTS: &[(&str, c_int)] = &[
    ("LC_CTYPE", libc::LC_CTYPE),
    ("LC_TIME", libc::LC_TIME),
    ("LC_COLLATE", libc::LC_COLLATE),
    ("LC_MONETARY", libc::LC_MONETARY),
    ("LC_MESSAGES", libc::LC_MESSAGES),
    ("LC_NUMERIC", libc::LC_NUMERIC),
    ("LC_ALL", libc::LC_ALL),
    ("CHAR_MAX", CHAR_MAX as c_int),
];

/// What stands for "not said" in `localeconv`.
const CHAR_MAX: c_char = c_char::MAX;

/// What `nl_langinfo` answers.
const LANGINFO: &[(&str, c_int)] = &[
    ("DAY_1", libc::DAY_1),
    ("DAY_2", libc::DAY_2),
    ("DAY_3", libc::DAY_3),
    ("DAY_4", libc::DAY_4),
    ("DAY_5", libc::DAY_5),
    ("DAY_6", libc::DAY_6),
    ("DAY_7", libc::DAY_7),
    ("ABDAY_1", libc::ABDAY_1),
    ("ABDAY_2", libc::ABDAY_2),
    ("ABDAY_3", libc::ABDAY_3),
    ("ABDAY_4", libc::ABDAY_4),
    ("ABDAY_5", libc::ABDAY_5),
    ("ABDAY_6", libc::ABDAY_6),
    ("ABDAY_7", libc::ABDAY_7),
    ("MON_1", libc::MON_1),
    ("MON_2", libc::MON_2),
    ("MON_3", libc::MON_3),
    ("MON_4", libc::MON_4),
    ("MON_5", libc::MON_5),
    ("MON_6", libc::MON_6),
    ("MON_7", libc::MON_7),
    ("MON_8", libc::MON_8),
    ("MON_9", libc::MON_9),
    ("MON_10", libc::MON_10),
    ("MON_11", libc::MON_11),
    ("MON_12", libc::MON_12),
    ("ABMON_1", libc::ABMON_1),
    ("ABMON_2", libc::ABMON_2),
    ("ABMON_3", libc::ABMON_3),
    ("ABMON_4", libc::ABMON_4),
    ("ABMON_5", libc::ABMON_5),
    ("ABMON_6", libc::ABMON_6),
    ("ABMON_7", libc::ABMON_7),
    ("ABMON_8", libc::ABMON_8),
    ("ABMON_9", libc::ABMON_9),
    ("ABMON_10", libc::ABMON_10),
    ("ABMON_11", libc::ABMON_11),
    ("ABMON_12", libc::ABMON_12),
    ("RADIXCHAR", libc::RADIXCHAR),
    ("THOUSEP", libc::THOUSEP),
    ("CRNCYSTR", libc::CRNCYSTR),
    ("D_T_FMT", libc::D_T_FMT),
    ("D_FMT", libc::D_FMT),
    ("T_FMT", libc::T_FMT),
    ("AM_STR", libc::AM_STR),
    ("PM_STR", libc::PM_STR),
    ("CODESET", libc::CODESET),
    ("T_FMT_AMPM", libc::T_FMT_AMPM),
    ("ERA", libc::ERA),
    ("ERA_D_FMT", libc::ERA_D_FMT),
    ("ERA_D_T_FMT", libc::ERA_D_T_FMT),
    ("ERA_T_FMT", libc::ERA_T_FMT),
    ("ALT_DIGITS", libc::ALT_DIGITS),
    ("YESEXPR", libc::YESEXPR),
    ("NOEXPR", libc::NOEXPR),
    // `_DATE_FMT` of langinfo.h, which libc does not name: LC_TIME's item 0x6c.
    ("_DATE_FMT", (libc::LC_TIME << 16) | 0x6c),
];

/// `locale.Error`.
fn error_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = vm.registered("locale.Error", |vm| {
        crate::support::new_exception_class(vm, "locale", "Error", vm.exceptions.exception)
    })?;
    Ok(class.downcast().expect("type() makes a class"))
}

#[cold]
fn error(vm: &Vm, message: &str) -> Raised {
    match error_class(vm) {
        Ok(class) => vm.raise_message(class, message),
        Err(raised) => raised,
    }
}

fn c_string(vm: &Vm, text: Gc<Str>) -> PyResult<CString> {
    let bytes = vm.fs_encode(text)?;
    CString::new(bytes).map_err(|_| vm.value_error("embedded null character"))
}

fn optional_c_string(vm: &Vm, text: Option<Gc<Str>>) -> PyResult<Option<CString>> {
    text.map(|text| c_string(vm, text)).transpose()
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// A wide string of the C library.
fn wide(vm: &Vm, text: Gc<Str>) -> PyResult<Vec<libc::wchar_t>> {
    let mut units: Vec<libc::wchar_t> = (0..text.len()).map(|i| text.char_at(i) as libc::wchar_t).collect();
    if units.contains(&0) {
        return Err(vm.value_error("embedded null character"));
    }
    units.push(0);
    Ok(units)
}

/// Text that the C library returned; `None` for null.
fn text(vm: &Vm, pointer: *const c_char) -> Option<Value> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: strings from the C library end with a null byte and live until the next call.
    let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes();
    Some(vm.decode_fs(bytes).value())
}

fn text_or_none(vm: &Vm, pointer: *const c_char) -> Value {
    text(vm, pointer).unwrap_or(Value::none())
}

/// The sizes of digit groups, up to and with their end mark.
fn grouping(vm: &Vm, pointer: *const c_char) -> Value {
    let mut sizes = vm.vec();
    if !pointer.is_null() {
        // SAFETY: as in `text`.
        let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes_with_nul();
        if bytes.len() > 1 {
            for &size in bytes {
                sizes.push(&vm.heap, vm.new_int(size.into()));
                if size == 0 || size == CHAR_MAX as u8 {
                    break;
                }
            }
        }
    }
    vm.list_from(sizes)
}

/// Sets the locale of characters as the environment asks for; the C locale becomes its UTF-8 variant (PEP 538).
fn start() {
    let set = |name: &CStr| {
        // SAFETY: the name is a C string; the GIL is held, and nothing else here uses locales.
        let result = unsafe { libc::setlocale(libc::LC_CTYPE, name.as_ptr()) };
        // SAFETY: as in `text`.
        (!result.is_null()).then(|| unsafe { CStr::from_ptr(result) }.to_bytes() == b"C")
    };
    if set(c"").unwrap_or(true) {
        set(c"C.UTF-8");
    }
}

#[pymodule(name = "_locale", doc = "Support for POSIX locales.")]
pub mod locale {
    use super::*;

    #[pyattr(name = "Error")]
    fn error_type(vm: &Vm) -> PyResult {
        error_class(vm).map(Gc::value)
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        start();
        for &(name, value) in CONSTANTS.iter().chain(LANGINFO) {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value.into()));
        }
        Ok(())
    }

    /// Activates/queries locale processing.
    #[pyfunction(sig = "(category, locale=None, /)")]
    fn setlocale(vm: &Vm, category: i32, locale: Option<Gc<Str>>) -> PyResult {
        let name = optional_c_string(vm, locale)?;
        // SAFETY: the name is null or a C string; the GIL is held.
        let result = unsafe { libc::setlocale(category, pointer(&name)) };
        text(vm, result).ok_or_else(|| match name {
            Some(_) => error(vm, "unsupported locale setting"),
            None => error(vm, "locale query failed"),
        })
    }

    /// Returns numeric and monetary locale-specific parameters.
    #[pyfunction]
    fn localeconv(vm: &Vm) -> PyResult<Gc<Dict>> {
        // SAFETY: the result is valid until the next call; the GIL is held.
        let conventions = unsafe { &*libc::localeconv() };
        let dict = vm.new_dict();
        let put = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        put("int_curr_symbol", text_or_none(vm, conventions.int_curr_symbol));
        put("currency_symbol", text_or_none(vm, conventions.currency_symbol));
        put("mon_decimal_point", text_or_none(vm, conventions.mon_decimal_point));
        put("mon_thousands_sep", text_or_none(vm, conventions.mon_thousands_sep));
        put("mon_grouping", grouping(vm, conventions.mon_grouping));
        put("positive_sign", text_or_none(vm, conventions.positive_sign));
        put("negative_sign", text_or_none(vm, conventions.negative_sign));
        let numbers = [
            ("int_frac_digits", conventions.int_frac_digits),
            ("frac_digits", conventions.frac_digits),
            ("p_cs_precedes", conventions.p_cs_precedes),
            ("p_sep_by_space", conventions.p_sep_by_space),
            ("n_cs_precedes", conventions.n_cs_precedes),
            ("n_sep_by_space", conventions.n_sep_by_space),
            ("p_sign_posn", conventions.p_sign_posn),
            ("n_sign_posn", conventions.n_sign_posn),
        ];
        for (name, number) in numbers {
            put(name, vm.new_int(number.into()));
        }
        put("decimal_point", text_or_none(vm, conventions.decimal_point));
        put("thousands_sep", text_or_none(vm, conventions.thousands_sep));
        put("grouping", grouping(vm, conventions.grouping));
        Ok(dict)
    }

    /// Compares two strings according to the locale.
    #[pyfunction]
    fn strcoll(vm: &Vm, os1: Gc<Str>, os2: Gc<Str>) -> PyResult<i64> {
        let (a, b) = (wide(vm, os1)?, wide(vm, os2)?);
        // SAFETY: both end with a null.
        Ok(unsafe { wcscoll(a.as_ptr(), b.as_ptr()) }.into())
    }

    /// Return a string that can be used as a key for locale-aware comparisons.
    #[pyfunction]
    fn strxfrm(vm: &Vm, string: Gc<Str>) -> PyResult<Gc<Str>> {
        let source = wide(vm, string)?;
        let mut out: Vec<libc::wchar_t> = vec![0; source.len() + 1];
        loop {
            // SAFETY: the source ends with a null; the buffer has the given size.
            let length = unsafe { wcsxfrm(out.as_mut_ptr(), source.as_ptr(), out.len()) };
            if length < out.len() {
                out.truncate(length);
                break;
            }
            out.resize(length + 1, 0);
        }
        let units: Vec<u32> = out.iter().map(|&c| (c as u32).min(0x10ffff)).collect();
        Ok(vm.str_of_slice(adder_text::units::UnitsRef::Ucs4(&units)))
    }

    /// Return the value for the locale information associated with key.
    #[pyfunction]
    fn nl_langinfo(vm: &Vm, key: i32) -> PyResult {
        if !LANGINFO.iter().any(|row| row.1 == key) {
            return Err(vm.value_error("unsupported langinfo constant"));
        }
        // SAFETY: any item may be asked for; the result is a C string.
        let result = unsafe { libc::nl_langinfo(key) };
        Ok(text(vm, result).unwrap_or_else(|| vm.new_str("")))
    }

    /// Get the current locale encoding.
    #[pyfunction]
    fn getencoding(vm: &Vm) -> Value {
        // SAFETY: as above.
        let result = unsafe { libc::nl_langinfo(libc::CODESET) };
        text(vm, result).unwrap_or_else(|| vm.new_str("UTF-8"))
    }

    /// gettext(msg) -> string
    ///
    /// Return translation of msg.
    #[pyfunction(name = "gettext")]
    fn get_text(vm: &Vm, msg: Gc<Str>) -> PyResult {
        let message = c_string(vm, msg)?;
        // SAFETY: the message is a C string; the result is it or one of the catalogue's.
        Ok(text_or_none(vm, unsafe { gettext(message.as_ptr()) }))
    }

    /// dgettext(domain, msg) -> string
    ///
    /// Return translation of msg in domain.
    #[pyfunction(name = "dgettext", sig = "(domain, msg, /)")]
    fn get_domain_text(vm: &Vm, domain: Value, msg: Gc<Str>) -> PyResult {
        let (domain, message) = (domain_name(vm, domain, "dgettext")?, c_string(vm, msg)?);
        // SAFETY: the domain is null or a C string.
        Ok(text_or_none(vm, unsafe { dgettext(pointer(&domain), message.as_ptr()) }))
    }

    /// Return translation of msg in domain and category.
    #[pyfunction(name = "dcgettext", sig = "(domain, msg, category, /)")]
    fn get_category_text(vm: &Vm, domain: Value, msg: Gc<Str>, category: i32) -> PyResult {
        let (domain, message) = (domain_name(vm, domain, "dcgettext")?, c_string(vm, msg)?);
        // SAFETY: the domain is null or a C string.
        Ok(text_or_none(vm, unsafe { dcgettext(pointer(&domain), message.as_ptr(), category) }))
    }

    /// Set the C library's textdmain to domain, returning the new domain.
    #[pyfunction(name = "textdomain", sig = "(domain, /)")]
    fn set_domain(vm: &Vm, domain: Value) -> PyResult {
        let domain = domain_name(vm, domain, "textdomain")?;
        // SAFETY: the domain is null or a C string.
        let result = unsafe { textdomain(pointer(&domain)) };
        text(vm, result).ok_or_else(|| crate::os::os_error(vm, crate::os::errno()))
    }

    /// Bind the C library's domain to dir.
    #[pyfunction(name = "bindtextdomain", sig = "(domain, dir, /)")]
    fn bind_directory(vm: &Vm, domain: Gc<Str>, dir: Value) -> PyResult {
        if domain.is_empty() {
            return Err(error(vm, "domain must be a non-empty string"));
        }
        let domain = c_string(vm, domain)?;
        let directory = match dir.is_none() {
            true => None,
            false => Some(crate::os::fs_bytes(vm, dir)?),
        };
        // SAFETY: both are C strings, or null.
        let result = unsafe { bindtextdomain(domain.as_ptr(), pointer(&directory)) };
        text(vm, result).ok_or_else(|| crate::os::os_error(vm, crate::os::errno()))
    }

    /// Bind the C library's domain to codeset.
    #[pyfunction(name = "bind_textdomain_codeset", sig = "(domain, codeset, /)")]
    fn bind_codeset(vm: &Vm, domain: Gc<Str>, codeset: Value) -> PyResult {
        let domain = c_string(vm, domain)?;
        let codeset = domain_name(vm, codeset, "bind_textdomain_codeset")?;
        // SAFETY: both are C strings, or null.
        Ok(text_or_none(vm, unsafe { bind_textdomain_codeset(domain.as_ptr(), pointer(&codeset)) }))
    }
}

/// A string or None.
fn domain_name(vm: &Vm, value: Value, function: &str) -> PyResult<Option<CString>> {
    if value.is_none() {
        return Ok(None);
    }
    let Some(text) = value.downcast::<Str>() else {
        let given = adder_interp::native::args::type_name(vm, value);
        return Err(vm.type_error(format!("{function}() argument 1 must be str or None, not {given}")));
    };
    c_string(vm, text).map(Some)
}
