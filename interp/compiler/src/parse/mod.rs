//! Parsing: the tree from `ruff_python_parser`, errors in CPython's words.

use crate::error::{CompileError, Result as Fallible, SyntaxError, Warning};
use crate::source::Source;
use crate::{Mode, Options};
use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::{Mode as ParserMode, ParseOptions};

/// A parsed program.
pub struct Parsed {
    pub tree: Mod,
    pub warnings: Vec<Warning>,
}

/// Statements longer than this may nest deeper than an ordinary stack allows.
const LONG_STATEMENT: usize = 3000;

/// Runs `work` on a thread with a stack for the deepest program that `text` may be, if it may be deep.
pub(crate) fn on_big_stack<T: Send>(text: &str, work: impl FnOnce() -> T + Send) -> T {
    if longest_statement(text) < LONG_STATEMENT {
        return work();
    }
    const STACK: usize = 1 << 30;
    std::thread::scope(|scope| {
        match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work) {
            Ok(handle) => match handle.join() {
                Ok(value) => value,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Err(error) => panic!("cannot start the compiler's thread: {error}"),
        }
    })
}

/// An upper bound for the length of a statement, brackets across lines included.
fn longest_statement(text: &str) -> usize {
    let (mut longest, mut start, mut depth) = (0, 0, 0usize);
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' if depth == 0 => {
                longest = longest.max(i - start);
                start = i;
            }
            _ => {}
        }
    }
    longest.max(text.len() - start)
}

/// Parses source text.
pub fn parse(text: &str, filename: &str, mode: Mode, options: &Options) -> Result<Parsed, Box<SyntaxError>> {
    let source = Source::new(text, filename);
    parse_source(&source, mode, options).map_err(|e| Box::new(e.resolve(&source)))
}

fn parse_source(source: &Source<'_>, mode: Mode, _options: &Options) -> Fallible<Parsed> {
    if source.text.contains('\0') {
        return Err(crate::source::null_bytes());
    }
    let parser_mode = match mode {
        Mode::Eval => ParserMode::Expression,
        Mode::Exec | Mode::Single => ParserMode::Module,
    };
    let parser_options = ParseOptions::from(parser_mode).with_target_version(PythonVersion::PY314);
    let text = match mode {
        // Leading blanks do not matter to an expression.
        Mode::Eval => source.text,
        _ => source.text,
    };
    let parsed = ruff_python_parser::parse_unchecked(text, parser_options);
    if let Some(error) = parsed.errors().iter().min_by_key(|e| e.location.start()) {
        return Err(CompileError::syntax(error.error.to_string(), error.location));
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        return Err(CompileError::syntax("invalid syntax", error.range));
    }
    Ok(Parsed { tree: parsed.into_syntax(), warnings: Vec::new() })
}
