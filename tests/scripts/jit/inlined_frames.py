"""Inlined calls: their frames are seen, their limits hold, their exceptions have the right lines."""
import sys
import traceback


def leaf(x):
    if x == 2500:
        raise ValueError(x)
    return x + 1


def middle(x):
    return leaf(x) * 2


def loop(n):
    total = 0
    for i in range(n):
        total += middle(i)
    return total


print(loop(2000))  # expect: 4002000
try:
    loop(3000)
except ValueError as e:
    frames = traceback.extract_tb(e.__traceback__)
    print([(f.name, f.lineno) for f in frames][1:])  # expect: [('loop', 19), ('middle', 13), ('leaf', 8)]


def caller_name():
    return sys._getframe(1).f_code.co_name + " " + str(sorted(sys._getframe(1).f_locals))


def asks(a):
    b = a + 1
    return caller_name()


names = set()
for i in range(3000):
    names.add(asks(i))
print(names)  # expect: {"asks ['a', 'b']"}


def down(n):
    return 0 if n == 0 else down(n - 1) + 1


for _ in range(30):
    down(100)
print(down(500))  # expect: 500
try:
    down(10**6)
except RecursionError as e:
    print(str(e)[:32])  # expect: maximum recursion depth exceeded


class Shape:
    def __init__(self, side):
        self.side = side


class Square(Shape):
    def area(self):
        return self.side * self.side


class Cube(Shape):
    def area(self):
        return 6 * self.side * self.side


class Line(Shape):
    def area(self):
        return 0


def total_area(shapes):
    total = 0
    for s in shapes:
        total += s.area()
    return total


shapes = [Square(2), Cube(1), Line(5)] * 400
print(total_area(shapes), total_area(shapes))  # expect: 4000 4000
Line.area = lambda self: 1
print(total_area(shapes))  # expect: 4400


class Bad:
    def __init__(self, wrong):
        if wrong:
            return 1


def make(n, wrong):
    for _ in range(n):
        Bad(False)
    return Bad(wrong)


make(2000, False)
try:
    make(2000, True)
except TypeError as e:
    print(e)  # expect: __init__() should return None, not 'int'


def replaced(x):
    return x


def use_replaced(n):
    total = 0
    for i in range(n):
        total += replaced(1)
        if i == n // 2:
            replaced.__code__ = (lambda x: x + 1).__code__
    return total


print(use_replaced(4000))  # expect: 5999
