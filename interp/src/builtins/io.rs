//! `print` and `input`.

use crate::object::int::as_int;
use crate::object::str::Str;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::pyfunction;

/// Prints the values to a stream, or to sys.stdout by default.
///
/// sep
///   string inserted between values, default a space.
/// end
///   string appended after the last value, default a newline.
/// file
///   a file-like object (stream); defaults to the current sys.stdout.
/// flush
///   whether to forcibly flush the stream.
#[pyfunction(module = "builtins", sig = "(*args, sep=' ', end='\\n', file=None, flush=False)")]
pub(crate) fn print(
    vm: &Vm,
    args: &[Value],
    sep: Option<Value>,
    end: Option<Value>,
    file: Option<Value>,
    flush: Option<Value>,
) -> PyResult<()> {
    let file = match file.filter(|f| !f.is_none()) {
        Some(file) => file,
        None => match vm.sys.get_str(vm.names.stdout) {
            Some(stdout) if stdout.is_none() => return Ok(()),
            Some(stdout) => stdout,
            None => return Err(vm.runtime_error("lost sys.stdout")),
        },
    };
    let text_or = |name: &str, given: Option<Value>, default: &str| match given.filter(|v| !v.is_none()) {
        None => Ok(vm.char_str(default.as_bytes()[0].into())),
        Some(v) if v.is::<Str>() => Ok(v),
        Some(v) => {
            let given = vm.type_of(v).name();
            Err(vm.type_error(format!("{name} must be None or a string, not {given}")))
        }
    };
    let sep = text_or("sep", sep, " ")?;
    let end = text_or("end", end, "\n")?;
    let write = vm.getattr(file, vm.names.write)?;
    for (i, &arg) in args.iter().enumerate() {
        if i > 0 {
            vm.call(write, &[sep])?;
        }
        let text = vm.str_of(arg)?;
        vm.call(write, &[text.value()])?;
    }
    vm.call(write, &[end])?;
    match flush {
        Some(flush) if vm.truthy(flush)? => vm.call_method(file, "flush", &[]).map(drop),
        _ => Ok(()),
    }
}

/// Read a string from standard input.  The trailing newline is stripped.
///
/// The prompt string, if given, is printed to standard output without a
/// trailing newline before reading input.
///
/// If the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.
/// On *nix systems, readline is used if available.
#[pyfunction(module = "builtins", sig = "(prompt='', /)")]
pub(crate) fn input(vm: &Vm, prompt: Option<Value>) -> PyResult {
    let stream = |name| match vm.sys.get_str(name) {
        Some(v) if !v.is_none() => Ok(v),
        _ => Err(vm.runtime_error(format!("input(): lost sys.{}", name.to_string_lossy()))),
    };
    let (stdin, stdout, stderr) =
        (stream(vm.names.stdin)?, stream(vm.names.stdout)?, stream(vm.names.stderr)?);
    vm.audit("builtins.input", &[prompt.unwrap_or(Value::none())])?;
    ignore_errors(vm, vm.call_method(stderr, "flush", &[]));
    if is_terminal(vm, stdin, 0) && is_terminal(vm, stdout, 1) {
        ignore_errors(vm, vm.call_method(stdout, "flush", &[]));
        return input_from_terminal(vm, stdin, stdout, prompt);
    }
    if let Some(prompt) = prompt {
        write_text(vm, stdout, prompt)?;
    }
    ignore_errors(vm, vm.call_method(stdout, "flush", &[]));
    let line = read_line(vm, stdin)?;
    vm.audit("builtins.input/result", &[line])?;
    Ok(line)
}

/// Reads through the line editor hook if one is installed (`readline`), else plainly.
fn input_from_terminal(vm: &Vm, stdin: Value, stdout: Value, prompt: Option<Value>) -> PyResult {
    let prompt = match prompt {
        Some(prompt) => vm.str_of(prompt)?.value(),
        None => vm.empty_str.value(),
    };
    let hook = vm.registry.borrow().get("readline_hook").copied();
    let line = match hook {
        Some(hook) => {
            let line = vm.call(hook, &[prompt])?;
            strip_newline(vm, line)?
        }
        None => {
            write_text(vm, stdout, prompt)?;
            ignore_errors(vm, vm.call_method(stdout, "flush", &[]));
            read_line(vm, stdin)?
        }
    };
    vm.audit("builtins.input/result", &[line])?;
    Ok(line)
}

fn write_text(vm: &Vm, file: Value, v: Value) -> PyResult<()> {
    let text = vm.str_of(v)?;
    vm.call_method(file, "write", &[text.value()]).map(drop)
}

fn read_line(vm: &Vm, stdin: Value) -> PyResult {
    let line = vm.call_method(stdin, "readline", &[])?;
    strip_newline(vm, line)
}

/// The line without its newline; an empty one is the end of the file.
fn strip_newline(vm: &Vm, line: Value) -> PyResult {
    let Some(text) = line.downcast::<Str>() else {
        return Err(vm.type_error("object.readline() returned non-string"));
    };
    match text.len() {
        0 => Err(vm.eof_error("EOF when reading a line")),
        n if text.char_at(n - 1) == '\n' as u32 => {
            Ok(Str::from_units(&vm.heap, text.units().slice(0..n - 1).to_canonical().as_units()).value())
        }
        _ => Ok(line),
    }
}

fn is_terminal(vm: &Vm, stream: Value, expected: i64) -> bool {
    let number = match vm.call_method(stream, "fileno", &[]) {
        Ok(v) => as_int(v).and_then(|i| i.to_i64()),
        Err(Raised) => {
            vm.take_pending();
            None
        }
    };
    // SAFETY: asks the system about a descriptor number.
    number == Some(expected) && unsafe { libc::isatty(expected as i32) } == 1
}

fn ignore_errors(vm: &Vm, result: PyResult) {
    if result.is_err() {
        vm.take_pending();
    }
}
