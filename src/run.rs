//! Running programs: a file, a command, a module, standard input; and what becomes of their exceptions.

use crate::options::{CommandLine, Program};
use adder_compiler::Mode;
use adder_interp::sys::info;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::compiling::SourceText;
use adder_interp::vm::print_exception::hooks::Ending;
use adder_interp::vm::{Interpreter, Vm};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Starts an interpreter on the current native stack, runs the program and returns the exit code.
pub fn run(command: CommandLine, stack_top: usize, stack_size: usize) -> i32 {
    let source = adder_stdlib::library();
    let paths = crate::paths::find(&command.config, source.library_root());
    let vm = match Interpreter::start(command.config.clone(), Some(source)) {
        Ok(vm) => vm,
        Err(Raised) => return fatal("cannot make the built-in classes"),
    };
    vm.set_native_stack(stack_top, stack_size);
    let jit = adder_jit::options::Options::parse(&command.config.x_options, &command.config.dump);
    match jit {
        Ok(options) => adder_jit::attach(vm, options, crate::memory::give_back),
        Err(e) => return fatal(&e),
    }
    if vm.bring_up(&paths).and_then(|()| adder_stdlib::start(vm)).is_err() {
        if let Some(exception) = vm.take_pending() {
            vm.print_uncaught(exception);
        }
        return fatal("cannot initialise the interpreter");
    }
    vm.startup_done();
    if vm.import_site().is_err() {
        if let Some(exception) = vm.take_pending() {
            vm.print_uncaught(exception);
        }
        return fatal("init_import_site: Failed to import the site module");
    }
    let mut result = run_program(vm, &command);
    // `-i`, or the program itself asked for the prompt; standard input was one already.
    let inspect = command.config.inspect || std::env::var_os("PYTHONINSPECT").is_some_and(|v| !v.is_empty());
    if inspect && command.program != Program::Stdin {
        if let Err(Raised) = result
            && let Some(exception) = vm.take_pending()
        {
            vm.report_uncaught(exception);
        }
        result = run_prompt(vm);
    }
    finish(vm, result)
}

fn fatal(what: &str) -> i32 {
    eprintln!("Fatal Python error: {what}");
    1
}

fn run_program(vm: &Vm, command: &CommandLine) -> PyResult<i32> {
    match &command.program {
        Program::Command(text) => {
            prepend_path(vm, command, OsStr::new(""))?;
            run_command(vm, text)
        }
        Program::Module(name) => {
            let cwd = std::env::current_dir().unwrap_or_default();
            prepend_path(vm, command, cwd.as_os_str())?;
            run_module(vm, name, true)
        }
        Program::File(path) => run_file(vm, command, path),
        Program::Stdin => {
            prepend_path(vm, command, OsStr::new(""))?;
            run_stdin(vm, command)
        }
    }
}

/// Puts the program's directory in front of `sys.path`, unless told not to.
fn prepend_path(vm: &Vm, command: &CommandLine, path: &OsStr) -> PyResult<()> {
    if command.config.safe_path {
        return Ok(());
    }
    if let Some(list) = vm.sys.get_str(vm.names.path) {
        vm.call_method(list, "insert", &[Value::small_int(0), vm.os_str(path)])?;
    }
    Ok(())
}

fn run_source(vm: &Vm, source: &[u8], filename: &str) -> PyResult<i32> {
    let options = vm.compile_options(0, false, -1);
    let code = vm.compile_source(SourceText::Bytes(source), filename, Mode::Exec, &options)?;
    crate::memory::give_back_pages();
    vm.run_main(code).map(|_| 0)
}

fn run_command(vm: &Vm, text: &OsStr) -> PyResult<i32> {
    let mut source = dedent(text.as_bytes());
    source.push(b'\n');
    run_source(vm, &source, "<string>")
}

/// Removes the indentation that all lines of a `-c` command share.
fn dedent(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
    let blank = |line: &[u8]| line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'));
    let indent = |line: &[u8]| line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let mut common: Option<&[u8]> = None;
    for line in lines.iter().filter(|l| !blank(l)) {
        let own = &line[..indent(line)];
        common = Some(match common {
            None => own,
            Some(shared) => {
                let n = shared.iter().zip(own).take_while(|(a, b)| a == b).count();
                &shared[..n]
            }
        });
    }
    let cut = common.map_or(0, <[u8]>::len);
    let stripped: Vec<&[u8]> = lines.iter().map(|l| if blank(l) { &b""[..] } else { &l[cut..] }).collect();
    stripped.join(&b'\n')
}

/// `-m`, directories and zip files: `runpy` does it.
fn run_module(vm: &Vm, name: &OsStr, set_argv0: bool) -> PyResult<i32> {
    let runpy = vm.import("runpy")?;
    let main = vm.getattr_str(runpy, "_run_module_as_main")?;
    vm.call(main, &[vm.os_str(name), Value::bool(set_argv0)]).map(|_| 0)
}

fn run_file(vm: &Vm, command: &CommandLine, path: &OsString) -> PyResult<i32> {
    let file = Path::new(path);
    if file.is_dir() || is_zip(file) {
        let list = vm.sys.get_str(vm.names.path).unwrap_or(Value::none());
        vm.call_method(list, "insert", &[Value::small_int(0), vm.os_str(path)])?;
        return run_module(vm, OsStr::new("__main__"), false);
    }
    let mut source = Vec::new();
    let read = std::fs::File::open(file).and_then(|mut f| f.read_to_end(&mut source));
    if let Err(error) = read {
        let program = vm.config.orig_argv.first().map_or_else(String::new, |a| a.to_string_lossy().into());
        let shown = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        let number = error.raw_os_error().unwrap_or(0);
        eprintln!(
            "{program}: can't open file '{}': [Errno {number}] {}",
            shown.display(),
            os_message(number)
        );
        return Ok(2);
    }
    let resolved = std::fs::canonicalize(file);
    let folder = resolved.as_deref().ok().and_then(Path::parent).unwrap_or(Path::new(""));
    prepend_path(vm, command, folder.as_os_str())?;
    if command.skip_first_line {
        let line = source.iter().position(|&b| b == b'\n').unwrap_or(source.len());
        source.drain(..line);
    }
    let dict = vm.main_module().dict.get();
    dict.insert_str(&vm.heap, vm.names.__file__, vm.os_str(path));
    dict.insert_str(&vm.heap, vm.names.__cached__, Value::none());
    run_source(vm, &source, &path.to_string_lossy())
}

fn is_zip(file: &Path) -> bool {
    let mut magic = [0; 4];
    let read = std::fs::File::open(file).and_then(|mut f| f.read_exact(&mut magic));
    read.is_ok() && magic == *b"PK\x03\x04"
}

/// The system's text for an error number.
fn os_message(number: i32) -> String {
    // SAFETY: strerror returns a valid string for any number.
    unsafe { std::ffi::CStr::from_ptr(libc::strerror(number)) }.to_string_lossy().into_owned()
}

/// The interactive prompt over the names of `__main__`.
fn run_prompt(vm: &Vm) -> PyResult<i32> {
    if !vm.config.quiet {
        let text =
            vm.new_str(&format!("Python {}\nType \"help\" for more information.\n", info::version_text()));
        if let Some(stderr) = stream(vm, "stderr") {
            vm.call_method(stderr, "write", &[text])?;
        }
    }
    for (name, prompt) in [("ps1", ">>> "), ("ps2", "... ")] {
        let name = vm.intern(name);
        if vm.sys.get_str(name).is_none() {
            vm.sys.insert_str(&vm.heap, name, vm.new_str(prompt));
        }
    }
    let code = vm.import("code")?;
    let names = vm.main_module().dict.get().value();
    let console = vm.getattr_str(code, "InteractiveConsole")?;
    let console = vm.call(console, &[names])?;
    let empty = vm.empty_str.value();
    vm.call_method(console, "interact", &[empty, empty]).map(|_| 0)
}

fn run_stdin(vm: &Vm, command: &CommandLine) -> PyResult<i32> {
    // SAFETY: asks the system about a descriptor number.
    if command.config.interactive || unsafe { libc::isatty(0) } == 1 {
        return run_prompt(vm);
    }
    let mut source = Vec::new();
    let _ = std::io::stdin().lock().read_to_end(&mut source);
    if command.skip_first_line {
        let line = source.iter().position(|&b| b == b'\n').unwrap_or(source.len());
        source.drain(..line);
    }
    run_source(vm, &source, "<stdin>")
}

// ---- the end

/// Turns the result into an exit code, after the interpreter has been shut down.
fn finish(vm: &Vm, result: PyResult<i32>) -> i32 {
    let ending = match result {
        Ok(code) => Ending::Status(code),
        Err(Raised) => match vm.take_pending() {
            Some(exception) => vm.report_uncaught(exception),
            None => Ending::Status(1),
        },
    };
    match ending {
        Ending::Status(code) => shut_down(vm, code),
        Ending::Interrupted => {
            shut_down(vm, 130);
            die_of_interrupt()
        }
    }
}

/// Runs what waits for the end: threads, exit functions, finalizers. The streams are flushed before and after.
fn shut_down(vm: &Vm, code: i32) -> i32 {
    vm.wait_for_threads();
    adder_stdlib::atexit::run(vm);
    let code = flush_streams(vm, code);
    vm.forget_modules();
    adder_stdlib::finish(vm);
    if let Some(tier) = vm.tier.get() {
        tier.finish(vm);
    }
    flush_streams(vm, code)
}

/// Ends the process as if SIGINT had not been caught, so that a shell stops its script too.
fn die_of_interrupt() -> i32 {
    // SAFETY: restores the default action and sends the signal to this process.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::kill(libc::getpid(), libc::SIGINT);
    }
    130
}

fn stream(vm: &Vm, name: &str) -> Option<Value> {
    vm.sys.get_str(vm.intern(name)).filter(|s| !s.is_none())
}

/// Whether the program has closed a stream; one that cannot tell counts as open.
fn is_closed(vm: &Vm, stream: Value) -> bool {
    let closed = vm.getattr_str(stream, "closed").and_then(|closed| vm.truthy(closed));
    closed.unwrap_or_else(|_| {
        vm.take_pending();
        false
    })
}

/// Flushes the standard streams; a failure there is exit code 120.
fn flush_streams(vm: &Vm, code: i32) -> i32 {
    let mut result = code;
    if let Some(stdout) = stream(vm, "stdout")
        && !is_closed(vm, stdout)
        && vm.call_method(stdout, "flush", &[]).is_err()
    {
        vm.write_unraisable("Exception ignored while flushing sys.stdout", stdout);
        result = 120;
    }
    if let Some(stderr) = stream(vm, "stderr")
        && !is_closed(vm, stderr)
        && vm.call_method(stderr, "flush", &[]).is_err()
    {
        vm.take_pending();
        result = 120;
    }
    result
}
