//! The class `xmlparser`: settings and methods. What is reported is handed to Python in [`super::dispatch`].

use super::event::{Position, code};
use super::parser::{Kind, Parser};
use super::{raise, raise_with};
use crate::buf::Buffer;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

/// Handlers by number.
pub mod handler {
    pub const START_ELEMENT: usize = 0;
    pub const END_ELEMENT: usize = 1;
    pub const PROCESSING_INSTRUCTION: usize = 2;
    pub const CHARACTER_DATA: usize = 3;
    pub const UNPARSED_ENTITY_DECL: usize = 4;
    pub const NOTATION_DECL: usize = 5;
    pub const START_NAMESPACE_DECL: usize = 6;
    pub const END_NAMESPACE_DECL: usize = 7;
    pub const COMMENT: usize = 8;
    pub const START_CDATA_SECTION: usize = 9;
    pub const END_CDATA_SECTION: usize = 10;
    pub const DEFAULT: usize = 11;
    pub const DEFAULT_EXPAND: usize = 12;
    pub const NOT_STANDALONE: usize = 13;
    pub const EXTERNAL_ENTITY_REF: usize = 14;
    pub const START_DOCTYPE_DECL: usize = 15;
    pub const END_DOCTYPE_DECL: usize = 16;
    pub const ENTITY_DECL: usize = 17;
    pub const XML_DECL: usize = 18;
    pub const ELEMENT_DECL: usize = 19;
    pub const ATTLIST_DECL: usize = 20;
    pub const SKIPPED_ENTITY: usize = 21;
    pub const COUNT: usize = 22;
}

/// XML parser
#[pyclass(name = "xmlparser", module = "pyexpat", no_constructor, private)]
#[derive(Trace)]
pub struct XmlParser {
    #[trace(skip)]
    pub core: RefCell<Parser>,
    pub handlers: [Cell<Option<Value>>; handler::COUNT],
    /// Internal entities are expanded although there is a default handler.
    pub expands: Cell<bool>,
    pub intern: Option<Gc<Dict>>,
    pub buffers_text: Cell<bool>,
    pub buffer_size: Cell<usize>,
    pub buffer: RefCell<String>,
    pub ordered_attributes: Cell<bool>,
    pub specified_attributes: Cell<bool>,
    namespace_prefixes: Cell<bool>,
    /// The event being handled: where it is, and where its text starts.
    #[trace(skip)]
    pub event: Cell<Option<(Position, usize)>>,
    /// Made by `ExternalEntityParserCreate`.
    is_child: bool,
    pub busy: Cell<bool>,
    /// A handler has raised.
    pub aborted: Cell<bool>,
}

type This = Gc<Native<XmlParser>>;

/// Most bytes that text is collected to.
const MAX_BUFFER: i64 = i32::MAX as i64;
const FIRST_BUFFER: usize = 8192;
/// Bytes asked of a file at a time.
const PIECE: usize = 2048;

impl XmlParser {
    fn with_core(vm: &Vm, core: Parser, intern: Option<Gc<Dict>>, is_child: bool) -> PyResult<This> {
        let class = vm.native_type(XmlParser::TYPE_DEF)?;
        let payload = XmlParser {
            core: RefCell::new(core),
            handlers: Default::default(),
            expands: Cell::new(true),
            intern,
            buffers_text: Cell::new(false),
            buffer_size: Cell::new(FIRST_BUFFER),
            buffer: RefCell::default(),
            ordered_attributes: Cell::new(false),
            specified_attributes: Cell::new(false),
            namespace_prefixes: Cell::new(false),
            event: Cell::new(None),
            is_child,
            busy: Cell::new(false),
            aborted: Cell::new(false),
        };
        Ok(vm.new_native(class, payload))
    }

    /// `ParserCreate()`.
    pub fn create(
        vm: &Vm,
        encoding: Option<String>,
        separator: Option<char>,
        intern: Option<Gc<Dict>>,
    ) -> PyResult {
        let mut core = Parser::new(Kind::Document);
        core.forced_encoding = encoding;
        core.namespace_separator = separator;
        Ok(XmlParser::with_core(vm, core, intern, false)?.value())
    }

    fn handler_value(&self, which: usize) -> Value {
        self.handlers[which].get().unwrap_or(Value::none())
    }

    fn set_handler(this: This, vm: &Vm, which: usize, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(cannot_delete(vm)) };
        if which == handler::CHARACTER_DATA {
            XmlParser::flush_text(this, vm)?;
        }
        match which {
            handler::DEFAULT => this.expands.set(false),
            handler::DEFAULT_EXPAND => this.expands.set(true),
            _ => {}
        }
        this.handlers[which].set(Some(value).filter(|v| !v.is_none()));
        Ok(())
    }

    fn position(&self) -> Position {
        match self.event.get() {
            Some((position, _)) => position,
            None => {
                let core = self.core.borrow();
                core.error.map_or(core.position, |(_, position)| position)
            }
        }
    }

    fn byte_index(&self) -> i64 {
        if self.core.borrow().started { self.position().byte as i64 } else { -1 }
    }

    fn parse(this: This, vm: &Vm, data: &[u8], last: bool) -> PyResult<i32> {
        if this.aborted.get() || this.core.borrow().finished {
            return Err(raise(vm, code::FINISHED, this.position()));
        }
        this.core.borrow_mut().feed(data, last);
        XmlParser::run(this, vm)?;
        Ok(1)
    }
}

#[cold]
fn cannot_delete(vm: &Vm) -> Raised {
    vm.runtime_error("Cannot delete attribute")
}

fn boolean(vm: &Vm, value: Option<Value>) -> PyResult<bool> {
    match value {
        Some(value) => vm.truthy(value),
        None => Err(cannot_delete(vm)),
    }
}

/// A threshold in bytes.
fn threshold_argument(vm: &Vm, value: Value) -> PyResult<u64> {
    let number = vm.index(value)?;
    let number = number.to_big();
    if number.sign() == num_bigint::Sign::Minus {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let fits = num_traits::ToPrimitive::to_u64(&*number);
    fits.ok_or_else(|| vm.overflow_error("Python int too large for C unsigned long long"))
}

#[pymethods]
impl XmlParser {
    #[pygetset(name = "StartElementHandler")]
    fn start_element(&self) -> Value {
        self.handler_value(handler::START_ELEMENT)
    }
    #[pygetset(setter = "StartElementHandler")]
    fn set_start_element(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::START_ELEMENT, value)
    }
    #[pygetset(name = "EndElementHandler")]
    fn end_element(&self) -> Value {
        self.handler_value(handler::END_ELEMENT)
    }
    #[pygetset(setter = "EndElementHandler")]
    fn set_end_element(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::END_ELEMENT, value)
    }
    #[pygetset(name = "ProcessingInstructionHandler")]
    fn processing_instruction(&self) -> Value {
        self.handler_value(handler::PROCESSING_INSTRUCTION)
    }
    #[pygetset(setter = "ProcessingInstructionHandler")]
    fn set_processing_instruction(
        this: Gc<Native<XmlParser>>,
        vm: &Vm,
        value: Option<Value>,
    ) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::PROCESSING_INSTRUCTION, value)
    }
    #[pygetset(name = "CharacterDataHandler")]
    fn character_data(&self) -> Value {
        self.handler_value(handler::CHARACTER_DATA)
    }
    #[pygetset(setter = "CharacterDataHandler")]
    fn set_character_data(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::CHARACTER_DATA, value)
    }
    #[pygetset(name = "UnparsedEntityDeclHandler")]
    fn unparsed_entity(&self) -> Value {
        self.handler_value(handler::UNPARSED_ENTITY_DECL)
    }
    #[pygetset(setter = "UnparsedEntityDeclHandler")]
    fn set_unparsed_entity(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::UNPARSED_ENTITY_DECL, value)
    }
    #[pygetset(name = "NotationDeclHandler")]
    fn notation(&self) -> Value {
        self.handler_value(handler::NOTATION_DECL)
    }
    #[pygetset(setter = "NotationDeclHandler")]
    fn set_notation(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::NOTATION_DECL, value)
    }
    #[pygetset(name = "StartNamespaceDeclHandler")]
    fn start_namespace(&self) -> Value {
        self.handler_value(handler::START_NAMESPACE_DECL)
    }
    #[pygetset(setter = "StartNamespaceDeclHandler")]
    fn set_start_namespace(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::START_NAMESPACE_DECL, value)
    }
    #[pygetset(name = "EndNamespaceDeclHandler")]
    fn end_namespace(&self) -> Value {
        self.handler_value(handler::END_NAMESPACE_DECL)
    }
    #[pygetset(setter = "EndNamespaceDeclHandler")]
    fn set_end_namespace(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::END_NAMESPACE_DECL, value)
    }
    #[pygetset(name = "CommentHandler")]
    fn comment(&self) -> Value {
        self.handler_value(handler::COMMENT)
    }
    #[pygetset(setter = "CommentHandler")]
    fn set_comment(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::COMMENT, value)
    }
    #[pygetset(name = "StartCdataSectionHandler")]
    fn start_cdata(&self) -> Value {
        self.handler_value(handler::START_CDATA_SECTION)
    }
    #[pygetset(setter = "StartCdataSectionHandler")]
    fn set_start_cdata(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::START_CDATA_SECTION, value)
    }
    #[pygetset(name = "EndCdataSectionHandler")]
    fn end_cdata(&self) -> Value {
        self.handler_value(handler::END_CDATA_SECTION)
    }
    #[pygetset(setter = "EndCdataSectionHandler")]
    fn set_end_cdata(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::END_CDATA_SECTION, value)
    }
    #[pygetset(name = "DefaultHandler")]
    fn default(&self) -> Value {
        self.handler_value(handler::DEFAULT)
    }
    #[pygetset(setter = "DefaultHandler")]
    fn set_default(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::DEFAULT, value)
    }
    #[pygetset(name = "DefaultHandlerExpand")]
    fn default_expand(&self) -> Value {
        self.handler_value(handler::DEFAULT_EXPAND)
    }
    #[pygetset(setter = "DefaultHandlerExpand")]
    fn set_default_expand(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::DEFAULT_EXPAND, value)
    }
    #[pygetset(name = "NotStandaloneHandler")]
    fn not_standalone(&self) -> Value {
        self.handler_value(handler::NOT_STANDALONE)
    }
    #[pygetset(setter = "NotStandaloneHandler")]
    fn set_not_standalone(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::NOT_STANDALONE, value)
    }
    #[pygetset(name = "ExternalEntityRefHandler")]
    fn external_entity(&self) -> Value {
        self.handler_value(handler::EXTERNAL_ENTITY_REF)
    }
    #[pygetset(setter = "ExternalEntityRefHandler")]
    fn set_external_entity(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::EXTERNAL_ENTITY_REF, value)
    }
    #[pygetset(name = "StartDoctypeDeclHandler")]
    fn start_doctype(&self) -> Value {
        self.handler_value(handler::START_DOCTYPE_DECL)
    }
    #[pygetset(setter = "StartDoctypeDeclHandler")]
    fn set_start_doctype(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::START_DOCTYPE_DECL, value)
    }
    #[pygetset(name = "EndDoctypeDeclHandler")]
    fn end_doctype(&self) -> Value {
        self.handler_value(handler::END_DOCTYPE_DECL)
    }
    #[pygetset(setter = "EndDoctypeDeclHandler")]
    fn set_end_doctype(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::END_DOCTYPE_DECL, value)
    }
    #[pygetset(name = "EntityDeclHandler")]
    fn entity(&self) -> Value {
        self.handler_value(handler::ENTITY_DECL)
    }
    #[pygetset(setter = "EntityDeclHandler")]
    fn set_entity(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::ENTITY_DECL, value)
    }
    #[pygetset(name = "XmlDeclHandler")]
    fn xml(&self) -> Value {
        self.handler_value(handler::XML_DECL)
    }
    #[pygetset(setter = "XmlDeclHandler")]
    fn set_xml(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::XML_DECL, value)
    }
    #[pygetset(name = "ElementDeclHandler")]
    fn element(&self) -> Value {
        self.handler_value(handler::ELEMENT_DECL)
    }
    #[pygetset(setter = "ElementDeclHandler")]
    fn set_element(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::ELEMENT_DECL, value)
    }
    #[pygetset(name = "AttlistDeclHandler")]
    fn attlist(&self) -> Value {
        self.handler_value(handler::ATTLIST_DECL)
    }
    #[pygetset(setter = "AttlistDeclHandler")]
    fn set_attlist(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::ATTLIST_DECL, value)
    }
    #[pygetset(name = "SkippedEntityHandler")]
    fn skipped_entity(&self) -> Value {
        self.handler_value(handler::SKIPPED_ENTITY)
    }
    #[pygetset(setter = "SkippedEntityHandler")]
    fn set_skipped_entity(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        XmlParser::set_handler(this, vm, handler::SKIPPED_ENTITY, value)
    }

    /// Parse XML data.
    ///
    /// 'data' can be a bytes-like object or a string.  If it is a string,
    /// the encoding declaration in the XML data is ignored.
    /// 'isfinal' should be true at end of input.
    #[pymethod(name = "Parse", sig = "($self, data, isfinal=False, /)")]
    fn parse_data(this: Gc<Native<XmlParser>>, vm: &Vm, data: Value, isfinal: bool) -> PyResult<i32> {
        this.check_idle(vm, "Parse")?;
        if let Some(text) = data.downcast::<Str>() {
            let bytes = vm.encode_utf8(text)?;
            let mut core = this.core.borrow_mut();
            if !core.started {
                core.forced_encoding = Some("utf-8".into());
            }
            drop(core);
            return XmlParser::parse(this, vm, &bytes, isfinal);
        }
        let bytes = Buffer::simple(vm, data)?.to_vec();
        XmlParser::parse(this, vm, &bytes, isfinal)
    }

    /// Parse XML data from a binary file-like object.
    ///
    /// Its read() method should return bytes.
    #[pymethod(name = "ParseFile", sig = "($self, file, /)")]
    fn parse_file(this: Gc<Native<XmlParser>>, vm: &Vm, file: Value) -> PyResult<i32> {
        this.check_idle(vm, "ParseFile")?;
        let Some(read) = vm.getattr_opt(file, vm.names.read)? else {
            return Err(vm.type_error("argument must have 'read' attribute"));
        };
        loop {
            let piece = vm.call(read, &[vm.new_int(PIECE as i64)])?;
            let Some(bytes) = piece.downcast::<Bytes>() else {
                let given = vm.type_of(piece).name();
                let message = format!("read() did not return a bytes object (type={given})");
                return Err(vm.type_error(message));
            };
            if bytes.len() > PIECE {
                let n = bytes.len();
                let message = format!("read() returned too much data: {PIECE} bytes requested, {n} returned");
                return Err(vm.value_error(message));
            }
            let last = bytes.is_empty();
            XmlParser::parse(this, vm, &bytes, last)?;
            if last {
                return Ok(1);
            }
        }
    }

    /// Set the base URL for the parser.
    #[pymethod(name = "SetBase", sig = "($self, base, /)")]
    fn set_base(&self, base: Gc<Str>) {
        self.core.borrow_mut().base = Some(base.to_string_lossy().into_owned());
    }
    /// Return base URL string for the parser.
    #[pymethod(name = "GetBase", sig = "($self, /)")]
    fn get_base(&self) -> Option<String> {
        self.core.borrow().base.clone()
    }

    /// Return the input which generated the current event as bytes.
    ///
    /// The data is in the encoding of the entity which contains the text.
    /// It extends to the end of the currently buffered input, therefore it
    /// can contain also the data of the following events, and if the event
    /// was generated by a large amount of text, not all of it may be
    /// available.
    #[pymethod(name = "GetInputContext", sig = "($self, /)")]
    fn input_context(&self, vm: &Vm) -> Value {
        match self.event.get() {
            Some((_, at)) => vm.new_bytes(&self.core.borrow().rest(at)),
            None => Value::none(),
        }
    }

    /// Create a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler.
    #[pymethod(name = "ExternalEntityParserCreate", sig = "($self, context, encoding=<unrepresentable>, /)")]
    fn external_parser(
        this: Gc<Native<XmlParser>>,
        vm: &Vm,
        context: Value,
        encoding: Option<String>,
    ) -> PyResult {
        let context = match context.downcast::<Str>() {
            Some(context) => Some(context.to_string_lossy().into_owned()),
            None if context.is_none() => None,
            None => {
                let given = vm.type_of(context).name();
                let name = "ExternalEntityParserCreate() argument 1";
                return Err(vm.type_error(format!("{name} must be str or None, not {given}")));
            }
        };
        let core = {
            let parent = this.core.borrow();
            let kind = if context.is_some() { Kind::Entity } else { Kind::Subset };
            let mut core = Parser::new(kind);
            core.forced_encoding = encoding;
            core.dtd = parent.dtd.clone();
            core.base = parent.base.clone();
            core.namespace_separator = parent.namespace_separator;
            core.namespace_triplets = parent.namespace_triplets;
            core.parameter_entities = parent.parameter_entities;
            core.reparse_deferral = parent.reparse_deferral;
            core.amplification = parent.amplification;
            match &context {
                Some(context) => core.set_context(context),
                None => core.open_entities = parent.open_entities.clone(),
            }
            core
        };
        let child = XmlParser::with_core(vm, core, this.intern, true)?;
        for (to, from) in child.handlers.iter().zip(&this.handlers) {
            to.set(from.get());
        }
        child.expands.set(this.expands.get());
        child.buffers_text.set(this.buffers_text.get());
        child.buffer_size.set(this.buffer_size.get());
        child.ordered_attributes.set(this.ordered_attributes.get());
        child.specified_attributes.set(this.specified_attributes.get());
        child.namespace_prefixes.set(this.namespace_prefixes.get());
        Ok(child.value())
    }

    /// Controls parsing of parameter entities (including the external DTD subset).
    ///
    /// Possible flag values are XML_PARAM_ENTITY_PARSING_NEVER,
    /// XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE and
    /// XML_PARAM_ENTITY_PARSING_ALWAYS. Returns true if setting the flag
    /// was successful.
    #[pymethod(name = "SetParamEntityParsing", sig = "($self, flag, /)")]
    fn set_parameter_entities(&self, flag: i32) -> i32 {
        let mut core = self.core.borrow_mut();
        if !core.started {
            core.parameter_entities = flag;
        }
        i32::from(!core.started)
    }

    /// Allows the application to provide an artificial external subset if one is not specified as part of the document instance.
    ///
    /// This readily allows the use of a 'default' document type controlled
    /// by the application, while still getting the advantage of providing
    /// document type information to the parser.  'flag' defaults to True if
    /// not provided.
    #[pymethod(name = "UseForeignDTD", sig = "($self, flag=True, /)")]
    fn use_foreign_dtd(&self, vm: &Vm, flag: bool) -> PyResult<()> {
        let started = self.core.borrow().started;
        if started {
            return Err(raise(vm, code::CANT_CHANGE, self.position()));
        }
        self.core.borrow_mut().foreign_dtd = flag;
        Ok(())
    }

    /// Enable/Disable reparse deferral; enabled by default with Expat >=2.6.0.
    #[pymethod(name = "SetReparseDeferralEnabled", sig = "($self, enabled, /)")]
    fn set_reparse_deferral(&self, enabled: bool) {
        self.core.borrow_mut().reparse_deferral = enabled;
    }
    /// Retrieve reparse deferral enabled status; always returns false with Expat <2.6.0.
    #[pymethod(name = "GetReparseDeferralEnabled", sig = "($self, /)")]
    fn reparse_deferral(&self) -> bool {
        self.core.borrow().reparse_deferral
    }

    /// Sets the number of output bytes needed to activate protection against billion laughs attacks.
    ///
    /// The number of output bytes includes amplification from entity expansion
    /// and reading DTD files.
    ///
    /// Parser objects usually have a protection activation threshold of 8 MiB,
    /// but the actual default value depends on the underlying Expat library.
    ///
    /// Activation thresholds below 4 MiB are known to break support for DITA 1.3
    /// payload and are hence not recommended.
    #[pymethod(name = "SetBillionLaughsAttackProtectionActivationThreshold", sig = "($self, threshold, /)")]
    fn set_threshold(&self, vm: &Vm, threshold: Value) -> PyResult<()> {
        let threshold = threshold_argument(vm, threshold)?;
        self.check_root(vm)?;
        self.core.borrow_mut().amplification.0 = threshold;
        Ok(())
    }

    /// Sets the maximum tolerated amplification factor for protection against billion laughs attacks.
    ///
    /// The amplification factor is calculated as "(direct + indirect) / direct"
    /// while parsing, where "direct" is the number of bytes read from the primary
    /// document in parsing and "indirect" is the number of bytes added by expanding
    /// entities and reading external DTD files, combined.
    ///
    /// The 'max_factor' value must be a non-NaN floating point value greater than
    /// or equal to 1.0. Amplification factors greater than 30,000 can be observed
    /// in the middle of parsing even with benign files in practice. In particular,
    /// the activation threshold should be carefully chosen to avoid false positives.
    ///
    /// Parser objects usually have a maximum amplification factor of 100,
    /// but the actual default value depends on the underlying Expat library.
    #[pymethod(name = "SetBillionLaughsAttackProtectionMaximumAmplification", sig = "($self, max_factor, /)")]
    fn set_amplification(&self, vm: &Vm, max_factor: f64) -> PyResult<()> {
        self.check_root(vm)?;
        if max_factor.is_nan() || max_factor < 1.0 {
            const INVALID_ARGUMENT: u32 = 41;
            let message = "'max_factor' must be at least 1.0";
            return Err(raise_with(vm, message, INVALID_ARGUMENT, self.position()));
        }
        self.core.borrow_mut().amplification.1 = max_factor;
        Ok(())
    }

    #[pygetset(name = "CurrentLineNumber")]
    fn current_line(&self) -> u64 {
        self.position().line
    }
    #[pygetset(name = "CurrentColumnNumber")]
    fn current_column(&self) -> u64 {
        self.position().column
    }
    #[pygetset(name = "CurrentByteIndex")]
    fn current_byte(&self) -> i64 {
        self.byte_index()
    }
    #[pygetset(name = "ErrorLineNumber")]
    fn error_line(&self) -> u64 {
        self.position().line
    }
    #[pygetset(name = "ErrorColumnNumber")]
    fn error_column(&self) -> u64 {
        self.position().column
    }
    #[pygetset(name = "ErrorByteIndex")]
    fn error_byte(&self) -> i64 {
        self.byte_index()
    }
    #[pygetset(name = "ErrorCode")]
    fn error_code(&self) -> u32 {
        self.core.borrow().error.map_or(0, |(code, _)| code)
    }

    #[pygetset]
    fn intern(&self) -> Option<Gc<Dict>> {
        self.intern
    }
    #[pygetset]
    fn buffer_size(&self) -> usize {
        self.buffer_size.get()
    }
    #[pygetset(setter = "buffer_size")]
    fn set_buffer_size(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(cannot_delete(vm)) };
        let Some(size) = adder_interp::object::int::as_int(value) else {
            return Err(vm.type_error("buffer_size must be an integer"));
        };
        let Some(size) = size.to_i64() else {
            return Err(vm.overflow_error("Python int too large to convert to C long"));
        };
        if size <= 0 {
            return Err(vm.value_error("buffer_size must be greater than zero"));
        }
        if size > MAX_BUFFER {
            let message = format!("buffer_size must not be greater than {MAX_BUFFER}");
            return Err(vm.value_error(message));
        }
        XmlParser::flush_text(this, vm)?;
        this.buffer_size.set(size as usize);
        Ok(())
    }
    #[pygetset]
    fn buffer_text(&self) -> bool {
        self.buffers_text.get()
    }
    #[pygetset(setter = "buffer_text")]
    fn set_buffer_text(this: Gc<Native<XmlParser>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let on = boolean(vm, value)?;
        if !on {
            XmlParser::flush_text(this, vm)?;
        }
        this.buffers_text.set(on);
        Ok(())
    }
    #[pygetset]
    fn buffer_used(&self) -> usize {
        self.buffer.borrow().len()
    }
    #[pygetset]
    fn namespace_prefixes(&self) -> bool {
        self.namespace_prefixes.get()
    }
    #[pygetset(setter = "namespace_prefixes")]
    fn set_namespace_prefixes(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let on = boolean(vm, value)?;
        self.namespace_prefixes.set(on);
        self.core.borrow_mut().namespace_triplets = on;
        Ok(())
    }
    #[pygetset]
    fn ordered_attributes(&self) -> bool {
        self.ordered_attributes.get()
    }
    #[pygetset(setter = "ordered_attributes")]
    fn set_ordered_attributes(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.ordered_attributes.set(boolean(vm, value)?);
        Ok(())
    }
    #[pygetset]
    fn specified_attributes(&self) -> bool {
        self.specified_attributes.get()
    }
    #[pygetset(setter = "specified_attributes")]
    fn set_specified_attributes(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.specified_attributes.set(boolean(vm, value)?);
        Ok(())
    }
}

impl XmlParser {
    fn check_idle(&self, vm: &Vm, method: &str) -> PyResult<()> {
        if self.busy.get() {
            return Err(vm.runtime_error(format!("cannot call {method}() from within a handler")));
        }
        Ok(())
    }

    fn check_root(&self, vm: &Vm) -> PyResult<()> {
        if self.is_child {
            const INVALID_ARGUMENT: u32 = 41;
            return Err(raise_with(vm, "parser must be a root parser", INVALID_ARGUMENT, self.position()));
        }
        Ok(())
    }
}
