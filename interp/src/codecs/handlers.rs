//! Error handlers: the built-in ones under their names, and Python callables registered under others.
//!
//! [`ErrorHandler`] is what codecs of `adder-text` ask. A built-in handler answers without Python; a registered callable
//! gets a Unicode exception, made once per call of the codec and moved along, and answers with a replacement and a position.

use super::errors::{self, Direction, Fields, member};
use super::registry;
use crate::native::FnDef;
use crate::native::args::type_name;
use crate::object::bytes::Bytes;
use crate::object::exception::Exception;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::pyfunction;
use adder_text::codecs::{
    DecodeError, DecodeHandler, DecodeResume, EncodeError, EncodeHandler, EncodeResume, Policy, Replacement,
    WithPolicy,
};
use adder_text::repr::push_escape;
use adder_text::units::{StrBuilder, UnitsBuf, UnitsRef};

/// See the module documentation.
pub struct ErrorHandler<'a> {
    vm: &'a Vm,
    /// Name of the handler; `None` is "strict".
    errors: Option<Gc<Str>>,
    policy: Option<Policy>,
    /// The text or bytes that are converted; for bytes made when first needed.
    object: Option<Value>,
    input: &'a [u8],
    callback: Option<Value>,
    exception: Option<Gc<Exception>>,
    /// Positions that are no machine words are an IndexError.
    index_errors: bool,
}

fn policy_of(errors: Option<Gc<Str>>) -> Option<Policy> {
    match errors {
        None => Some(Policy::Strict),
        Some(name) => name.as_ascii().and_then(Policy::from_name),
    }
}

impl<'a> ErrorHandler<'a> {
    fn new(vm: &'a Vm, object: Option<Value>, input: &'a [u8], errors: Option<Gc<Str>>) -> ErrorHandler<'a> {
        let policy = policy_of(errors);
        ErrorHandler {
            vm,
            errors,
            policy,
            object,
            input,
            callback: None,
            exception: None,
            index_errors: false,
        }
    }

    /// For encoding `text`.
    pub fn for_encoding(vm: &'a Vm, text: Gc<Str>, errors: Option<Gc<Str>>) -> ErrorHandler<'a> {
        ErrorHandler::new(vm, Some(text.value()), &[], errors)
    }

    /// For decoding `input`.
    pub fn for_decoding(vm: &'a Vm, input: &'a [u8], errors: Option<Gc<Str>>) -> ErrorHandler<'a> {
        ErrorHandler::new(vm, None, input, errors)
    }

    /// A position that is too large is an IndexError, as in the multibyte codecs, and no OverflowError.
    pub fn with_index_errors(self) -> ErrorHandler<'a> {
        ErrorHandler { index_errors: true, ..self }
    }

    fn callback(&mut self) -> PyResult {
        if let Some(callback) = self.callback {
            return Ok(callback);
        }
        let name = self.errors.map_or_else(|| "strict".into(), |name| name.to_string_lossy().into_owned());
        let callback = registry::lookup_error(self.vm, &name)?;
        self.callback = Some(callback);
        Ok(callback)
    }

    fn exception(&mut self, direction: Direction, fields: Fields<'_>) -> Gc<Exception> {
        match self.exception {
            Some(exception) => {
                errors::update(self.vm, exception, fields.start, fields.end, fields.reason);
                exception
            }
            None => {
                let exception = errors::make(self.vm, direction, fields);
                self.exception = Some(exception);
                exception
            }
        }
    }

    fn text(&self) -> Value {
        self.object.expect("encoding handlers have their text")
    }

    fn encode_exception(&mut self, error: &EncodeError) -> Gc<Exception> {
        let EncodeError { encoding, start, end, reason } = *error;
        self.exception(Direction::Encode, Fields { encoding, object: self.text(), start, end, reason })
    }

    fn decode_exception(&mut self, error: &DecodeError) -> Gc<Exception> {
        let object = *self.object.get_or_insert_with(|| self.vm.new_bytes(self.input));
        let DecodeError { encoding, start, end, reason } = *error;
        self.exception(Direction::Decode, Fields { encoding, object, start, end, reason })
    }

    /// Calls the Python handler; gives replacement and position as they are.
    fn ask(&mut self, exception: Gc<Exception>, wanted: &str) -> PyResult<(Value, Value)> {
        let callback = self.callback()?;
        let answer = self.vm.call(callback, &[exception.value()])?;
        match answer.downcast::<Tuple>().as_deref().map(|t| &t[..]) {
            Some(&[replacement, position]) => Ok((replacement, position)),
            _ => Err(self.vm.type_error(wanted)),
        }
    }

    /// The position a handler gave, counted from the end if negative.
    fn position(&self, position: Value, len: usize) -> PyResult<usize> {
        let given = match self.index_errors {
            true => self.vm.index_for_subscript(position)? as isize,
            false => self.vm.index_isize(position)?,
        };
        let at = if given < 0 { given + len as isize } else { given };
        usize::try_from(at).ok().filter(|&at| at <= len).ok_or_else(|| {
            let message = format!("position {given} from error handler out of bounds");
            self.vm.index_error(message)
        })
    }
}

const ENCODE_ANSWER: &str = "encoding error handler must return (str/bytes, int) tuple";
const DECODE_ANSWER: &str = "decoding error handler must return (str, int) tuple";

/// The units of a string, to be kept.
fn owned(text: UnitsRef<'_>) -> UnitsBuf {
    text.to_canonical()
}

impl EncodeHandler for ErrorHandler<'_> {
    type Error = Raised;

    fn handle(&mut self, error: EncodeError, text: UnitsRef<'_>) -> Result<EncodeResume, Raised> {
        if let Some(policy) = self.policy {
            return EncodeHandler::handle(&mut WithPolicy(policy), error, text)
                .map_err(|error| self.fail(error, text));
        }
        let exception = self.encode_exception(&error);
        let (replacement, position) = self.ask(exception, ENCODE_ANSWER)?;
        let replacement = match (replacement.downcast::<Str>(), replacement.downcast::<Bytes>()) {
            (Some(text), _) => Replacement::Text(owned(text.units())),
            (_, Some(bytes)) => Replacement::Bytes(bytes.to_vec()),
            _ => return Err(self.vm.type_error(ENCODE_ANSWER)),
        };
        Ok(EncodeResume { replacement, position: self.position(position, text.len())? })
    }

    fn fail(&mut self, error: EncodeError, _text: UnitsRef<'_>) -> Raised {
        let exception = self.encode_exception(&error);
        self.vm.raise_value(exception.value())
    }
}

impl DecodeHandler for ErrorHandler<'_> {
    type Error = Raised;

    fn handle(&mut self, error: DecodeError, input: &[u8]) -> Result<DecodeResume, Raised> {
        if let Some(policy) = self.policy.filter(|policy| policy.can_decode()) {
            return DecodeHandler::handle(&mut WithPolicy(policy), error, input).map_err(|error| {
                let exception = self.decode_exception(&error);
                self.vm.raise_value(exception.value())
            });
        }
        let exception = self.decode_exception(&error);
        let (replacement, position) = self.ask(exception, DECODE_ANSWER)?;
        let Some(replacement) = replacement.downcast::<Str>() else {
            return Err(self.vm.type_error(DECODE_ANSWER));
        };
        // The handler may have put other bytes in place.
        let object = exception.member(member::OBJECT).and_then(|v| v.downcast::<Bytes>());
        let Some(object) = object else {
            return Err(self.vm.type_error("exception attribute object must be bytes"));
        };
        let new_input = (self.object != Some(object.value())).then(|| object.to_vec());
        self.object = Some(object.value());
        let position = self.position(position, object.len())?;
        Ok(DecodeResume { replacement: owned(replacement.units()), position, new_input })
    }
}

/// The exception a handler function was called with.
fn exception_argument(vm: &Vm, exc: Value) -> PyResult<(Gc<Exception>, Direction)> {
    match (exc.downcast::<Exception>(), errors::direction(vm, exc)) {
        (Some(exception), Some(direction)) => Ok((exception, direction)),
        _ => Err(cannot_handle(vm, exc)),
    }
}

fn cannot_handle(vm: &Vm, exc: Value) -> Raised {
    let given = type_name(vm, exc);
    vm.type_error(format!("don't know how to handle {given} in error callback"))
}

fn answer(vm: &Vm, replacement: Value, position: usize) -> PyResult {
    let position = vm.new_int(position as i64);
    Ok(vm.new_tuple(&[replacement, position]))
}

/// Implements the 'strict' error handling, which raises a UnicodeError on coding errors.
#[pyfunction(module = "")]
fn strict_errors(vm: &Vm, exc: Value) -> PyResult {
    Err(match exc.is::<Exception>() {
        true => vm.raise_value(exc),
        false => vm.type_error("codec must pass exception instance"),
    })
}

/// Implements the 'ignore' error handling, which ignores malformed data and continues.
#[pyfunction(module = "")]
fn ignore_errors(vm: &Vm, exc: Value) -> PyResult {
    let (exception, direction) = exception_argument(vm, exc)?;
    let problem = errors::read(vm, exception, direction)?;
    answer(vm, vm.empty_str.value(), problem.end)
}

/// Implements the 'replace' error handling, which replaces malformed data with a replacement marker.
#[pyfunction(module = "")]
fn replace_errors(vm: &Vm, exc: Value) -> PyResult {
    let (exception, direction) = exception_argument(vm, exc)?;
    let problem = errors::read(vm, exception, direction)?;
    let (marker, count) = match direction {
        Direction::Encode => (u32::from(b'?'), problem.end - problem.start),
        Direction::Decode => (0xFFFD, 1),
        Direction::Translate => (0xFFFD, problem.end - problem.start),
    };
    let mut out = StrBuilder::new();
    out.push_repeated(marker, count);
    answer(vm, vm.str_of_buf(out.finish()).value(), problem.end)
}

/// Answers a `UnicodeEncodeError` by a policy; other exceptions are refused.
fn encode_only(vm: &Vm, exc: Value, policy: Policy) -> PyResult {
    let (exception, direction) = exception_argument(vm, exc)?;
    if direction != Direction::Encode {
        return Err(cannot_handle(vm, exc));
    }
    by_policy(vm, exception, direction, policy)
}

/// Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML
/// character reference.
#[pyfunction(module = "")]
fn xmlcharrefreplace_errors(vm: &Vm, exc: Value) -> PyResult {
    encode_only(vm, exc, Policy::XmlCharRefReplace)
}

/// Implements the 'namereplace' error handling, which replaces an unencodable character with a \N{...} escape sequence.
#[pyfunction(module = "")]
fn namereplace_errors(vm: &Vm, exc: Value) -> PyResult {
    encode_only(vm, exc, Policy::NameReplace)
}

/// Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.
#[pyfunction(module = "")]
fn backslashreplace_errors(vm: &Vm, exc: Value) -> PyResult {
    let (exception, direction) = exception_argument(vm, exc)?;
    if direction == Direction::Translate {
        let problem = errors::read(vm, exception, direction)?;
        let text: Gc<Str> = problem.object.downcast().expect("checked when it was read");
        let mut out = StrBuilder::new();
        text.units().slice(problem.start..problem.end).iter().for_each(|c| push_escape(&mut out, c));
        return answer(vm, vm.str_of_buf(out.finish()).value(), problem.end);
    }
    by_policy(vm, exception, direction, Policy::BackslashReplace)
}

#[pyfunction(module = "")]
fn surrogatepass(vm: &Vm, exc: Value) -> PyResult {
    surrogates(vm, exc, Policy::SurrogatePass)
}

#[pyfunction(module = "")]
fn surrogateescape(vm: &Vm, exc: Value) -> PyResult {
    surrogates(vm, exc, Policy::SurrogateEscape)
}

fn surrogates(vm: &Vm, exc: Value, policy: Policy) -> PyResult {
    let (exception, direction) = exception_argument(vm, exc)?;
    if direction == Direction::Translate {
        return Err(cannot_handle(vm, exc));
    }
    by_policy(vm, exception, direction, policy)
}

/// The answer of a policy, or the exception again if the policy has none.
fn by_policy(vm: &Vm, exception: Gc<Exception>, direction: Direction, policy: Policy) -> PyResult {
    let problem = errors::read(vm, exception, direction)?;
    let encoding = static_name(&problem.encoding);
    let (start, end) = (problem.start, problem.end);
    if let Some(bytes) = problem.object.downcast::<Bytes>().filter(|_| direction == Direction::Decode) {
        let error = DecodeError { encoding, start, end, reason: "" };
        return match policy.decode(&error, &bytes) {
            Some(resume) => {
                answer(vm, vm.str_of_slice(resume.replacement.as_units()).value(), resume.position)
            }
            None => Err(vm.raise_value(exception.value())),
        };
    }
    let text: Gc<Str> = problem.object.downcast().expect("checked when it was read");
    let error = EncodeError { encoding, start, end, reason: "" };
    match policy.encode(&error, text.units()) {
        Some(EncodeResume { replacement: Replacement::Text(units), position }) => {
            answer(vm, vm.str_of_slice(units.as_units()).value(), position)
        }
        Some(EncodeResume { replacement: Replacement::Bytes(bytes), position }) => {
            answer(vm, vm.new_bytes(&bytes), position)
        }
        None => Err(vm.raise_value(exception.value())),
    }
}

/// The encodings whose surrogates a policy knows how to write, under the name it knows.
fn static_name(encoding: &str) -> &'static str {
    const KNOWN: [&str; 7] =
        ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"];
    let wanted: String =
        encoding.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    let plain = |name: &str| name.replace('-', "");
    if wanted == "cp65001" {
        return KNOWN[0];
    }
    KNOWN.into_iter().find(|name| plain(name) == wanted).unwrap_or("")
}

/// The built-in handlers by name.
pub(super) static BUILTIN: &[(&str, &FnDef)] = &[
    ("strict", &__PYDEF_strict_errors),
    ("ignore", &__PYDEF_ignore_errors),
    ("replace", &__PYDEF_replace_errors),
    ("xmlcharrefreplace", &__PYDEF_xmlcharrefreplace_errors),
    ("backslashreplace", &__PYDEF_backslashreplace_errors),
    ("namereplace", &__PYDEF_namereplace_errors),
    ("surrogatepass", &__PYDEF_surrogatepass),
    ("surrogateescape", &__PYDEF_surrogateescape),
];
