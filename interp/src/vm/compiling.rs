//! From source text to running code: compilation with its errors and warnings as Python's, and running code objects.

use super::Vm;
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::function::Function;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use adder_bytecode::{CodeFlags, CodeUnit};
use adder_compiler::{ErrorKind, Mode, Options, SyntaxError, Warning, WarningCategory};

/// Source text as the compiler takes it.
#[derive(Clone, Copy)]
pub enum SourceText<'a> {
    /// A str: its coding cookie says nothing.
    Text(&'a str),
    /// Bytes, decoded as their BOM or cookie says.
    Bytes(&'a [u8]),
}

impl Vm {
    /// Compiles source text; a syntax error and warnings turned into errors are raised.
    pub fn compile_source(
        &self,
        source: SourceText<'_>,
        filename: &str,
        mode: Mode,
        options: &Options,
    ) -> PyResult<Gc<Code>> {
        let compiled = match source {
            SourceText::Text(text) => adder_compiler::compile_str(text, filename, mode, options),
            SourceText::Bytes(bytes) => match self.decode_source(bytes)? {
                Some(text) => adder_compiler::compile_str(&text, filename, mode, options),
                None => adder_compiler::compile(bytes, filename, mode, options),
            },
        };
        match compiled {
            Ok((unit, warnings)) => self.finish_compilation(unit, &warnings, filename),
            Err(error) => Err(self.raise_syntax_error(&error, filename)),
        }
    }

    /// A code object of what the compiler made, after its warnings went to `warnings`.
    pub fn finish_compilation(
        &self,
        unit: CodeUnit,
        warnings: &[Warning],
        filename: &str,
    ) -> PyResult<Gc<Code>> {
        for warning in warnings {
            self.compiler_warning(warning, filename)?;
        }
        if self.config.dump.iter().any(|d| d == "bytecode") {
            eprint!("{}", adder_bytecode::disasm::listing(&unit));
        }
        Ok(Code::new(&self.heap, unit.into()))
    }

    /// The text of source, decoded as the compiler would.
    pub fn decoded_source(&self, source: SourceText<'_>, filename: &str) -> PyResult<String> {
        let bytes = match source {
            SourceText::Text(text) => return Ok(text.to_owned()),
            SourceText::Bytes(bytes) => bytes,
        };
        if let Some(text) = self.decode_source(bytes)? {
            return Ok(text);
        }
        match adder_compiler::decode(bytes, filename) {
            Ok(text) => Ok(text.into_owned()),
            Err(error) => Err(self.raise_syntax_error(&error, filename)),
        }
    }

    /// Source in an encoding that only the codec machinery knows, decoded; `None` when the compiler can do it.
    fn decode_source(&self, bytes: &[u8]) -> PyResult<Option<String>> {
        let Some(cookie) = adder_compiler::source::coding_cookie(bytes) else { return Ok(None) };
        let folded = cookie.to_ascii_lowercase().replace('_', "-");
        let known =
            ["utf-8", "utf8", "latin-1", "iso-8859-1", "iso-latin-1", "latin1", "l1", "ascii", "us-ascii"];
        if known.contains(&folded.as_str()) || folded.starts_with("utf-8-") {
            return Ok(None);
        }
        let Some(codecs) = self.modules.get_str(self.intern("_codecs")) else { return Ok(None) };
        let data = self.new_bytes(bytes);
        match self.call_method(codecs, "decode", &[data, self.new_str(&cookie)]) {
            Ok(v) => Ok(v.downcast::<Str>().and_then(|s| s.to_utf8().map(|t| t.into_owned()))),
            Err(Raised) => {
                // The compiler reports the unknown encoding.
                self.catch(self.exceptions.lookup_error)?;
                Ok(None)
            }
        }
    }

    /// Raises what a syntax error of the compiler becomes in Python.
    #[cold]
    pub fn raise_syntax_error(&self, error: &SyntaxError, filename: &str) -> Raised {
        let class = match error.kind {
            ErrorKind::Syntax => self.exceptions.syntax_error,
            ErrorKind::Indentation => self.exceptions.indentation_error,
            ErrorKind::Tab => self.exceptions.tab_error,
            ErrorKind::Incomplete => self.exceptions.incomplete_input_error,
            ErrorKind::TooNested => return self.recursion_error(&error.message),
            ErrorKind::TooComplex => return self.raise_message(self.exceptions.memory_error, &error.message),
            ErrorKind::Overflow => return self.overflow_error(&error.message),
            ErrorKind::Value => return self.value_error(&error.message),
        };
        match self.syntax_error_instance(class.value(), error, filename) {
            Ok(exception) => self.raise_value(exception),
            Err(raised) => raised,
        }
    }

    fn syntax_error_instance(&self, class: Value, error: &SyntaxError, filename: &str) -> PyResult {
        let message = self.new_str(&error.message);
        if error.line == 0 && error.text.is_none() && error.end_line == 0 {
            return self.call(class, &[message]);
        }
        let number = |n: i64| self.new_int(n);
        let (file, text) = (self.new_str(filename), error.text.as_deref().map(|t| self.new_str(t)));
        let details = self.new_tuple(&[
            file,
            number(error.line.into()),
            number(error.offset.into()),
            text.unwrap_or(Value::none()),
            number(error.end_line.into()),
            number(error.end_offset.into()),
        ]);
        self.call(class, &[message, details])
    }

    /// Passes a warning of the compiler on; a filter may turn it into a syntax error.
    pub fn compiler_warning(&self, warning: &Warning, filename: &str) -> PyResult<()> {
        let category = match warning.category {
            WarningCategory::SyntaxWarning => self.exceptions.syntax_warning,
            WarningCategory::DeprecationWarning => self.exceptions.deprecation_warning,
        };
        let result = self.warn_explicit(super::warnings::Warning {
            category,
            message: self.new_str(&warning.message),
            filename: self.new_str(filename),
            line: i64::from(warning.line),
            module: None,
            registry: None,
            source_line: None,
            source: None,
        });
        match result {
            Ok(()) => Ok(()),
            Err(Raised) => {
                self.catch(category)?;
                Err(self.raise_syntax_error(&warning.error, filename))
            }
        }
    }

    /// Runs code in a namespace: module code gets `locals`, a function's code runs without arguments.
    pub fn run_code(
        &self,
        code: Gc<Code>,
        globals: Gc<Dict>,
        locals: Value,
        closure: Option<Gc<Tuple>>,
    ) -> PyResult {
        let module = globals.get_str(self.names.__name__);
        let function = Function::new(&self.heap, code, globals, self.builtins_of(globals), module);
        function.closure.set(closure);
        if code.unit().flags.has(CodeFlags::OPTIMIZED) {
            return self.call(function.value(), &[]);
        }
        self.call(function.value(), &[locals])
    }
}
