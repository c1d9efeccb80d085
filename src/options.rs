//! The command line and the environment: CPython's options, and ours behind `-X`.

use crate::usage;
use adder_interp::heap::HeapOptions;
use adder_interp::vm::{Config, planted};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    Command(OsString),
    Module(OsString),
    /// A script, a directory or a zip file.
    File(OsString),
    /// Standard input: a program, or the prompt when it is a terminal.
    Stdin,
}

/// The parsed command line.
#[derive(Debug)]
pub struct CommandLine {
    pub config: Config,
    pub program: Program,
    pub skip_first_line: bool,
}

/// Why nothing is to be run: text, whether it is an error, exit code.
#[derive(Debug)]
pub struct Stop {
    pub text: String,
    pub error: bool,
    pub code: i32,
}

impl Stop {
    fn print(text: impl Into<String>) -> Stop {
        Stop { text: text.into(), error: false, code: 0 }
    }
    fn usage(program: &OsStr, message: &str) -> Stop {
        let text = format!(
            "{message}\n{}\nTry `python -h' for more information.\n",
            usage::usage_line(&program.to_string_lossy())
        );
        Stop { text, error: true, code: 2 }
    }
    fn fatal(function: &str, message: &str) -> Stop {
        let text =
            format!("Fatal Python error: {function}: {message}\nPython runtime state: preinitialized\n\n");
        Stop { text, error: true, code: 1 }
    }
}

/// Options that repeat or interact, before the environment is taken into account.
#[derive(Default)]
struct Given {
    optimize: u8,
    inspect: bool,
    verbose: u8,
    warnings: Vec<String>,
    show_version: u8,
    program: Option<Program>,
    x: Vec<(String, Option<String>)>,
}

/// Walks the characters of option clusters, as `getopt` does.
struct Cursor<'a> {
    args: &'a [OsString],
    index: usize,
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// The argument of option `c`: what follows in the same word, or the next word.
    fn argument(&mut self) -> Option<&'a OsStr> {
        if !self.rest.is_empty() {
            return Some(OsStr::from_bytes(std::mem::take(&mut self.rest)));
        }
        let next = self.args.get(self.index)?;
        self.index += 1;
        Some(next)
    }
}

/// Parses the arguments (the program's name first).
pub fn parse(args: Vec<OsString>) -> Result<CommandLine, Stop> {
    let name = args.first().cloned().unwrap_or_default();
    let mut config = Config { orig_argv: args.clone(), ..Config::default() };
    let mut given = Given::default();
    let mut skip_first_line = false;
    let mut cursor = Cursor { args: &args, index: 1, rest: &[] };
    while given.program.is_none() {
        if cursor.rest.is_empty() {
            let Some(word) = args.get(cursor.index) else { break };
            let bytes = word.as_bytes();
            if bytes.len() < 2 || bytes[0] != b'-' {
                break; // `-` or a file
            }
            cursor.index += 1;
            if bytes == b"--" {
                break;
            }
            if let Some(long) = bytes.strip_prefix(b"--") {
                long_option(&name, long, &mut given, &mut cursor)?;
                continue;
            }
            cursor.rest = &bytes[1..];
        }
        let c = cursor.rest[0];
        cursor.rest = &cursor.rest[1..];
        match c {
            b'x' => skip_first_line = true,
            _ => short_option(&name, c, &mut config, &mut given, &mut cursor)?,
        }
    }
    if given.show_version > 0 {
        return Err(Stop::print(usage::version(given.show_version > 1)));
    }
    let program = match given.program.take() {
        Some(program) => program,
        None => match args.get(cursor.index) {
            None => Program::Stdin,
            Some(word) => {
                cursor.index += 1;
                if word == "-" { Program::Stdin } else { Program::File(word.clone()) }
            }
        },
    };
    let first = match &program {
        Program::Command(_) => "-c".into(),
        Program::Module(_) => "-m".into(),
        Program::File(path) => path.clone(),
        Program::Stdin if cursor.index > 1 && args[cursor.index - 1] == "-" => "-".into(),
        Program::Stdin => OsString::new(),
    };
    config.argv = std::iter::once(first).chain(args[cursor.index..].iter().cloned()).collect();
    finish(config, given, program, skip_first_line)
}

fn long_option(name: &OsStr, long: &[u8], given: &mut Given, cursor: &mut Cursor<'_>) -> Result<(), Stop> {
    match long {
        b"help" => Err(Stop::print(usage::help(&name.to_string_lossy()))),
        b"help-env" => Err(Stop::print(usage::help_env())),
        b"help-xoptions" => Err(Stop::print(usage::help_xoptions())),
        b"help-all" => Err(Stop::print(usage::help_all(&name.to_string_lossy()))),
        b"version" => {
            given.show_version += 1;
            Ok(())
        }
        b"check-hash-based-pycs" => match cursor.argument().map(OsStr::as_bytes) {
            None => Err(Stop::usage(name, "Argument expected for the --check-hash-based-pycs option")),
            Some(mode @ (b"default" | b"always" | b"never")) => {
                given.x.push((CHECK_PYCS.into(), Some(String::from_utf8_lossy(mode).into_owned())));
                Ok(())
            }
            Some(_) => Err(Stop::usage(
                name,
                "--check-hash-based-pycs must be one of 'default', 'always', or 'never'",
            )),
        },
        _ => Err(Stop::usage(name, &format!("Unknown option: --{}", String::from_utf8_lossy(long)))),
    }
}

/// Carries `--check-hash-based-pycs` to `_imp`; not a name `-X` could have.
pub const CHECK_PYCS: &str = "--check-hash-based-pycs";

fn short_option(
    name: &OsStr,
    c: u8,
    config: &mut Config,
    given: &mut Given,
    cursor: &mut Cursor<'_>,
) -> Result<(), Stop> {
    let mut argument = || match cursor.argument() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Stop::usage(name, &format!("Argument expected for the -{} option", c as char))),
    };
    match c {
        b'b' => config.bytes_warning = config.bytes_warning.saturating_add(1),
        b'B' => config.dont_write_bytecode = true,
        b'c' => given.program = Some(Program::Command(argument()?)),
        b'd' => config.debug = true,
        b'E' => config.ignore_environment = true,
        b'h' | b'?' => return Err(Stop::print(usage::help(&name.to_string_lossy()))),
        b'i' => {
            given.inspect = true;
            config.interactive = true;
        }
        b'I' => {
            config.isolated = true;
            config.ignore_environment = true;
            config.no_user_site = true;
            config.safe_path = true;
        }
        b'm' => given.program = Some(Program::Module(argument()?)),
        b'O' => given.optimize = given.optimize.saturating_add(1),
        b'P' => config.safe_path = true,
        b'q' => config.quiet = true,
        b'R' => {}
        b's' => config.no_user_site = true,
        b'S' => config.no_site = true,
        b'u' => config.unbuffered = true,
        b'v' => given.verbose = given.verbose.saturating_add(1),
        b'V' => given.show_version += 1,
        b'W' => given.warnings.push(argument()?.to_string_lossy().into_owned()),
        b'X' => given.x.push(split_option(&argument()?.to_string_lossy())),
        b'J' => return Err(Stop::usage(name, "-J is reserved for Jython")),
        _ => return Err(Stop::usage(name, &format!("Unknown option: -{}", c as char))),
    }
    Ok(())
}

fn split_option(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((key, value)) => (key.to_string(), Some(value.to_string())),
        None => (text.to_string(), None),
    }
}

/// A non-empty variable, unless the environment is ignored.
fn variable(config: &Config, name: &str) -> Option<String> {
    if config.ignore_environment {
        return None;
    }
    std::env::var_os(name).filter(|v| !v.is_empty()).map(|v| v.to_string_lossy().into_owned())
}

/// The level a counting variable asks for: its number, 1 when it is no number.
fn level(config: &Config, name: &str) -> u8 {
    variable(config, name).map_or(0, |v| v.trim().parse::<i64>().map_or(1, |n| n.clamp(1, 255) as u8))
}

/// Merges environment variables and `-X` options into the configuration.
fn finish(
    mut config: Config,
    mut given: Given,
    program: Program,
    skip_first_line: bool,
) -> Result<CommandLine, Stop> {
    let c = &mut config;
    c.optimize = given.optimize.max(level(c, "PYTHONOPTIMIZE")).min(2);
    c.verbose = given.verbose.max(level(c, "PYTHONVERBOSE"));
    c.inspect = given.inspect || variable(c, "PYTHONINSPECT").is_some();
    c.debug |= level(c, "PYTHONDEBUG") > 0;
    c.dont_write_bytecode |= level(c, "PYTHONDONTWRITEBYTECODE") > 0;
    c.no_user_site |= variable(c, "PYTHONNOUSERSITE").is_some();
    c.unbuffered |= level(c, "PYTHONUNBUFFERED") > 0;
    c.safe_path |= variable(c, "PYTHONSAFEPATH").is_some();
    own_variables(&mut given.x);
    if variable(c, "PYTHONPERFSUPPORT").is_some_and(|v| v != "0") {
        given.x.push(("perf".into(), None));
    }
    let option = |name: &str| given.x.iter().rev().find(|(k, _)| k == name).map(|(_, v)| v.clone());
    c.dev_mode = option("dev").is_some() || variable(c, "PYTHONDEVMODE").is_some();
    c.utf8_mode = match option("utf8") {
        Some(Some(v)) => v != "0",
        Some(None) => true,
        None => variable(c, "PYTHONUTF8").is_some_and(|v| v != "0"),
    };
    c.warn_default_encoding =
        option("warn_default_encoding").is_some() || variable(c, "PYTHONWARNDEFAULTENCODING").is_some();
    c.hash_seed = hash_seed(c)?;
    c.int_max_str_digits = max_str_digits(c, option("int_max_str_digits"))?;
    c.warn_options = warn_options(c, given.warnings);
    own_options(c, &given.x)?;
    c.x_options = given.x;
    Ok(CommandLine { config, program, skip_first_line })
}

fn hash_seed(config: &Config) -> Result<Option<u32>, Stop> {
    match variable(config, "PYTHONHASHSEED").as_deref() {
        None | Some("random") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            Stop::fatal(
                "config_init_hash_seed",
                "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]",
            )
        }),
    }
}

fn max_str_digits(config: &Config, option: Option<Option<String>>) -> Result<usize, Stop> {
    use adder_interp::sys::info::{DEFAULT_MAX_STR_DIGITS, MAX_STR_DIGITS_THRESHOLD};
    let check = |text: &str, what: &str| match text.parse::<usize>() {
        Ok(n) if n == 0 || n >= MAX_STR_DIGITS_THRESHOLD => Ok(n),
        _ => Err(Stop::fatal(
            "config_init_int_max_str_digits",
            &format!("{what}: invalid limit; must be >= {MAX_STR_DIGITS_THRESHOLD} or 0 for unlimited."),
        )),
    };
    match (option, variable(config, "PYTHONINTMAXSTRDIGITS")) {
        (Some(text), _) => check(&text.unwrap_or_default(), "-X int_max_str_digits"),
        (None, Some(text)) => check(&text, "PYTHONINTMAXSTRDIGITS"),
        (None, None) => Ok(DEFAULT_MAX_STR_DIGITS),
    }
}

/// Filters in growing order of precedence: development mode, the environment, `-W`, `-b`.
fn warn_options(config: &Config, given: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    if config.dev_mode {
        all.push("default".to_string());
    }
    if let Some(list) = variable(config, "PYTHONWARNINGS") {
        all.extend(list.split(',').map(str::to_string));
    }
    all.extend(given);
    match config.bytes_warning {
        0 => {}
        1 => all.push("default::BytesWarning".into()),
        _ => all.push("error::BytesWarning".into()),
    }
    all
}

/// `ADDER_*` variables stand for our `-X` options, so that child processes inherit them.
fn own_variables(x: &mut Vec<(String, Option<String>)>) {
    let mut found: Vec<(String, Option<String>)> = std::env::vars_os()
        .filter_map(|(name, value)| {
            let name =
                name.into_string().ok()?.strip_prefix("ADDER_")?.to_ascii_lowercase().replace('_', "-");
            (OWN_OPTIONS.contains(&name.as_str()) || adder_jit::options::NAMES.contains(&name.as_str())).then(
                || {
                    let value = String::from_utf8_lossy(&value.into_vec()).into_owned();
                    (name, Some(value).filter(|v| !v.is_empty()))
                },
            )
        })
        .collect();
    found.sort();
    // The command line comes later and wins.
    x.splice(0..0, found);
}

/// Our `-X` options, beside those of the compiled tier.
pub const OWN_OPTIONS: &[&str] = &[
    "dump",
    "gc-stress",
    "gc-poison",
    "gc-verify",
    "gc-log",
    "heap-limit",
    "gc-nursery",
    "gc-floor",
    "planted-bug",
    "stack-size",
];

fn own_options(config: &mut Config, x: &[(String, Option<String>)]) -> Result<(), Stop> {
    let mut heap = HeapOptions::default();
    for (name, value) in x {
        let number = || {
            let text = value.as_deref().unwrap_or("1");
            parse_size(text)
                .ok_or_else(|| Stop::fatal("options", &format!("-X {name}: not a number: {text}")))
        };
        match name.as_str() {
            "dump" => config.dump = value.iter().flat_map(|v| v.split(',')).map(str::to_string).collect(),
            "gc-stress" => heap.stress = number()?,
            "gc-poison" => heap.poison = number()? != 0,
            "gc-nursery" => heap.nursery = number()?,
            "gc-floor" => heap.floor = number()?,
            "gc-log" => heap.log = number()? != 0,
            "gc-verify" => heap.verify = number()? != 0,
            "heap-limit" => heap.limit = number()?,
            "planted-bug" if !planted::plant(value.as_deref().unwrap_or("")) => {
                return Err(Stop::fatal(
                    "options",
                    "-X planted-bug: no such bug, or built without the feature",
                ));
            }
            "stack-size" => config.stack_size = number()?,
            _ => {}
        }
    }
    config.heap = heap;
    // Checked here, read when the tier is attached.
    adder_jit::options::Options::parse(x, &[]).map(drop).map_err(|e| Stop::fatal("options", &e))
}

/// A number with an optional suffix k, M or G.
fn parse_size(text: &str) -> Option<usize> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 10),
        b'm' | b'M' => (&text[..text.len() - 1], 20),
        b'g' | b'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.parse::<usize>().ok()?.checked_shl(shift)
}
