//! Parsing: the tree from `ruff_python_parser`, errors in CPython's words.

mod arguments;
mod diagnose;
mod displays;
mod expressions;
mod literals;
mod numbers;
mod parameters;
mod patterns;
mod simple;
mod statements;
pub mod stream;
mod strings;
mod tokens;

use crate::error::{
    CompileError, ErrorKind, Location, Result as Fallible, SyntaxError, Warning, WarningCategory,
};
use crate::source::Source;
use crate::{Mode, Options};
use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::{Mode as ParserMode, ParseOptions};

/// A parsed program.
pub struct Parsed {
    pub tree: Mod,
    pub warnings: Vec<Warning>,
}

/// Statements of more tokens may nest deeper than an ordinary stack allows.
const LONG_STATEMENT: usize = 600;
/// CPython's parser gives up at about this many nested prefix operators.
const MAX_PREFIXES: usize = 6000;

/// Runs `work` on a thread with a stack for the deepest program that a statement of `tokens` tokens may be.
fn on_big_stack<T: Send>(tokens: usize, work: impl FnOnce() -> T + Send) -> T {
    if tokens < LONG_STATEMENT {
        return work();
    }
    let mut work = Some(work);
    for shift in [30, 28, 26] {
        let mut result = None;
        let (job, out) = (&mut work, &mut result);
        let started = std::thread::scope(|scope| {
            let body = move || *out = job.take().map(|job| job());
            std::thread::Builder::new().stack_size(1 << shift).spawn_scoped(scope, body).is_ok()
        });
        match result {
            Some(value) if started => return value,
            _ => {}
        }
    }
    // No thread to be had: the stack at hand has to do.
    work.take().map(|job| job()).expect("a thread that does not start does not take the work")
}

/// Tokenizes, parses, and hands the tree to `then`, all with enough stack.
pub(crate) fn parse_then<T: Send>(
    text: &str,
    filename: &str,
    mode: Mode,
    options: &Options,
    then: impl FnOnce(&Source<'_>, Parsed) -> Result<T, Box<SyntaxError>> + Send,
) -> Result<T, Box<SyntaxError>> {
    let mut source = Source::new(text, filename);
    source.ends_lines = mode == Mode::Exec;
    let tokens = tokens::tokenize(text, mode, options.flags.dont_imply_dedent);
    on_big_stack(tokens.longest, || {
        let parsed =
            parse_source(&source, &tokens, mode, options).map_err(|e| Box::new(e.resolve(&source)))?;
        then(&source, parsed)
    })
}

/// Parses source text.
pub fn parse(text: &str, filename: &str, mode: Mode, options: &Options) -> Result<Parsed, Box<SyntaxError>> {
    parse_then(text, filename, mode, options, |_, parsed| Ok(parsed))
}

fn parse_source(
    source: &Source<'_>,
    tokens: &tokens::Tokens<'_>,
    mode: Mode,
    options: &Options,
) -> Fallible<Parsed> {
    if source.text.contains('\0') {
        return Err(crate::source::null_bytes());
    }
    if tokens.deepest_prefix > MAX_PREFIXES {
        let message = "Parser stack overflowed - Python source too complex to parse";
        return Err(CompileError::new(ErrorKind::TooComplex, message, Location::None));
    }
    let incomplete = options.flags.allow_incomplete_input;
    let barry = options.flags.barry_as_flufl || imports_barry(tokens);
    let diagnosis = || diagnose::diagnose(tokens, source, mode, incomplete, barry);
    if tokens.error.is_some() || mode == Mode::Single || barry {
        let end = diagnosis()?;
        if mode == Mode::Single
            && let Some(error) = second_statement(tokens, source, end)
        {
            return Err(error);
        }
    }
    let parser_mode = match mode {
        Mode::Eval => ParserMode::Expression,
        Mode::Exec | Mode::Single => ParserMode::Module,
    };
    let parser_options = ParseOptions::from(parser_mode).with_target_version(PythonVersion::PY314);
    let patched = if barry { replace_barry(tokens) } else { None };
    let text = patched.as_deref().unwrap_or(source.text);
    let parsed = ruff_python_parser::parse_unchecked(text, parser_options);
    let errors = parsed.errors().iter().map(|e| e.location);
    let errors = errors.chain(parsed.unsupported_syntax_errors().iter().map(|e| e.range));
    if let Some(first) = errors.min_by_key(|at| at.start()) {
        // The two parsers may disagree about what is an error at all; then this one decides.
        diagnosis()?;
        return Err(CompileError::syntax("invalid syntax", first));
    }
    let warnings = tokens.warnings.iter().map(|(message, at)| warning(source, message, *at)).collect();
    Ok(Parsed { tree: parsed.into_syntax(), warnings })
}

fn warning(source: &Source<'_>, message: &str, at: ruff_text_size::TextRange) -> Warning {
    let error = CompileError::syntax(message, at).resolve(source);
    Warning {
        category: WarningCategory::SyntaxWarning,
        message: message.to_string(),
        line: error.line,
        error: Box::new(error),
    }
}

/// Whether `from __future__ import barry_as_FLUFL` is there.
fn imports_barry(tokens: &tokens::Tokens<'_>) -> bool {
    let word = |i: usize| tokens.list.get(i).and_then(|t| tokens.text.get(t.start as usize..t.end as usize));
    let imported = |from: usize| {
        (from..tokens.list.len())
            .take_while(|&i| tokens.list[i].kind != tokens::Tok::Newline)
            .filter_map(word)
    };
    tokens.text.contains("barry_as_FLUFL")
        && (0..tokens.list.len())
            .filter(|&i| word(i) == Some("from") && word(i + 1) == Some("__future__"))
            .any(|i| imported(i).any(|w| w == "barry_as_FLUFL"))
}

/// The program with `<>` spelled as the parser knows it.
fn replace_barry(tokens: &tokens::Tokens<'_>) -> Option<String> {
    let mut text = tokens.text.as_bytes().to_vec();
    for t in tokens.list.iter().filter(|t| t.kind == tokens::Tok::Op) {
        let at = t.start as usize..t.end as usize;
        if &text[at.clone()] == b"<>" {
            text[at].copy_from_slice(b"!=");
        }
    }
    String::from_utf8(text).ok()
}

/// The error of `single` input that goes on behind its statement, which ends before token `end`.
fn second_statement(
    tokens: &tokens::Tokens<'_>,
    source: &Source<'_>,
    end: usize,
) -> Option<Box<CompileError>> {
    use tokens::Tok;
    let rest = tokens.list.get(end..)?;
    if rest.iter().all(|t| matches!(t.kind, Tok::Newline | Tok::Dedent | Tok::End)) {
        return None;
    }
    let t = tokens.list.get(end.checked_sub(1)?)?;
    let (line, offset) = source.line_and_offset(ruff_text_size::TextSize::new(t.start));
    let width = source.text.get(t.start as usize..(t.end as usize).saturating_sub(1));
    let end_offset = offset as i32 + width.map_or(0, |c| c.chars().count() as i32) + 1;
    let at = Location::Spot { line, offset: offset as i32, end_line: line, end_offset };
    let message = "multiple statements found while compiling a single statement";
    Some(CompileError::new(ErrorKind::Syntax, message, at))
}
