"""Compiling trees of `ast`: the same results as from text, and the errors of trees that make no sense."""

import ast

source = '''
def area(shape):
    match shape:
        case {"w": w, "h": h}:
            return w * h
        case (1 | 2.5 | -3, *rest) if rest:
            return sum(rest)
        case str() as text:
            return f"{text!r:>8}"
    return None

@staticmethod
def twice(n, /, k=2, *, m: int = 1, **rest):
    return n * k * m + len(rest)

results = [area({"w": 2, "h": 3}), area((-3, 4, 5)), area("x"), twice(3, m=2, z=0)]
try:
    1 / 0
except ZeroDivisionError as e:
    results.append(str(e))
finally:
    results.append({n: 2**70 for n in range(2)})
'''
namespace = {}
exec(compile(ast.parse(source), "tree", "exec"), namespace)
for result in namespace["results"]:
    print(result)
# expect: 6
# expect: 9
# expect:      'x'
# expect: 13
# expect: division by zero
# expect: {0: 1180591620717411303424, 1: 1180591620717411303424}

place = {"lineno": 1, "col_offset": 0}


def refuse(tree, mode="exec"):
    try:
        compile(tree, "tree", mode)
    except (TypeError, ValueError) as e:
        print(f"{type(e).__name__}: {e}")


refuse(ast.Module([ast.Expr(ast.Name("x"))], []))
# expect: TypeError: required field "lineno" missing from stmt
refuse(ast.Module([ast.Expr(ast.Name("None", **place), **place)], []))
# expect: ValueError: identifier field can't represent 'None' constant
refuse(ast.Module([ast.Assign([ast.Name("x", ast.Load(), **place)], ast.Constant(1, **place), **place)], []))
# expect: ValueError: expression must have Store context but has Load instead
refuse(ast.Module([ast.While(ast.Constant(1, **place), [], [], **place)], []))
# expect: ValueError: empty body on While
refuse(ast.Module([ast.Constant(3, **place)], []))
# expect: TypeError: expected some sort of stmt, but got Constant(value=3, kind=None)
refuse(ast.Expression(ast.Constant([], **place)), "eval")
# expect: TypeError: got an invalid type in Constant: list
refuse(ast.parse("x"), "eval")
# expect: TypeError: expected Expression node, got Module
