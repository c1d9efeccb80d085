//! From the parser's reports to Python's handlers.

use super::decode::Encoding;
use super::event::{Event, Model, Place, Report, code};
use super::parser::Wishes;
use super::raise;
use super::xmlparser::{XmlParser, handler};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;

type This = Gc<Native<XmlParser>>;

/// What a handled event asks for.
enum Verdict {
    GoOn,
    Fail(u32),
}

impl XmlParser {
    /// Parses what is there and calls the handlers.
    pub fn run(this: This, vm: &Vm) -> PyResult<()> {
        this.busy.set(true);
        let result = XmlParser::run_events(this, vm);
        this.busy.set(false);
        this.event.set(None);
        if result.is_err() && this.core.borrow().error.is_none() {
            // A handler has raised: none of them is called any more.
            this.handlers.iter().for_each(|handler| handler.set(None));
            this.aborted.set(true);
            this.buffer.borrow_mut().clear();
        }
        result
    }

    fn run_events(this: This, vm: &Vm) -> PyResult<()> {
        loop {
            let next = {
                let mut core = this.core.borrow_mut();
                core.wishes = this.wishes();
                core.next()
            };
            match next {
                Ok(Some(report)) => {
                    this.event.set(Some((report.position, report.at)));
                    let position = report.position;
                    if let Verdict::Fail(code) = XmlParser::handle(this, vm, report)? {
                        this.core.borrow_mut().error = Some((code, position));
                        return Err(raise(vm, code, position));
                    }
                    this.event.set(None);
                }
                Ok(None) => {
                    let wanted = this.core.borrow().wanted_encoding.clone();
                    match wanted {
                        Some(name) => XmlParser::find_encoding(this, vm, &name)?,
                        None => return XmlParser::flush_text(this, vm),
                    }
                }
                Err((found, position)) => {
                    XmlParser::flush_text(this, vm)?;
                    if found == code::TOO_DEEP {
                        return Err(vm.recursion_error("maximum recursion depth exceeded"));
                    }
                    return Err(raise(vm, found, position));
                }
            }
        }
    }

    fn wishes(&self) -> Wishes {
        let has = |which: usize| self.handlers[which].get().is_some();
        Wishes {
            raw: self.default_handler().is_some(),
            keep_references: !self.expands.get(),
            external: has(handler::EXTERNAL_ENTITY_REF),
        }
    }

    fn default_handler(&self) -> Option<Value> {
        let which = if self.expands.get() { handler::DEFAULT_EXPAND } else { handler::DEFAULT };
        self.handlers[which].get()
    }

    /// Python's codec of one byte per character with this name.
    fn find_encoding(this: This, vm: &Vm, name: &str) -> PyResult<()> {
        let all: Vec<u8> = (0..=255).collect();
        let text =
            vm.call_method(vm.new_bytes(&all), "decode", &[vm.new_str(name), vm.new_str("replace")])?;
        let text: Gc<Str> = text.downcast().expect("decoding gives a str");
        if text.len() != 256 {
            return Err(vm.value_error("multi-byte encodings are not supported"));
        }
        let mut table = [None; 256];
        for (to, c) in table.iter_mut().zip(text.chars()) {
            *to = char::from_u32(c).filter(|&c| c != char::REPLACEMENT_CHARACTER);
        }
        // What markup is made of must be where ASCII has it.
        let is_markup =
            |c: char| c.is_ascii_alphanumeric() || c.is_ascii_punctuation() || " \t\r\n".contains(c);
        let misplaced = |i: usize| {
            let own = char::from(i as u8);
            (is_markup(own) && table[i] != Some(own)) || table[i].is_some_and(|c| c != own && is_markup(c))
        };
        if (0..256).any(misplaced) {
            let mut core = this.core.borrow_mut();
            let position = core.position;
            core.error = Some((code::UNKNOWN_ENCODING, position));
            drop(core);
            return Err(raise(vm, code::UNKNOWN_ENCODING, position));
        }
        this.core.borrow_mut().set_encoding(Encoding::Table(Box::new(table)));
        Ok(())
    }

    // ---- text

    /// Hands collected text to its handler.
    pub fn flush_text(this: This, vm: &Vm) -> PyResult<()> {
        let text = std::mem::take(&mut *this.buffer.borrow_mut());
        if text.is_empty() {
            return Ok(());
        }
        match this.handlers[handler::CHARACTER_DATA].get() {
            Some(handler) => vm.call(handler, &[vm.new_str(&text)]).map(drop),
            None => Ok(()),
        }
    }

    fn handle_text(this: This, vm: &Vm, text: &str) -> PyResult<()> {
        let Some(handler) = this.handlers[handler::CHARACTER_DATA].get() else { return Ok(()) };
        if !this.buffers_text.get() {
            return vm.call(handler, &[vm.new_str(text)]).map(drop);
        }
        if this.buffer.borrow().len() + text.len() > this.buffer_size.get() {
            XmlParser::flush_text(this, vm)?;
            // The handler may have gone meanwhile.
            let Some(handler) = this.handlers[handler::CHARACTER_DATA].get() else { return Ok(()) };
            if text.len() > this.buffer_size.get() {
                return vm.call(handler, &[vm.new_str(text)]).map(drop);
            }
        }
        this.buffer.borrow_mut().push_str(text);
        Ok(())
    }

    // ---- everything else

    /// A name, the same object for equal ones.
    fn name(&self, vm: &Vm, text: &str) -> PyResult {
        let name = vm.new_str(text);
        match self.intern {
            Some(intern) => intern.get_or_insert(vm, name, name),
            None => Ok(name),
        }
    }

    fn optional_name(&self, vm: &Vm, text: &Option<String>) -> PyResult {
        text.as_ref().map_or(Ok(Value::none()), |text| self.name(vm, text))
    }

    /// Calls handler number `which`; `None` if there is none.
    fn call(this: This, vm: &Vm, which: usize, args: &[Value]) -> PyResult<Option<Value>> {
        XmlParser::flush_text(this, vm)?;
        // The handler of the text may have taken it away.
        let Some(handler) = this.handlers[which].get() else { return Ok(None) };
        vm.call(handler, args).map(Some)
    }

    /// As `call`, for handlers that answer with a number that is 0 to stop.
    fn ask(this: This, vm: &Vm, which: usize, args: &[Value], failure: u32) -> PyResult<Verdict> {
        match XmlParser::call(this, vm, which, args)? {
            Some(answer) if vm.index_i64(answer)? == 0 => Ok(Verdict::Fail(failure)),
            _ => Ok(Verdict::GoOn),
        }
    }

    fn handle(this: This, vm: &Vm, report: Report) -> PyResult<Verdict> {
        let which = match &report.event {
            Event::Text(text) if this.handlers[handler::CHARACTER_DATA].get().is_some() => {
                return XmlParser::handle_text(this, vm, text).map(|()| Verdict::GoOn);
            }
            event => this.handler_of(event),
        };
        match which.filter(|&which| this.handlers[which].get().is_some()) {
            Some(which) => XmlParser::handle_by(this, vm, which, &report.event),
            None => {
                if let (Some(raw), Some(default)) = (report.raw, this.default_handler()) {
                    XmlParser::flush_text(this, vm)?;
                    vm.call(default, &[vm.new_str(&raw)])?;
                }
                Ok(Verdict::GoOn)
            }
        }
    }

    fn handler_of(&self, event: &Event) -> Option<usize> {
        let unparsed = self.handlers[handler::UNPARSED_ENTITY_DECL].get().is_some();
        Some(match event {
            Event::XmlDecl { .. } => handler::XML_DECL,
            Event::StartElement { .. } => handler::START_ELEMENT,
            Event::EndElement(_) => handler::END_ELEMENT,
            Event::ProcessingInstruction { .. } => handler::PROCESSING_INSTRUCTION,
            Event::Comment(_) => handler::COMMENT,
            Event::StartCdata => handler::START_CDATA_SECTION,
            Event::EndCdata => handler::END_CDATA_SECTION,
            Event::StartNamespace { .. } => handler::START_NAMESPACE_DECL,
            Event::EndNamespace(_) => handler::END_NAMESPACE_DECL,
            Event::StartDoctype { .. } => handler::START_DOCTYPE_DECL,
            Event::EndDoctype => handler::END_DOCTYPE_DECL,
            Event::EntityDecl { notation: Some(_), .. } if unparsed => handler::UNPARSED_ENTITY_DECL,
            Event::EntityDecl { .. } => handler::ENTITY_DECL,
            Event::NotationDecl { .. } => handler::NOTATION_DECL,
            Event::AttlistDecl { .. } => handler::ATTLIST_DECL,
            Event::ElementDecl { .. } => handler::ELEMENT_DECL,
            Event::ExternalEntity { .. } => handler::EXTERNAL_ENTITY_REF,
            Event::SkippedEntity { .. } => handler::SKIPPED_ENTITY,
            Event::NotStandalone => handler::NOT_STANDALONE,
            Event::Text(_) | Event::Other => return None,
        })
    }

    fn handle_by(this: This, vm: &Vm, which: usize, event: &Event) -> PyResult<Verdict> {
        let string = |text: &str| vm.new_str(text);
        let flag = |on: bool| vm.new_int(i64::from(on));
        let mut args = vm.vec();
        let mut add = |value: Value| args.push(&vm.heap, value);
        match event {
            Event::XmlDecl { version, encoding, standalone } => {
                for text in [version, encoding] {
                    add(text.as_ref().map_or(Value::none(), |text| string(text)));
                }
                add(vm.new_int(i64::from(*standalone)));
            }
            Event::StartElement { name, attributes, specified } => {
                add(this.name(vm, name)?);
                add(this.attributes(vm, attributes, *specified)?);
            }
            Event::EndElement(name) => add(this.name(vm, name)?),
            Event::ProcessingInstruction { target, data } => {
                add(this.name(vm, target)?);
                add(string(data));
            }
            Event::Comment(text) => add(string(text)),
            Event::StartCdata | Event::EndCdata | Event::EndDoctype => {}
            Event::StartNamespace { prefix, uri } => {
                add(this.optional_name(vm, prefix)?);
                add(this.optional_name(vm, uri)?);
            }
            Event::EndNamespace(prefix) => add(this.optional_name(vm, prefix)?),
            Event::StartDoctype { name, place, has_internal_subset } => {
                add(this.name(vm, name)?);
                add(this.optional_name(vm, &place.system)?);
                add(this.optional_name(vm, &place.public)?);
                add(flag(*has_internal_subset));
            }
            Event::EntityDecl { name, place, notation, .. } if which == handler::UNPARSED_ENTITY_DECL => {
                add(this.name(vm, name)?);
                this.place(vm, place, &mut add)?;
                add(this.optional_name(vm, notation)?);
            }
            Event::EntityDecl { name, parameter, value, place, notation } => {
                add(this.name(vm, name)?);
                add(flag(*parameter));
                add(value.as_ref().map_or(Value::none(), |value| string(value)));
                this.place(vm, place, &mut add)?;
                add(this.optional_name(vm, notation)?);
            }
            Event::NotationDecl { name, place } => {
                add(this.name(vm, name)?);
                this.place(vm, place, &mut add)?;
            }
            Event::AttlistDecl { element, attribute, kind, default, required } => {
                add(this.name(vm, element)?);
                add(this.name(vm, attribute)?);
                add(string(kind));
                add(default.as_ref().map_or(Value::none(), |default| string(default)));
                add(flag(*required));
            }
            Event::ElementDecl { name, model } => {
                add(this.name(vm, name)?);
                add(this.model(vm, model)?);
            }
            Event::ExternalEntity { context, place } => {
                add(context.as_ref().map_or(Value::none(), |context| string(context)));
                this.place(vm, place, &mut add)?;
                return XmlParser::ask(this, vm, which, &args, code::EXTERNAL_HANDLING);
            }
            Event::SkippedEntity { name, parameter } => {
                add(this.name(vm, name)?);
                add(flag(*parameter));
            }
            Event::NotStandalone => return XmlParser::ask(this, vm, which, &args, code::NOT_STANDALONE),
            Event::Text(_) | Event::Other => return Ok(Verdict::GoOn),
        }
        XmlParser::call(this, vm, which, &args)?;
        Ok(Verdict::GoOn)
    }

    /// Base, system and public identifier.
    fn place(&self, vm: &Vm, place: &Place, add: &mut impl FnMut(Value)) -> PyResult<()> {
        for part in [&place.base, &place.system, &place.public] {
            add(self.optional_name(vm, part)?);
        }
        Ok(())
    }

    fn attributes(&self, vm: &Vm, attributes: &[(String, String)], specified: usize) -> PyResult {
        let shown = match self.specified_attributes.get() {
            true => &attributes[..specified],
            false => attributes,
        };
        if self.ordered_attributes.get() {
            let mut list = vm.vec();
            for (name, value) in shown {
                list.push(&vm.heap, self.name(vm, name)?);
                list.push(&vm.heap, vm.new_str(value));
            }
            return Ok(vm.list_from(list));
        }
        let dict = vm.new_dict();
        for (name, value) in shown {
            dict.insert(vm, self.name(vm, name)?, vm.new_str(value))?;
        }
        Ok(dict.value())
    }

    fn model(&self, vm: &Vm, model: &Model) -> PyResult {
        let mut parts = vm.vec();
        for part in &model.parts {
            parts.push(&vm.heap, self.model(vm, part)?);
        }
        let parts = vm.new_tuple(&parts);
        let name = self.optional_name(vm, &model.name)?;
        let number = |n: u8| vm.new_int(i64::from(n));
        Ok(vm.new_tuple(&[number(model.kind), number(model.quantifier), name, parts]))
    }
}
