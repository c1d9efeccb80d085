//! Replacement templates: literals and group references, as `re._parser` splits them.

use super::joiner::Joiner;
use super::pattern::{Pattern, wrong_span};
use super::subject::Subject;
use crate::support::is_callable;
use adder_interp::buffer::{self, Buffer};
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// `_sre.SRE_Template`: a literal, then groups, each followed by a literal.
#[pyclass(name = "SRE_Template", module = "_sre", private, no_constructor)]
#[derive(Trace)]
pub struct Template {
    literal: Value,
    /// Groups and the literals after them, `None` where that is empty.
    items: Box<[(usize, Option<Value>)]>,
}

/// What replaces a match.
pub enum Replacement {
    Literal(Value),
    Template(Gc<Native<Template>>),
    Callable(Value),
}

impl Replacement {
    pub fn new(vm: &Vm, pattern: Gc<Native<Pattern>>, repl: Value) -> PyResult<Replacement> {
        if is_callable(vm, repl) {
            return Ok(Replacement::Callable(repl));
        }
        match Subject::new(vm, repl) {
            Ok(text) if !text.contains(b'\\') => return Ok(Replacement::Literal(repl)),
            Ok(_) => {}
            Err(Raised) => drop(vm.take_pending()),
        }
        let template = Template::compile(vm, pattern, repl)?;
        Ok(if template.items.is_empty() {
            Replacement::Literal(template.literal)
        } else {
            Replacement::Template(template)
        })
    }
}

impl Template {
    /// Has the library parse a template.
    pub fn compile(vm: &Vm, pattern: Gc<Native<Pattern>>, template: Value) -> PyResult<Gc<Native<Template>>> {
        let function = vm.registered("_sre.compile_template", |vm| {
            let re = vm.import("re")?;
            vm.getattr_str(re, "_compile_template")
        })?;
        let result = match vm.call(function, &[pattern.value(), template]) {
            Ok(result) => result,
            // A bytearray cannot be a key of the library's cache; its bytes can.
            Err(Raised) if !template.is::<Bytes>() && buffer::supports(vm, template) => {
                vm.catch(vm.exceptions.type_error)?;
                let bytes = vm.new_bytes(&Buffer::simple(vm, template)?);
                vm.call(function, &[pattern.value(), bytes])?
            }
            Err(Raised) => return Err(Raised),
        };
        match result.downcast() {
            Some(template) => Ok(template),
            None => Err(vm.runtime_error("the result of compiling a replacement string is no template")),
        }
    }

    /// `_sre.template`: from alternating literals and group numbers.
    pub fn create(vm: &Vm, parts: Gc<List>) -> PyResult<Gc<Native<Template>>> {
        let parts = parts.to_vec(&vm.heap);
        let Some((&literal, rest)) = parts.split_first().filter(|(_, rest)| rest.len() % 2 == 0) else {
            return Err(vm.type_error("invalid template"));
        };
        let class = vm.native_type(Template::TYPE_DEF)?;
        let mut items = Vec::with_capacity(rest.len() / 2);
        for pair in rest.chunks_exact(2) {
            let group = vm.index_i64(pair[0])?;
            let Ok(group) = usize::try_from(group) else { return Err(vm.type_error("invalid template")) };
            // The values stay alive in `parts`.
            items.push((group, (vm.length(pair[1])? > 0).then_some(pair[1])));
        }
        Ok(vm.new_native(class, Template { literal, items: items.into() }))
    }

    /// Appends the template with the groups of a match, whose spans `group` knows.
    pub fn expand_into(
        &self,
        vm: &Vm,
        out: &mut Joiner<'_>,
        subject: &Subject,
        group: impl Fn(usize) -> Option<(usize, usize)>,
    ) -> PyResult<()> {
        out.push(self.literal);
        for &(index, literal) in &self.items {
            if let Some((start, end)) = group(index) {
                if start > end {
                    return Err(wrong_span(vm));
                }
                out.append_slice(start..end.min(subject.len()));
            }
            if let Some(literal) = literal {
                out.push(literal);
            }
        }
        Ok(())
    }

    /// The text of the template for a match in `string`.
    pub fn expand(
        &self,
        vm: &Vm,
        string: Value,
        group: impl Fn(usize) -> Option<(usize, usize)>,
    ) -> PyResult {
        if self.items.is_empty() {
            return Ok(self.literal);
        }
        let subject = Subject::new(vm, string)?;
        let mut out = Joiner::new(vm, &subject);
        self.expand_into(vm, &mut out, &subject, group)?;
        out.finish()
    }
}

#[pymethods]
impl Template {}
