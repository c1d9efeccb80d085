"""Scopes, statements and the shape of a program.

A program is a row of *chunks*, each guarded by a handler that prints what it raises: functions with a call or two,
top-level statements, hot loops, and the templates of `features`. Functions call only earlier functions, loops have
constant bounds and every call counts (`tick`), so programs end.
"""
import contextlib
import random

from .expressions import TYPES, Expressions
from .features import Features
from .hot import Hot

PREFIX = {"int": "i", "float": "f", "complex": "c", "str": "s", "bytes": "b", "bool": "t", "list": "l", "strs": "w",
          "tuple": "u", "dict": "d", "set": "e", "any": "a"}
EXCEPTIONS = ["ValueError", "KeyError", "TypeError", "ZeroDivisionError", "IndexError", "LookupError", "ArithmeticError",
              "AttributeError", "Exception", "(ValueError, TypeError)", "NameError", "OverflowError", "RuntimeError"]


def indent(lines):
    """The lines, one level deeper."""
    return ["    " + line for line in lines]


class Generator(Expressions, Features, Hot):
    """Makes one program."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.scopes = [[]]
        self.functions = []
        self.counter = 0
        self.walrus_allowed = True
        self.calls_allowed = True
        self.in_function = False
        self.in_loop = False
        self.loop_cost = 1
        self.return_kind = "any"

    # Choices and names.

    def pick(self, options):
        """One of the options."""
        return options[self.random.randrange(len(options))]

    def chance(self, probability):
        """True with this probability."""
        return self.random.random() < probability

    def fresh(self, kind):
        """A new variable name that tells its type."""
        self.counter += 1
        return f"{PREFIX[kind]}{self.counter}"

    def declare(self, name, kind):
        """Makes a variable known in the innermost scope."""
        self.scopes[-1].append((name, kind))

    def names_of(self, kind):
        """Known variables of a type."""
        return [name for scope in self.scopes for name, its in scope if its == kind]

    @contextlib.contextmanager
    def inner_scope(self):
        """Names declared inside are forgotten at the end."""
        self.scopes.append([])
        yield
        self.scopes.pop()

    @contextlib.contextmanager
    def setting(self, **values):
        """Attributes that have other values inside."""
        saved = {name: getattr(self, name) for name in values}
        vars(self).update(values)
        yield
        vars(self).update(saved)

    # Programs.

    def program(self):
        """The whole text."""
        lines = []
        if self.chance(0.6):
            # Mostly for the JIT: worlds print what happens in them, one that changes builtins stays the last.
            for _ in range(self.pick([1, 2])):
                lines += self.hot_world_chunk()
            return "\n".join(lines) + "\n"
        for _ in range(self.random.randint(5, 9)):
            chunk = self.pick([self.function_chunk] * 5 + [self.plain_chunk] * 3 + [self.hot_chunk] + [self.feature_chunk] * 6)
            lines += chunk()
        for name, _ in self.scopes[0][-8:]:
            lines += ["try:", f"    show('{name}', {name})", "except NameError as err:", "    error(err)"]
        return "\n".join(lines) + "\n"

    def guarded(self, lines):
        """The lines in a handler that prints what they raise."""
        return ["try:", *indent(lines), "except Exception as err:", "    error(err)"]

    def plain_chunk(self):
        """Statements at module level."""
        return self.guarded(self.block(self.random.randint(2, 6), 3))

    def feature_chunk(self):
        """One of the templates."""
        return self.guarded(self.feature())

    def hot_chunk(self):
        """A loop of simple statements, hot enough to be compiled, whose types may change on the way."""
        count = self.pick([300, 1000, 3000])
        with self.inner_scope():
            names = []
            lines = []
            for kind in self.random.sample(["int", "int", "float", "str", "list", "bool"], 3):
                name = self.fresh(kind)
                lines.append(f"{name} = {self.atom(kind)}")
                names.append((name, kind))
                self.declare(name, kind)
            index = self.fresh("int")
            self.declare(index, "int")
            body = []
            with self.setting(calls_allowed=False, in_loop=True):
                for _ in range(self.random.randint(2, 4)):
                    name, kind = self.pick(names)
                    value = f"clip({self.expression(kind, 2)})"
                    body += self.pick([
                        [f"{name} = {value}"],
                        [f"if {self.expression('bool', 1)}:", f"    {name} = {value}"],
                        ["try:", f"    {name} = {value}", "except Exception as err:", f"    {name} = {self.atom(self.pick([kind, kind, 'any']))}"],
                    ])
                if self.chance(0.4):
                    name, kind = self.pick(names)
                    body += [f"if {index} == {count - self.pick([3, 60, 200])}:", f"    {name} = {self.atom('any')}"]
            lines += [f"for {index} in range({count}):", *indent(body)]
            lines.append(f"return ({', '.join([name for name, _ in names])})")
        function = f"hot{self.counter}"
        return [f"def {function}():", *indent(lines), *self.guarded([f"show({function}())"])]

    def signature(self):
        """Parameters of a function: list of (name, type, form)."""
        parameters = []
        forms = ["posonly"] * self.pick([0, 0, 0, 1]) + ["plain"] * self.random.randint(0, 2) + ["default"] * self.pick([0, 0, 1, 2])
        forms += self.pick([["star"], [], []])
        keyword = ["keyword"] * self.pick([0, 0, 1]) if "star" in forms else []
        forms += keyword + self.pick([["kwstar"], [], []])
        for form in forms:
            kind = self.pick(TYPES)
            parameters.append((self.fresh(kind), kind, form))
        return parameters

    def signature_text(self, parameters):
        """The parameter list as source."""
        parts = []
        for index, (name, kind, form) in enumerate(parameters):
            if form == "star":
                parts.append("*" + name)
            elif form == "kwstar":
                parts.append("**" + name)
            elif form == "default":
                parts.append(f"{name}={self.atom(kind)}")
            else:
                parts.append(name)
            if form == "posonly" and parameters[index + 1:index + 2] and parameters[index + 1][2] != "posonly":
                parts.append("/")
        return ", ".join(parts)

    def function_chunk(self):
        """A function and calls of it."""
        name, lines = self.function()
        function = self.functions[-1]
        calls = []
        for _ in range(self.pick([1, 1, 2, 3])):
            calls += self.guarded([f"show('{name}', {self.call(function, 2)})"])
        return lines + calls

    def function(self):
        """A definition; declares the function for later calls. Returns name and lines."""
        kind = self.pick(TYPES)
        self.counter += 1
        name = f"fn{self.counter}"
        parameters = self.signature()
        header = f"def {name}({self.signature_text(parameters)}):"
        generic = self.pick(["", "", "", "", "[T]", "[*Ts]", "[T: int, **P]"])
        header = header.replace("(", generic + "(", 1)
        inside = self.setting(in_function=True, in_loop=False, loop_cost=1, walrus_allowed=True, return_kind=kind)
        with inside, self.inner_scope():
            for parameter, its, form in parameters:
                self.declare(parameter, {"star": "tuple", "kwstar": "dict"}.get(form, its))
            body = ["tick()"]
            globals_of = [n for n, k in self.scopes[0]]
            assigned = []
            if globals_of and self.chance(0.15):
                chosen = self.pick(self.scopes[0])
                assigned = [f"global {chosen[0]}"]
                body.append(f"{chosen[0]} = {self.expression(chosen[1], 1)}")
            body += self.block(self.random.randint(1, 6), 3)
            body.append(f"return {self.expression(kind, 3)}")
        self.functions.append((name, kind, parameters))
        return name, [header, *indent(assigned + body)]

    # Statements.

    def block(self, count, depth):
        """Up to `count` statements."""
        lines = []
        for _ in range(count):
            lines += self.statement(depth)
        return lines or ["pass"]

    def scoped_block(self, count, depth):
        """A block that may not run: most of what it assigns is forgotten."""
        before = len(self.scopes[-1])
        lines = self.block(count, depth)
        if self.chance(0.85):
            del self.scopes[-1][before:]
        return lines

    def statement(self, depth):
        """One statement as lines."""
        simple = [self.assign] * 6 + [self.augment] * 3 + [self.unpack] * 2 + [self.print] * 4 + [self.item] * 2 + [self.mutate] * 3 + [
            self.delete, self.annotate]
        compound = [self.branch] * 3 + [self.loop] * 3 + [self.while_loop, self.attempt, self.attempt, self.match, self.match, self.closure, self.with_block]
        if self.in_loop:
            simple += [self.leave_loop]
        if self.in_function:
            simple += [self.early_return]
        if depth <= 0 or self.chance(0.6):
            return self.pick(simple)()
        return self.pick(compound)(depth - 1)

    def value(self, kind):
        """An expression to store."""
        text = self.expression(kind, 3)
        return f"clip({text})" if self.in_loop else text

    def assign(self):
        """`name = value`, sometimes to several targets."""
        kind = self.pick(TYPES)
        names = self.names_of_own(kind)
        name = self.pick(names) if names and self.chance(0.5) else self.fresh(kind)
        text = self.value(kind)
        self.declare(name, kind)
        if self.chance(0.08):
            other = self.fresh(kind)
            self.declare(other, kind)
            return [f"{name} = {other} = {text}"]
        return [f"{name} = {text}"]

    def names_of_own(self, kind):
        """Variables of the innermost function."""
        return [name for name, its in self.scopes[-1] if its == kind]

    def augment(self):
        """`name op= value`."""
        kind = self.pick(["int", "int", "int", "float", "str", "list", "set", "tuple", "dict"])
        names = self.names_of_own(kind)
        if not names:
            return self.assign()
        name = self.pick(names)
        operator = {"int": ["+", "-", "*", "//", "%", "&", "|", "^"], "float": ["+", "-", "*", "/", "//", "%"], "str": ["+"],
                    "list": ["+"], "set": ["|", "&", "-", "^"], "tuple": ["+"], "dict": ["|"]}[kind]
        lines = [f"{name} {self.pick(operator)}= {self.expression(kind, 2)}"]
        return lines + [f"{name} = clip({name})"] if self.in_loop else lines

    def unpack(self):
        """Tuple assignment with nesting and stars."""
        kinds = [self.pick(["int", "str", "float", "any"]) for _ in range(self.random.randint(2, 3))]
        names = [self.fresh(kind) for kind in kinds]
        values = [self.value(kind) for kind in kinds]
        targets = list(names)
        form = self.random.randrange(5)
        source = f"({', '.join(values)})"
        if form == 0:
            targets[-1] = "*" + names[-1]
            kinds[-1] = "list"
            source = self.value(self.pick(["list", "str", "tuple"]))
            kinds[0] = "any"
        elif form == 1:
            targets[0] = f"[{names[0]}, *{self.fresh('list')}]"
            source = f"(({values[0]}, 1), {', '.join(values[1:])})"
        elif form == 2:
            own = self.names_of_own(kinds[0])
            if own:
                targets[0] = self.pick(own)
        elif form == 3:
            source = self.value(self.pick(["list", "tuple", "str", "dict"]))
        for name, kind in zip(names, kinds):
            self.declare(name, kind)
        if form == 2:
            return [f"{names[0]} = {values[0]}", f"{', '.join(targets)} = {source}"]
        return [f"{', '.join(targets)} = {source}"]

    def print(self):
        """A line of the trace."""
        return [f"show({', '.join([self.expression('any', 3) for _ in range(self.pick([1, 1, 2]))])})"]

    def item(self):
        """Assignment to or deletion of an item or a slice."""
        lists, dicts = self.names_of("list"), self.names_of("dict")
        form = self.random.randrange(6)
        if dicts and form < 2:
            return [f"{self.pick(dicts)}[{self.expression('str', 2)}] = {self.expression('int', 2)}"]
        if dicts and form == 2:
            name = self.pick(dicts)
            return [f"if {name}:", f"    del {name}[next(iter({name}))]"]
        if not lists:
            return self.assign()
        name = self.pick(lists)
        if form == 3:
            return [f"{name}[{self.slice()}] = clip({self.expression('list', 2)})"]
        if form == 4:
            return [f"del {name}[{self.pick([self.slice(), self.expression('int', 1)])}]"]
        return [f"{name}[{self.expression('int', 1)}] {self.pick(['', '', '+', '*', '//'])}= {self.expression('int', 2)}"]

    def mutate(self):
        """A mutating method call, its result printed."""
        kind = self.pick(["list", "list", "dict", "set"])
        names = self.names_of(kind)
        if not names:
            return self.assign()
        name, e = self.pick(names), self.expression
        if kind == "list":
            call = self.pick([f"append({e('int', 2)})", f"extend(clip({e('list', 2)}))", f"insert({e('int', 1)}, {e('int', 2)})", "pop()",
                              f"pop({e('int', 1)})", f"remove({e('int', 1)})", "reverse()", "sort()", f"sort(key=lambda v: {self.pick(['-v', 'v % 3', 'str(v)', 'v'])})",
                              "sort(reverse=True)", "clear()", "copy()"])
        elif kind == "dict":
            call = self.pick([f"pop({e('str', 1)})", f"pop({e('str', 1)}, None)", "popitem()", f"setdefault({e('str', 1)}, {e('int', 1)})",
                              f"update({e('dict', 2)})", "copy()", f"update(k={e('int', 1)})", "items()", "keys()", f"__contains__({e('str', 1)})"])
        else:
            call = self.pick([f"add({e('int', 2)})", f"discard({e('int', 1)})", f"remove({e('int', 1)})", f"issubset({e('set', 2)})", f"update({e('list', 2)})",
                              f"isdisjoint({e('list', 2)})", f"symmetric_difference({e('list', 1)})"])
        return [f"show({name}.{call}, {name})", f"{name}[:] = clip({name})" if kind == "list" else f"show(len({name}))"]

    def delete(self):
        """`del name`, rarely; the name may be read again."""
        if self.scopes[-1] and self.chance(0.3):
            name, _ = self.pick(self.scopes[-1])
            if self.chance(0.8):
                self.scopes[-1] = [pair for pair in self.scopes[-1] if pair[0] != name]
            return [f"del {name}"]
        return self.print()

    def annotate(self):
        """An annotated assignment."""
        kind = self.pick(TYPES)
        name = self.fresh(kind)
        text = self.value(kind)
        self.declare(name, kind)
        return [f"{name}: {self.pick(['int', 'undefined_name', 'list[int]', repr('text')])} = {text}"]

    def leave_loop(self):
        """`break` or `continue` under a condition."""
        return [f"if {self.expression('bool', 2)}:", f"    {self.pick(['break', 'continue'])}"]

    def early_return(self):
        """`return` under a condition."""
        return [f"if {self.expression('bool', 2)}:", f"    return {self.expression(self.return_kind, 2)}"]

    def branch(self, depth):
        """`if` with `elif` and `else`."""
        lines = [f"if {self.expression('bool', 3)}:", *indent(self.scoped_block(2, depth))]
        if self.chance(0.3):
            lines += [f"elif {self.expression(self.pick(['bool', 'any']), 2)}:", *indent(self.scoped_block(2, depth))]
        if self.chance(0.5):
            lines += ["else:", *indent(self.scoped_block(2, depth))]
        return lines

    def looping(self, cost):
        """Marks the inside of a loop of `cost` rounds."""
        cost *= self.loop_cost
        return self.setting(in_loop=True, loop_cost=cost, calls_allowed=self.calls_allowed and cost < 40)

    def loop(self, depth):
        """`for` with all kinds of iterables."""
        kind = self.pick(["int", "list", "str", "dict", "strs", "set"])
        if self.loop_cost > 200:
            return self.print()
        item = {"int": "int", "list": "int", "str": "str", "dict": "str", "strs": "str", "set": "any"}[kind]
        target = self.fresh(item)
        if kind == "int":
            source = f"range({self.pick(['3', '7', '12', '2, 9, 3', '5, -1, -1', '0'])})"
        elif kind == "set":
            source = f"sorted({self.expression('set', 2)}, key=repr)"
        elif kind == "dict":
            source = f"list({self.expression('dict', 2)})"
        else:
            source = f"clip({self.expression(kind, 2)})"
        before = len(self.scopes[-1])
        self.declare(target, item)
        if self.chance(0.2):
            number = self.fresh("int")
            self.declare(number, "int")
            target, source = f"{number}, {target}", f"enumerate({source}{self.pick(['', ', 5', ', start=2**63 - 2'])})"
        with self.looping(10):
            body = self.block(self.random.randint(1, 3), depth)
        if self.chance(0.7):
            del self.scopes[-1][before:]
        lines = [f"for {target} in {source}:", *indent(body)]
        if self.chance(0.2):
            lines += ["else:", *indent(self.scoped_block(1, 0))]
        return lines

    def while_loop(self, depth):
        """`while` with a counter."""
        if self.loop_cost > 200:
            return self.print()
        counter = self.fresh("bool")
        with self.looping(8):
            body = self.block(self.random.randint(1, 2), depth)
        lines = [f"{counter} = 0", f"while {counter} < {self.random.randint(1, 8)}{self.pick(['', ' and ' + self.expression('bool', 2)])}:",
                 f"    {counter} += 1", *indent(body)]
        if self.chance(0.25):
            lines += ["else:", *indent(self.scoped_block(1, 0))]
        return lines

    def attempt(self, depth):
        """`try` with handlers, `else` and `finally`."""
        body = self.scoped_block(2, depth)
        if self.chance(0.4):
            body.append(f"raise {self.pick(['ValueError', 'KeyError', 'TypeError', 'RuntimeError'])}({self.expression('any', 1)}){self.pick(['', '', ' from None', ' from ArithmeticError(1)'])}")
        lines = ["try:", *indent(body)]
        handlers = self.pick([0, 1, 1, 1, 2])
        star = handlers and self.chance(0.15)
        exits = self.in_loop
        if star:
            self.in_loop, saved_function, self.in_function = False, self.in_function, False
        for _ in range(handlers):
            name = self.fresh("any")
            lines.append(f"except{'*' if star else ''} {self.pick(EXCEPTIONS)} as {name}:")
            inner = self.scoped_block(1, depth - 1)
            lines += indent([f"error({name})", *inner])
            if self.chance(0.1):
                lines.append(f"    {self.pick(['raise', 'raise ' + name, 'raise LookupError(1) from ' + name, 'raise OSError(2)'])}")
        if star:
            self.in_loop, self.in_function = exits, saved_function
        if handlers and not star and self.chance(0.2):
            lines += ["except:", "    show('bare')", *indent(self.pick([[], ["raise"]]))]
        if handlers and self.chance(0.2):
            lines += ["else:", *indent(self.scoped_block(1, 0))]
        if not handlers or self.chance(0.3):
            # Leaving a `finally` by return or break is a SyntaxWarning: printed once, elsewhere.
            with self.setting(in_loop=False, in_function=False):
                lines += ["finally:", "    show('finally')", *indent(self.scoped_block(1, 0))]
        return lines

    def match(self, depth):
        """`match` with several kinds of patterns."""
        lines = [f"match {self.expression(self.pick(['any', 'int', 'tuple', 'list', 'dict', 'str']), 2)}:"]
        for _ in range(self.random.randint(1, 4)):
            before = len(self.scopes[-1])
            pattern = self.pattern(2)
            guard = f" if {self.expression('bool', 1)}" if self.chance(0.25) else ""
            lines += [f"    case {pattern}{guard}:", *indent(indent(self.scoped_block(1, depth - 1) + ["show('case')"]))]
            del self.scopes[-1][before:]
        if self.chance(0.6):
            lines += ["    case _:", "        show('default')"]
        return lines

    def pattern(self, depth):
        """A pattern; captures become variables of any type."""
        def capture():
            name = self.fresh("any")
            self.declare(name, "any")
            return name
        form = self.random.randrange(12 if depth else 3)
        sub = lambda: self.pattern(depth - 1)
        if form == 0:
            return self.pick(["0", "1", "-1", "'a'", "2.5", "None", "True", "b'abc'", "-1.5+2j", "3"])
        if form == 1:
            return f"{self.pick(['int', 'str', 'float', 'list', 'tuple', 'bool', 'dict'])}()"
        if form == 2:
            return f"({self.pick(['0', 'int()', 'None'])} | {self.pick(['1', 'str()', 'b' + repr('x')])})"
        if form == 3:
            return f"[{sub()}, {sub()}]"
        if form == 4:
            return f"[{sub()}, *{self.pick([capture(), '_'])}]"
        if form == 5:
            return f"({sub()}, *_, {sub()})"
        if form == 6:
            return "{" + f"'a': {sub()}" + self.pick(["", f", **{capture()}", ", 'b': _"]) + "}"
        if form == 7:
            return f"{self.pick(['int', 'str', 'float', 'tuple'])}({capture()})"
        if form == 8:
            return f"({sub()}) as {capture()}"
        if form == 9:
            return "complex(real=0, imag=_)"
        if form == 10:
            return f"[{capture()}]"
        return "[]"

    def closure(self, depth):
        """A nested function that reads and writes cells."""
        kind = self.pick(["int", "str", "list", "float"])
        cell, inner, parameter = self.fresh(kind), f"g{self.counter}_", self.fresh("int")
        lines = []
        with self.setting(in_loop=False, calls_allowed=self.calls_allowed):
            start = self.expression(kind, 2)
            self.declare(cell, kind)
            with self.inner_scope():
                self.declare(parameter, "int")
                body = self.block(1, depth - 1) if self.in_function else []
                writes = self.in_function and self.chance(0.6)
                if writes:
                    body.append(f"{cell} = clip({self.expression(kind, 2)})")
                body.append(f"return {self.expression(kind, 2)}")
            if writes:
                body.insert(0, f"nonlocal {cell}")
        lines += [f"{cell} = {start}", f"def {inner}({parameter}{self.pick(['', '=3'])}):", *indent(body)]
        lines.append(f"show({inner}({self.atom('int')}), {cell})")
        if self.chance(0.5):
            lines.append(f"show([{inner}({self.pick(['k', '-k', 'k * k'])}) for k in range(3)], {cell})")
        return lines

    def with_block(self, depth):
        """`with` over a manager that traces and sometimes swallows."""
        name = f"M{self.counter}"
        self.counter += 1
        swallow = self.pick(["False", "True", "None", "kind is ValueError", "isinstance(value, LookupError)"])
        lines = [f"class {name}:", "    def __init__(self, n): self.n = n", "    def __enter__(self):", "        show('enter', self.n)", "        return self.n",
                 "    def __exit__(self, kind, value, trace):", "        show('exit', self.n, kind, value, trace is None)", f"        return {swallow}"]
        a = self.fresh("int")
        self.declare(a, "int")
        head = self.pick([f"with {name}({self.expression('int', 1)}) as {a}:", f"with {name}(1) as {a}, {name}(2):", f"with ({name}({a} := 5), {name}(6) as {a}):"])
        if self.scopes[0] is self.scopes[-1] and not self.walrus_allowed:
            head = f"with {name}(1) as {a}:"
        return lines + [head, *indent(self.scoped_block(2, depth))]
