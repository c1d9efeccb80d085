"""Programs for the JIT: loops hot enough to be compiled, over everything that compiled code does in a way of its own.

A chunk is a small world: globals, functions that call each other (some store globals, raise, recurse or clean up),
classes with operators, properties and `super` chains, closures over cells, generators, a coroutine; then drivers,
functions with a hot loop of random statements (`hot_pieces`), in some round of which something *changes*: a type, a
class, a function, a global, a table. Each driver is called a few times with different arguments; what it returns,
raises (with the lines of the traceback) and leaves in the globals is printed.

Types are a bias as in `expressions`: i (int), w (int from 0 to 2**64-1), f (float), s (str), t (bool), l (list of int),
o (instance of one of the world's classes), u (pair of ints), d (dict of ints), b (bytes), y (bytearray).
"""
import contextlib

from .hot_pieces import Pieces
from .hot_world import World

LIMITS = [1000, 1 << 30, 1 << 47, (1 << 48) - 3, 1 << 49, 1 << 62, 1 << 63, 1 << 64, 1 << 70, 1 << 100]
MASKS = ["0xff", "0xffff", "0xffffffff", "0x7fffffff", "0xffffffffffff", "0x1ffffffffffff", "0x7fffffffffffffff", "0xffffffffffffffff",
         "0xffffffffffffffff", "(1 << 64) - 1", "0x3ffffffffffff"]
INTS = ["0", "1", "2", "3", "5", "7", "-1", "-2", "-7", "10", "31", "63", "64", "255", "1000", "-1000", "65537", "2147483647", "-2147483648", "4294967295",
        "140737488355327", "281474976710655", "-281474976710656", "281474976710656", "562949953421311", "9007199254740993", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551615", "18446744073709551616"]
WORDS = ["0", "1", "0xff", "0x9e3779b97f4a7c15", "0xffffffff", "0xffffffffffffffff", "0x8000000000000000", "0x5851f42d4c957f2d", "6364136223846793005"]
FLOATS = ["0.0", "-0.0", "0.5", "1.0", "-1.5", "2.25", "3.75", "1e3", "1e15", "1e18", "1e300", "-1e-5", "9007199254740992.0", "float('inf')", "float('nan')"]
STRS = ["'abc'", "'hello world'", "'a'", "''", "'12'", "'-345'", "'xyz,q'", "'é日本'", "'Az09_'"]
COMPARE = ["<", "<=", "==", "!=", ">", ">="]


def indent(lines):
    """The lines, one level deeper."""
    return ["    " + line for line in lines]


class Hot(Pieces, World):
    """The part of the generator that makes hot chunks; `self.random`, `pick` and `chance` come from `Generator`."""

    def often(self, *weighted):
        """One of the (weight, thing) pairs."""
        total = sum(weight for weight, _ in weighted)
        at = self.random.random() * total
        for weight, thing in weighted:
            at -= weight
            if at < 0:
                return thing
        return weighted[-1][1]

    # Names of the driver's variables, by type.

    def known(self, kind):
        """The variables of a type."""
        return [name for name, its in self.hot_names if its == kind]

    def new_name(self, kind):
        """A variable that nothing knows yet."""
        self.counter += 1
        return f"{kind}{self.counter}"

    @contextlib.contextmanager
    def block_scope(self):
        """What is declared inside is forgotten."""
        saved = list(self.hot_names)
        yield
        self.hot_names = saved

    # Expressions.

    def hx(self, kind, depth=2):
        """An expression of a type."""
        if self.chance(0.004):
            kind = self.pick("ifstlwu")
        if depth <= 0 or self.chance(0.15):
            return self.hatom(kind)
        return getattr(self, "hx_" + kind)(depth - 1)

    def hatom(self, kind):
        """A variable or a literal."""
        names = self.known(kind)
        if kind == "i":
            names = names + self.known("i") + [self.index] + [self.pick(self.world_globals)] * self.chance(0.3)
        if names and self.chance(0.8):
            return self.pick(names)
        if kind == "i":
            return self.pick(INTS) if self.chance(0.35) else str(self.random.randint(-3, 20))
        literal = {"w": WORDS, "f": FLOATS, "s": STRS, "t": ["True", "False"], "l": ["[1, 2, 3]", "[7]", f"[{self.index}, 4]", self.world_list],
                   "o": self.world_objects, "u": ["(1, 2)", f"({self.index}, -1)"], "d": [self.world_dict, "{'a': 1}"],
                   "b": ["b'abc\\xff'", "b'12'", "bytes(range(9))"], "y": ["bytearray(b'abc')", "bytearray(4)"]}[kind]
        return self.pick(literal)

    def small(self, depth=1):
        """An int from 0 up to a few."""
        return f"({self.hx('i', depth)}) % {self.pick([2, 3, 4, 5, 8])}"

    def hx_i(self, depth):
        """Ints of any size, by every way there is."""
        e = lambda kind="i": self.hx(kind, depth)
        form = self.random.randrange(40)
        if form < 9:
            return f"({e()} {self.pick(['+', '-', '+', '-', '*', '&', '|', '^'])} {e()})"
        if form < 11:
            return f"({e()} {self.pick(['//', '%'])} {self.pick(['7', '3', '-5', '16', '1000003', '(1 + abs(' + e() + '))', '2'])})"
        if form == 11:
            return f"(({e()}) {self.pick(['<<', '>>'])} {self.pick(['1', '3', '17', '31', '48', '(' + self.index + ' & 15)', '(' + e() + ') % 70'])})"
        if form == 12:
            return f"({self.pick(['-', '~', '+', 'abs'])}({e()}))"
        if form == 13:
            return f"({e()} if {e('t')} else {e()})"
        if form == 14:
            return f"len({e(self.pick('slbydu'))})"
        if form == 15:
            return f"{self.pick(['min', 'max'])}({e()}, {e(self.pick('iiif'))})" if self.chance(0.8) else f"{self.pick(['min', 'max'])}({e()}, {e()}, 3)"
        if form == 16:
            return f"int({e('f')} % 1000)" if self.chance(0.5) else f"int({e('t')})"
        if form == 17:
            return f"({e('l')} or [5])[{self.pick(['0', '-1'])}]"
        if form == 18 and self.known("l"):
            name = self.pick(self.known("l"))
            return f"({name}[{self.hx('i', depth - 1)} % len({name})] if {name} else {self.hatom('i')})"
        if form == 19:
            return f"{e('u')}[{self.pick(['0', '1', '-1'])}]"
        if form == 20:
            return f"{e('d')}.get({self.pick([repr('a'), repr('b'), e('s')])}, {e()})"
        if form == 21:
            return f"ord(({e('s')} or 'q')[{self.pick(['0', '-1'])}])"
        if form == 22:
            return f"int({self.pick(['str', 'repr'])}({e()}))" if self.chance(0.6) else f"int('{self.random.randint(-99, 999)}' + {self.pick([repr(''), 'str(' + self.index + ')'])})"
        if form == 23:
            return f"({e('b')} + b'z')[{self.hx('i', 0)} % {self.pick([1, 1, 4])}]"
        if form == 24:
            return f"sum({self.pick(['[' + e() + ', ' + e() + ']', e('l'), self.clauses(self.pick('iift'), depth), 'range(' + self.small() + ')'])})"
        if form == 25:
            return f"({e('w')} {self.pick(['>>', '&', '%'])} {self.pick(['3', '13', '40', '255', '10', '63'])})"
        if form == 26:
            return f"(({e('f')}) {self.pick(COMPARE)} ({e('i')}))"
        if form == 27:
            return f"divmod({e()}, {self.pick(['7', '-3', '10', '2'])})[{self.pick('01')}]"
        if form < 35:
            return self.hot_call(depth)
        return self.hot_object_int(depth)

    def hx_w(self, depth):
        """Masked arithmetic."""
        e = lambda kind="w": self.hx(kind, depth)
        form = self.random.randrange(8)
        if form < 3:
            return f"(({e()} {self.pick(['+', '*', '-', '^', '|', '*', '+'])} {e(self.pick('wwi'))}) & {self.pick(MASKS)})"
        if form == 3:
            shift = self.pick([1, 7, 13, 17, 31, 32, 33, 63, 64])
            name = e()
            return f"((({name} << {shift}) | ({name} >> {abs(64 - shift)})) & {self.pick(MASKS)})"
        if form == 4:
            return f"({e()} ^ ({e()} >> {self.pick([1, 12, 25, 27, 33, 64])}))"
        if form == 5:
            return f"(({e()} << {self.pick([1, 5, 13, 25, 60])}) & {self.pick(MASKS)})"
        if form == 6:
            return f"({e()} {self.pick(['%', '//'])} {self.pick(['10', '97', '0x10000', '(' + e() + ' | 1)'])})"
        return f"({e('i')} & {self.pick(MASKS)})"

    def hx_f(self, depth):
        """Floats and what mixes them with ints."""
        e = lambda kind="f": self.hx(kind, depth)
        form = self.random.randrange(11)
        if form < 4:
            return f"({e(self.pick('ffi'))} {self.pick(['+', '-', '*', '+', '-'])} {e()})"
        if form == 4:
            return f"({e()} {self.pick(['/', '//', '%'])} {self.pick(['2.0', '3', '-0.75', '(1.0 + abs(' + e() + '))', '7.5'])})"
        if form == 5:
            return f"(({e('i')}) / {self.pick(['4', '3', '-7', '1000', '2.5'])})"
        if form == 6:
            return f"float({e(self.pick('fit'))})" if self.chance(0.6) else f"(({e('i')}) % 1000 * 0.5)"
        if form == 7:
            return f"{self.pick(['-', 'abs', '+'])}({e()})"
        if form == 8:
            return f"{self.pick(['min', 'max'])}({e()}, {e(self.pick('fi'))})"
        if form == 9:
            return f"(({e()}) % 50.0) ** {self.pick(['2', '0.5', '2.0'])}" if self.chance(0.5) else f"round({e()} % 1000.0, {self.pick([1, 2])})"
        return f"({e()} if {e('t')} else {e()})"

    def hx_t(self, depth):
        """Conditions."""
        e = lambda kind="t": self.hx(kind, depth)
        form = self.random.randrange(21)
        if form < 6:
            return f"({e('i')} {self.pick(COMPARE)} {e('i')})"
        if form == 6:
            return f"({e('f')} {self.pick(COMPARE)} {e(self.pick('fi'))})"
        if form == 7:
            return f"({e('s')} {self.pick(COMPARE)} {e('s')})"
        if form == 8:
            return f"(({e('s')} or 'm')[0] {self.pick(COMPARE)} {self.pick([repr(c) for c in 'amz09'])})"
        if form == 9:
            return f"({e()} {self.pick(['and', 'or'])} {e()})"
        if form == 10:
            return f"(not {e(self.pick('tilsdo'))})"
        if form == 11:
            return self.pick([f"({e('i')} in {e('l')})", f"({e('s')} in {e('s')})", f"({e('s')} in {e('d')})", f"({e('i')} in (1, 2, {self.index}))",
                              f"({e('i')} % 256 in {e('b')})", f"({e('i')} not in range(3, 40, 4))"])
        if form == 12:
            return f"isinstance({e(self.pick('iofsl'))}, {self.pick(['int', 'float', '(int, str)', 'bool', *self.world_classes])})"
        if form == 13:
            return f"({e('i')} {self.pick(['<', '<='])} {e('i')} {self.pick(['<', '<=', '!='])} {e('i')})"
        if form == 14:
            return f"(type({e(self.pick('iof'))}) is {self.pick(['int', 'float', *self.world_classes])})"
        if form == 15:
            return f"({e('o')} {self.pick(COMPARE)} {e(self.pick('oi'))})"
        if form == 16:
            return f"({e(self.pick('ol'))} is {self.pick(['not ', ''])}{self.pick(['None', e('o')])})"
        if form == 17:
            return f"({e('u')} {self.pick(COMPARE)} {e('u')})"
        if form == 18:
            return f"(({e('s')} or 'x')[-1].{self.pick(['isdigit', 'isalpha', 'isupper', 'isspace'])}())"
        if form == 19:
            return f"{self.pick(['all', 'any'])}({self.clauses(self.pick('tti'), depth)})"
        return f"({self.index} % {self.pick([2, 3, 7, 10, 50])} == {self.pick([0, 0, 1])})"

    def hx_s(self, depth):
        """Texts; statements cut them."""
        e = lambda kind="s": self.hx(kind, depth)
        form = self.random.randrange(11)
        if form < 3:
            return f"({e()} + {e()})"
        if form == 3:
            return f"({e()})[{self.pick(['0', '-1', '1', ''])}:{self.pick(['3', '-1', '8', ''])}]"
        if form == 4:
            return f"{self.pick(['str', 'repr', 'hex'])}({e('i')})"
        if form == 5:
            return "f'{" + e("i").replace("'", '"').replace("\\", "") + "}" + self.pick(["", "-", "{" + self.index + ":>4}"]) + "'"
        if form == 6:
            return f"({e()}).{self.pick(['upper()', 'strip()', 'lower()', 'replace(' + repr('a') + ', ' + repr('bc') + ')', 'title()'])}"
        if form == 7:
            return f"chr({self.pick(['97', '48', '65', '0x3b0'])} + ({e('i')}) % 26)"
        if form == 8:
            return f"({e()} if {e('t')} else {e()})"
        if form == 9:
            return f"'{self.pick(['', ',', '-'])}'.join({self.pick(['[' + e() + ', ' + e() + ']', 'map(str, ' + e('l') + ')', self.clauses('s', depth)])})"
        return f"({e()} or 'zz')[({e('i')}) % 2:]"

    def hx_l(self, depth):
        """Lists of ints."""
        e = lambda kind="l": self.hx(kind, depth)
        form = self.random.randrange(9)
        if form == 0:
            return f"[{e('i')}, {e('i')}, {e('i')}]"
        if form == 1:
            clauses = self.clauses("i", depth)
            return self.pick([f"[{clauses}]", f"[{clauses}]", f"{self.pick(['list', 'sorted'])}({clauses})", f"[*{self.pick(['tuple', 'set'])}({clauses})]",
                              f"[*bytes(v & 255 for v in ({clauses}))]"])
        if form == 2:
            return f"({e()} + {e()})[{self.pick([':6', '-6:', '::-1'])}][:9]"
        if form == 3:
            return f"sorted({e()}{self.pick(['', ', reverse=True', ', key=lambda v: -v', ', key=lambda v: (v & 3, v)'])})"
        if form == 4:
            return f"list({self.pick(['range(' + self.small() + ')', e('u'), e('b'), 'map(abs, ' + e() + ')', 'reversed(' + e() + ')'])})[:8]"
        if form == 5:
            return f"({e()} * ({self.small()}))[:7]"
        if form == 6:
            return f"[*{e()}[:4], *{e(self.pick('lu'))}[:3]]"
        if form == 7:
            return f"{e()}[{self.pick(['1:', ':-1', '::2', '1:3'])}]"
        return self.hatom("l")

    def clauses(self, kind, depth):
        """What stands between the brackets of a comprehension over ints, or is the argument of what consumes a generator expression."""
        name = self.new_name("i")
        source = self.pick(["range(" + self.small() + ")", self.hx("l", depth)])
        with self.block_scope():
            self.hot_names.append((name, "i"))
            item, test = self.hx(kind, depth), self.hx("t", depth)
        return f"{item} for {name} in {source}{self.pick(['', ' if ' + test])}"

    def hx_u(self, depth):
        """Pairs."""
        if self.chance(0.25):
            return f"divmod({self.hx('i', depth)}, {self.pick([3, 7, 10])})"
        if self.chance(0.2):
            return f"({self.hx('i', depth)}, *{self.hx('u', depth)}[1:])"
        return f"({self.hx('i', depth)}, {self.hx('i', depth)})"

    def hx_d(self, depth):
        """Dicts."""
        if self.chance(0.4):
            return f"{{'a': {self.hx('i', depth)}, {self.hx('s', 0)}: {self.hx('i', depth)}}}"
        return self.hatom("d")

    def hx_b(self, depth):
        """Bytes."""
        if self.chance(0.4):
            return f"bytes([v & 255 for v in {self.hx('l', depth)}])"
        return f"({self.hatom('b')} + {self.hatom('b')})[:9]"

    def hx_o(self, depth):
        """Objects of the world."""
        o = self.hatom("o")
        if o == "None" or not self.world_classes:
            return o
        c = self.pick(self.world_classes)
        return self.pick([f"{c}({self.hx('i', depth)})", f"({o} + {self.small()})", f"({o} if {self.hx('t', depth)} else {self.hatom('o')})",
                          f"{self.world_row}[{self.small()} % len({self.world_row})]", f"(-{o})", f"({o} or {c}())"])

    def hx_y(self, depth):
        """Bytearrays."""
        return self.hatom("y")

    # The chunk.

    def hot_world_chunk(self):
        """A world, its drivers and what is left at the end."""
        self.counter += 1
        number = self.counter
        lines = self.make_world(number)
        drivers = []
        for index in range(self.pick([1, 2, 2])):
            lines += self.driver(number, index)
            drivers.append(f"run{number}_{index}")
        lines += self.runs(number, drivers)
        lines += [f"show('left', {', '.join(self.world_globals)}, {self.world_list}, {self.world_dict})"]
        return lines

    def driver(self, number, index):
        """A function with a hot loop."""
        self.index = "k"
        self.hot_names, self.hot_depth, self.in_try, self.rounds_left = [], 0, False, 12
        rounds = self.pick([60, 300, 300, 1200])
        start = []
        for kind in self.random.sample("iiiifwwsllotud" + "by", self.random.randint(4, 7)):
            name = self.new_name(kind)
            start.append(f"{name} = {self.start(kind)}")
            self.hot_names.append((name, kind))
        for name in ("p", "q"):
            self.hot_names.append((name, "i"))
        carried = list(self.hot_names)
        body = []
        for _ in range(self.random.randint(2, 6)):
            body += self.hot_statement(3)
        if self.chance(0.75):
            at = self.pick([rounds // 2, rounds - 3, rounds // 3 + 1, 20])
            change = self.change(carried)
            body[0:0] = [f"if k == {at}:", *indent(change)]
            if self.chance(0.3):
                body += [f"if k == {at + self.pick([1, 2, 17])}:", *indent(self.change(carried))]
        for name, kind in carried:
            body += self.bound(name, kind)
        if self.chance(0.6):
            body += [f"if k % {self.pick([29, 50, 97])} == 3:", f"    out.append(text(({self.pick(carried)[0]}, {self.pick(carried)[0]})))"]
        kind = self.pick(["for", "for", "for", "while", "enumerate"])
        if kind == "for":
            loop = [f"for k in range({self.pick(['', '', '0, '])}{rounds}):", *indent(body)]
        elif kind == "while":
            loop = ["k = -1", f"while k < {rounds}:", "    k += 1", *indent(body)]
        else:
            loop = [f"for k, each in enumerate({self.pick(['[p, q, 3]', '(1, 2, 3, q)', 'range(5)'])} * {rounds // 4}):" .replace("range(5) *", "[*range(5)] *"),
                    "    q = each", *indent(body)]
        if self.chance(0.25):
            loop += ["else:", "    out.append('else')"]
        head = f"def run{number}_{index}(p, q=2):"
        names = [name for name, _ in carried]
        inside = ["out = []", *start]
        declared = [name for name in self.world_globals if any(self.assigns(line, name) for line in loop)]
        if declared:
            inside.insert(0, f"global {', '.join(declared)}")
        if self.chance(0.3):
            # What happens in the loop is caught outside it.
            inside += ["try:", *indent(loop), "except Exception as err:", "    out.append(where(err))",
                       *self.pick([[], ["finally:", "    out.append(('k', k))"]])]
        else:
            inside += loop
        inside.append(f"return ({', '.join(names)}, out)")
        return [head, *indent(inside)]

    def assigns(self, line, name):
        """Whether the line stores or deletes the name."""
        words = line.strip()
        return words.startswith((f"{name} ", f"del {name}")) and f"{name} ==" not in words[:len(name) + 4]

    def start(self, kind):
        """The first value of a variable."""
        return {"i": lambda: self.pick(INTS) if self.chance(0.4) else str(self.random.randint(0, 9)), "w": lambda: self.pick(WORDS),
                "f": lambda: self.pick(FLOATS), "s": lambda: self.pick(STRS), "t": lambda: self.pick(["True", "False"]),
                "l": lambda: self.pick(["[]", "[1, 2, 3]", "list(range(5))", "[p, q]"]), "o": lambda: self.pick(self.world_makers),
                "u": lambda: "(1, 2)", "d": lambda: self.pick(["{}", "{'a': 1, 'b': 2}"]), "b": lambda: "b'start'", "y": lambda: "bytearray(b'xy')"}[kind]()

    def bound(self, name, kind):
        """Statements that keep a variable from growing."""
        if kind == "i":
            limit = self.pick(LIMITS)
            return self.pick([
                [f"if not -{limit} < {name} < {limit}:", f"    {name} = {name} % {self.pick([1000003, 97, limit - 1 if limit > 2 else 3])} if type({name}) is int else {self.pick(['0', 'k'])}"],
                [f"if type({name}) is not int or abs({name}) > {limit}:", f"    {name} = {self.pick(['1', 'k', 'p'])}"],
                [f"{name} %= {self.pick([1000003, 1 << 49, (1 << 61) - 1, 1 << 64, 10007])}"],
            ])
        if kind == "w":
            return [f"{name} &= {self.pick(MASKS)}"] if self.chance(0.8) else [f"{name} %= 0xffffffffffffffc5"]
        if kind == "f":
            return [f"if not -1e12 < {name} < 1e12:", f"    {name} = {self.pick(['0.5', 'float(k)', '3'])}"]
        if kind in "slby":
            return [f"if len({name}) > {self.pick([9, 20])}:", f"    {self.pick([name + ' = ' + name + '[:5]', name + ' = ' + name + '[-3:]', *(['del ' + name + '[4:]'] if kind in 'ly' else [])])}"]
        if kind == "d":
            return [f"if len({name}) > 12:", f"    {self.pick([name + '.clear()', name + ' = {}', name + '.popitem()'])}"]
        if kind == "u":
            return [f"{name} = ({name}[0] % 1000003, {name}[1] % 65521)"]
        return []

    def runs(self, number, drivers):
        """Calls of the drivers."""
        lines = []
        for _ in range(self.pick([1, 2, 2, 3])):
            run = self.pick(drivers)
            one = self.pick([f"{run}({self.pick(INTS)})", f"{run}({self.random.randint(0, 9)}, {self.pick(INTS)})", f"{run}(q={self.random.randint(0, 9)}, p=3)",
                             f"{run}({self.pick(['2.5', 'True', repr('x'), '1e10', '2**64', self.pick(self.world_objects)])}, 4)", f"{run}(*(1, 5))",
                             f"{run}({self.random.randint(0, 9)})"])
            lines += ["try:", f"    show('{run}', {one})", "except Exception as err:", "    show(where(err))", "    error(err)"]
        if self.chance(0.12):
            lines += self.thread_run(number, drivers[0])
        return lines
