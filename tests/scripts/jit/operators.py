"""Operators of Python classes, called directly or inlined; instances that do not outlive the code that makes them."""
import sys
import traceback


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def __rmul__(self, factor):
        return Vector(factor * self.x, factor * self.y)

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __getitem__(self, i):
        return self.y if i else self.x

    def dot(self, other):
        return self.x * other.x + self.y * other.y


def walk(steps):
    at, by = Vector(0.0, 0.0), Vector(0.5, 0.25)
    for i in range(steps):
        at = at + by * 2.0 - by
        if i % 7 == 0:
            at = -at
        at = at + 0.5 * by
    return at[0], at[1], (at - by).dot(at + by)


print(walk(10), walk(300))


def mixed(values):
    total = values[0]
    for v in values:
        total = total + v
    return total


class Wide(Vector):
    """Goes first on the right."""

    def __radd__(self, other):
        return ("radd", other.x, self.x)


print([mixed([Vector(1.0, 2.0)] * 3).x for _ in range(60)][-1])
print(mixed([Vector(1.0, 2.0), Wide(3.0, 4.0)]))


class Length:
    """Knows some operands only."""

    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        if other.__class__ is not Length:
            return NotImplemented
        return Length(self.n + other.n)

    def __lshift__(self, other):
        if other > 5:
            return NotImplemented
        return other

    def __invert__(self):
        return NotImplemented


class Other:
    def __init__(self, n):
        self.n = n

    def __radd__(self, left):
        return ("radd", left.n, self.n)


def add(a, b):
    try:
        return a + b
    except TypeError as e:
        return str(e)


def shown(v):
    return v.n if isinstance(v, Length) else v


for _ in range(80):
    add(Length(1), Length(2))
print(shown(add(Length(1), Length(2))), shown(add(Length(1), Other(2))), shown(add(Length(1), 2)))
for _ in range(80):
    add(Length(1), Other(2))
print(shown(add(Length(1), Length(2))), shown(add(Length(1), Other(2))), shown(add(Length(1), 2)), add(1, Length(2)))


def shift(a, n):
    return a << n


def shifts():
    length, found = Length(3), []
    for n in range(60):
        shift(length, n % 5)
    for n in (5, 6):
        try:
            found.append(shift(length, n))
        except TypeError as e:
            found.append(str(e))
            found.append([f.name for f in traceback.extract_tb(e.__traceback__)])
    return found, ~length


print(shifts())


class Broken:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return Broken(self.n // other.n)

    def __neg__(self):
        return sys._getframe(1).f_code.co_name, self.n


def divide(a, b):
    return (a + b).n


for i in range(80):
    divide(Broken(i), Broken(3))
try:
    divide(Broken(1), Broken(0))
except ZeroDivisionError as e:
    print(e, [(f.name, f.line) for f in traceback.extract_tb(e.__traceback__)])


def negative(v):
    return -v


print([negative(Broken(n)) for n in (100,) * 80][-1])
print([negative(v) for v in (1, 2.5, True, Vector(1.0, 2.0), 1 << 70)][:3])


class Point:
    """Gets its attributes one after the other, in the order that a condition says."""

    def __init__(self, x, y):
        self.x = x
        if y > 10:
            self.far = True
        self.y = y

    def moved(self, by):
        return Point(self.x + by, self.y - by)


def path(n):
    total = 0
    for i in range(n):
        p = Point(i, i).moved(1)
        q = p
        total += q.x * p.y + hasattr(p, "far")
        if i == n - 2:
            q.x = "text"
        try:
            total += p.x
        except TypeError:
            total += q.__dict__["y"]
    return total


print(path(5), path(200))


class Pair:
    def __init__(self, a, b):
        self.a = a
        self.b = b


def nested(n, keep):
    kept = []
    for i in range(n):
        inner = Pair(i, i + 1.5)
        outer = Pair(inner, inner)
        outer.a.b += 1
        if i == keep:
            kept.append(outer)
        if outer.a is not outer.b:
            kept.append("two")
        inner.a = inner.a * 10 ** (15 if i > 150 else 1)
    return [(k.a.a, k.b.b, k.a is k.b) for k in kept]


print(nested(100, -1), nested(200, 199), nested(200, 20))


class Late:
    def __add__(self, other):
        return 1


def late(v):
    return v + v


print([late(Late()) for _ in range(80)][-1])
Late.__add__ = lambda self, other: 2
print(late(Late()))
Late.__iadd__ = lambda self, other: 3


def augmented(v):
    v += v
    return v


print([augmented(Late()) for _ in range(80)][-1])
del Late.__iadd__
print(augmented(Late()))
del Late.__add__
try:
    late(Late())
except TypeError as e:
    print(e)
# expect: (-3.0, -1.5, 10.9375) (3.5, 1.75, 15.0)
# expect: 4.0
# expect: ('radd', 2.0, 3.0)
# expect: 3 ('radd', 1, 2) unsupported operand type(s) for +: 'Length' and 'int'
# expect: 3 ('radd', 1, 2) unsupported operand type(s) for +: 'Length' and 'int' unsupported operand type(s) for +: 'int' and 'Length'
# expect: ([5, "unsupported operand type(s) for <<: 'Length' and 'int'", ['shifts', 'shift']], NotImplemented)
# expect: division by zero [('<module>', 'divide(Broken(1), Broken(0))'), ('divide', 'return (a + b).n'), ('__add__', 'return Broken(self.n // other.n)')]
# expect: ('negative', 100)
# expect: [-1, -2.5, -1]
# expect: 38 2666786
# expect: [] [(199000000000000000, 201.5, True)] [(200, 22.5, True)]
# expect: 1
# expect: 2
# expect: 3
# expect: 2
# expect: unsupported operand type(s) for +: 'Late' and 'Late'
