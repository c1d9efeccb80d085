"""Call sites whose callee is no constant: closures, bound methods in variables, keywords, defaults, `*args`; and their changes."""
import functools
import gc
import sys
import traceback


def make_counter(step):
    total = 0

    def count(times=1):
        nonlocal total
        total += step * times
        return total

    return count


def adder(amount):
    return lambda value: value + amount


def clamp(low, high):
    def clamped(value):
        if value < low:
            return low
        return high if value > high else value

    return clamped


def compose(*functions):
    def composed(value):
        for function in functions:
            value = function(value)
        return value

    return composed


def fold(function, values, start):
    result = start
    for value in values:
        result = function(result, value)
    return result


counters = [make_counter(step) for step in range(1, 6)]
for i in range(3000):
    counters[i % 5](i & 3)
    if i % 100 == 0:
        counters[i % 3]()
print([counter(0) for counter in counters])
print([compose(adder(3), clamp(10, 90), lambda v: v ^ 5, abs, str, len)(n) for n in range(0, 300, 7)])
print(fold(lambda a, b: (a * 3 + b) % 65537, range(5000), 1), fold(max, range(50), 0))


# The callee of a site changes: code, kind, arguments it takes.
def call_all(functions, *args):
    found = []
    for function in functions:
        try:
            found.append(function(*args))
        except TypeError as error:
            found.append(str(error))
    return found


class Thing:
    def __init__(self, name="thing", *, size=1):
        self.name, self.size = name, size

    def method(self, x):
        return self.name, x

    def __call__(self, x):
        return "called", x

    @classmethod
    def of_class(cls, x):
        return cls.__name__, x

    @staticmethod
    def static(x):
        return "static", x


thing = Thing()
kinds = [adder(1), thing.method, Thing.of_class, Thing.static, thing, str, hex, [].append, int.bit_length]
for _ in range(200):
    call_all(kinds, 5)
print(call_all(kinds, 5))
print(call_all(kinds + [lambda: 0, lambda a, b: 0, lambda *a: a, lambda a, b=3: (a, b)], 6))


# Bound methods in variables, native ones, too.
def collect(n):
    items, seen = [], set()
    append, add, bump = items.append, seen.add, thing.method
    for i in range(n):
        append(bump(i)[1] * 2)
        add(i % 7)
    return sum(items), sorted(seen), len(items)


print([collect(n) for n in (3, 3000, 10)])


# Keywords, defaults.
def area(width, height=2, *, scale=1, shift=0):
    return width * height * scale + shift


def plain(a, b=10, c=20):
    return a * 10000 + b * 100 + c


def rest(first, *others, flag=False):
    return first, others, flag


def anything(*args, **kwargs):
    return len(args), kwargs


def calls(n):
    total = 0
    for i in range(n):
        total += plain(i) + plain(i, c=1) + plain(b=2, a=i) + plain(i, 3, 4) + plain(c=1, b=i, a=2)
        total += area(i, scale=2, shift=1) + area(width=i, height=i, scale=1, shift=0)
        total += len(rest(i)[1]) + len(rest(i, 1, 2)[1]) + anything(i, i)[0] + len(anything(i)[1])
        thing = Thing("x", size=i)
        total += thing.size + Thing(name="y").size + len(Thing().name)
    return total


print([calls(n) for n in (10, 2000)])
for wrong in ("plain()", "plain(1, a=2)", "plain(1, d=2)", "rest()", "area(1)", "Thing(size=1, name=2, sort=3)", "plain(1, 2, 3, 4)"):
    def attempt():
        return eval(wrong)
    try:
        for _ in range(50):
            attempt()
        print(wrong, attempt() if wrong != "Thing(size=1)" else None)
    except TypeError as error:
        print(wrong, error)
plain.__defaults__ = (1, 2)
print(calls(100))
plain.__defaults__ = (5,)
try:
    calls(100)
except TypeError as error:
    print(error)
plain.__defaults__ = (10, 20)
area.__kwdefaults__["scale"] = 7
print(calls(100), area(2))


# Decorators.
def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


@counted
def scale(value, factor=2):
    return value * factor % 1009


@counted
@counted
def keywords(value, *more, key=None, **rest):
    return value, more, key, rest


def decorated(n):
    total = 0
    for i in range(n):
        total += scale(i) + scale(i, 3) if i % 3 else scale(i)
        total += keywords(i)[0] + len(keywords(i, 1, 2)[1])
        if i % 500 == 499:
            total += scale(value=i, factor=i) + keywords(i, key=2, other=3)[2]
    return total


print([decorated(n) for n in (5, 3000)], scale.calls, keywords.calls, keywords(1, 2, key=3, k=4))


# Function objects of one code with other globals, other closures; code that is replaced.
spaces = [{"__builtins__": __builtins__, "base": n} for n in range(3)]
for space in spaces:
    exec("def shifted(x):\n    return x + base\ndef maker():\n    return lambda x: x * base", space)
shifts = [space["shifted"] for space in spaces]
code_of_first = type(shifts[0])
shifts += [code_of_first(shifts[0].__code__, space) for space in spaces]
made = [space["maker"]() for space in spaces]


def use(functions, n):
    total = 0
    for i in range(n):
        for function in functions:
            total += function(i)
    return total


print(use(shifts[:1], 1000), use(shifts, 1000), use(made, 1000), use(shifts + made, 100))
shifts[0].__code__ = (lambda x: -x).__code__
print(use(shifts[:1], 1000), use(shifts, 1000))


# Code that is gone.
def forgotten(round):
    total = 0
    for i in range(60):
        space = {}
        exec(f"def made(x):\n    return x + {i} + {round}", space)
        total += use([space["made"]], 30)
        del space
        if i % 20 == 0:
            gc.collect()
    return total


print([forgotten(round) for round in range(3)])


# Frames of what is built in place.
def deep(function, n):
    return function(n)


def failing(limit):
    def check(n):
        if n >= limit:
            raise ValueError(f"{n} of {limit}")
        return n

    return check


for n in range(1000):
    deep(failing(2000), n)
try:
    deep(failing(10), 10)
except ValueError:
    print(traceback.format_exc().count("in check"), [f.name for f in traceback.extract_tb(sys.exc_info()[2])])


def whoami():
    def inner(n):
        return sys._getframe().f_code.co_qualname, sys._getframe(1).f_code.co_name, n

    return inner


for n in range(500):
    found = deep(whoami(), n)
print(found)


def recursive():
    def down(n, itself):
        return 0 if n == 0 else 1 + itself(n - 1, itself)

    return down


down = recursive()
print([down(n, down) for n in (1, 5, 50, 300)])
try:
    down(10**6, down)
except RecursionError as error:
    print(error)
# expect: [910, 1820, 2730, 3600, 4500]
# expect: [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
# expect: 64669 49
# expect: [6, ('thing', 5), ('Thing', 5), ('static', 5), ('called', 5), '5', '0x5', None, 3]
# expect: [7, ('thing', 6), ('Thing', 6), ('static', 6), ('called', 6), '6', '0x6', None, 3, '<lambda>() takes 0 positional arguments but 1 was given', "<lambda>() missing 1 required positional argument: 'b'", (6,), (6, 3)]
# expect: [(6, [0, 1, 2], 3), (8997000, [0, 1, 2, 3, 4, 5, 6], 3000), (90, [0, 1, 2, 3, 4, 5, 6], 10)]
# expect: [2030580, 82879676000]
# expect: plain() plain() missing 1 required positional argument: 'a'
# expect: plain(1, a=2) plain() got multiple values for argument 'a'
# expect: plain(1, d=2) plain() got an unexpected keyword argument 'd'
# expect: rest() rest() missing 1 required positional argument: 'first'
# expect: area(1) 2
# expect: Thing(size=1, name=2, sort=3) Thing.__init__() got an unexpected keyword argument 'sort'
# expect: plain(1, 2, 3, 4) plain() takes from 1 to 3 positional arguments but 4 were given
# expect: 200920200
# expect: plain() missing 1 required positional argument: 'b'
# expect: 201103800 28
# expect: [61, 7006571] 5014 6016 (1, (2,), 3, {'k': 4})
# expect: 499500 3003000 1498500 45150
# expect: -499500 2004000
# expect: [79200, 81000, 82800]
# expect: 1 ['<module>', 'deep', 'check']
# expect: ('whoami.<locals>.inner', 'deep', 499)
# expect: [1, 5, 50, 300]
# expect: maximum recursion depth exceeded
