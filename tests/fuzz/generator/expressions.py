"""Random expressions of a wanted type.

A type is a word: int float complex str bytes bool list (of int) strs (list of str) tuple dict (str to int) set (of
int) any. Types are a bias, not a promise: now and then another type is given, and variables may hold something else
by the time they are read; what then goes wrong is an exception whose message is compared.

Growth is bounded by construction: repetition, powers and shifts take small right operands, and statements clip what
they store. Operators come from tables so that each is as likely as its neighbours.
"""

TYPES = ["int"] * 6 + ["float"] * 3 + ["str"] * 4 + ["bool"] * 2 + ["list"] * 3 + [
    "complex", "bytes", "strs", "tuple", "tuple", "dict", "dict", "set"]

EDGES = [f"({sign * (1 << bits) + near})" for bits in (8, 30, 31, 32, 47, 48, 49, 52, 53, 62, 63, 64, 65, 127)
         for near in (-1, 0, 1) for sign in (1, -1)]
SMALL = [f"({n})" if n < 0 else f"{n} " if n > 3 else str(n) for n in [*range(-9, 41), -40, -31, 0, 0, 1, 1, 2, 2]]
FLOATS = ["0.0", "-0.0", "1.0", "-1.5", "0.1", "2.5", "1e16", "1e22", "1e-7", "1e308", "5e-324", "float('inf')",
          "float('-inf')", "float('nan')", "123456789.125", "-7.75", "3.0", "0.5", "9007199254740993.0", "1e15", "-2.0"]
STRINGS = ["''", "'a'", "'abc'", "'Hello, World'", "'  pad  '", "('x' * 5)", "'éß'", "'日本'", "'😀z'", "'a,b,,c'", "'12'",
           "'-7'", "'tab\\there'", "'Line\\nTwo'", "'ABC def'", "'%'", "'{}'", "'0'", "'\\x00z'", "'ǆ İ'", "\"it's\"",
           "'aXbXc'", "'3.5'", "('ab' 'cd')"]
BYTES = ["b''", "b'abc'", "b'\\x00\\xff'", "b'Hello'", "b' a b '", "b'12'", "b'a,b,c'", "b'\\n\\t'", "b'xyzxyz'"]
COMPARE = ["<", "<=", "==", "!=", ">", ">="]
ARITH = ["+", "-", "*", "//", "%", "&", "|", "^", "+", "-", "*"]


class Expressions:
    """The part of the generator that makes expressions; `self.random` and the scope come from `Generator`."""

    def expression(self, kind, depth=3):
        """Source text of an expression of type `kind`, at most `depth` operators deep."""
        if self.chance(0.012):
            kind = self.pick(TYPES)
        if kind == "any":
            kind = self.pick(TYPES)
        if depth <= 0 or self.chance(0.12):
            return self.atom(kind)
        if self.chance(0.16):
            return self.general(kind, depth)
        return getattr(self, kind + "_expression")(depth - 1)

    def atom(self, kind):
        """A variable or a literal."""
        names = self.names_of(kind)
        if names and self.chance(0.65):
            return self.pick(names)
        pick = self.pick
        if kind == "int":
            return pick(EDGES) if self.chance(0.2) else self.pick(SMALL)
        if kind == "float":
            return pick(FLOATS)
        if kind == "complex":
            return pick(["1j", "(2+3j)", "(-1.5-0.5j)", "0j", "complex(1, -0.0)", "1e3j", "(3-4j)"])
        if kind == "str":
            return pick(STRINGS)
        if kind == "bytes":
            return pick(BYTES)
        if kind == "bool":
            return pick(["True", "False"])
        if kind == "list":
            return pick(["[]", "[1, 2, 3]", "[5, -1, 3, 3]", "list(range(6))", "([0] * 4)", "[10, 20, 30, 40, 50]", "[2**63, 1]"])
        if kind == "strs":
            return pick(["['b', 'a']", "'a b c'.split()", "['x', 'yy', 'zzz']", "[]", "list('hello')"])
        if kind == "tuple":
            return pick(["()", "(1,)", "(1, 2)", "(1, 'a', 2.5)", "(3, 2, 1)", "((1, 2), 3)", "tuple('ab')"])
        if kind == "dict":
            return pick(["{}", "{'a': 1}", "{'a': 1, 'b': 2, 'c': 3}", "dict(x=1, y=2)", "dict.fromkeys('abc', 0)", "{'k': -1, 'a': 7}"])
        return pick(["set()", "{1, 2, 3}", "{0, 5}", "frozenset({1, 4})", "set(range(4))"])

    def general(self, kind, depth):
        """Forms that exist for every type."""
        e = lambda k=kind: self.expression(k, depth - 1)
        form = self.random.randrange(14)
        if form == 0:
            return f"({e()} if {e('bool')} else {e()})"
        if form == 1:
            return f"({e()} or {e()})"
        if form == 2:
            return f"({e('bool')} and {e()})"
        if form == 3 and self.walrus_allowed:
            name = self.fresh(kind)
            text = f"({name} := {e()})"
            self.declare(name, kind)
            return text
        if form == 4:
            with self.inner_scope(), self.setting(walrus_allowed=True):
                a = self.fresh(kind)
                self.declare(a, kind)
                body = self.expression(kind, depth - 1)
            return f"(lambda {a}{self.pick(['', '=' + self.atom(kind), ', /', ', *r, **k'])}: {body})({self.atom(kind)})"
        if form == 5:
            return f"[{e()}, {e()}][{self.pick(['0', '1', '-1', '-2', e('bool')])}]"
        if form == 6:
            return f"({e()}, {self.atom('any')})[{self.pick(['0', '0', '-2', '1 - 1'])}]"
        if form == 7:
            return "{" + f"{self.atom('int')}: {e()}" + "}" + f".get({self.atom('int')}, {e()})"
        if form == 8:
            return f"next(({self.comprehension_body(kind, depth - 1)}), {e()})"
        if form == 9:
            functions = [f for f in self.functions if f[1] == kind]
            if functions and self.calls_allowed:
                return self.call(self.pick(functions), depth - 1)
        if form == 10:
            return f"max({e()}, {e()}, key=text)"
        if form == 11:
            return f"clip({e()})"
        if form == 12 and kind not in ("list", "strs", "dict", "set"):
            return f"sorted([{e()}, {e()}, {e()}], key=repr)[{self.pick(['0', '1', '-1'])}]"
        return self.atom(kind)

    def call(self, function, depth):
        """A call with positional, keyword and starred arguments as the signature allows."""
        name, _, parameters = function
        positional, keywords = [], []
        for index, (parameter, kind, form) in enumerate(parameters):
            value = self.expression(kind, depth - 1)
            if form == "star":
                positional.append(self.pick(["", value, f"*{self.expression('list', 1)}", f"*({value}, {value})"]))
            elif form == "kwstar":
                keywords.append(self.pick(["", f"zz={value}", "**{" + f"'yy': {value}, 'xx': 1" + "}"]))
            elif form == "keyword" or (form == "plain" and keywords) or (form == "default" and self.chance(0.4)):
                keywords.append(self.pick([f"{parameter}={value}", f"{parameter}={value}", "**{" + f"'{parameter}': {value}" + "}"]))
            elif form == "default" and (keywords or self.chance(0.4)):
                continue
            elif form == "plain" and self.chance(0.08):
                positional.append(f"*({value},)")
            elif form == "plain" and self.chance(0.015):
                continue
            else:
                if keywords and form == "posonly":
                    keywords.clear()
                positional.append(value)
        return f"{name}({', '.join([a for a in positional + keywords if a])})"

    def comprehension_body(self, kind, depth):
        """`item for ... if ...` with an item of type `kind`."""
        clauses = []
        with self.inner_scope(), self.setting(walrus_allowed=False):
            for _ in range(1 if self.chance(0.75) else 2):
                source_kind = self.pick(["list", "list", "int", "str", "strs", "dict"])
                if source_kind == "int":
                    source, target, names = f"range({self.random.randint(0, 6)})", "", [("int", "int")]
                elif source_kind == "dict":
                    source, names = f"{self.expression('dict', depth - 1)}.items()", [("str", "str"), ("int", "int")]
                elif source_kind == "list" and self.chance(0.3):
                    source = f"{self.pick(['enumerate', 'zip'])}({self.expression('list', depth - 1)})"
                    names = [("int", "int"), ("int", "int")] if source[0] == "e" else [("tuple", "tuple")]
                else:
                    item = "int" if source_kind == "list" else "str"
                    source, names = self.expression(source_kind, depth - 1), [(item, item)]
                if source_kind != "int":
                    source = f"{self.pick(['', 'clip', 'clip'])}({source})"
                targets = []
                for word, item in names:
                    name = self.fresh(word)
                    self.declare(name, item)
                    targets.append(name)
                clauses.append(f"for {', '.join(targets)} in {source}")
                if self.chance(0.35):
                    clauses.append(f"if {self.expression('bool', depth - 1)}")
            item = self.expression(kind, depth - 1)
        return f"{item} {' '.join(clauses)}"

    def slice(self):
        """The inside of a subscript that slices."""
        part = lambda: self.pick(["", "", "0", "1", "2", "-1", "-3", "5", "99", "None", self.atom("int")])
        return f"{part()}:{part()}" + self.pick(["", "", f":{self.pick(['', '1', '2', '-1', '-2', '3'])}"])

    def int_expression(self, depth):
        e = lambda kind="int": self.expression(kind, depth)
        form = self.random.randrange(30)
        if form < 9:
            return f"({e()} {self.pick(ARITH)} {e()})"
        if form == 9:
            return f"({e()} {self.pick(['<<', '>>'])} {self.pick(['1', '3', '17', '31', '63', '64', '-1'] + ['5'] * 5)})"
        if form == 10:
            return f"({self.pick('-+~')}{e()})"
        if form == 11:
            return f"(clip({e()}) ** {self.pick(['0', '1', '2', '3', '5'])})"
        if form == 12:
            return f"len({e(self.pick(['str', 'bytes', 'list', 'strs', 'tuple', 'dict', 'set']))})"
        if form == 13:
            return f"{self.pick(['abs', 'int', 'hash', '(-1).__sub__', 'bool'])}({e()})"
        if form == 14:
            return f"{self.pick(['min', 'max'])}({e()}, {e()})"
        if form == 15:
            return f"sum({e(self.pick(['list', 'list', 'set']))})"
        if form == 16:
            return f"int({self.pick([e('float'), e('str'), e('bool'), repr(str(self.random.randint(-99, 10**25)))])})"
        if form == 17:
            return f"divmod({e()}, {e()})[{self.pick('01')}]"
        if form == 18:
            return f"pow({e()}, {self.pick(['2', '3', '-1', '10', '65537'])}, {self.pick(['7', '1000003', '-5', '2**61 - 1', e()])})"
        if form == 19:
            return f"({e()}).{self.pick(['bit_length()', 'bit_count()', 'real', 'numerator', '__index__()', 'conjugate()', 'denominator'])}"
        if form == 20:
            return f"{e('list')}[{e()}]"
        if form == 21:
            return self.pick([f"{e('dict')}[{e('str')}]", f"{e('dict')}.get({e('str')}, {e()})"])
        if form == 22:
            return f"sum({self.comprehension_body('int', depth)})"
        if form == 23:
            return f"{e('str')}.{self.pick(['find', 'count', 'rfind'])}({e('str')})"
        if form == 24:
            return f"{e('list')}.{self.pick(['count', 'index'])}({e()})"
        if form == 25:
            return f"int.from_bytes({e('bytes')}, '{self.pick(['big', 'little'])}', signed={e('bool')})"
        if form == 26:
            return f"ord({e('str')}[{self.pick(['0', '-1', e()])}])"
        if form == 27:
            return f"round({e(self.pick(['float', 'int']))}{self.pick(['', ', -1', ', None'])})"
        if form == 28:
            return f"({e('bool')} {self.pick(['+', '*', '-', '&', '^'])} {e('bool')})"
        return f"{e('bytes')}[{e()}]"

    def float_expression(self, depth):
        e = lambda kind="float": self.expression(kind, depth)
        form = self.random.randrange(15)
        if form < 5:
            return f"({e()} {self.pick(['+', '-', '*', '/', '//', '%'])} {e(self.pick(['float', 'int']))})"
        if form == 5:
            return f"({e('int')} / {e('int')})"
        if form == 6:
            return f"({e('int')} {self.pick(['+', '-', '*', '/', '//', '%'])} {e()})"
        if form == 7:
            return f"({e()} ** {self.pick(['2', '0.5', '-1', '3', '0', '-2.0'])})"
        if form == 8:
            return f"{self.pick(['abs', 'float', '-', '+', 'float.__neg__'])}({e()})"
        if form == 9:
            return f"round({e()}, {self.pick(['0', '1', '2', '-1', '5', '15'])})"
        if form == 10:
            return f"float({self.pick([e('int'), e('str'), e('bool')])})"
        if form == 11:
            return f"{e('complex')}.{self.pick(['real', 'imag'])}"
        if form == 12:
            return f"divmod({e()}, {e()})[{self.pick('01')}]"
        if form == 13:
            return f"sum([{e()}, {e('int')}, {e()}])"
        return f"{self.pick(['min', 'max'])}({e()}, {e('int')})"

    def complex_expression(self, depth):
        e = lambda kind="complex": self.expression(kind, depth)
        form = self.random.randrange(5)
        if form < 3:
            return f"({e()} {self.pick(['+', '-', '*', '/', '**'])} {e(self.pick(['complex', 'int', 'float'])) if form else self.atom('complex')})"
        if form == 3:
            return f"complex({e('float')}, {e('int')})"
        return f"({self.pick(['-', '+', ''])}{e()}).conjugate()"

    def spec(self, kind):
        """A format specification for a value of type `kind`."""
        pick = self.pick
        fill = pick(["", "", "", "*", "é", "0"])
        align = (fill + pick("<>^")) if fill or self.chance(0.4) else ""
        width = pick(["", "3", "8", "12"])
        if kind == "str":
            return align + width + pick(["", ".2", ".0", "s", ".5s"])
        if kind == "float":
            return align + pick(["", "+", " "]) + pick(["", "#", "z"]) + pick(["", "0"]) + width + pick(["", ",", "_"]) + pick(["", ".2", ".0", ".10"]) + pick(["", "f", "e", "g", "G", "%", "E"])
        return align + pick(["", "+", " "]) + pick(["", "#"]) + pick(["", "0"]) + width + pick(["", ",", "_"]) + pick(["", "d", "x", "X", "b", "o", "f", "e", "c", "n"])

    def str_expression(self, depth):
        e = lambda kind="str": self.expression(kind, depth)
        form = self.random.randrange(24)
        if form < 3:
            return f"({e()} + {e()})"
        if form == 3:
            return f"({e()} * {self.pick(['0', '1', '2', '3', '-1', e('bool')])})"
        if form < 6:
            return f"{e()}[{self.slice()}]"
        if form == 6:
            return f"{e()}[{e('int')}]"
        if form < 10:
            parts = []
            for _ in range(self.random.randint(1, 3)):
                kind = self.pick(["int", "float", "str", "any", "list"])
                value = self.expression(kind, depth - 1)
                if "set" in value or "{" in value and value[0] == "{":
                    value = f"text({value})"
                if self.chance(0.08):
                    parts.append("{" + f"{value} = " + "}")
                elif kind in ("int", "float", "str") and self.chance(0.5):
                    spec = self.spec(kind)
                    if self.chance(0.15):
                        spec = "{" + f"'{self.pick('<>^')}'" + "}{" + self.atom("bool") + " + 5}"
                    parts.append("{" + f"({value}):{spec}" + "}")
                else:
                    parts.append("{" + f"text({value})" + self.pick(["", "!r", "!s", "!a"]) + "}")
            return 'f"""' + self.pick(["", "<", "{{", "é"]).join(parts) + '"""'
        if form == 10:
            return f"({e()}).{self.pick(['upper', 'lower', 'title', 'strip', 'capitalize', 'swapcase', 'casefold', 'expandtabs', 'lstrip', 'rstrip'])}()"
        if form == 11:
            return f"({e()}).{self.pick(['center', 'ljust', 'rjust', 'zfill'])}({self.random.randint(-1, 12)})"
        if form == 12:
            return f"({e()}).replace({e()}, {e()}{self.pick(['', ', 1', ', 0', ', -1'])})"
        if form == 13:
            return f"{e()}.join(clip({e('strs')}))"
        if form == 14:
            return f"{self.pick(['text', 'repr', 'str', 'ascii'])}({e(self.pick(['int', 'float', 'str', 'bytes', 'list', 'complex', 'bool']))})"
        if form == 15:
            return f"chr({e('int')} & {self.pick(['127', '1023', '0xffff'])})".replace("0xffff", "0x3fff")
        if form == 16:
            return f"{self.pick(['hex', 'bin', 'oct'])}({e('int')})"
        if form == 17:
            kind = self.pick(["int", "float", "str"])
            return f"format({e(kind)}, {self.spec(kind)!r})"
        if form == 18:
            flags = self.pick(["", "-", "+", "0", " ", "#"]) + self.pick(["", "6", "3"]) + self.pick(["", ".2"])
            kind, letters = self.pick([("int", "dxoXics"), ("float", "fegGrd"), ("str", "sra")])
            return f"('[%{flags}{self.pick(letters)}]%%' % ({e(kind)},))"
        if form == 19:
            return "'{0}{1!r:>4}{x}{0:}'.format(" + f"{e()}, {e('int')}, x={e('float')})"
        if form == 20:
            return f"{e()}.{self.pick(['partition', 'rpartition'])}({e()})[{self.pick('012')}]"
        if form == 21:
            return f"{e()}.{self.pick(['removeprefix', 'removesuffix', 'strip', 'lstrip'])}({e()})"
        if form == 22:
            return f"{e('bytes')}.{self.pick(['hex()', 'decode(chr(108) + chr(49))', 'decode(errors=chr(114)+chr(101)+chr(112)+chr(108)+chr(97)+chr(99)+chr(101))'])}"
        return f"{e('strs')}[{self.pick(['0', '-1', e('int')])}]"

    def bytes_expression(self, depth):
        e = lambda kind="bytes": self.expression(kind, depth)
        form = self.random.randrange(10)
        if form == 0:
            return f"({e()} + {e()})"
        if form == 1:
            return f"{e()}[{self.slice()}]"
        if form == 2:
            return f"{e('str')}.encode({self.pick(['', repr('utf-16-le'), repr('latin-1'), repr('ascii') + ', ' + repr('replace')])})"
        if form == 3:
            return f"bytes(map((255).__and__, {e('list')}))"
        if form == 4:
            return f"({e('int')}).to_bytes({self.pick(['1', '4', '8', '20'])}, '{self.pick(['big', 'little'])}', signed={e('bool')})"
        if form == 5:
            return f"{e()}.{self.pick(['upper()', 'strip()', 'title()', 'lower()', 'zfill(5)', 'center(7)', 'replace(b' + repr('a') + ', b' + repr('zz') + ')'])}"
        if form == 6:
            return f"(b'%d-%s-%x' % ({e('int')}, {e()}, {self.random.randint(0, 99)}))"
        if form == 7:
            return f"({e()} * {self.pick(['0', '2', '3'])})"
        if form == 8:
            return f"bytes(bytearray({e()})[{self.slice()}])"
        return f"bytes(memoryview({e()})[{self.slice()}])"

    def bool_expression(self, depth):
        e = lambda kind: self.expression(kind, depth)
        form = self.random.randrange(15)
        kind = self.pick(["int", "int", "int", "float", "str", "tuple", "list", "bytes", "set"])
        if form < 4:
            return f"({e(kind)} {self.pick(COMPARE)} {e(kind)})"
        if form == 4:
            return f"({e('int')} {self.pick(COMPARE)} {self.random.randint(-3, 20)})"
        if form == 5:
            return f"({e(kind)} {self.pick(COMPARE)} {e(kind)} {self.pick(COMPARE)} {e(kind)})"
        if form == 6:
            return f"({e('int')} {self.pick(['in', 'not in'])} {e(self.pick(['list', 'set', 'tuple', 'bytes']))})"
        if form == 7:
            return f"({e('str')} {self.pick(['in', 'not in'])} {e(self.pick(['str', 'strs', 'dict']))})"
        if form == 8:
            return f"({e('any')} {self.pick(['is', 'is not', '==', '!='])} None)"
        if form == 9:
            return f"(not {e('any')})"
        if form == 10:
            return f"({e('bool')} {self.pick(['and', 'or', '&', '|', '^'])} {e('bool')})"
        if form == 11:
            return f"isinstance({e('any')}, {self.pick(['int', 'str', '(int, float)', 'list | tuple', 'object', 'bool'])})"
        if form == 12:
            return f"({e('str')}).{self.pick(['isdigit', 'isalpha', 'isupper', 'isspace', 'isidentifier', 'isascii', 'istitle', 'isnumeric'])}()"
        if form == 13:
            return f"{self.pick(['all', 'any'])}({self.comprehension_body('bool', depth)})"
        return f"({e('str')}).{self.pick(['startswith', 'endswith'])}({e('str')})"

    def list_expression(self, depth):
        e = lambda kind="list": self.expression(kind, depth)
        form = self.random.randrange(17)
        if form < 3:
            parts = [self.pick([e("int"), e("int"), f"*{e(self.pick(['list', 'tuple', 'list']))}"]) for _ in range(self.random.randint(1, 4))]
            return f"[{', '.join(parts)}]"
        if form < 7:
            return f"[{self.comprehension_body('int', depth)}]"
        if form == 7:
            return f"{e()}[{self.slice()}]"
        if form == 8:
            return f"({e()} + {e()})"
        if form == 9:
            return f"({e()} * {self.pick(['0', '1', '2', '-1'])})"
        if form == 10:
            return f"sorted({e(self.pick(['list', 'set']))}{self.pick(['', ', reverse=True', ', key=lambda v: -v', ', key=abs', ', key=lambda v: v % 3', ', key=lambda v: v & 1, reverse=True'])})"
        if form == 11:
            return f"list(map({self.pick(['lambda v: v + 1', 'abs', 'int', 'lambda v: v * v', 'len'] )}, {e()}))"
        if form == 12:
            return f"list({self.pick(['reversed', 'iter', 'tuple', 'list', 'bytes'])}({e()}))"
        if form == 13:
            return f"list(filter({self.pick(['None', 'lambda v: v > 2', 'lambda v: v & 1'])}, {e()}))"
        if form == 14:
            return f"list({e('dict')}.values())"
        if form == 15:
            return f"list(range({self.random.randint(-5, 5)}, {self.random.randint(-9, 12)}, {self.pick(['1', '2', '-1', '-3', '0', e('int')])}))[:20]"
        return f"list(zip({e()}, {e('str')}{self.pick(['', ', strict=True'])}))"

    def strs_expression(self, depth):
        e = lambda kind="str": self.expression(kind, depth)
        form = self.random.randrange(7)
        if form == 0:
            return f"{e()}.{self.pick(['split', 'rsplit'])}({self.pick(['', 'None, 1', repr(','), repr('a') + ', 1', e()])})"
        if form == 1:
            return f"[{self.comprehension_body('str', depth)}]"
        if form == 2:
            return f"sorted({self.expression('strs', depth)}{self.pick(['', ', key=len', ', reverse=True', ', key=str.lower', ', key=len, reverse=True'])})"
        if form == 3:
            return f"list({e('dict')})"
        if form == 4:
            return f"{e()}.splitlines({self.pick(['', 'True'])})"
        if form == 5:
            return f"[{e()}, {e()}, *{e()}]"
        return f"{self.expression('strs', depth)}[{self.slice()}]"

    def tuple_expression(self, depth):
        e = lambda kind="tuple": self.expression(kind, depth)
        form = self.random.randrange(8)
        if form == 0:
            return f"({e()} + {e()})"
        if form == 1:
            return f"{e()}[{self.slice()}]"
        if form == 2:
            return f"tuple({e(self.pick(['list', 'str', 'bytes']))})"
        if form == 3:
            return f"divmod({e('int')}, {e('int')})"
        if form == 4:
            return f"(*{e()}, {e('any')})"
        if form == 5:
            return f"tuple({self.comprehension_body('any', depth)})"
        if form == 6:
            return f"({e('float')}).as_integer_ratio()"
        return f"({e('any')}, {e('any')})"

    def dict_expression(self, depth):
        e = lambda kind="dict": self.expression(kind, depth)
        form = self.random.randrange(8)
        if form < 2:
            body = self.comprehension_body("int", depth)
            return "{" + f"{self.pick(['str', 'chr'])}({self.random.randint(33, 60)}): {body}" + "}"
        if form == 2:
            with self.inner_scope(), self.setting(walrus_allowed=False):
                key, value = self.fresh("str"), self.fresh("int")
                source = e()
                self.declare(key, "str")
                self.declare(value, "int")
                text = "{" + f"{self.expression('str', depth)}: {self.expression('int', depth)} for {key}, {value} in clip(list({source}.items()))" + "}"
            return text
        if form == 3:
            return "{" + f"**{e()}, {e('str')}: {e('int')}, **{e()}" + "}"
        if form == 4:
            return f"({e()} | {e()})"
        if form == 5:
            return f"dict(zip({e('str')}, {e('list')}))"
        if form == 6:
            return f"dict({e()}, q={e('int')})"
        return "{" + f"{e('str')}: {e('int')}, {e('str')}: {e('int')}" + "}"

    def set_expression(self, depth):
        e = lambda kind="set": self.expression(kind, depth)
        form = self.random.randrange(5)
        if form == 0:
            return "{" + self.comprehension_body("int", depth) + "}"
        if form < 3:
            return f"({e()} {self.pick(['|', '&', '-', '^'])} {e()})"
        if form == 3:
            return "{" + f"{e('int')}, *{e('list')}" + "}"
        return f"set({e(self.pick(['list', 'tuple']))})"
