# Short ways of the interpreter that must not show: cached specifications, remembered properties, hashes, searches.


def show(value, *specs):
    out = []
    for spec in specs:
        for _ in range(2):
            try:
                text = format(value, spec)
            except (ValueError, OverflowError) as error:
                text = str(error)
        out.append(text)
    print("|".join(out).replace("\0", "\\x00"))


show(1234567, ",", "_", "010,", "+,d", "x", "X", "#x", "#010x", "_x", "_b", "b", "o", "=+12", "*^13,")
# expect: 1,234,567|1_234_567|01,234,567|+1,234,567|12d687|12D687|0x12d687|0x0012d687|12_d687|1_0010_1101_0110_1000_0111|100101101011010000111|4553207|+    1234567|**1,234,567**
show(-5, "05", "<5", ">5", "^5", "", " d", "n", "c", "s", ".3", "z")
# expect: -0005|-5   |   -5| -5  |-5|-5|-5|%c arg not in range(0x110000)|Unknown format code 's' for object of type 'int'|Precision not allowed in integer format specifier|Negative zero coercion (z) not allowed in integer format specifier
show(-(2**48), ",", "_x", "d")
# expect: -281,474,976,710,656|-1_0000_0000_0000|-281474976710656
show(2**63 - 1, ",", "b", "#_X")
# expect: 9,223,372,036,854,775,807|111111111111111111111111111111111111111111111111111111111111111|0X7FFF_FFFF_FFFF_FFFF
show(-(2**63), ",", "o", "_b", "d")
# expect: -9,223,372,036,854,775,808|-1000000000000000000000|-1000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000|-9223372036854775808
show(0, ",", "x", "b", "#o", "03")
# expect: 0|0|0|0o0|000
show(2.5, "5.1f", ",", "e", "d", "%")
# expect:   2.5|2.5|2.500000e+00|Unknown format code 'd' for object of type 'float'|250.000000%
show("text", "5.1", "^9", "d", "_")
# expect: t    |  text   |Unknown format code 'd' for object of type 'str'|Cannot specify '_' with 's'.
show(7, "5", "\0<5", "\0\0<5")
# expect:     7|7\x00\x00\x00\x00|Invalid format specifier '\x00\x00<5' for object of type 'int'
show(True, "d", "5", "x", "s")
# expect: 1|    1|1|Unknown format code 's' for object of type 'bool'


class Loud(int):
    def __format__(self, spec):
        return f"<{spec}>"


print(f"{Loud(3):>4} {3:>4} {Loud(3):>4}")
# expect: <>4>    3 <>4>


class Box:
    def __init__(self, value):
        self.value = value

    @property
    def twice(self):
        return self.value * 2

    @property
    def fails(self):
        raise KeyError(self.value)

    @property
    def missing(self):
        return self.nowhere

    def __getattr__(self, name):
        return "no " + name


class Wide(Box):
    @property
    def twice(self, more="!"):
        return str(super().twice) + more


def read(boxes):
    return [box.twice for box in boxes]


print(read([Box(1), Wide(2), Box(3), Box("x")]), read([Wide(1)] * 3))
# expect: [2, '4!', 6, 'xx'] ['2!', '2!', '2!']
for _ in range(3):
    try:
        Box(1).fails
    except KeyError as error:
        caught = error
print(repr(caught), caught.__traceback__.tb_next.tb_frame.f_code.co_name, Box(1).missing)
# expect: KeyError(1) fails no nowhere
Box.twice.__init__(lambda self: "changed in place")
print(read([Box(1), Box(2)]), Wide(1).twice)
# expect: ['changed in place', 'changed in place'] changed in place!
Box.twice = property(len, doc="native getter")
try:
    read([Box(1)])
except TypeError as error:
    print(error)
# expect: object of type 'Box' has no len()
Box.twice = 7
print(read([Box(1), Box(2)]))
# expect: [7, 7]



class Recursive:
    @property
    def down(self):
        self.n += 1
        return self.down


r = Recursive()
r.n = 0
try:
    r.down
except RecursionError as error:
    print(error, r.n > 100)
# expect: maximum recursion depth exceeded True


def generator(box):
    while True:
        yield box.twice


Box.twice = property(lambda self: self.value + 1)
print([v for v, _ in zip(generator(Box(4)), range(3))])
# expect: [5, 5, 5]


class Counter:
    count = 0
    step = 1

    def __len__(self):
        return 3

    def __add__(self, other):
        return "added"


class Sub(Counter):
    pass


def bump(times):
    for _ in range(times):
        Counter.count += Counter.step
        if len(Sub()) != 3 or Sub() + Sub() != "added":
            return "wrong"
    return Counter.count, Sub.count, Sub().count


print(bump(5))
# expect: (5, 5, 5)
Counter.__len__ = lambda self: 4
Counter.__add__ = lambda self, other: NotImplemented
print(len(Sub()))
# expect: 4
try:
    Sub() + Sub()
except TypeError as error:
    print(error)
# expect: unsupported operand type(s) for +: 'Sub' and 'Sub'


class Adds:
    def __iadd__(self, other):
        return NotImplemented

    def __add__(self, other):
        return "plain"

    def __radd__(self, other):
        return "reflected"


a = Adds()
a += Adds()
print(a, Adds() + Adds(), 1 + Adds())
# expect: plain plain reflected


class Key:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        return self.value == other


d = {1: "one", -1: "minus", -2: "two", (1, "a"): "pair", "s": "text", Key(5): "key", 2.0: "float", True: "true"}
print(d[1], d[True], d[1.0], d[-1], d[-2], d[(1, "a")], d[(1.0, "a")], d["s"], d[5], d[2], d.get(7), d.get(-3))
# expect: true true true minus two pair pair text key float None None
s = {1, -1, -2, "a", 2.0, (1, 2), Key(9), Key("k")}
print([x in s for x in (1, True, 1.0, -1, -2, -3, "a", "b", 2, (1, 2), (1, 3), 9, "k", 3)])
# expect: [True, True, True, True, True, False, True, False, True, True, False, True, True, False]
s.discard(9), s.discard("k"), s.discard(2), s.discard(77)
print(len(s), 9 in s, "k" in s, 2 in s)
# expect: 5 False False False
print(hash((1, "a")) == hash((True, "a")), hash((1, (2, "b"))) == hash((1.0, (2.0, "b"))), hash(()) == hash(()))
# expect: True True True
big = {i: i * i for i in range(1000)}
for i in range(0, 1000, 3):
    del big[i]
print(sum(i in big for i in range(1000)), sum(big.get(i, 0) for i in range(-5, 10)), 5.0 in big, 6.0 in big)
# expect: 666 159 True False
for wrong in (lambda: {}[[]], lambda: [] in {1}, lambda: hash((1, []))):
    try:
        wrong()
    except TypeError as error:
        print(error)
# expect: cannot use 'list' as a dict key (unhashable type: 'list')
# expect: cannot use 'list' as a set element (unhashable type: 'list')
# expect: unhashable type: 'list'


def keywords(a, *, first=1, second=2, third=3, fourth=4, fifth=5):
    return a, first, second, third, fourth, fifth


print(keywords(0), keywords(0, third=9), keywords(fifth=1, a=2))
# expect: (0, 1, 2, 3, 4, 5) (0, 1, 2, 9, 4, 5) (2, 1, 2, 3, 4, 1)
xs = list(range(10))
print(xs[::-1], xs[1:8:3], xs[8:1:-3], xs[5:5], xs[::-20], [7] * 3, [None] * 0, [1, 2] * 2)
# expect: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0] [1, 4, 7] [8, 5, 2] [] [9] [7, 7, 7] [] [1, 2, 1, 2]
xs[2:4] = xs
print(xs)
# expect: [0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6, 7, 8, 9]
print(sorted([(1, (2, "b")), (1, (2, "a")), (1, (1, "z")), (0, (9, "q")), (1, (2, "a", 0))]))
# expect: [(0, (9, 'q')), (1, (1, 'z')), (1, (2, 'a')), (1, (2, 'a', 0)), (1, (2, 'b'))]
nan = float("nan")
print((1, (nan, 2)) < (1, (nan, 3)), (1, (2, nan)) < (1, (2, nan)), (1, (True, 2)) < (1, (1, 3)), ((1,), 5) < ((1.0,), 6))
# expect: True False True True
for left, right in (((1, (2, None)), (1, (2, 3))), ((1, None), (1, 2)), ((1, (2, "a")), (1, (2, 3)))):
    try:
        left < right
    except TypeError as error:
        print(error)
# expect: '<' not supported between instances of 'NoneType' and 'int'
# expect: '<' not supported between instances of 'NoneType' and 'int'
# expect: '<' not supported between instances of 'str' and 'int'


class Anything:
    def __eq__(self, other):
        return "equal"

    __hash__ = None


class Less(int):
    def __eq__(self, other):
        return "less"

    __hash__ = int.__hash__


print(None == 1, None != 1.5, "a" == None, [] != None, (None == None), None == Anything(), None == Less(1), True == False, True != True)
# expect: False True False True True equal less False False
print(True == 1, 0.0 == False, True == "True", None == False, False != None, True == Anything())
# expect: True True False False True equal


class Meta(type):
    def special(cls):
        return "meta"


class Made(metaclass=Meta):
    made = 0

    @classmethod
    def make(cls, n=1):
        cls.made += n
        return cls.__name__, cls.made

    @classmethod
    def special(cls):
        return "class"

    @staticmethod
    def fixed(n):
        return n


class MadeToo(Made):
    pass


def make(classes):
    return [cls.make() for cls in classes] + [cls.fixed(3) for cls in classes], MadeToo.special()


print(make([Made, MadeToo, Made]))
# expect: ([('Made', 1), ('MadeToo', 2), ('Made', 2), 3, 3, 3], 'class')
Made.make = classmethod(lambda cls: "replaced")
print(make([Made, MadeToo])[0][:2])
# expect: ['replaced', 'replaced']
Meta.make = property(lambda cls: lambda: "of the metaclass")
print(make([Made])[0])
# expect: ['of the metaclass', 3]
