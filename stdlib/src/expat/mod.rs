//! `pyexpat`: an incremental XML parser with Expat's behaviour.
//!
//! The parser itself ([`parser`] and the files it names) knows no Python: it is asked for one report after the other, so that
//! handlers may do with it what they like. No crate reports what `pyexpat` has to (declarations, default handlers, positions
//! in handlers, external entities), hence one of our own.

mod chars;
mod decode;
mod dispatch;
mod dtd;
mod entities;
mod event;
mod parser;
mod tags;
mod xmlparser;

use crate::support::new_exception_class;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use event::{Code, ERRORS, Position, description};

/// The version of Expat whose behaviour this is.
const VERSION: [i64; 3] = [2, 9, 0];

/// Python wrapper for Expat parser.
#[pymodule(name = "pyexpat", classes(xmlparser::XmlParser))]
pub mod pyexpat {
    use super::xmlparser::XmlParser;
    use super::*;

    /// Return a new XML parser object.
    #[pyfunction(name = "ParserCreate", sig = "(encoding=None, namespace_separator=None, intern=None)")]
    fn parser_create(
        vm: &Vm,
        encoding: Option<Value>,
        namespace_separator: Option<Value>,
        intern: Option<Value>,
    ) -> PyResult {
        let text = |value: Option<Value>, name: &str| match value.filter(|v| !v.is_none()) {
            None => Ok(None),
            Some(value) => match value.downcast::<Str>() {
                Some(text) => Ok(Some(text.to_string_lossy().into_owned())),
                None => {
                    let given = vm.type_of(value).name();
                    let message =
                        format!("ParserCreate() argument '{name}' must be str or None, not {given}");
                    Err(vm.type_error(message))
                }
            },
        };
        let encoding = text(encoding, "encoding")?;
        let separator = text(namespace_separator, "namespace_separator")?;
        if separator.as_ref().is_some_and(|separator| separator.len() > 1) {
            let message = "namespace_separator must be at most one character, omitted, or None";
            return Err(vm.value_error(message));
        }
        let intern = match intern {
            None => Some(vm.new_dict()),
            Some(none) if none.is_none() => None,
            Some(dict) => match dict.downcast::<Dict>() {
                Some(dict) => Some(dict),
                None => return Err(vm.type_error("intern must be a dictionary")),
            },
        };
        let separator = separator.map(|separator| separator.chars().next().unwrap_or('\0'));
        XmlParser::create(vm, encoding, separator, intern)
    }

    /// Returns string error for given number.
    #[pyfunction(name = "ErrorString", sig = "(code, /)")]
    fn error_string(code: i64) -> Option<&'static str> {
        Code::try_from(code).ok().and_then(description)
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        let [major, minor, micro] = VERSION;
        set("EXPAT_VERSION", vm.new_str(&format!("expat_{major}.{minor}.{micro}")));
        set("version_info", vm.new_tuple(&VERSION.map(|n| vm.new_int(n))));
        set("native_encoding", vm.new_str("UTF-8"));
        set("XML_PARAM_ENTITY_PARSING_NEVER", vm.new_int(0));
        set("XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE", vm.new_int(1));
        set("XML_PARAM_ENTITY_PARSING_ALWAYS", vm.new_int(2));
        let error = expat_error(vm)?.value();
        set("ExpatError", error);
        set("error", error);
        set("XMLParserType", vm.native_type(XmlParser::TYPE_DEF)?.value());
        let features = [
            ("sizeof(XML_Char)", 1),
            ("sizeof(XML_LChar)", 1),
            ("XML_DTD", 0),
            ("XML_NS", 0),
            ("XML_BLAP_MAX_AMP", 100),
            ("XML_BLAP_ACT_THRES", 8 << 20),
            ("XML_GE", 0),
        ];
        let list = vm.new_list(&[]);
        for (name, value) in features {
            let pair = vm.new_tuple(&[vm.new_str(name), vm.new_int(value)]);
            vm.call_method(list, "append", &[pair])?;
        }
        set("features", list);
        set("errors", errors_module(vm)?);
        set("model", model_module(vm)?);
        Ok(())
    }
}

fn submodule(vm: &Vm, name: &str, doc: &str) -> PyResult<(Value, Gc<Dict>)> {
    let module = vm.new_module(name, None);
    let dict = module.dict.get();
    dict.insert_str(&vm.heap, vm.names.__doc__, vm.new_str(doc));
    Ok((module.value(), dict))
}

fn errors_module(vm: &Vm) -> PyResult {
    let (module, dict) = submodule(vm, "pyexpat.errors", "Constants used to describe error conditions.")?;
    let (codes, messages) = (vm.new_dict(), vm.new_dict());
    for &(name, code, text) in ERRORS {
        let (text, number) = (vm.new_str(text), vm.new_int(i64::from(code)));
        dict.insert_str(&vm.heap, vm.intern(name), text);
        codes.insert(vm, text, number)?;
        messages.insert(vm, number, text)?;
    }
    dict.insert_str(&vm.heap, vm.intern("codes"), codes.value());
    dict.insert_str(&vm.heap, vm.intern("messages"), messages.value());
    Ok(module)
}

fn model_module(vm: &Vm) -> PyResult {
    let doc = "Constants used to interpret content model information.";
    let (module, dict) = submodule(vm, "pyexpat.model", doc)?;
    let names = ["EMPTY", "ANY", "MIXED", "NAME", "CHOICE", "SEQ"];
    for (i, name) in names.iter().enumerate() {
        let name = vm.intern(&format!("XML_CTYPE_{name}"));
        dict.insert_str(&vm.heap, name, vm.new_int(i as i64 + 1));
    }
    for (i, name) in ["NONE", "OPT", "REP", "PLUS"].iter().enumerate() {
        dict.insert_str(&vm.heap, vm.intern(&format!("XML_CQUANT_{name}")), vm.new_int(i as i64));
    }
    Ok(module)
}

fn expat_error(vm: &Vm) -> PyResult<Gc<Type>> {
    let make = |vm: &Vm| new_exception_class(vm, "xml.parsers.expat", "ExpatError", vm.exceptions.exception);
    let class = vm.registered("pyexpat.ExpatError", make)?;
    Ok(class.downcast().expect("a class was registered"))
}

/// Raises ExpatError with a message of its own.
#[cold]
fn raise_with(vm: &Vm, message: &str, code: Code, at: Position) -> Raised {
    let raise = || -> PyResult {
        let error = vm.call(expat_error(vm)?.value(), &[vm.new_str(message)])?;
        let numbers = [("code", u64::from(code)), ("offset", at.column), ("lineno", at.line)];
        for (name, number) in numbers {
            vm.setattr(error, vm.intern(name), Some(vm.new_uint(number)))?;
        }
        Ok(error)
    };
    match raise() {
        Ok(error) => vm.raise_value(error),
        Err(raised) => raised,
    }
}

/// Raises the ExpatError of an error at a place.
#[cold]
fn raise(vm: &Vm, code: Code, at: Position) -> Raised {
    let text = description(code).unwrap_or("unknown error");
    raise_with(vm, &format!("{text}: line {}, column {}", at.line, at.column), code, at)
}
