"""What surrounds the drivers of a hot chunk: globals, functions, classes, closures, generators, tables of functions.

`make_world` writes the definitions and notes what drivers may use; `hot_call` and `hot_object_int` are the
expressions that use it. Functions call only earlier ones or themselves with a smaller argument.
"""


def indent(lines):
    """The lines, one level deeper."""
    return ["    " + line for line in lines]


class World:
    """The part of the generator that makes the surroundings of drivers."""

    def make_world(self, number):
        """Definitions as lines."""
        n = self.world = number
        self.world_globals = [f"G{n}a", f"G{n}b"]
        self.world_list, self.world_dict = f"GL{n}", f"GD{n}"
        self.world_functions, self.world_generators, self.world_classes = [], [], []
        self.world_makers, self.world_objects, self.world_closures = ["None"], ["None"], []
        self.index, self.hot_names = "x", []
        lines = [f"G{n}a = {self.start('i')}", f"G{n}b = {self.start(self.pick('iiiwf'))}", f"GL{n} = [1, 2, 3]", f"GD{n} = {{'a': 1}}"]
        lines += self.classes(n)
        makers = [self.simple_function, self.global_function, self.raising_function, self.finally_function, self.recursive_function,
                  self.signature_function, self.object_function, self.loop_function, self.list_function, self.unbound_function]
        for index in range(self.random.randint(2, 5)):
            lines += self.pick(makers)(f"h{n}_{index}")
        lines += self.closure_maker(n)
        lines += self.generator(n)
        names = [name for name, _ in self.world_functions]
        one = [name for name, form in self.world_functions if form == "one"] or ["abs"]
        self.world_tables = [f"FL{n}", f"FD{n}"]
        self.world_one = one
        lines += [f"FL{n} = [{', '.join([self.pick(one) for _ in range(self.pick([1, 2, 3]))])}]", f"FD{n} = {{'a': {self.pick(one)}, 'b': {self.pick(one)}}}"]
        lines += [f"def by{n}(f, v): return f(v)", f"def at{n}(f, v=1, *rest, w=0):", f"    return f(v + w) + len(rest)"]
        assert names
        return lines

    def body_expression(self, depth=2):
        """An int expression over a function's parameters."""
        return self.hx("i", depth)

    def parameters(self, *names):
        """Starts a function with int parameters."""
        self.index = names[0]
        self.hot_names = [(name, "i") for name in names]

    # Functions. Form "one": takes an int, gives an int (mostly).

    def simple_function(self, name):
        """An expression or a branch, small enough to be inlined."""
        self.parameters("x")
        body = self.pick([
            [f"return {self.body_expression()} % 100003"],
            [f"if {self.hx('t', 1)}:", f"    return {self.body_expression(1)} % 1009", f"return x {self.pick(['+ 1', '- 3', '^ 5', '& 0xffff'])}"],
            [f"y = {self.body_expression()}", f"z = y {self.pick(['+', '*', '-'])} x", f"return z % {self.pick([97, 1 << 32, 10007])}"],
        ])
        self.world_functions.append((name, "one"))
        return [f"def {name}(x):", *indent(body)]

    def global_function(self, name):
        """Stores a global."""
        self.parameters("x")
        target = self.pick(self.world_globals)
        body = [f"global {target}", self.pick([f"{target} += 1", f"{target} = ({target} + x) % 1000003", f"{target} = {self.body_expression(1)} % 65537",
                                               f"{target} = x", f"{target} = x * 0.5"])]
        if self.chance(0.3):
            body += [f"if {self.hx('t', 1)}:", f"    raise ValueError({target})"]
        if self.chance(0.3):
            body += [f"{target} = {target} % 997 if type({target}) is int else 0"]
        self.world_functions.append((name, "one"))
        return [f"def {name}(x):", *indent([*body, f"return {self.pick([target, 'x + 1', self.body_expression(1)])} if type({target}) is int else x"])]

    def raising_function(self, name):
        """Raises now and then, through another frame."""
        self.parameters("x")
        inner = self.pick([f"raise {self.pick(['ValueError', 'KeyError', 'IndexError'])}(x)", "return 10 // (x - x)", "return [][x]", "return {}['no']", "return x.missing",
                           "return x + ''", "assert x < 0, x"])
        test = self.pick(["x % 7 == 3", "x & 15 == 5", "x > 250", self.hx("t", 1)])
        lines = [f"def {name}_in(x):", f"    if {test}:", f"        {inner}", f"    return {self.body_expression(1)} % 4099",
                 f"def {name}_raw(x):", f"    y = {name}_in(x)", f"    return y + {self.pick(['1', 'x', '2'])}"]
        handler = self.pick([["return -1"], ["return where(err)[0][1] % 5"], ["pass"], ["x = 7"], ["err.note = x", "return err.note % 11"]])
        lines += [f"def {name}(x):", "    try:", f"        return {name}_raw(x)", f"    except {self.pick(['Exception', '(ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError)'])} as err:",
                  *indent(indent(handler)), "    return x % 13"]
        self.world_functions += [(name, "one"), (name + "_raw", "raises")]
        return lines

    def finally_function(self, name):
        """Leaves `try` by return, break or continue."""
        self.parameters("x")
        kind = self.random.randrange(4)
        target = self.pick(self.world_globals)
        if kind == 0:
            body = ["y = x", "try:", f"    if {self.hx('t', 1)}:", "        return y % 101", f"    y = {self.body_expression(1)}", "finally:", f"    {target} = {self.pick(['x', 'y', target])} if type({target}) is int else 1", "return y % 103"]
        elif kind == 1:
            body = ["y = 0", "for j in range(4):", "    try:", f"        if j == x % {self.pick([3, 5])}: {self.pick(['break', 'continue', 'return y'])}",
                    f"        y += {self.pick(['j', 'x', '1'])}", "    finally:", "        y += 10", f"    {target} = y", "return y % 4099"]
        elif kind == 2:
            body = ["y = 0", "try:", "    try:", f"        y = {self.hx('i', 1)} // (x % 5)", "    finally:", "        y += 3", f"except {self.pick(['ZeroDivisionError', 'ArithmeticError', 'Exception'])}:",
                    "    y -= 2", "else:", "    y += 1", f"{target} = y", "return y % 257"]
        else:
            body = ["y = 1", "try:", f"    raise_it = x % 6", "    if raise_it == 2: raise KeyError(x)", "    if raise_it == 4: raise ValueError(y)", "    y = 2",
                    "except KeyError as err:", "    y = 3", "except ValueError:", "    try:", "        [][y]", "    except IndexError:", "        y = 4", "finally:", f"    {target} = y", "return y + x % 3"]
        self.world_functions.append((name, "one"))
        return [f"def {name}(x):", f"    global {target}", *indent(body)]

    def recursive_function(self, name):
        """Recursion, up to a few levels."""
        self.parameters("x")
        body = self.pick([
            [f"return 1 if x < 2 else {name}(x - 1) {self.pick(['+', '*'])} x"],
            [f"return x if x < 2 else {name}(x - 1) + {name}(x - 2)"],
            ["if x <= 0:", "    return 0", f"y = {name}(x - 1)", f"return y {self.pick(['+', '^', '-'])} {self.body_expression(1)} % 1000"],
        ])
        self.world_functions.append((name, "small"))
        return [f"def {name}(x):", *indent(body)]

    def signature_function(self, name):
        """Keyword, default and star parameters."""
        self.parameters("x", "y")
        signature = self.pick(["x, y=3", "x, y=3, *rest", "x, *, y=1", "x, /, y=2", "x, y=5, **more", "x, y=1, *rest, z=2, **more"])
        total = "x * 3 + y" + (" + len(rest) * 100" if "rest" in signature else "") + (" + len(more) * 1000" if "more" in signature else "") + (" - z" if "z=" in signature else "")
        self.world_functions.append((name, "sig " + signature))
        return [f"def {name}({signature}):", f"    return ({total}) % 100003 {self.pick(['', '+ ' + self.body_expression(1) + ' % 3'])}"]

    def object_function(self, name):
        """Makes an object that does not escape, or does."""
        self.parameters("x")
        c = self.pick(self.world_classes)
        body = self.pick([
            [f"o = {c}(x)", f"o.v += {self.body_expression(1)} % 7", "return o.v"],
            [f"o = {c}(x)", f"if {self.hx('t', 1)}:", f"    {self.world_list}[0] = o.v", "    keep(o)", "return o.get()"],
            [f"a, b = {c}(x), {c}(3)", "c = a + b", "return c.v if c is not None else 0"],
            [f"o = {c}(x)", "o.extra = x", f"if x % {self.pick([3, 50])} == 1:", "    del o.extra", "return getattr(o, 'extra', -1) + o.step(2)"],
            [f"pair = (x, {c}(x))", "n, o = pair", "return n + o.v"],
        ])
        self.world_functions.append((name, "one"))
        return [f"def {name}(x):", *indent(body)]

    def loop_function(self, name):
        """A loop inside."""
        self.parameters("x", "j", "y")
        head = self.pick([f"for j in range(x % {self.pick([3, 6])}):", f"for j in ({self.pick(['1, 2, x', '5,'])}):", "for j in b'abc':", "for j in [x, 2, 5][x % 3:]:"])
        body = [f"y = (y {self.pick(['+', '^', '*', '-'])} {self.body_expression(1)}) % 10007"]
        if self.chance(0.4):
            body += [f"if {self.hx('t', 1)}: {self.pick(['break', 'continue', 'return y'])}", "y += 1"]
        self.world_functions.append((name, "one"))
        return [f"def {name}(x):", "    y = j = 1", "    " + head, *indent(indent(body)), *self.pick([[], ["    else:", "        y += 2"]]), "    return y"]

    def list_function(self, name):
        """Changes a list of the world."""
        self.parameters("x")
        l, d = self.world_list, self.world_dict
        change = self.pick([f"{l}.append(x)", f"{l}.insert(x % 3, x)", f"{l}[x % len({l})] = x", f"{d}['a'] = x", f"{d}[str(x % 5)] = x", f"{l}.pop(); {l}.append(x)",
                            f"{l}.reverse()", f"{l}.extend((x, 1))"])
        self.world_functions.append((name, "one"))
        return [f"def {name}(x):", f"    {change}", f"    if len({l}) > 12: del {l}[3:]", f"    return len({l}) + {self.pick([l + '[-1]', l + '[0]', d + '[' + repr('a') + ']', '0'])} % 1009"]

    def unbound_function(self, name):
        """A local that may be unbound."""
        self.parameters("x")
        body = [f"if {self.hx('t', 1)}:", f"    y = {self.body_expression(1)}", f"if x % {self.pick([2, 7])} == 1:", f"    {self.pick(['y = 2', 'del y', 'y = x'])}", "return y % 1009"]
        self.world_functions += [(name, "one"), (name + "_raw", "raises")]
        return [f"def {name}_raw(x):", *indent(body), f"def {name}(x):", "    try:", f"        return {name}_raw(x)", "    except UnboundLocalError as err:", f"        return len(str(err))"]

    # Classes.

    def classes(self, n):
        """A base, a subclass with `super`, and one that is alike but unrelated."""
        self.parameters("x")
        binary = self.pick(["+", "-", "*"])
        base, sub, other = f"K{n}", f"J{n}", f"O{n}"
        compare = self.pick(["self.v < (o.v if isinstance(o, K) else o)", "NotImplemented if o is None else self.v < getattr(o, 'v', 3)"]).replace("K", base)
        init = self.pick([["self.v = v"], ["self.v = v", "self.w = v"], ["self.w = 0", "self.v = v"], ["if v != 5: self.w = v", "self.v = v"]])
        lines = [f"class {base}:", *indent(self.pick([[], [], ["__slots__ = ('v', 'w', 'extra', 'new', 'log')"], ["w = 9"]])),
                 f"    kind = {self.pick(['1', '2.5'])}",
                 "    seen = 0",
                 "    def __init__(self, v=1):", *indent(indent(init)),
                 "    def get(self): return self.v",
                 f"    def step(self, k):", f"        self.v = (self.v + k{self.pick(['', ' * 3'])}) % {self.pick([1009, 1 << 40])}", "        return self.v",
                 f"    def __add__(self, o): return {base}((self.v {binary} (o.v if isinstance(o, {base}) else o)) % 100003)" if self.chance(0.8)
                 else f"    def __add__(self, o): return type(self)(self.v)",
                 f"    def __radd__(self, o): return {base}((o {binary} self.v) % 100003)",
                 f"    def __lt__(self, o): return {compare}",
                 f"    def __eq__(self, o): return {self.pick([f'isinstance(o, {base}) and self.v == o.v', 'NotImplemented', 'self.v == getattr(o, ' + repr('v') + ', o)'])}",
                 "    __hash__ = None" if self.chance(0.3) else "    def __hash__(self): return 1",
                 f"    def __getitem__(self, i): return {self.pick(['self.v + i', '(self.v, i, 3)[i % 3]', '[self.v, 2][i]'])}",
                 f"    def __setitem__(self, i, v): self.v = {self.pick(['v', 'i', '(i + v) % 1009'])}",
                 f"    def __len__(self): return {self.pick(['2', 'self.v % 3'])}",
                 f"    def __bool__(self): return {self.pick(['True', 'self.v % 2 == 0'])}",
                 f"    def __contains__(self, o): return {self.pick(['self.v == o', 'o > 3'])}",
                 f"    def __call__(self, x, y=1): return {self.pick(['self.v + x - y', 'x'])}",
                 f"    def __neg__(self): return {base}(-self.v)",
                 f"    def __repr__(self): return f'{{type(self).__name__}}({{getattr(self, \"v\", None)}})'",
                 f"    def __iadd__(self, o):", f"        {self.pick(['self.v = (self.v + 1) % 50', 'return self + o', f'return {base}(o.v if isinstance(o, {base}) else 4)'])}", "        return self",
                 "    ¬property".replace("¬", "@"), f"    def prop(self): return {self.pick(['self.v * 2', 'self.get() + 1'])}",
                 "    @prop.setter", f"    def prop(self, x): self.v = {self.pick(['x % 997', 'x'])}",
                 "    @staticmethod", "    def st(x): return x + 2",
                 "    @classmethod", "    def cl(cls, x): return x + len(cls.__name__)"]
        if self.chance(0.2):
            lines += ["    def __getattr__(self, name): return len(name)"]
        inherit = self.pick(["return super().get() + 1", f"return super({sub}, self).get() * 2 % 1009", f"return {base}.get(self) - 1", "return self.v"])
        lines += [f"class {sub}({base}):", *indent(self.pick([[], ["def __init__(self, v=2):", "    super().__init__(v)", f"    {self.pick(['self.w = 3', 'pass', 'self.v = v + 1'])}"]])),
                  f"    def get(self): {inherit}",
                  *indent(self.pick([[], ["def step(self, k):", "    return super().step(k + 1) + 1"], ["@property", "def prop(self): return super().prop + 5"],
                                     [f"def __add__(self, o): return {sub}(super().__add__(o).v)"], [f"def __radd__(self, o): return {sub}(7)"],
                                     ["def __lt__(self, o): return not super().__lt__(o)"]]))]
        lines += [f"class {sub}x({sub}):", f"    def get(self): {self.pick(['return super().get() + 10', 'return len(' + repr('xx') + ')'])}",
                  *indent(self.pick([[], ["def step(self, k): return super().step(k) ^ 1"]]))]
        lines += [f"class {other}:", "    def __init__(self, v=3):", f"        {self.pick(['self.v = v', 'self.a = self.b = 1; self.v = v'])}",
                  "    def get(self): return self.v * 2", "    def step(self, k): return k", "    prop = 4", "    def __add__(self, o): return self",
                  "    def __len__(self): return 1", "    def __getitem__(self, i): return i", "    def __setitem__(self, i, v): pass",
                  "    def __call__(self, x, y=1): return x", f"    def __repr__(self): return '{other}'", "    def st(self, x): return x", "    def cl(self, x): return x",
                  "    def __lt__(self, o): return True", "    def __contains__(self, o): return False", "    def __radd__(self, o): return self", "    def __neg__(self): return self"]
        self.world_classes = [base, base, sub, sub + "x"]
        self.world_objects = [f"B{n}", f"B{n}", f"C{n}", f"OL{n}[k % len(OL{n})]" if False else f"B{n}"]
        self.world_other = other
        self.world_makers = [f"{base}(3)", f"{sub}(4)", f"{base}(5)", f"{sub}x(p)", f"{other}(2)"]
        lines += [f"B{n}, C{n} = {base}(1), {sub}(2)", f"OL{n} = [{base}(1), {self.pick([base, sub, sub + 'x', other])}(2), {base}(3)]"]
        self.world_row = f"OL{n}"
        return lines

    # Closures, generators.

    def closure_maker(self, n):
        """Functions over shared cells."""
        self.parameters("k", "m")
        self.world_closures = [f"up{n}", f"get{n}", f"mk{n}"]
        body = self.pick([["m += k", "return m"], ["m = (m * 3 + k) % 1009", "return m"], ["m = m + 1", "if m % 50 == 7: m = 0", "return k"],
                          ["if k % 9 == 4: del m; m = 2", "m += 1", "return m"], ["m = k if m > 100 else m + 1", "return m + k"]])
        return [f"def mk{n}(m):", "    def up(k=1):", "        nonlocal m", *indent(indent(body)), "    def get(k=0): return m",
                "    return up, get", f"up{n}, get{n} = mk{n}({self.pick(['0', '1', '2**48'])})"]

    def generator(self, n):
        """Generators with cleanup and delegation."""
        self.parameters("x", "j")
        self.world_generators = [f"ge{n}", f"ge{n}", f"de{n}", f"ro{n}"]
        got = self.pick(["if got is not None: x += got % 5", "if got == 3: return 77", "pass", "if got: raise KeyError(got)"])
        after = self.pick(["pass", f"G{n}a = x", f"{self.world_list}[0] = j"])
        caught = self.pick(["yield -1", "x += 1", "raise", "return 5", "break"])
        # When an abandoned generator is closed is not specified: one whose end can be seen is kept alive.
        raw = f"ge{n}" if after == "pass" else f"ge{n}_raw"
        kept = [] if after == "pass" else [f"def ge{n}(x=3): return held({raw}(x))"]
        # The end of one that delegates to it is its end, too.
        outer = f"de{n}" if after == "pass" else f"de{n}_raw"
        return [f"def {raw}(x=3):", f"    global G{n}a", "    j = 0", "    try:", f"        for j in range(x % {self.pick([4, 6])}):", "            try:",
                f"                got = yield {self.body_expression(1)} % 1009", f"                {got}", f"            except {self.pick(['ValueError', '(ValueError, KeyError)'])}:", f"                {caught}",
                "    finally:", f"        {after}", "    return x", *kept,
                f"def {outer}(x=3):", f"    r = yield from {self.pick([f'ge{n}(x)', f'ge{n}(x)', '[x % 7, 2, 3]', 'range(x % 4)'])}", "    yield (r or 0) % 1009 if type(r) is int else 6",
                f"    return {self.pick(['r', 'x'])}", *[line.replace("ge", "de") for line in kept], f"def ro{n}(x=3):", "    a, b = 0, 1", f"    while a < x % {self.pick([30, 9])}:", "        yield a", f"        a, b = b, a + b",
                f"def pl{n}(x=3):", *self.plain_generator(), f"def pm{n}(x=3):", f"    for j in {self.pick(['range(x % 4)', f'pl{n}(x)', '(1, x)'])}:", "        yield j, x",
                f"async def co{n}(x):", f"    return {self.body_expression(1)} % 1009",
                f"async def cc{n}(x):", "    total = 0", f"    for j in range(x % 3):", f"        total += await co{n}(x + j)", "    return total",
                f"def drive{n}(c):", "    try:", "        c.send(None)", "    except StopIteration as stop:", "        return stop.value", "    return -1"]

    def plain_generator(self):
        """The body of a generator without handlers: nothing happens when it is abandoned."""
        one = lambda: f"yield {self.body_expression(1)} % 1009"
        self.index = "x"
        return indent(["j = 1", *self.pick([
            [f"for j in range(x % {self.pick([4, 7])}):", "    " + one()],
            [one(), f"if {self.hx('t', 1)}: return", "x += 1", one()],
            ["while x > 0:", "    " + one(), f"    x -= {self.pick(['1', '3'])}", *self.pick([[], ["    " + one()], [f"    if x == {self.pick(['2', '5'])}: raise KeyError(x)"]])],
            [f"for j in [x, 2, 5][x % 3:]:", "    " + one(), "    j += 1"],
            [f"got = yield x % 7", "if got is None:", "    x += 1", one()],
        ])])

    # Their use in expressions.

    def hot_call(self, depth):
        """A call of something in the world that gives an int."""
        e = lambda kind="i": self.hx(kind, depth - 1)
        n = self.world
        if not self.world_functions:
            return self.hatom("i")
        name, form = self.pick(self.world_functions)
        if form == "raises" and not getattr(self, "in_try", False):
            form, name = "one", "abs"
        if form == "small":
            return f"{name}(({e()}) % {self.pick([3, 5, 7])})"
        if form.startswith("sig"):
            one = f"{name}({e()}"
            two = "y=" + e() if "*, y" in form else self.pick([e(), "y=" + e()])
            options = [f"{one})", f"{one}, {two})"]
            if "rest" in form:
                options += [f"{one}, 1, *{e(self.pick('ul'))})", f"{one}, {e()}, 3)"]
            if "more" in form:
                options += [f"{one}, zz={e()})", f"{name}({e()}, **{{'y': {e()}, 'w': 1}})"]
            if "/" not in form:
                options += [f"{name}(y={e()}, x={e()})"]
            if "*, y" not in form and "/" not in form:
                options += [f"{name}(*{e('u')})"]
            return self.pick(options)
        if not hasattr(self, "world_one") or not self.world_closures or self.index == "x":
            return f"{name}({e()})"
        choice = self.random.randrange(14)
        if choice < 6:
            return f"{name}({e()})"
        if choice == 6:
            return f"FL{n}[{self.hx('i', 0)} % len(FL{n})]({e()})"
        if choice == 7:
            return f"FD{n}[{self.pick([repr('a'), repr('b'), repr('a') + ' if ' + e('t') + ' else ' + repr('b')])}]({e()})"
        if choice == 8:
            return f"by{n}({self.pick([*self.world_one, 'abs', 'lambda v: v + ' + self.index, f'up{n}', f'B{n}', f'B{n}.step'])}, {e()})"
        if choice == 9:
            return f"at{n}({self.pick([*self.world_one, f'get{n}'])}, {self.small()}{self.pick(['', ', 7', ', w=2', ', *' + e('u')])})"
        if choice < 12:
            return self.pick([f"up{n}()", f"up{n}({self.small()})", f"get{n}()", f"up{n}(k={self.small()})"])
        generator = self.pick(self.world_generators)
        return self.pick([f"sum({generator}({e()}))", f"next({generator}({e()}), {e()})", f"max({generator}({self.small()}), default={e()})", f"len([*{generator}({e()})])",
                          f"sum(v & 7 for v in {generator}({e()}))", f"drive{n}({self.pick(['co', 'cc'])}{n}({e()}))"])

    def hot_object_int(self, depth):
        """An int from an object."""
        if not self.world_makers or not self.world_classes:
            return self.hatom("i")
        e = lambda kind="i": self.hx(kind, depth - 1)
        o = self.pick(self.known("o") or [self.world_objects[0] if self.world_objects[0] != "None" else "None"])
        if o == "None" or self.index == "x":
            return self.hatom("i")
        if self.chance(0.25):
            o = f"{self.world_row}[{self.pick(['k', self.hx('i', 0)])} % len({self.world_row})]"
        return self.pick([f"{o}.v", f"{o}.v", f"{o}.get()", f"{o}.step({e()})", f"{o}.prop", f"({o} + {self.pick([o, self.small()])}).v", f"({e()} + {o}).v", f"{o}[{self.small()}]",
                          f"len({o})", f"{o}({e()})", f"{o}({e()}, y={e()})", f"{o}.st({e()})", f"{o}.cl({e()})", f"(-{o}).v", f"getattr({o}, 'w', {e()})", f"({e()} in {o})",
                          f"{self.pick(self.world_classes)}({e()}).v", f"{self.pick(self.world_classes)}({e()}).get()"])
