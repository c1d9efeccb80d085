//! Wrong programs, and what is said about them: kind, message, start and end as CPython 3.14 reports them.

use adder_compiler::{ErrorKind, Mode, Options, compile_str};

/// Kind, message, line, offset, end line, end offset.
type Report = (ErrorKind, &'static str, u32, i32, u32, i32);

fn report(source: &str) -> Option<(ErrorKind, String, u32, i32, u32, i32)> {
    let error = compile_str(source, "test", Mode::Exec, &Options::default()).err()?;
    Some((error.kind, error.message, error.line, error.offset, error.end_line, error.end_offset))
}

#[test]
fn errors_are_reported_as_cpython_reports_them() {
    let mut wrong = Vec::new();
    for (source, expected) in CASES {
        let (kind, message, line, offset, end_line, end_offset) = *expected;
        let expected = Some((kind, message.to_string(), line, offset, end_line, end_offset));
        let got = report(source);
        if got != expected {
            wrong.push(format!("{source:?}\n  expected {expected:?}\n  got      {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

const CASES: &[(&str, Report)] = &[
    ("return 1", (ErrorKind::Syntax, "'return' outside function", 1, 1, 1, 9)),
    ("def f(x, x): pass", (ErrorKind::Syntax, "duplicate argument 'x' in function definition", 1, 10, 1, 11)),
    ("x = 1\n  y = 2", (ErrorKind::Indentation, "unexpected indent", 2, 2, 2, -1)),
    ("if x\n    pass", (ErrorKind::Syntax, "expected ':'", 1, 5, 1, 6)),
    (
        "if x:\npass",
        (ErrorKind::Indentation, "expected an indented block after 'if' statement on line 1", 2, 1, 2, 5),
    ),
    ("f(a b)", (ErrorKind::Syntax, "invalid syntax. Perhaps you forgot a comma?", 1, 3, 1, 6)),
    (
        "print 'x'",
        (ErrorKind::Syntax, "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1, 1, 10),
    ),
    ("(1, 2", (ErrorKind::Syntax, "'(' was never closed", 1, 1, 1, 0)),
    ("x = )", (ErrorKind::Syntax, "unmatched ')'", 1, 5, 1, 5)),
    ("'abc", (ErrorKind::Syntax, "unterminated string literal (detected at line 1)", 1, 1, 1, 1)),
    (
        "0777",
        (
            ErrorKind::Syntax,
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
            1,
            1,
            1,
            2,
        ),
    ),
    ("1__0", (ErrorKind::Syntax, "invalid decimal literal", 1, 2, 1, 2)),
    ("0x", (ErrorKind::Syntax, "invalid hexadecimal literal", 1, 2, 1, 2)),
    ("x = 5 = y", (ErrorKind::Syntax, "cannot assign to literal", 1, 5, 1, 6)),
    (
        "f() = 1",
        (
            ErrorKind::Syntax,
            "cannot assign to function call here. Maybe you meant '==' instead of '='?",
            1,
            1,
            1,
            4,
        ),
    ),
    (
        "a + 1 = 2",
        (
            ErrorKind::Syntax,
            "cannot assign to expression here. Maybe you meant '==' instead of '='?",
            1,
            1,
            1,
            6,
        ),
    ),
    (
        "x + 1 += 2",
        (ErrorKind::Syntax, "'expression' is an illegal expression for augmented assignment", 1, 1, 1, 6),
    ),
    ("del f()", (ErrorKind::Syntax, "cannot delete function call", 1, 5, 1, 8)),
    ("for f() in x: pass", (ErrorKind::Syntax, "cannot assign to function call", 1, 5, 1, 8)),
    (
        "def f():\n    global x\n    nonlocal x",
        (ErrorKind::Syntax, "name 'x' is nonlocal and global", 2, 5, 2, 13),
    ),
    ("nonlocal x", (ErrorKind::Syntax, "nonlocal declaration not allowed at module level", 1, 1, 1, 11)),
    ("def f():\n    nonlocal x", (ErrorKind::Syntax, "no binding for nonlocal 'x' found", 2, 5, 2, 15)),
    ("break", (ErrorKind::Syntax, "'break' outside loop", 1, 1, 1, 6)),
    ("continue", (ErrorKind::Syntax, "'continue' not properly in loop", 1, 1, 1, 9)),
    ("class A: return", (ErrorKind::Syntax, "'return' outside function", 1, 10, 1, 16)),
    (
        "def f(a=1, b): pass",
        (ErrorKind::Syntax, "parameter without a default follows parameter with a default", 1, 12, 1, 13),
    ),
    ("def f(*): pass", (ErrorKind::Syntax, "named arguments must follow bare *", 1, 7, 1, 8)),
    ("f(a=1, 2)", (ErrorKind::Syntax, "positional argument follows keyword argument", 1, 9, 1, 10)),
    (
        "f(**a, *b)",
        (ErrorKind::Syntax, "iterable argument unpacking follows keyword argument unpacking", 1, 6, 1, 10),
    ),
    ("f(a=1, a=2)", (ErrorKind::Syntax, "keyword argument repeated: a", 1, 8, 1, 11)),
    ("f(x for x in y, 1)", (ErrorKind::Syntax, "Generator expression must be parenthesized", 1, 3, 1, 15)),
    (
        "[x, y for x in z]",
        (ErrorKind::Syntax, "did you forget parentheses around the comprehension target?", 1, 2, 1, 6),
    ),
    ("lambda *: 1", (ErrorKind::Syntax, "named arguments must follow bare *", 1, 9, 1, 10)),
    ("yield x", (ErrorKind::Syntax, "'yield' outside function", 1, 1, 1, 8)),
    ("await x", (ErrorKind::Syntax, "'await' outside function", 1, 1, 1, 8)),
    ("def f(): await x", (ErrorKind::Syntax, "'await' outside async function", 1, 10, 1, 17)),
    (
        "async def f():\n    yield from x",
        (ErrorKind::Syntax, "'yield from' inside async function", 2, 5, 2, 17),
    ),
    ("import a.b as c.d", (ErrorKind::Syntax, "cannot use attribute as import target", 1, 15, 1, 18)),
    ("from x import (a, b", (ErrorKind::Syntax, "'(' was never closed", 1, 15, 1, 0)),
    ("from __future__ import nope", (ErrorKind::Syntax, "future feature nope is not defined", 1, 24, 1, 28)),
    ("from __future__ import braces", (ErrorKind::Syntax, "not a chance", 1, 24, 1, 30)),
    (
        "x = 1\nfrom __future__ import annotations",
        (ErrorKind::Syntax, "from __future__ imports must occur at the beginning of the file", 2, 1, 2, 35),
    ),
    ("try: pass", (ErrorKind::Syntax, "expected 'except' or 'finally' block", 1, 10, 1, -1)),
    (
        "try: pass\nexcept A, B as c: pass",
        (ErrorKind::Syntax, "multiple exception types must be parenthesized when using 'as'", 2, 8, 2, 17),
    ),
    (
        "try: pass\nexcept: pass\nexcept A: pass",
        (ErrorKind::Syntax, "default 'except:' must be last", 2, 1, 2, 13),
    ),
    (
        "try: pass\nexcept* A: pass\nexcept B: pass",
        (ErrorKind::Syntax, "cannot have both 'except' and 'except*' on the same 'try'", 3, 1, 3, 7),
    ),
    ("with x as f(): pass", (ErrorKind::Syntax, "cannot assign to function call", 1, 11, 1, 14)),
    (
        "match x:\n    case 1 as f(): pass",
        (ErrorKind::Syntax, "cannot use function call as pattern target", 2, 15, 2, 18),
    ),
    (
        "match x:\n    case a: pass\n    case b: pass",
        (ErrorKind::Syntax, "name capture 'a' makes remaining patterns unreachable", 2, 10, 2, 11),
    ),
    (
        "match x:\n    case [a, a]: pass",
        (ErrorKind::Syntax, "multiple assignments to name 'a' in pattern", 2, 14, 2, 15),
    ),
    (
        "match x:\n    case {1: a, 1: b}: pass",
        (ErrorKind::Syntax, "mapping pattern checks duplicate key (1)", 2, 10, 2, 22),
    ),
    (
        "match x:\n    case A(x=1, 2): pass",
        (ErrorKind::Syntax, "positional patterns follow keyword patterns", 2, 17, 2, 18),
    ),
    ("f'{'", (ErrorKind::Syntax, "f-string: expecting '}'", 1, 4, 1, 4)),
    ("f'{}'", (ErrorKind::Syntax, "f-string: valid expression required before '}'", 1, 4, 1, 5)),
    (
        "f'{x!z}'",
        (
            ErrorKind::Syntax,
            "f-string: invalid conversion character 'z': expected 's', 'r', or 'a'",
            1,
            6,
            1,
            7,
        ),
    ),
    ("f'{a b}'", (ErrorKind::Syntax, "invalid syntax. Perhaps you forgot a comma?", 1, 4, 1, 7)),
    ("f'}'", (ErrorKind::Syntax, "f-string: single '}' is not allowed", 1, 3, 1, 3)),
    ("b'é'", (ErrorKind::Syntax, "bytes can only contain ASCII literal characters", 1, 1, 1, 5)),
    ("ub'x'", (ErrorKind::Syntax, "'u' and 'b' prefixes are incompatible", 1, 1, 1, 3)),
    (
        "'\\N{nope}'",
        (
            ErrorKind::Syntax,
            "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-7: unknown Unicode character name",
            1,
            1,
            1,
            11,
        ),
    ),
    (
        "'\\x1'",
        (
            ErrorKind::Syntax,
            "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: truncated \\xXX escape",
            1,
            1,
            1,
            6,
        ),
    ),
    ("x = 1 if 2", (ErrorKind::Syntax, "expected 'else' after 'if' expression", 1, 5, 1, 11)),
    ("x = (1 if 2)", (ErrorKind::Syntax, "expected 'else' after 'if' expression", 1, 6, 1, 12)),
    ("a = b := c", (ErrorKind::Syntax, "invalid syntax", 1, 7, 1, 9)),
    ("(a.b := 1)", (ErrorKind::Syntax, "cannot use assignment expressions with attribute", 1, 2, 1, 5)),
    ("x: (yield)", (ErrorKind::Syntax, "yield expression cannot be used within an annotation", 1, 5, 1, 10)),
    (
        "[x := 1 for x in y]",
        (
            ErrorKind::Syntax,
            "assignment expression cannot rebind comprehension iteration variable 'x'",
            1,
            2,
            1,
            3,
        ),
    ),
    ("*x", (ErrorKind::Syntax, "can't use starred expression here", 1, 1, 1, 3)),
    ("*x = y", (ErrorKind::Syntax, "starred assignment target must be in a list or tuple", 1, 1, 1, 3)),
    ("a, *b, *c = d", (ErrorKind::Syntax, "multiple starred expressions in assignment", 1, 1, 1, 10)),
    (
        "def f():\n\tx\n        y",
        (ErrorKind::Tab, "inconsistent use of tabs and spaces in indentation", 3, 1, 3, 0),
    ),
    (
        "if 1:\n    x\n  y",
        (ErrorKind::Indentation, "unindent does not match any outer indentation level", 3, 4, 3, -1),
    ),
    (
        "if 1 :\n    x\n\ty",
        (ErrorKind::Tab, "inconsistent use of tabs and spaces in indentation", 3, 1, 3, 0),
    ),
    ("$", (ErrorKind::Syntax, "invalid syntax", 1, 1, 1, 2)),
    ("x = ?", (ErrorKind::Syntax, "invalid syntax", 1, 5, 1, 6)),
    ("a\u{a0}b", (ErrorKind::Syntax, "invalid non-printable character U+00A0", 1, 2, 1, 2)),
    (
        "'a' b 'c'",
        (ErrorKind::Syntax, "invalid syntax. Is this intended to be part of the string?", 1, 5, 1, 6),
    ),
    ("class A(x for x in y): pass", (ErrorKind::Syntax, "invalid syntax", 1, 11, 1, 14)),
    ("async x = 1", (ErrorKind::Syntax, "invalid syntax", 1, 7, 1, 8)),
    ("while True\n  pass", (ErrorKind::Syntax, "expected ':'", 1, 11, 1, 12)),
    ("def f(:\n  pass", (ErrorKind::Syntax, "invalid syntax", 1, 7, 1, 8)),
    ("else: pass", (ErrorKind::Syntax, "invalid syntax", 1, 1, 1, 5)),
    ("x = {1: 2, 3}", (ErrorKind::Syntax, "':' expected after dictionary key", 1, 12, 1, 0)),
    (
        "x = {1: *a}",
        (ErrorKind::Syntax, "cannot use a starred expression in a dictionary value", 1, 9, 1, 11),
    ),
    (
        "x = {**a for a in b}",
        (ErrorKind::Syntax, "dict unpacking cannot be used in dict comprehension", 1, 6, 1, 8),
    ),
    ("import", (ErrorKind::Syntax, "Expected one or more names after 'import'", 1, 7, 1, 7)),
    ("from x import", (ErrorKind::Syntax, "Expected one or more names after 'import'", 1, 14, 1, 14)),
    (
        "from x import a,",
        (ErrorKind::Syntax, "trailing comma not allowed without surrounding parentheses", 1, 17, 1, 18),
    ),
    ("del x y", (ErrorKind::Syntax, "invalid syntax", 1, 7, 1, 8)),
    ("assert x, y, z", (ErrorKind::Syntax, "invalid syntax", 1, 12, 1, 13)),
    ("raise x from", (ErrorKind::Syntax, "invalid syntax", 1, 13, 1, 14)),
    ("global x, y = 1", (ErrorKind::Syntax, "invalid syntax", 1, 13, 1, 14)),
    ("a = 1 2", (ErrorKind::Syntax, "invalid syntax", 1, 7, 1, 8)),
    ("None = 1", (ErrorKind::Syntax, "cannot assign to None", 1, 1, 1, 5)),
    ("f(None=1)", (ErrorKind::Syntax, "cannot assign to None", 1, 3, 1, 8)),
    ("def None(): pass", (ErrorKind::Syntax, "invalid syntax", 1, 5, 1, 9)),
    ("class A[T, T]: pass", (ErrorKind::Syntax, "duplicate type parameter 'T'", 1, 12, 1, 13)),
    ("type A[*T: int] = 1", (ErrorKind::Syntax, "cannot use bound with TypeVarTuple", 1, 10, 1, 15)),
    (
        "def f[T]() -> (yield): pass",
        (ErrorKind::Syntax, "yield expression cannot be used within an annotation", 1, 16, 1, 21),
    ),
    ("__debug__ = 1", (ErrorKind::Syntax, "cannot assign to __debug__", 1, 1, 1, 10)),
    ("not = 3", (ErrorKind::Syntax, "invalid syntax", 1, 5, 1, 6)),
    ("x = a not b", (ErrorKind::Syntax, "invalid syntax", 1, 11, 1, 12)),
    ("a + not b", (ErrorKind::Syntax, "'not' after an operator must be parenthesized", 1, 5, 1, 10)),
    (
        "if x = 1: pass",
        (ErrorKind::Syntax, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 1, 4, 1, 9),
    ),
    (
        "while x.y = 1: pass",
        (
            ErrorKind::Syntax,
            "cannot assign to attribute here. Maybe you meant '==' instead of '='?",
            1,
            7,
            1,
            10,
        ),
    ),
    (
        "f(a.b=1)",
        (ErrorKind::Syntax, "expression cannot contain assignment, perhaps you meant \"==\"?", 1, 3, 1, 7),
    ),
    ("(x, y) := 1", (ErrorKind::Syntax, "cannot use assignment expressions with tuple", 1, 1, 1, 7)),
    ("x = yield = 1", (ErrorKind::Syntax, "assignment to yield expression not possible", 1, 5, 1, 10)),
    (
        "def f():\n  return 1\n  async for x in y: pass",
        (ErrorKind::Syntax, "'async for' outside async function", 3, 3, 3, 25),
    ),
    (
        "{x async for x in y}",
        (ErrorKind::Syntax, "asynchronous comprehension outside of an asynchronous function", 1, 1, 1, 21),
    ),
    (
        "def f(a, (b, c)): pass",
        (ErrorKind::Syntax, "Function parameters cannot be parenthesized", 1, 10, 1, 16),
    ),
    ("def f(a, /, b, /): pass", (ErrorKind::Syntax, "/ may appear only once", 1, 16, 1, 17)),
    ("def f(*a, *b): pass", (ErrorKind::Syntax, "* argument may appear only once", 1, 11, 1, 12)),
    (
        "def f(**a, b): pass",
        (ErrorKind::Syntax, "arguments cannot follow var-keyword argument", 1, 12, 1, 13),
    ),
    ("f(*)", (ErrorKind::Syntax, "Invalid star expression", 1, 4, 1, 5)),
    ("x = *a", (ErrorKind::Syntax, "can't use starred expression here", 1, 5, 1, 7)),
    ("print(*a, b c)", (ErrorKind::Syntax, "invalid syntax. Perhaps you forgot a comma?", 1, 11, 1, 14)),
    (
        "(\n1\n2\n]",
        (
            ErrorKind::Syntax,
            "closing parenthesis ']' does not match opening parenthesis '(' on line 1",
            4,
            1,
            4,
            1,
        ),
    ),
    ("\\x", (ErrorKind::Syntax, "unexpected character after line continuation character", 1, 2, 1, 0)),
    ("x = \\ 1", (ErrorKind::Syntax, "unexpected character after line continuation character", 1, 6, 1, 0)),
];
