"""Types that change while a loop runs, and between calls."""


def add_all(items, s):
    for x in items:
        s = s + x
    return s


for _ in range(50):
    add_all([1, 2, 3], 0)
print(add_all([1, 2, 3.5, 4], 0), add_all(["a", "b"], "x"), add_all([[1], [2]], []), add_all([True, 2], 0))
print(add_all([0.5] * 100, 0), add_all([1 << 60] * 100, 1), add_all([1j, 2], 0))

v = 0
for i in range(3000):
    if i == 1500:
        v = v + 0.5
    elif i == 2500:
        v = str(int(v))
    if i < 2500:
        v = v + 1
    else:
        v = v + "."
print(v[:8], len(v))


class Vec:
    def __init__(self, x):
        self.x = x

    def __add__(self, other):
        return Vec(self.x + other)

    def __lt__(self, other):
        return self.x < other

    def __bool__(self):
        return self.x != 77


def generic(a, n):
    k = 0
    for _ in range(n):
        a = a + 1
        if a < 50:
            k += 1
        if a:
            k += 2
    return a, k


for _ in range(40):
    generic(0, 20)
print(generic(1.5, 30), generic(Vec(60), 30)[1], generic(Vec(0), 60)[1])


def compare(a, b):
    n = 0
    if a < b:
        n += 1
    if a <= b:
        n += 2
    if a == b:
        n += 4
    if a != b:
        n += 8
    if a > b:
        n += 16
    if a >= b:
        n += 32
    return n


nan = float("nan")
for i in range(100):
    compare(i, 50)
print(compare(1.0, 2.0), compare(nan, 1.0), compare(nan, nan), compare(1, 1.0), compare((1 << 53) + 1, float(1 << 53)))
for i in range(100):
    compare(i * 0.5, 25.0)
print(compare(1.0, 2.0), compare(nan, 1.0), compare(nan, nan), compare(3, 2), compare("a", "b"), compare(True, 1))


def truth(items):
    return [1 if x else 0 for x in items]


def truth_loop(items):
    n = 0
    for x in items:
        if not x:
            n += 1
        while x:
            n += 10
            x = None
    return n


things = [0, 1, 0.0, -0.0, nan, "", "a", [], [0], None, True, False, 1 << 70, Vec(77), Vec(1)]
for _ in range(30):
    r = truth_loop(things)
print(truth(things), r)


def identity(items):
    n = 0
    for x in items:
        if x is None:
            n += 1
        if x is not True:
            n += 100
    return n


for _ in range(30):
    r = identity(things)
print(r)
# expect: 10.5 xab [1, 2] 3
# expect: 50.0 115292150460684697601 (2+1j)
# expect: 2500.... 504
# expect: (31.5, 90) 58 169
# expect: 11 8 8 38 56
# expect: 11 8 8 56 11 38
# expect: [0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1] 78
# expect: 1401



def split(items, predicate):
    yes, no = [], []
    for item in items:
        if predicate(item):
            yes.append(item)
        else:
            no.append(item)
    return len(yes), len(no)

def kind(wanted):
    return lambda item: item[1] is wanted

class Wanted:
    def __call__(self, item):
        return item[1] == "a"

ITEMS = [(i, "a") for i in range(100)]
A, B = "a", "b"
wanted = [kind(A), kind(A), kind(A), Wanted(), len, Wanted().__call__, kind(B)] * 20
# A loop is built for the function that it has called; the next time it calls something else.
print(sorted({split(ITEMS, p) for p in wanted}))  # expect: [(0, 100), (100, 0)]
