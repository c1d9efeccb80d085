//! Which scope names belong to, seen through the locals, cells and free variables of the units.

use adder_bytecode::{CodeUnit, Const, LocalKind, Word};
use adder_compiler::{Mode, Options, compile_str};

fn inner(unit: &CodeUnit) -> impl Iterator<Item = &CodeUnit> {
    unit.words.filled().filter_map(|(_, w)| match w {
        Word::Const(Const::Code(code)) => Some(&**code),
        _ => None,
    })
}

/// `name: locals; cells; free` of every unit below the module, in order.
fn shapes(source: &str) -> Vec<String> {
    fn walk(unit: &CodeUnit, out: &mut Vec<String>) {
        for code in inner(unit) {
            let list = |kind| {
                let all = code.locals.iter().zip(&code.local_kinds);
                all.filter(|(_, k)| **k == kind).map(|(n, _)| &**n).collect::<Vec<_>>().join(",")
            };
            out.push(format!(
                "{}: {}; {}; {}",
                code.qualname,
                list(LocalKind::Fast),
                list(LocalKind::Cell),
                list(LocalKind::Free)
            ));
            walk(code, out);
        }
    }
    let (unit, _) =
        compile_str(source, "test", Mode::Exec, &Options::default()).expect("the program is right");
    let mut out = Vec::new();
    walk(&unit, &mut out);
    out
}

#[test]
fn captured_names_are_cells() {
    let source = "def f(a, b):\n    c = 1\n    def g():\n        return a, c\n    return g, b";
    assert_eq!(shapes(source), ["f: b,g; a,c; ", "f.<locals>.g: ; ; a,c"]);
}

#[test]
fn comprehension_variables_are_hidden() {
    let source = "def f(x):\n    y = 1\n    return [i + y for i in x]";
    assert_eq!(shapes(source), ["f: x,y; ; "]);
}

#[test]
fn a_lambda_in_a_comprehension_captures_its_cell() {
    let source = "def f(x):\n    return [lambda: i for i in x]";
    assert_eq!(shapes(source), ["f: x; ; ", "f.<locals>.<lambda>: ; ; i"]);
}

#[test]
fn generator_expressions_are_functions() {
    let source = "def f(x, y):\n    return (i + y for i in x)";
    assert_eq!(shapes(source), ["f: x; y; ", "f.<locals>.<genexpr>: .0,i; ; y"]);
}

#[test]
fn a_walrus_in_a_comprehension_binds_outside() {
    let source = "def f(x):\n    return [y := i for i in x], y";
    assert_eq!(shapes(source), ["f: x,y; ; "]);
}

#[test]
fn classes_do_not_bind_for_their_methods() {
    let source = "def f():\n    x = 1\n    class A:\n        x = 2\n        def m(self):\n            return x, __class__";
    assert_eq!(
        shapes(source),
        ["f: A; x; ", "f.<locals>.A: ; __class__,__classdict__; x", "f.<locals>.A.m: self; ; __class__,x"]
    );
}

#[test]
fn private_names_are_mangled() {
    let source = "class A:\n    def m(self, __x):\n        __y = __x";
    assert_eq!(shapes(source), ["A: ; __classdict__; ", "A.m: self,_A__x,_A__y; ; "]);
}

#[test]
fn type_parameters_have_a_scope() {
    let source = "def f[T](x: T): return T";
    assert_eq!(
        shapes(source),
        ["<generic parameters of f>: ; T; ", "__annotate__: format; ; T", "f: x; ; T",]
    );
}
