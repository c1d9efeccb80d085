"""Calls between compiled functions, frames, and recursion."""
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ffib(x):
    if x < 2.0:
        return x
    return ffib(x - 1.0) + ffib(x - 2.0)


print(fib(15), ffib(15.0), fib(True), fib(3.0))


def tak(x, y, z):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


print(tak(10, 6, 3))


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


for _ in range(20):
    depth(50)
print(depth(900))
try:
    depth(100000)
except RecursionError as e:
    print(e)
sys.setrecursionlimit(6000)
print(depth(5000))
sys.setrecursionlimit(1000)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print([even(k) for k in range(0, 60, 7)])


def who():
    f = sys._getframe(1)
    return f.f_code.co_name, f.f_locals["k"], f.f_locals.get("s"), f.f_back.f_code.co_name


def caller(k):
    s = k * 2
    if k % 40 == 39:
        return who()
    return s


def outer(n):
    found = []
    for k in range(n):
        r = caller(k)
        if k % 40 == 39:
            found.append(r)
    return found


print(outer(90))


def poke(f):
    f.f_locals["t"] = 1000


def poked(n):
    t = 0
    for i in range(n):
        t = t + 1
        if i == 60:
            poke(sys._getframe())
    return t


print(poked(100), poked(100))


def poke_caller():
    sys._getframe(1).f_locals["t"] += 500
    return 1


def poked_again(n):
    t = 0
    for i in range(n):
        t = t + 1
        if i % 50 == 49:
            poke_caller()
    return t


print(poked_again(120))


def show(n):
    a = n
    b = a * 2
    c = b + 0.5
    return locals()


for i in range(60):
    r = show(i)
print(r)


def default(a, b=3, *c, d=4):
    return a + b + d + len(c)


def spread(n):
    s = 0
    for i in range(n):
        s += default(i) + default(i, 1) + default(i, 1, 2, d=5)
    return s


print(spread(80))


class P:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def dot(self, o):
        return self.x * o.x + self.y * o.y

    def move(self, dx):
        self.x += dx
        return self

    @property
    def norm(self):
        return self.dot(self)

    def __call__(self, k):
        return self.x * k


def objects(n):
    p, q = P(1.0, 2.0), P(3, 4)
    s = 0
    for i in range(n):
        s += p.dot(q) + q.norm + p(2)
        p.move(0.5)
        if i % 10 == 0:
            q = P(i, i + 1)
    return s


print(objects(70))


def make(n):
    return lambda x: x + n


def closures(n):
    s = 0
    for i in range(n):
        f = make(i)
        s += f(i)
    return s


print(closures(100))


def counter():
    n = 0

    def inc(k):
        nonlocal n
        n += k
        return n

    for i in range(100):
        inc(i)
    return n


print(counter(), counter())
print(sum(map(lambda x: fib(x) % 7, range(12))), sorted(range(30), key=lambda x: (x * 7) % 11)[:5])
# expect: 610 610.0 True 2.0
# expect: 4
# expect: 900
# expect: maximum recursion depth exceeded
# expect: 5000
# expect: [True, False, True, False, True, False, True, False, True]
# expect: [('caller', 39, 78, 'outer'), ('caller', 79, 158, 'outer')]
# expect: 1039 1039
# expect: 1120
# expect: {'n': 59, 'a': 59, 'b': 118, 'c': 118.5}
# expect: 11000
# expect: 236973.0
# expect: 9900
# expect: 4950 4950
# expect: 36 [0, 11, 22, 8, 19]
