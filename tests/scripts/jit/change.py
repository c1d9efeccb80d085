"""What compiled code relies on changes: globals, builtins, classes, lists, functions."""
factor = 2


def scaled(n):
    s = 0
    for i in range(n):
        s += i * factor
    return s


print(scaled(100))
factor = 3
print(scaled(100))
factor = 0.5
print(scaled(100))


def helper(x):
    return x + 1


def use(n):
    s = 0
    for i in range(n):
        s = helper(s)
        if i == n // 2:
            rebind()
    return s


def rebind():
    global helper
    old = helper
    helper = lambda x: x + 10
    rebind.old = old


print(use(100), use(100))
helper = rebind.old
print(use(60))


def length(items):
    n = 0
    for _ in range(50):
        n += len(items)
    return n


print(length([1, 2]))
len_builtin = len
len = lambda x: 100
print(length([1, 2]))
del len
print(length([1, 2]))


class A:
    k = 1

    def f(self):
        return self.k

    def g(self):
        return 10


def run(a, n):
    s = 0
    for i in range(n):
        s += a.f() + a.g()
        if i == 30:
            A.g = lambda self: 20
        if i == 60:
            a.k = 5
        if i == 80:
            a.f = lambda: 1000
    return s


print(run(A(), 100))


class B(A):
    def f(self):
        return 7


print(run(B(), 100), run(A(), 10))
inst = A()
inst.__class__ = B
print(run(inst, 50))


def fill(n):
    items = [0] * 10
    for i in range(n):
        items[i % 10] = items[i % 10 - 1] + i
        if i % 25 == 24:
            items.append(i)
            items[0], items[-1] = items[-1], items[0]
    return items


print(fill(120))


def shrink(items):
    n = 0
    for x in items:
        n += x
        if len(items) > 20:
            items.pop()
    return n, len(items)


print(shrink(list(range(100))))


def grow(items):
    n = 0
    for x in items:
        n += x
        if len(items) < 300:
            items.append(x + 1)
    return n


print(grow([1]))


def sieve(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    i = 2
    while i * i <= n:
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
        i += 1
    return sum(flags)


print(sieve(2000))


def swap(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, (a + b) % 1000003
    t = (1, 2.5, "x")
    s = 0
    for i in range(n):
        p, q, r = t
        s += p + q + t[i % 2]
    return a, b, s


print(swap(200))
for i in range(200):
    exec_result = i * 2
    if i == 100:
        globals()["i"] = 5000
    if i == 150:
        new_name = 1
print(i, exec_result)
source = "total = 0\nfor k in range(n):\n    total += k\n"
code = compile(source, "<s>", "exec")
for n in (10, 100, 1000):
    space = {"n": n}
    exec(code, space)
    print(space["total"])
    local = {}
    exec(code, {"n": n}, local)
    print(local["total"])


def matrix(n):
    a = [[i * j % 7 + 0.5 for j in range(n)] for i in range(n)]
    b = [[i + j for j in range(n)] for i in range(n)]
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        row = a[i]
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += row[k] * b[k][j]
            c[i][j] = s
    return sum(map(sum, c))


print(matrix(12))


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


def slots(n):
    out = []
    for i in range(n):
        s = Slots(i)
        s.b = s.a * 2
        out.append(s)
    return sum(x.a + x.b for x in out)


print(slots(100))
# expect: 9900
# expect: 14850
# expect: 2475.0
# expect: 541 1000
# expect: 600
# expect: 100
# expect: 5000
# expect: 100
# expect: 20851
# expect: 21567 210
# expect: 1350
# expect: [520, 631, 743, 856, 970, 1085, 1201, 1318, 1436, 1555, 210, 250, 320, 410]
# expect: (1225, 50)
# expect: 45150
# expect: 303
# expect: (269624, 610098, 1050.0)
# expect: 199 398
# expect: 45
# expect: 45
# expect: 4950
# expect: 4950
# expect: 499500
# expect: 499500
# expect: 56790.0
# expect: 14850
