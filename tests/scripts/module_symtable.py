"""The compiler's symbol table through `symtable`."""
import symtable

SOURCE = """
@decorated
def f(a, *b):
    global g
    g = [x for x in a if (w := x)]
    def inner():
        nonlocal a
        return a
    class C[T]:
        y: T = 1
    return lambda z: z + w
import os.path as p
"""


def show(table, depth=0):
    print(" " * depth, table.get_type().value, table.get_name(), table.get_lineno(), sorted(table.get_identifiers()))
    for child in table.get_children():
        show(child, depth + 1)


top = symtable.symtable(SOURCE, "example", "exec")
show(top)
f = next(t for t in top.get_children() if t.get_name() == "f")
print(f.get_parameters(), f.get_locals(), f.get_globals(), f.get_frees(), f.get_nonlocals())
print(f.lookup("a"), f.lookup("g"), top.lookup("p"))

# expect:  module top 0 ['decorated', 'f', 'g', 'p']
# expect:   annotation __annotate__ 3 ['.format']
# expect:   function f 3 ['C', 'a', 'b', 'g', 'inner', 'w', 'x']
# expect:    annotation __annotate__ 6 ['.format']
# expect:    function inner 6 ['a']
# expect:    type parameters C 9 ['.generic_base', '.type_params', 'T']
# expect:     class C 9 ['.type_params', 'T', '__type_params__', 'y']
# expect:      annotation __annotate__ 10 ['.format', 'T', '__classdict__']
# expect:    function lambda 11 ['w', 'z']
# expect: ('a', 'b') ('a', 'b', 'w', 'inner', 'C', 'x') ('g',) () ()
# expect: <symbol 'a': CELL, USE|DEF_PARAM> <symbol 'g': GLOBAL_EXPLICIT, DEF_GLOBAL|DEF_LOCAL> <symbol 'p': LOCAL, DEF_IMPORT>
