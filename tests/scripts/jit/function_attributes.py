"""Attributes of functions, and functions with defaults called through variables, in hot code."""

import functools


def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


@counted
def scale(value, factor=2, *, extra=0):
    return value * factor + extra


@counted
def shift(value, by=1):
    return value + by


def both(n):
    total = 0
    for i in range(n):
        total += scale(i) + shift(i) + scale(i, 3)
    return total


print(both(3000), scale.calls, shift.calls, scale(1, extra=5))  # expect: 26994000 6000 3000 7
scale.__wrapped__.__defaults__ = (10,)
print(both(100), shift.__wrapped__.__defaults__)  # expect: 69400 (1,)
shift.__wrapped__.__defaults__ = None
try:
    both(100)
except TypeError as e:
    print(e)  # expect: shift() missing 1 required positional argument: 'by'
shift.__wrapped__.__defaults__ = (5,)
print(both(2), scale.calls, shift.calls)  # expect: 24 6206 3103


def reads(f, n):
    found = []
    for i in range(n):
        if i == n - 2:
            del f.mark
        if i == n - 1:
            f.mark = "again"
        try:
            found.append(f.mark)
        except AttributeError as e:
            found.append(str(e))
    return found[0], found[-2:]


def marked():
    """Doc."""


marked.mark = 1
print(reads(marked, 2000))  # expect: (1, ["'function' object has no attribute 'mark'", 'again'])


def described(functions, n):
    last = None
    for i in range(n):
        f = functions[i % len(functions)]
        last = f.__name__, f.__doc__, f.mark, f.__dict__["mark"]
        f.mark = i
    return last


def other():
    pass


other.mark = marked.mark = 0
print(described([marked, other], 2001))  # expect: ('marked', 'Doc.', 1998, 1998)


class Callable:
    mark = "class"

    def __call__(self, value):
        return value


def mixed(things, n):
    total = []
    for i in range(n):
        total.append(things[i % len(things)].mark)
    return total[-3:]


print(mixed([marked, Callable(), other], 3000))  # expect: [2000, 'class', 1999]
marked.__dict__ = {"mark": "new"}
print(mixed([marked, Callable(), other], 3000))  # expect: ['new', 'class', 1999]
