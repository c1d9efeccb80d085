def g(n):
    for i in range(n):
        yield i * i
t = 0
for v in g(10): t += v
print(t, v)
def h():
    try:
        yield 1
        yield 2
        raise ValueError("x")
    finally:
        print("fin")
try:
    for x in h(): print(x)
except ValueError:
    print("ve", x)
def nested(n):
    if n > 0:
        for x in nested(n-1): yield x + 1
    yield n
s = 0
for x in nested(50): s += x
print(s)
def si():
    yield 1
    raise StopIteration
try:
    for x in si(): print(x)
except RuntimeError: print("rt")
def yf():
    r = yield from g(3)
    yield 7
for x in yf(): print(x)
def ex():
    try:
        raise KeyError
    except KeyError:
        yield 5
        raise
try:
    for x in ex(): print(x)
except KeyError: print("ke")
for x in g(0): pass
print(x)
class A:
    x = 5
    def __init__(self, a):
        self.a = a
    def get(self):
        return self.a + self.x
    @property
    def p(self): return self.a * 2
class B(A):
    def get(self):
        return super().get() + 1
b = B(3)
print(b.get(), b.p)
import sys

# expect: 285 81
# expect: 1
# expect: 2
# expect: fin
# expect: ve 2
# expect: 2550
# expect: 1
# expect: rt
# expect: 0
# expect: 1
# expect: 4
# expect: 7
# expect: 5
# expect: ke
# expect: 5
# expect: 9 6


class Lazy(type(sys)):
    def __getattr__(self, name):
        return f"made {name}"


module = type(sys)("module")
module.__class__ = Lazy
print(module.anything, type(module).__name__)  # expect: made anything Lazy
