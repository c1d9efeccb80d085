//! Arguments of the constructors and of `replace`: bound as CPython's format-driven parser does, whose wording differs
//! from that of other functions.

use adder_interp::native::Args;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;

/// Parameters of a constructor.
pub struct Signature {
    /// What messages call the function.
    pub function: &'static str,
    pub names: &'static [&'static str],
    pub required: usize,
    /// How many may be given by position.
    pub positional: usize,
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The arguments in the order of the parameters.
pub fn bind<const N: usize>(vm: &Vm, args: Args<'_>, sig: &Signature) -> PyResult<[Option<Value>; N]> {
    let (function, given) = (sig.function, args.positional_values());
    let keywords = args.keywords().count();
    let total = given.len() + keywords;
    if total > sig.names.len() {
        let kind = if given.is_empty() { "keyword " } else { "" };
        let (most, s) = (sig.names.len(), plural(sig.names.len()));
        return Err(
            vm.type_error(format!("{function} takes at most {most} {kind}argument{s} ({total} given)"))
        );
    }
    if given.len() > sig.positional {
        let (most, s, n) = (sig.positional, plural(sig.positional), given.len());
        return Err(
            vm.type_error(format!("{function} takes at most {most} positional argument{s} ({n} given)"))
        );
    }
    let mut bound = [None; N];
    for (to, &value) in bound.iter_mut().zip(given) {
        *to = Some(value);
    }
    for (name, value) in args.keywords() {
        let Some(i) = sig.names.iter().position(|n| name.eq_str(n)) else {
            let name = name.to_string_lossy();
            return Err(vm.type_error(format!("{function} got an unexpected keyword argument '{name}'")));
        };
        if bound[i].replace(value).is_some() {
            let (name, at) = (sig.names[i], i + 1);
            return Err(vm.type_error(format!(
                "argument for {function} given by name ('{name}') and position ({at})"
            )));
        }
    }
    if let Some(i) = (0..sig.required).find(|&i| bound[i].is_none()) {
        // What comes before is converted first.
        for value in bound[..i].iter().flatten() {
            int(vm, *value)?;
        }
        let (name, at) = (sig.names[i], i + 1);
        return Err(vm.type_error(format!("{function} missing required argument '{name}' (pos {at})")));
    }
    Ok(bound)
}

/// A C `int`, with the messages of the parser.
pub fn int(vm: &Vm, value: Value) -> PyResult<i32> {
    if let Some(Ok(n)) = value.as_small_int().map(i32::try_from) {
        return Ok(n);
    }
    let n = vm.index_i64(value)?;
    i32::try_from(n).map_err(|_| {
        let side = if n < 0 { "less than minimum" } else { "greater than maximum" };
        vm.overflow_error(format!("signed integer is {side}"))
    })
}

/// The argument if given, or what it is else.
pub fn int_or(vm: &Vm, value: Option<Value>, default: i32) -> PyResult<i32> {
    value.map_or(Ok(default), |v| int(vm, v))
}

/// The bytes of a pickled state: a bytes object, or the str that Python 2's strings become. `None` for other values.
pub fn pickled_state(vm: &Vm, value: Value, length: usize, what: &str) -> PyResult<Option<Vec<u8>>> {
    if let Some(bytes) = value.downcast::<adder_interp::object::bytes::Bytes>() {
        return Ok((bytes.len() == length).then(|| bytes.to_vec()));
    }
    let Some(text) = value.downcast::<Str>().filter(|t| t.len() == length) else { return Ok(None) };
    match text.chars().map(u8::try_from).collect::<Result<Vec<u8>, _>>() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) => Err(vm.value_error(format!(
            "Failed to encode latin1 string when unpickling a {what} object. \
             pickle.load(data, encoding='latin1') is assumed."
        ))),
    }
}

/// Raises the TypeError of an argument that is of the wrong class.
#[cold]
pub fn must_be(vm: &Vm, function: &str, position: usize, expected: &str, given: Value) -> Raised {
    let given = match given.is_none() {
        true => "None".to_owned(),
        false => adder_interp::native::args::type_name(vm, given),
    };
    vm.type_error(format!("{function}() argument {position} must be {expected}, not {given}"))
}
