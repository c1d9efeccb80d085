//! What a parser reports, and the errors it can find.

/// Error codes with Expat's numbers.
pub type Code = u32;

/// Names, numbers and descriptions of the errors.
pub const ERRORS: &[(&str, Code, &str)] = &[
    ("XML_ERROR_NO_MEMORY", 1, "out of memory"),
    ("XML_ERROR_SYNTAX", 2, "syntax error"),
    ("XML_ERROR_NO_ELEMENTS", 3, "no element found"),
    ("XML_ERROR_INVALID_TOKEN", 4, "not well-formed (invalid token)"),
    ("XML_ERROR_UNCLOSED_TOKEN", 5, "unclosed token"),
    ("XML_ERROR_PARTIAL_CHAR", 6, "partial character"),
    ("XML_ERROR_TAG_MISMATCH", 7, "mismatched tag"),
    ("XML_ERROR_DUPLICATE_ATTRIBUTE", 8, "duplicate attribute"),
    ("XML_ERROR_JUNK_AFTER_DOC_ELEMENT", 9, "junk after document element"),
    ("XML_ERROR_PARAM_ENTITY_REF", 10, "illegal parameter entity reference"),
    ("XML_ERROR_UNDEFINED_ENTITY", 11, "undefined entity"),
    ("XML_ERROR_RECURSIVE_ENTITY_REF", 12, "recursive entity reference"),
    ("XML_ERROR_ASYNC_ENTITY", 13, "asynchronous entity"),
    ("XML_ERROR_BAD_CHAR_REF", 14, "reference to invalid character number"),
    ("XML_ERROR_BINARY_ENTITY_REF", 15, "reference to binary entity"),
    ("XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF", 16, "reference to external entity in attribute"),
    ("XML_ERROR_MISPLACED_XML_PI", 17, "XML or text declaration not at start of entity"),
    ("XML_ERROR_UNKNOWN_ENCODING", 18, "unknown encoding"),
    ("XML_ERROR_INCORRECT_ENCODING", 19, "encoding specified in XML declaration is incorrect"),
    ("XML_ERROR_UNCLOSED_CDATA_SECTION", 20, "unclosed CDATA section"),
    ("XML_ERROR_EXTERNAL_ENTITY_HANDLING", 21, "error in processing external entity reference"),
    ("XML_ERROR_NOT_STANDALONE", 22, "document is not standalone"),
    ("XML_ERROR_UNEXPECTED_STATE", 23, "unexpected parser state - please send a bug report"),
    ("XML_ERROR_ENTITY_DECLARED_IN_PE", 24, "entity declared in parameter entity"),
    ("XML_ERROR_FEATURE_REQUIRES_XML_DTD", 25, "requested feature requires XML_DTD support in Expat"),
    ("XML_ERROR_CANT_CHANGE_FEATURE_ONCE_PARSING", 26, "cannot change setting once parsing has begun"),
    ("XML_ERROR_UNBOUND_PREFIX", 27, "unbound prefix"),
    ("XML_ERROR_UNDECLARING_PREFIX", 28, "must not undeclare prefix"),
    ("XML_ERROR_INCOMPLETE_PE", 29, "incomplete markup in parameter entity"),
    ("XML_ERROR_XML_DECL", 30, "XML declaration not well-formed"),
    ("XML_ERROR_TEXT_DECL", 31, "text declaration not well-formed"),
    ("XML_ERROR_PUBLICID", 32, "illegal character(s) in public id"),
    ("XML_ERROR_SUSPENDED", 33, "parser suspended"),
    ("XML_ERROR_NOT_SUSPENDED", 34, "parser not suspended"),
    ("XML_ERROR_ABORTED", 35, "parsing aborted"),
    ("XML_ERROR_FINISHED", 36, "parsing finished"),
    ("XML_ERROR_SUSPEND_PE", 37, "cannot suspend in external parameter entity"),
    (
        "XML_ERROR_RESERVED_PREFIX_XML",
        38,
        "reserved prefix (xml) must not be undeclared or bound to another namespace name",
    ),
    ("XML_ERROR_RESERVED_PREFIX_XMLNS", 39, "reserved prefix (xmlns) must not be declared or undeclared"),
    (
        "XML_ERROR_RESERVED_NAMESPACE_URI",
        40,
        "prefix must not be bound to one of the reserved namespace names",
    ),
    ("XML_ERROR_INVALID_ARGUMENT", 41, "invalid argument"),
    ("XML_ERROR_NO_BUFFER", 42, "a successful prior call to function XML_GetBuffer is required"),
    (
        "XML_ERROR_AMPLIFICATION_LIMIT_BREACH",
        43,
        "limit on input amplification factor (from DTD and entities) breached",
    ),
    ("XML_ERROR_NOT_STARTED", 44, "parser not started"),
];

pub mod code {
    use super::Code;
    pub const SYNTAX: Code = 2;
    pub const NO_ELEMENTS: Code = 3;
    pub const INVALID_TOKEN: Code = 4;
    pub const UNCLOSED_TOKEN: Code = 5;
    pub const PARTIAL_CHAR: Code = 6;
    pub const TAG_MISMATCH: Code = 7;
    pub const DUPLICATE_ATTRIBUTE: Code = 8;
    pub const JUNK: Code = 9;
    pub const PARAM_ENTITY_REF: Code = 10;
    pub const UNDEFINED_ENTITY: Code = 11;
    pub const RECURSIVE: Code = 12;
    pub const ASYNC_ENTITY: Code = 13;
    pub const BAD_CHAR_REF: Code = 14;
    pub const BINARY_ENTITY: Code = 15;
    pub const ATTRIBUTE_EXTERNAL: Code = 16;
    pub const MISPLACED_XML_PI: Code = 17;
    pub const UNKNOWN_ENCODING: Code = 18;
    /// Not one of Expat's: a content model is nested deeper than the native stack allows.
    pub const TOO_DEEP: Code = 1000;
    pub const INCORRECT_ENCODING: Code = 19;
    pub const UNCLOSED_CDATA: Code = 20;
    pub const EXTERNAL_HANDLING: Code = 21;
    pub const NOT_STANDALONE: Code = 22;
    pub const CANT_CHANGE: Code = 26;
    pub const UNBOUND_PREFIX: Code = 27;
    pub const UNDECLARING_PREFIX: Code = 28;
    pub const XML_DECL: Code = 30;
    pub const TEXT_DECL: Code = 31;
    pub const PUBLIC_ID: Code = 32;
    pub const FINISHED: Code = 36;
    pub const RESERVED_XML: Code = 38;
    pub const RESERVED_XMLNS: Code = 39;
    pub const RESERVED_URI: Code = 40;
    pub const AMPLIFICATION: Code = 43;
}

/// The description of an error.
pub fn description(code: Code) -> Option<&'static str> {
    ERRORS.iter().find(|(_, c, _)| *c == code).map(|(_, _, text)| *text)
}

/// A content model: type, quantifier, name, parts; numbers as in `pyexpat.model`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub kind: u8,
    pub quantifier: u8,
    pub name: Option<String>,
    pub parts: Vec<Model>,
}

/// Where an external entity is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    pub base: Option<String>,
    pub system: Option<String>,
    pub public: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    XmlDecl {
        version: Option<String>,
        encoding: Option<String>,
        standalone: i32,
    },
    StartElement {
        name: String,
        attributes: Vec<(String, String)>,
        specified: usize,
    },
    EndElement(String),
    Text(String),
    ProcessingInstruction {
        target: String,
        data: String,
    },
    Comment(String),
    StartCdata,
    EndCdata,
    StartNamespace {
        prefix: Option<String>,
        uri: Option<String>,
    },
    EndNamespace(Option<String>),
    StartDoctype {
        name: String,
        place: Place,
        has_internal_subset: bool,
    },
    EndDoctype,
    EntityDecl {
        name: String,
        parameter: bool,
        value: Option<String>,
        place: Place,
        notation: Option<String>,
    },
    NotationDecl {
        name: String,
        place: Place,
    },
    AttlistDecl {
        element: String,
        attribute: String,
        kind: String,
        default: Option<String>,
        required: bool,
    },
    ElementDecl {
        name: String,
        model: Model,
    },
    /// `context` is none for parameter entities and the external subset.
    ExternalEntity {
        context: Option<String>,
        place: Place,
    },
    SkippedEntity {
        name: String,
        parameter: bool,
    },
    NotStandalone,
    /// Nothing but its text.
    Other,
}

/// An event, the text it stands for if somebody wants that, and where it is.
#[derive(Clone, Debug)]
pub struct Report {
    pub event: Event,
    pub raw: Option<String>,
    pub position: Position,
    /// Where it starts in the text of the document that the parser has.
    pub at: usize,
}

/// A place in the document: lines from 1, columns and bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    pub byte: u64,
    pub line: u64,
    pub column: u64,
}
