"""Statements of hot loops, and the changes that happen in one of their rounds."""


def indent(lines):
    """The lines, one level deeper."""
    return ["    " + line for line in lines]


class Pieces:
    """The part of the generator that makes statements of drivers."""

    def hot_statement(self, depth):
        """One statement as lines."""
        simple = [(9, self.hot_assign), (4, self.hot_augment), (3, self.hot_swap), (3, self.hot_list), (2, self.hot_dict), (3, self.hot_attribute),
                  (2, self.hot_global), (1, self.hot_bytes), (1, self.hot_sort), (1, self.hot_maybe_unbound), (2, self.hot_generator), (1, self.hot_iterate_changing),
                  (1, self.hot_make_function), (1, self.hot_escape), (0.3, self.hot_frames), (2, self.hot_alias), (2, self.hot_edges), (1, self.hot_class_counter),
                  (2, self.hot_consume), (2, self.hot_keys), (1, self.hot_new_class), (2, self.hot_grow), (2, self.hot_spread), (1, self.hot_idle)]
        nested = [(5, self.hot_if), (4, self.hot_for), (2, self.hot_while), (4, self.hot_try), (1, self.hot_with), (1, self.hot_match)]
        if self.hot_depth > 2:
            nested = [(1, self.hot_if)]
        if depth <= 0 or self.chance(0.62):
            return self.often(*simple)()
        return self.often(*nested)(depth - 1)

    def hot_block(self, depth, most=2):
        """A few statements; what they declare is forgotten."""
        with self.block_scope():
            return [line for _ in range(self.random.randint(1, most)) for line in self.hot_statement(depth)]

    def hot_assign(self):
        """`name = value`."""
        kind = self.pick("iiiiiwwffsstlou")
        names = self.known(kind)
        if names and self.chance(0.75):
            name = self.pick(names)
            lines = [f"{name} = {self.hx(kind, 3)}"]
        else:
            name = self.new_name(kind)
            lines = [f"{name} = {self.hx(kind, 2)}"]
            self.hot_names.append((name, kind))
        if name in ("k", "p", "q"):
            lines = [f"{name} = {self.hx('i', 2)} % 1000"]
        if self.hot_depth > 0 and kind in "ilsw":
            lines += self.tame(name, kind)
        return lines

    def tame(self, name, kind):
        """Keeps a variable small inside inner loops."""
        if kind in "iw":
            return [f"{name} %= {self.pick(['0xfffffffffffffff', '1 << 70', '1000003', '1 << 49'])}"]
        return [f"{name} = {name}[:9]"]

    def hot_augment(self):
        """`name op= value`."""
        kind = self.pick("iiiiwfsly")
        names = [name for name in self.known(kind) if name not in ("k", "p", "q")]
        if not names:
            return self.hot_assign()
        name = self.pick(names)
        operator = {"i": ["+", "-", "*", "+", "&", "|", "^", "//", "%", ">>"], "w": ["^", "+", "*", "&", "|"], "f": ["+", "-", "*", "/"], "s": ["+"], "l": ["+"], "y": ["+"]}[kind]
        operator = self.pick(operator)
        value = {"//": "7", "%": "1000003", ">>": "2", "/": "3.5"}.get(operator) or self.hx("b" if kind == "y" else kind, 2)
        return [f"{name} {operator}= {value}", *(self.tame(name, kind) if kind in "iwsl" else [])]

    def hot_swap(self):
        """Several targets."""
        names = self.known("i")[-6:]
        own = [name for name in names if name not in ("k", "p", "q")]
        if len(own) < 2:
            return self.hot_assign()
        a, b = self.random.sample(own, 2)
        return self.pick([[f"{a}, {b} = {b}, {a}"], [f"{a}, {b} = {b}, ({a} + {self.hx('i', 1)}) % 1000003"], [f"{a}, {b} = {self.hx('u', 2)}", *self.tame(a, "i"), *self.tame(b, "i")],
                          [f"{a}, *rest = ({self.hx('i', 1)}, {b}, 3)", f"{b} = len(rest)"], [f"{a} = {b} = {self.hx('i', 1)} % 1000003"],
                          [f"{a} = ({b} := {self.hx('i', 1)} % 97) + 1"]])

    def hot_list(self):
        """Changes of lists."""
        name = self.pick(self.known("l") or [self.world_list])
        e = lambda kind="i", depth=2: self.hx(kind, depth)
        cut = [f"if len({name}) > 15: del {name}[5:]"]
        return self.pick([[f"{name}.append({e()} % 100003)", *cut], [f"{name}.insert({e('i', 1)} % 5{self.pick(['', ' - 2'])}, {e('i', 1)} % 1009)", *cut], [f"if {name}: {name}.pop()"], [f"if {name}: {name}.pop({self.pick(['0', '-1', 'k % len(' + name + ')'])})"],
                          [f"if {name}: {name}[{e('i', 1)} % len({name})] = {e()} % 1000003"], [f"if {name}: {name}[{self.pick(['0', '-1'])}] {self.pick(['+', '^', '-'])}= {e('i', 1)} % 1009"],
                          [f"{name}[{self.pick(['1:2', ':1', '2:', '::-1', ':0'])}] = {e('l', 1)}[:3]" if False else f"{name}[{self.pick(['1:2', ':1', '2:', ':0'])}] = {e('l', 1)}[:3]", *cut],
                          [f"{name}.extend({e(self.pick('lub'), 1)}[:3])", *cut], [f"{name}.reverse()"], [f"if len({name}) > 1: {name}[0], {name}[-1] = {name}[-1], {name}[0]"],
                          [f"del {name}[{self.pick(['3:', ':1', '-1:'])}]"], [f"{name}.append({self.pick(['k', '1.5', repr('s'), 'True'])} if k == {self.pick([50, 280])} else k % 7)", *cut,
                           f"if k == {self.pick([51, 283])}: {name}[:] = [1, 2]"]])

    def hot_dict(self):
        """Changes of dicts."""
        name = self.pick(self.known("d") or [self.world_dict])
        e = lambda kind="i", depth=1: self.hx(kind, depth)
        key = self.pick(["'a'", "'b'", f"str({self.small()})", e("s", 0) + "[:3]"])
        return self.pick([[f"{name}[{key}] = {e()} % 1009"], [f"{name}[{key}] = {name}.get({key}, 0) + 1"], [f"if {key} in {name}:", f"    del {name}[{key}]"], [f"{name}.pop({key}, None)"],
                          [f"{name}.setdefault({key}, k)"], [f"if {name}: {name}.popitem()"], [f"for dk, dv in {name}.items():", f"    out.append(dv) if len(out) < 9 else None"],
                          [f"{name}.update({key.strip() if False else 'a=k'})"]])

    def hot_attribute(self):
        """Stores into objects."""
        objects = self.known("o")
        name = self.pick(objects or [self.world_objects[0]])
        if self.chance(0.2):
            name = f"{self.world_row}[k % len({self.world_row})]"
        e = lambda: self.hx("i", 2)
        lines = self.pick([[f"{name}.v = {e()} % 1000003"], [f"{name}.v += {self.hx('i', 1)} % 97"], [f"{name}.prop = {e()} % 1009"] if self.chance(0.4) else [f"{name}.v = k"], [f"{name}.new = k"], [f"{name}[{self.small()}] = k"],
                           [f"{name}.v, {name}.w = k, {name}.v"], [f"{name}.step({self.small()})"], [f"if k % {self.pick([9, 100])} == 1: {name}.v = {self.pick(['2.5', 'k', '2**50'])}", f"elif k % 9 == 5: {name}.v = 3"]])
        if objects and self.chance(0.25):
            target = self.pick(objects)
            lines += self.pick([[f"{target} += {self.pick(['1', name])}"], [f"{target} = {name} + {self.pick(['1', name, 'k'])}"], [f"{target} = {self.pick(self.world_classes)}({self.hx('i', 1)})"],
                                [f"{target} = {self.world_row}[{self.small()} % len({self.world_row})]"], [f"{target} = {target} if {target} < {name} else {name}"]])
        return lines

    def hot_global(self):
        """Stores a global of the world (the driver declares it)."""
        name = self.pick(self.world_globals)
        return self.pick([[f"{name} = {self.hx('i', 2)} % 1000003"], [f"{name} += {self.pick(['1', 'k', '0.5'])}"], [f"{name} = k"], [f"{name} = ({name} * 3 + k) % 1000003"]])

    def hot_bytes(self):
        """Bytearrays."""
        names = self.known("y")
        if not names:
            return self.hot_list()
        name = self.pick(names)
        return self.pick([[f"{name}.append({self.hx('i', 1)} % 256)"], [f"{name}[0:1] = b'ab'"], [f"if {name}: {name}[{self.hx('i', 1)} % len({name})] = k & 255"], [f"{name}.extend(b'ab')"],
                          [f"if {name}: {name}.pop()"], [f"if {name}: {name}[-1] ^= {self.hx('i', 0)} & 255"]])

    def hot_sort(self):
        """Sorting, sometimes with a comparison that looks at or changes the list."""
        name = self.pick(self.known("l") or [self.world_list])
        return self.pick([[f"{name}.sort()"], [f"{name}.sort(key=lambda v: (v & 3, -v) if type(v) is int else (0, 0))"], [f"{self.world_row}.sort(key=lambda o: o.v)"] , [f"{self.world_row}.sort()"],
                          [f"if k % 40 == 9:", "    try:", f"        {name}.sort(key=lambda v: {name}.append(1))", "    except ValueError:", f"        {name}.append(k)"]])

    def hot_maybe_unbound(self):
        """A variable that may be unbound, deleted, and read."""
        name = self.new_name("i")
        return [f"if {self.hx('t', 2)}:", f"    {name} = {self.hx('i', 1)}", "try:", f"    p = {name} % 1009", *self.pick([[], [f"    del {name}"]]),
                "except UnboundLocalError:", f"    p = {self.pick(['-1', 'k'])}"]

    def hot_generator(self):
        """Generators driven by hand."""
        g = self.pick(self.world_generators)
        name = self.new_name("g")
        n = self.world
        start = f"{name} = {g}({self.hx('i', 1)})"
        return self.pick([
            [f"for q in {g}({self.hx('i', 1)}):", *indent(self.pick([["p += q"], ["if q > 5: break", "p += 1"], [f"if q == k: continue", "p ^= q"]])), "p %= 1009"],
            [start, "try:", f"    p = next({name})", f"    p += {name}.send({self.pick(['None', 'k', '3'])})", f"    {name}.{self.pick(['close()', 'throw(ValueError)', 'throw(KeyError(k))', 'send(2)'])}", "except (StopIteration, ValueError, KeyError) as err:", "    p = len(str(err))"],
            [start, f"p = next({name}, 5)", f"{name}.close()", f"q = next({name}, 6)"],
            [f"if k % {self.pick([5, 50])} == 0 or k < 1:", f"    {name} = {g}(k)", f"p = next({name}, -1)"],
            [f"p, *q = [*{g}({self.hx('i', 1)}), 1]", "q = len(q)"],
            [f"p = drive{n}({self.pick(['co', 'cc'])}{n}({self.hx('i', 1)}))"],
            [f"p = [v + 1 for v in {g}({self.hx('i', 1)}) if v != 3][:1] == [1]", "q = any(v > 4 for v in " + f"{g}(k))"],
        ])

    def hot_iterate_changing(self):
        """A list or dict changed while it is walked."""
        name, d = self.pick(self.known("l") or [self.world_list]), self.pick(self.known("d") or [self.world_dict])
        return self.pick([[f"for q in {name}:", f"    if q == {self.pick(['k', '3'])} or len({name}) > 9: {self.pick(['break', name + '.clear()'])}", f"    if q == {self.pick(['2', 'p'])}: {name}.append(k)", f"    {self.pick(['p += 1', 'pass'])}", "p %= 1009", "q = 1"],
                          [f"for q in {name}:", f"    if len({name}) > 3: {name}.pop({self.pick(['', '0'])})", "q = 2"],
                          ["try:", f"    for dk in {d}:", f"        if len({d}) < 9 and k % 5 == 1: {d}[dk + 'x'] = 1", "except RuntimeError as err:", "    p = len(str(err))"],
                          [f"for q, p in enumerate({name}):", f"    {name}[q] = q", f"    if q > 5: break", "p = 3"],
                          [f"for q in reversed({name}):", f"    if {name}: {name}.pop()", "q = 1"]])

    def hot_make_function(self):
        """A closure made in the loop and called."""
        a = self.pick([name for name in self.known("i") if name != "k"] or ["p"])
        return self.pick([[f"def inner(x, y=k): return x + y + {a}", f"p = inner({self.pick(['1', 'k', '1, 2', 'x=3'])}) % 1009"],
                          [f"def inner(x):", f"    nonlocal_{a} = x", f"    return lambda: nonlocal_{a} + k", f"p = inner(3)() % 1009"],
                          [f"p = (lambda x, y=2: x * y + k)({self.pick(['3', 'k', '3, y=k'])}) % 1009"], [f"u, g = mk{self.world}(k)", "p = u(2) + g()"],
                          [f"p = sum(map(lambda v: v + k, {self.hx('l', 1)})) % 1009"], [f"p = len([*filter(lambda v: v > {a} % 9, {self.hx('l', 1)})])"]])

    def hot_escape(self):
        """Objects that sometimes stay, and what is left in them."""
        c = self.pick(self.world_classes)
        return self.pick([[f"fresh = {c}({self.hx('i', 1)})", f"if k % {self.pick([20, 100])} == 7: {self.world_row}[0] = fresh", "fresh.v = 4", "p = fresh.v"],
                          [f"both = ({self.hx('i', 1)}, {self.hx('i', 1)})", f"if k % {self.pick([20, 100])} == 7: out.append(both)", "p = both[0] % 1009"],
                          [f"row = [{self.hx('i', 1)}, k]", "row.append(p)", f"q = row[{self.pick(['0', '-1', '1'])}] % 1009"], [f"fresh = {c}(k)", f"fresh.w = fresh.v", "p = fresh.step(1) + fresh.w"],
                          [f"fresh = {c}(k)", f"other = {c}(p)", "if fresh < other: fresh, other = other, fresh", "p = fresh.get() % 1009"]])

    def hot_alias(self):
        """Two variables that may be one object: what is read of one after the other was changed."""
        o, other = f"B{self.world}", self.pick(self.known("o") or [f"C{self.world}"])
        lines = [f"one, two = {o}, {self.pick([o, o, other, f'{o} if k % 3 else {other}'])}"]
        if self.chance(0.5):
            return [*lines, f"p = {self.pick(['one', 'two'])}.v", f"one.v = {self.pick(['k', '3', 'k * 2'])}", "q = two.v", *self.pick([[], ["two.v = 7", "p = one.v"]])]
        return [*lines, "p = 0", f"for j in range({self.pick(['3', '2', 'k % 4'])}):", f"    p += {self.pick(['two.v', 'one.v', 'two.v - j'])}", f"    one.v = {self.pick(['j', 'k', 'p', 'j + 5'])}",
                *self.pick([[], [f"    {self.world_list}[0] = j", f"    p ^= {self.world_list}[0]"]]), "p %= 1009", "q = two.v"]

    def hot_edges(self):
        """Where representations of ints end."""
        edges = self.random.sample(["281474976710655", "-281474976710656", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "k", "-1"], 2)
        step = self.pick(["+ 1", "- 1", "+ 1", "* 2", "- k", "+ k", "- 4611686018427387904", "+ 4611686018427387904"])
        n = self.new_name("n")
        return self.pick([
            [f"for j in ({edges[0]}, k, 281474976710655):", f"    {self.pick([f'B{self.world}.v = j {step}', f'p = [j {step}][0]', f'p = (j {step}, 1)[0]', f'{self.world_list}[0] = j {step}'])}",
             f"q = B{self.world}.v", "p %= 1000003", f"out.append(text((p, q, {self.world_list}[:1]))) if k % 100 == 60 else None", f"B{self.world}.v = 3", f"{self.world_list}[:1] = [4]"],
            [f"{n} = {edges[0]} if k % 7 == 5 else k", "for j in range(4):", f"    {n} = {n} {step}", f"p = {n} % 1000003", f"q = {n} > 0"],
            [f"{n} = {self.pick(['-3', '-(1 << 50)', '1 << 64', '-1'])} if k % {self.pick([60, 50, 7])} == 49 else 0x9e3779b97f4a7c15 + k", f"p = (({n} ^ ({n} >> {self.pick([3, 30])})) {self.pick(['& 0xffffffffffffffff', '% 1000003', '>> 7'])}) % 1000003",
             f"q = {n} {self.pick(['//', '%'])} 97 % 1009"],
            [f"for {n} in (0x9e3779b97f4a7c15, 0xffffffffffffffff - k, {self.pick(['-3', '-(1 << 50)', '1 << 64', '-1'])} if k % 50 == 49 else 1 << 63):",
             f"    p ^= {n} {self.pick(['>> 7', '// 97', '% 1009'])}", f"    q += {n} {self.pick(['// 97', '>> 1', '> 1000'])}", "p %= 1000003", "q %= 1000003"],
            [f"{n} = {self.pick(['-9223372036854775000 - k * 5', '9223372036854775000 + k * 5', '-9223372036854775000 - p % 1000 * k', 'k * -30744573456182586'])}",
             f"p = {n} % 1000003", f"q = ({n} > 0) + {n} // 1000 % 7"],
        ])

    def hot_frames(self):
        """What other functions see of this frame."""
        return self.pick([["if k % 50 == 9: out.append(peek('k'))"], ["if k % 50 == 9: out.append(line_here())"], ["if k % 60 == 9: p = len(locals()) * 0 + 5"]])

    def hot_if(self, depth):
        """A branch."""
        lines = [f"if {self.hx('t', 3)}:", *indent(self.hot_block(depth))]
        if self.chance(0.25):
            lines += [f"elif {self.hx('t', 2)}:", *indent(self.hot_block(depth))]
        if self.chance(0.45):
            lines += ["else:", *indent(self.hot_block(depth))]
        if self.hot_depth > 0 and self.chance(0.2):
            lines += [f"if {self.hx('t', 2)}: {self.pick(['break', 'continue'])}"]
        return lines

    def hot_for(self, depth):
        """An inner loop over whatever there is."""
        e = lambda kind, d=1: self.hx(kind, d)
        targets, sources = self.pick([
            ("j", ["range(3)", "range(k % 5)", "range(5, 0, -2)", f"range({self.small()}, 6)", "range(p % 3, p % 7)", "range(2**62, 2**62 + 2)"]),
            ("j", [e("l"), "(1, k, 3)", e("u"), e("b"), e("y"), "{3: 1, 5: 2}", "reversed([1, 2, k])", "sorted({k % 3, 1})"]),
            ("ch", [e("s"), "'abc'"]),
            ("a, b", [f"enumerate({e('l')})", f"zip({e('l')}, {self.pick(['range(9)', e('l'), 'b' + repr('abc')])})", f"enumerate({self.pick([e('s'), e('b')])}, 2)" if False else f"enumerate({e('b')}, 2)",
                      f"[({e('i')}, 2), {e('u')}]", "{1: 2, k: 4}.items()", f"zip({e('b')}, {e('l')}, strict=False)"]),
            ("j", [f"map(abs, {e('l')})", f"(v * 2 for v in {e('l')})", f"iter([1, k])", f"{e('d')}.values()"]),
        ])
        source = self.pick(sources)
        with self.block_scope():
            for target in targets.split(", "):
                self.hot_names.append((target, "s" if target == "ch" else "i"))
            self.hot_depth += 1
            body = self.hot_block(depth)
            self.hot_depth -= 1
        lines = [f"for {targets} in {source}:", *indent(body)]
        if self.chance(0.3):
            lines += [f"    if {self.hx('t', 1)}: {self.pick(['break', 'continue'])}", "    p += 1"]
        if self.chance(0.15):
            lines += ["else:", "    p = 2"]
        return lines

    def hot_while(self, depth):
        """An inner `while`."""
        name = self.new_name("n")
        self.hot_depth += 1
        body = self.hot_block(depth)
        self.hot_depth -= 1
        return [f"{name} = {self.pick(['0', 'k % 3', '2'])}", f"while {name} < {self.pick(['4', '5', '3'])}{self.pick(['', ' and ' + self.hx('t', 1)])}:", f"    {name} += 1", *indent(body)]

    def hot_try(self, depth):
        """`try` around what may raise."""
        with self.block_scope():
            with self.setting(in_try=True):
                risky = self.pick([
                    lambda: [f"p = {self.hx('i', 1)} // ({self.hx('i', 1)} % {self.pick([3, 5])})"], lambda: [f"p = {self.hx('l', 1)}[{self.pick(['2', '-3', '5', self.small()])}]"],
                    lambda: [f"p = {self.hx('d', 1)}[{self.pick([repr('a'), repr('zz'), 'str(k % 3)'])}]"], lambda: [f"p = {self.hx('o', 0)}.{self.pick(['new', 'v', 'nope', 'get()', 'extra'])}"],
                    lambda: [f"p = {self.pick([name for name, form in self.world_functions if form == 'raises'] or ['int'])}({self.hx('i', 1)})"],
                    lambda: [f"if {self.hx('t', 1)}: raise {self.pick(['ValueError(k)', 'KeyError', 'IndexError(1)', 'StopIteration'])}"],
                    lambda: [f"p, q = {self.hx('l', 1)}"], lambda: [f"p = int({self.hx('s', 1)})"], lambda: [f"p = {self.hx('i', 1)} + {self.hx(self.pick('isol'), 0)}"],
                    lambda: [f"p = {self.hx('l', 1)}.index({self.hx('i', 0)})"], lambda: [f"p = {self.hx('i', 1)} << ({self.hx('i', 0)} % 40 - 1)"], lambda: [f"del {self.pick(self.known('i'))}"] if self.chance(0.2) else ["p = 1"],
                    lambda: [f"p = {self.pick(['chr', 'ord', 'len', 'next', 'iter'])}({self.hx(self.pick('is'), 0)})", "p = 1"],
                ])()
                before, after = (self.hot_block(depth, 1) if self.chance(0.5) else []), (self.hot_block(depth, 1) if self.chance(0.4) else [])
            handler = self.hot_block(depth, 1)
        lines = ["try:", *indent([*before, *risky, *after])]
        names = self.pick(["Exception", "Exception", "(ArithmeticError, LookupError, ValueError, TypeError, AttributeError, StopIteration, UnboundLocalError)", "Exception"])
        note = self.pick([[], ["p = where(err)[-1][-1] % 7 * 0 + len(where(err))"], [f"if k % {self.pick([10, 50])} == 3: out.append(where(err))"], [f"if k % 40 < 2: out.append(str(err))"]])
        if self.chance(0.25):
            lines = ["try:", *indent([*lines, "finally:", f"    {self.pick(['q = 3', 'q += 1; q %= 97', self.world_globals[0] + ' = k'])}"])]
        lines += [f"except {names} as err:", *indent([*note, *handler])]
        if self.chance(0.2):
            lines += ["else:", "    q = 4"]
        if self.chance(0.25):
            lines += ["finally:", f"    {self.pick(['q = k', 'q = 1'])}"]
        if self.hot_depth > 0 and self.chance(0.3):
            lines[-1:] = [lines[-1]] if "finally:" in lines else [lines[-1], f"    {self.pick(['break', 'continue'])}"]
        return lines

    def hot_with(self, depth):
        """A manager of the prelude."""
        return [f"with Manager({self.pick(['k', '1'])}, {self.pick(['ValueError', 'Exception', '()'])}) as p:", *indent(self.hot_block(depth, 1)),
                *self.pick([[], [f"    if {self.hx('t', 1)}: raise ValueError(k)"]])] if self.in_try or self.chance(0.3) else \
            ["with Manager(k, Exception) as p:", *indent(self.hot_block(depth, 1)), f"    if {self.hx('t', 1)}: raise {self.pick(['ValueError(k)', 'KeyError'])}"]

    def hot_class_counter(self):
        """A variable of a class: stored to in each round, read through classes and instances."""
        c, o, name = self.pick(self.world_classes), self.hatom("o"), self.new_name("i")
        store = self.pick([f"{c}.seen += {self.pick(['1', self.index, '0.5'])}", f"{c}.seen = {self.hx('i', 1)}", f"{c}.seen = ({c}.seen + 1) & 15"])
        lines = ["try:", f"    {store}", f"    {name} = {self.pick([f'{c}.seen', f'{o}.seen', f'{o}.seen + {c}.seen', f'type({o}).seen'])}",
                 "except (TypeError, AttributeError):", f"    {name} = 5", f"    {c}.seen = 0"]
        self.hot_names.append((name, "i"))
        return lines

    def hot_consume(self):
        """A generator made and used up by the head of a loop, whose end nobody can see."""
        n = self.world
        g, sink = self.pick([f"pl{n}", f"pl{n}", f"pm{n}", f"ro{n}"]), self.new_name("i")
        self.hot_names.append((sink, "i"))
        target, item = self.pick([("g", "g"), ("g", "g"), ("g, h", "(g + h)")]) if g == f"pm{n}" else ("g", "g")
        if g == f"pm{n}" and target == "g":
            item = "len(g)"
        body = self.pick([[f"{sink} += {item}"], [f"{sink} += {item}", f"if {self.hx('t', 1)}: {self.pick(['break', 'continue'])}", f"{sink} ^= 1"],
                          [f"{sink} += {item}", *self.hot_statement(0)], [f"if {sink} > {self.pick([40, 2000])}: raise ValueError({item})", f"{sink} += {item}"],
                          [f"for j in pl{n}({item} % 3):", f"    {sink} += j"]])
        loop = [f"for {target} in {g}({self.small()}):", *indent(body), *self.pick([[], ["else:", f"    {sink} -= 1"]])]
        if any("raise" in line for line in body):
            loop = ["try:", *indent(loop), "except ValueError as err:", f"    {sink} = len(str(err))"]
        return [f"{sink} = 0", *loop, f"{sink} %= 100003"]

    def hot_keys(self):
        """Tuples as keys of dicts and sets, the same objects and others that are equal."""
        d, key, name = self.new_name("d"), self.new_name("u"), self.new_name("i")
        self.hot_names.append((name, "i"))
        e = self.small
        make = self.pick([f"({e()}, {e()})", f"({e()}, 'a', {e()})", f"({e()},)", f"(({e()}, 1), {e()})", f"({e()}, {e()}, 1.5)", f"(k % 3, k % 5, k % 2)"])
        other = self.pick([key, make, make, f"tuple([*{key}])"])
        use = self.pick([[f"{name} = {d}.get({other}, 7)"], [f"{name} = {d}[{other}] if {other} in {d} else 3"], [f"{d}[{other}] = {d}.get({key}, 0) + 1", f"{name} = len({d})"],
                         [f"{name} = ({other} in set({d})) + hash({other}) % 7"], [f"{d}.pop({other}, None)", f"{name} = len({d})"]])
        return [f"{key} = {make}", f"{d} = {{(j % 4, j): j for j in range({self.pick([3, 9, 30])})}}", f"{d}[{key}] = k % 11", *use]

    def hot_new_class(self):
        """A class that lives for some rounds, with a variable that becomes something else, and dies."""
        c, o = self.new_name("D"), self.new_name("o")
        every = self.pick([7, 40, 90])
        body = [f"class {c}{self.pick(['', '(' + self.pick(self.world_classes) + ')'])}:", "    seen = 0", f"    {self.pick(['extra = 2', 'def get(self): return self.seen + 1', 'pass'])}"]
        change = self.pick([f"{c}.seen += 1", f"{c}.seen = property(lambda self: 4)", f"{c}.new = k", f"{o}.seen = k", f"{o}.more = k; del {o}.more"])
        show = self.pick([f"p = {o}.seen % 1009", f"p = getattr({o}, 'new', 5) % 1009", f"p = len(vars({o}))"])
        return [f"if k % {every} == 0 or k < 1:", *indent(body), f"    {o} = {c}()", *self.pick([[], ["    gc_collect()"]]),
                "try:", f"    {change}", f"    {show}", "except (AttributeError, TypeError) as err:", "    p = len(str(err))"]

    def hot_grow(self):
        """Objects that get and lose attributes while their shape is relied on."""
        o = self.pick(self.known("o") or [f"B{self.world}"])
        if o == "None":
            return ["p = 2"]
        at = self.pick(["k % 50 == 49", "k == 200", "k % 7 == 3"])
        once = self.pick([f"{o}.more = k", f"{o}.more = {o}.log = k", f"del {o}.more", f"vars({o})['more'] = k", f"{o}.__dict__.pop('more', None)", f"{o}.w = 4", f"del {o}.w",
                          f"{o}.__class__ = {self.pick(self.world_classes)}"])
        name = self.new_name("i")
        self.hot_names.append((name, "i"))
        return ["try:", f"    {name} = {o}.v", f"    if {at}: {once}", f"    {name} = ({o}.v, {name}, getattr({o}, 'more', 3))[{self.pick(['0', '2', 'k % 3'])}]",
                "except (AttributeError, TypeError, KeyError) as err:", f"    {name} = len(str(err))", f"if type({name}) is not int: {name} = 6"]

    def hot_spread(self):
        """Bound methods by name, with arguments from tuples; bytes of a generator expression."""
        o = self.pick(self.known("o") or [f"B{self.world}"])
        name, method = self.new_name("i"), self.new_name("m")
        self.hot_names.append((name, "i"))
        m = self.pick(["step", "st", "cl", "get", "__getitem__", "__call__"])
        args = self.pick([f"*({self.small()},)", f"*[{self.small()}]", f"*{self.hx('u', 0)}", self.small(), f"*({self.small()},), *()"])
        call = self.pick([[f"    {name} = {o}.{m}({args})"], [f"    {method} = {o}.{m}", f"    {name} = {method}({args})"], [f"    {name} = {self.pick(self.world_classes)}.{m}({o}, {args})"],
                          [f"    {name} = len(bytes(v & {self.pick(['255', '7', '511'])} for v in {self.hx('l', 1)}))"]])
        return ["try:", *call, "except (TypeError, AttributeError, ValueError, IndexError) as err:", f"    {name} = len(str(err))", f"if type({name}) is not int: {name} = 8"]

    def hot_idle(self):
        """What is evaluated for its errors alone, and an iterator that two loops share."""
        left, right = (self.pick(["k", "'a'", "[k]", "None", "1.5", self.hatom("o"), "{1}", "2j"]) for _ in range(2))
        shared = self.new_name("it")
        return self.pick([
            ["try:", f"    {left} {self.pick(['<', '>=', '==', '!=', 'in', 'is'])} {right}", "    p = 1", "except Exception as err:", "    p = len(str(err))"],
            [f"{shared} = iter({self.pick(['range(k % 9)', '[1, 2, 3, 4, k]', '(1, k, 3)', 'b' + repr('abcd')])})", f"for j in {shared}:", f"    for q in {shared}:", f"        if q == {self.pick(['2', 'k % 5'])}: break", "    p = j + (q if type(q) is int else 1)", f"p = (p + next({shared}, 9)) % 1009"],
        ])

    def hot_match(self, depth):
        """`match`."""
        kind = self.pick("iuosl")
        captures = {"i": ["0 | 1", "int(m)", "-1"], "u": ["(0, m)", "(m, 1 | 2)", "[m, _]"], "o": [f"{self.pick(self.world_classes)}(v=m)", "None"], "s": ["'a'", "'abc' | ''", "str(m)"],
                    "l": ["[]", "[m]", "[m, *_]", "[_, m, *rest]"]}[kind]
        lines = [f"match {self.hx(kind, 2)}:"]
        for pattern in self.random.sample(captures, min(2, len(captures))):
            lines += [f"    case {pattern}{self.pick(['', ' if ' + self.hx('t', 1)])}:", *indent(indent(self.hot_block(depth - 1, 1)))]
        return lines + ["    case _:", "        p = 6"]

    # Changes in one round.

    def change(self, carried):
        """What happens once."""
        n = self.world
        i = [name for name, kind in carried if kind == "i"]
        name, kind = self.pick(carried)
        c = self.pick(self.world_classes)
        o = self.pick([name for name, kind in carried if kind == "o"] or [f"B{n}"])
        one = self.pick(self.world_one)
        f = self.pick(self.world_one)
        method = self.pick(["get", "step", "__add__", "__lt__", "__getitem__", "__len__", "__call__", "__bool__", "__init__", "prop", "st", "__radd__"])
        other = {"get": "lambda self: 70", "step": "lambda self, k: k * 2", "__add__": "lambda self, o: self", "__lt__": "lambda self, o: False", "__getitem__": "lambda self, i: 9",
                 "__len__": "lambda self: 5", "__call__": "lambda self, x, y=1: 8", "__bool__": "lambda self: False", "prop": "property(lambda self: 6)",
                 "st": "staticmethod(lambda x: x * 2)", "__radd__": "lambda self, o: self", "__init__": "lambda self, v=1: setattr(self, 'v', 3)"}[method]
        return self.often(
            (6, [f"{self.pick(i)} = {self.pick(['2.5', '2**48', '-2**48 - 1', '2**63', '2**64', '-2**63 - 1', 'True', '2**49 - 1', '1e18', 'None' if self.chance(0.3) else '1', '10**30'])}"]),
            (2, [f"{name} = {self.start(self.pick([kind, kind, kind, 'i', 'f', 's']))}"]),
            (5, [f"{c}.{method} = {other}"]),
            (1, [f"try: del {c}.{method}", "except AttributeError: p = 3"]),
            (2, [f"{c}.seen = {self.pick(['property(lambda self: 3)', 'lambda *a: 2', '2.5', '2**70', 'None'])}"] if self.chance(0.8) else [f"if 'seen' in vars({c}): del {c}.seen"]),
            (2, [f"{c}.{self.pick(['new', 'v', 'w', 'extra', 'kind'])} = {self.pick(['5', 'property(lambda self: 3)', '1.5'])}"] if self.chance(0.5) else [f"{c}.new = 5"]),
            (3, ["try:", f"    {o}.__class__ = {self.pick([c, f'J{n}', f'O{n}', f'K{n}'])}", "except TypeError: pass"]),
            (2, ["try:", f"    {o}.{self.pick(['get', 'step', 'new', 'log', 'prop'])} = {self.pick(['lambda *a: 41', '7', 'lambda: 3'])}", "except AttributeError: pass"]),
            (1, ["try:", f"    del {o}.{self.pick(['v', 'w', 'new'])}", "except AttributeError: pass", f"{o}.v = 2"]),
            (3, [f"globals()['{f}'] = {self.pick([one, 'lambda x: 5', 'abs', 'lambda x: x + 1', 'lambda x: x * 1.5'])}"]),
            (2, [f"FL{n}[{self.pick(['0', '-1'])}] = {self.pick([one, 'abs', 'lambda x: 3', f'up{n}'])}"]),
            (2, [f"FD{n}['a'] = {self.pick([one, 'lambda x: -x', 'int'])}"]),
            (2, [f"globals()['{self.pick(self.world_globals)}'] = {self.pick(['2**50', '1.5', '3', 'k'])}"]),
            (1, [f"if '{f}' != 'abs' and hasattr({f}, '__code__'): {f}.__code__ = (lambda x: x + 4).__code__"]),
            (1, ["global abs", "abs = lambda x: 11"] if False else ["globals()['abs'] = lambda x: 11"]),
            (1, ["globals()['len'] = lambda x: 2"]),
            (1, [f"globals().pop('{self.pick(['abs', 'len'])}', None)"]),
            (2, [f"OL{n}.append({self.pick(self.world_makers)})"]),
            (1, [f"GL{n}[:] = [{self.pick(['1.5', '2**70', repr('x')])}, 2]", f"GL{n}[0] = 1"]),
            (1, [f"globals()['up{n}'], globals()['get{n}'] = mk{n}({self.pick(['5', '2.5', '2**48'])})"]),
            (1, ["try:", f"    J{n}.__bases__ = ({self.pick([f'K{n}', f'O{n}'])},)", "except TypeError as err: pass"]),
            (1, [f"globals()['GD{n}'] = {{}}"]),
            (1, [f"out.append(sorted(v for v in vars({c}) if v[0] != '_'))"]),
            (1, ["gc_collect()"]),
        )

    def thread_run(self, number, run):
        """The driver in threads, one after the other and at once where it keeps to itself."""
        return ["import threading", f"done{number} = []", f"def worker{number}(a):", f"    try:", f"        done{number}.append({run}(a))", "    except Exception as err:", f"        done{number}.append(str(err))",
                "for a in (1, 5):", f"    t = threading.Thread(target=worker{number}, args=(a,))", "    t.start()", "    t.join()", f"show(done{number})",
                f"def pure{number}(a):", "    t = 0", f"    for k in range({self.pick([500, 3000])}):", f"        t = (t * 31 + k * a) {self.pick(['% 1000003', '& 0xffffffffffff', '& 0xffffffffffffffff'])}",
                f"        if k % 500 == a: t += len([a] * 3)", f"    both{number}[a] = t", f"both{number} = {{}}",
                f"ts = [threading.Thread(target=pure{number}, args=(a,)) for a in range(3)]", "for t in ts: t.start()", "for t in ts: t.join()", f"show(sorted(both{number}.items()))"]
