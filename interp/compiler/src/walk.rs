//! A plain walk over expressions, for questions about a subtree.

use ruff_python_ast::{Expr, InterpolatedStringElement};

/// Whether `test` holds for `e` or an expression below it. Does not enter function bodies (`lambda`), but enters
/// comprehensions, which may run in the same frame.
pub fn any(e: &Expr, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
    if test(e) {
        return true;
    }
    let mut found = false;
    children(e, &mut |child| found = found || any(child, test));
    found
}

/// Calls `visit` with the direct subexpressions of `e`.
pub fn children<'a>(e: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match e {
        Expr::BoolOp(b) => b.values.iter().for_each(visit),
        Expr::Named(n) => [&n.target, &n.value].into_iter().for_each(|e| visit(e)),
        Expr::BinOp(b) => [&b.left, &b.right].into_iter().for_each(|e| visit(e)),
        Expr::UnaryOp(u) => visit(&u.operand),
        Expr::Lambda(l) => {
            for p in l.parameters.iter().flat_map(|p| p.iter_non_variadic_params()) {
                p.default.iter().for_each(|d| visit(d));
            }
        }
        Expr::If(i) => [&i.test, &i.body, &i.orelse].into_iter().for_each(|e| visit(e)),
        Expr::Dict(d) => {
            for item in &d.items {
                item.key.iter().for_each(&mut *visit);
                visit(&item.value);
            }
        }
        Expr::Set(s) => s.elts.iter().for_each(visit),
        Expr::List(l) => l.elts.iter().for_each(visit),
        Expr::Tuple(t) => t.elts.iter().for_each(visit),
        Expr::ListComp(c) => {
            visit(&c.elt);
            generators(&c.generators, visit);
        }
        Expr::SetComp(c) => {
            visit(&c.elt);
            generators(&c.generators, visit);
        }
        Expr::Generator(c) => {
            visit(&c.elt);
            generators(&c.generators, visit);
        }
        Expr::DictComp(c) => {
            c.key.iter().for_each(|k| visit(k));
            visit(&c.value);
            generators(&c.generators, visit);
        }
        Expr::Await(a) => visit(&a.value),
        Expr::Yield(y) => y.value.iter().for_each(|v| visit(v)),
        Expr::YieldFrom(y) => visit(&y.value),
        Expr::Compare(c) => {
            visit(&c.left);
            c.comparators.iter().for_each(visit);
        }
        Expr::Call(c) => {
            visit(&c.func);
            c.arguments.args.iter().for_each(&mut *visit);
            c.arguments.keywords.iter().for_each(|k| visit(&k.value));
        }
        Expr::FString(f) => f.value.f_strings().for_each(|part| interpolated(&part.elements, visit)),
        Expr::TString(t) => t.value.iter().for_each(|part| interpolated(&part.elements, visit)),
        Expr::Attribute(a) => visit(&a.value),
        Expr::Subscript(s) => [&s.value, &s.slice].into_iter().for_each(|e| visit(e)),
        Expr::Starred(s) => visit(&s.value),
        Expr::Slice(s) => [&s.lower, &s.upper, &s.step].into_iter().flatten().for_each(|e| visit(e)),
        _ => {}
    }
}

fn generators<'a>(list: &'a [ruff_python_ast::Comprehension], visit: &mut dyn FnMut(&'a Expr)) {
    for g in list {
        visit(&g.target);
        visit(&g.iter);
        g.ifs.iter().for_each(&mut *visit);
    }
}

fn interpolated<'a>(elements: &'a [InterpolatedStringElement], visit: &mut dyn FnMut(&'a Expr)) {
    for element in elements {
        if let InterpolatedStringElement::Interpolation(i) = element {
            visit(&i.expression);
            if let Some(spec) = &i.format_spec {
                interpolated(&spec.elements, visit);
            }
        }
    }
}
