# Short ways of the interpreter, and what has to send it the long one.
import math
import sys
import types

# Attributes of modules: deleted, replaced.
module = types.ModuleType("module")
module.x = 1


def read():
    return module.x


seen = [read(), read()]
module.x = 2
seen.append(read())
del module.x
try:
    read()
except AttributeError as e:
    seen.append(str(e))
module.y = 5
module.x = 3
seen.append(read())
print(seen)


# Attributes of classes: changed, inherited, from a metaclass.
class Base:
    level = 1

    @classmethod
    def make(cls):
        return cls.__name__

    @staticmethod
    def plain(v):
        return v * 2


class Derived(Base):
    pass


def level():
    return Derived.level, Derived.make(), Derived.plain(4)


print(level(), level())
Base.level = 7
Base.plain = staticmethod(lambda v: v)
print(level())
Derived.level = 9
print(level())


class Meta(type):
    @property
    def level(cls):
        return "meta"


class WithMeta(Base, metaclass=Meta):
    pass


def level_of(cls):
    return cls.level


print([level_of(c) for c in (Base, Derived, WithMeta, Base)])


# super: the class it is found in changes.
class A:
    def who(self):
        return "A"


class B(A):
    def who(self):
        return "B" + super().who()


class C(B):
    def who(self):
        return "C" + super().who()


c = C()
print(c.who(), c.who())
A.who = lambda self: "A2"
print(c.who())
B.who = lambda self: "B2"
print(c.who())


class D(A):
    pass


C.__bases__ = (D,)
print(c.who())

# Built-in classes called: subclasses, wrong arguments, constructors that return something else.
print(int("12"), int(), int("ff", 16), str(5), str(b"x", "ascii"), list("ab"), tuple([1]), dict(a=1), set("a"), bool([]))
print(float("1.5"), bytes(3), frozenset([1]), complex(1, 2), list(range(3)), int(True), type(3), type("T", (), {}).__name__)
for bad in (lambda: int("x"), lambda: list(1), lambda: dict(1), lambda: set(1, 2)):
    try:
        bad()
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)


class Even(int):
    def __new__(cls, value):
        return super().__new__(cls, value // 2 * 2)


class Noisy(list):
    def __init__(self, *args):
        super().__init__(*args)
        self.append("!")


print(Even(7), type(Even(7)).__name__, Noisy("ab"), Noisy())

# Strings: equal, unequal, of different widths.
words = ["", "a", "b", "ab", "ac", "\xe9", "\u20ac", "a\u20ac", "\U0001f600", "ab" * 40, "ab" * 39 + "ac"]
copies = [("x" + w)[1:] for w in words]
print(all((a == b) == (i == j) and (a != b) == (i != j) for i, a in enumerate(words) for j, b in enumerate(copies)))
print(sorted(words) == sorted(copies), [w in "xab" for w in words[:6]], ["ab"[i] for i in (-2, -1, 0, 1)])
text = ""
for i in range(40):
    text += chr(97 + i % 26)
    if i % 13 == 0:
        text += "\xe9"
print(text, len(text), text.isascii(), hash(text) == hash("".join(text)))

# Sorting tuples: NaN, mixed numbers, prefixes, and what cannot be compared.
nan = float("nan")
print(sorted([(1, "b"), (1.0, "a"), (0, "z"), (1,), (True, "c")]), sorted([(nan, 2), (nan, 1)]), sorted([(2, nan), (1, nan)]))
try:
    sorted([(1, "a"), (1, 2)])
except TypeError as e:
    print(e)

# Arguments that defaults fill.


def f(a, b=2, c=3, *, d=4):
    return a, b, c, d


def g(a, b=2, c=3):
    x = None
    return a, b, c, x


print(f(1), f(1, 5), f(1, c=7), f(1, d=0), g(1), g(1, 5), g(1, 5, 6), g(c=1, a=2))
g.__defaults__ = (8,)
try:
    g(1)
except TypeError as e:
    print(e)
print(g(1, 2))

# Formatted numbers, short and long.
print(f"{255:08b}|{-7:+}|{3.14159:10.3f}|{1e100:.0f}"[:60], f"{12345678901234567890:,}", f"{5:\xe9>4}", f"{5:*^70}")
print(f"{True}", f"{None}", f"{-0.0}", f"{10**20}", f"{2**40}", str(-(2**47)), repr(0), f"{1.5!r:>8}")

# Stores into what has survived a collection.
import gc

old = [[None] * 3 for _ in range(3)]


class Holder:
    pass


holder = Holder()
gc.collect()
for i in range(2000):
    old[i % 3][i % 3] = [i]
    holder.value = {"i": i}
    setattr(holder, f"a{i % 7}", (i, [i]))
    old[0].append((i,))
junk = [[i] for i in range(20000)]
gc.collect()
print(old[0][0], old[1][1], old[2][2], holder.value, holder.a0, old[0][-1], len(old[0]))
print([x + y for x, y in zip([1, 2], (3, 4))], list(enumerate("ab", 2**62))[1][0], [i for i, in [(1,), [2]]])


class Counted(zip):
    def __next__(self):
        return "next", 1


print([next(Counted([1], [2])) for _ in range(2)], math.floor(2.5), sys.maxsize == 2**63 - 1)

# A module's names come and go.
value = 1
for step in range(4):
    if step == 2:
        del value
        value = "new"
    print(value, end=" ")
    globals()["len"] = (lambda v: "own") if step == 1 else len
    print(len([1, 2]), end=" ")
    if step == 2:
        del len
print()

# expect: [1, 1, 2, "module 'module' has no attribute 'x'", 3]
# expect: (1, 'Derived', 8) (1, 'Derived', 8)
# expect: (7, 'Derived', 4)
# expect: (9, 'Derived', 4)
# expect: [7, 9, 'meta', 7]
# expect: CBA CBA
# expect: CBA2
# expect: CB2
# expect: CA2
# expect: 12 0 255 5 x ['a', 'b'] (1,) {'a': 1} {'a'} False
# expect: 1.5 b'\x00\x00\x00' frozenset({1}) (1+2j) [0, 1, 2] 1 <class 'int'> T
# expect: ValueError invalid literal for int() with base 10: 'x'
# expect: TypeError 'int' object is not iterable
# expect: TypeError 'int' object is not iterable
# expect: TypeError set expected at most 1 argument, got 2
# expect: 6 Even ['a', 'b', '!'] ['!']
# expect: True
# expect: True [True, True, True, True, False, False] ['a', 'b', 'a', 'b']
# expect: aébcdefghijklmnéopqrstuvwxyzaébcdefghijklmné 44 False True
# expect: [(0, 'z'), (1,), (1.0, 'a'), (1, 'b'), (True, 'c')] [(nan, 1), (nan, 2)] [(1, nan), (2, nan)]
# expect: '<' not supported between instances of 'int' and 'str'
# expect: (1, 2, 3, 4) (1, 5, 3, 4) (1, 2, 7, 4) (1, 2, 3, 0) (1, 2, 3, None) (1, 5, 3, None) (1, 5, 6, None) (2, 2, 1, None)
# expect: g() missing 1 required positional argument: 'b'
# expect: (1, 2, 8, None)
# expect: 11111111|-7|     3.142|1000000000000000015902891109759918046 12,345,678,901,234,567,890 ééé5 **********************************5***********************************
# expect: True None -0.0 100000000000000000000 1099511627776 -140737488355328 0      1.5
# expect: [1998] [1999] [1997] {'i': 1999} (1995, [1995]) (1999,) 2003
# expect: [4, 6] 4611686018427387905 [1, 2]
# expect: [('next', 1), ('next', 1)] 2 True
# expect: 1 2 1 own new own new 2 


class Meddler:
    def __lt__(self, other):
        sorting.append(3)
        sorting.pop()
        return False


# A list that is changed while it is sorted, and empty again at the end.
sorting = [Meddler(), Meddler(), Meddler()]
try:
    sorting.sort()
except ValueError as e:
    print(e, len(sorting))  # expect: list modified during sort 3
