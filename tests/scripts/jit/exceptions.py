"""Exceptions and tracebacks through machine code."""
import traceback


def inner(items, i):
    return items[i] * 2


def middle(items, n):
    s = 0
    for i in range(n):
        s += inner(items, i)
    return s


def outer(items, n):
    try:
        return middle(items, n)
    except IndexError as e:
        return [f"{f.name}:{f.lineno}" for f in traceback.extract_tb(e.__traceback__)], str(e)
    finally:
        items.append(0)


data = list(range(80))
print(outer(data, 80))
print(outer(data, 200))


def raising(n):
    caught = 0
    for i in range(n):
        try:
            if i % 9 == 0:
                raise ValueError(i)
            caught += 1
        except ValueError as e:
            caught += e.args[0]
    return caught


print(raising(200))


def deep(n):
    if n == 0:
        return 1 // n
    return deep(n - 1) + 1


def catch(n):
    try:
        return deep(n)
    except ZeroDivisionError as e:
        depth = 0
        tb = e.__traceback__
        while tb:
            depth += 1
            tb = tb.tb_next
        return depth


print([catch(k) for k in range(30)])


def finals(n):
    log = 0
    for i in range(n):
        try:
            try:
                log += [1, 2, 3][i % 4]
            finally:
                log += 10
        except IndexError:
            log += 100
    return log


print(finals(100))


def iterate(it):
    s = 0
    for x in it:
        s += x
    return s


class Bad:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n == 5:
            raise KeyError("five")
        if self.n < 0:
            raise StopIteration
        return self.n


print(iterate(range(100)), iterate([1.5] * 80), iterate(x for x in range(90)), iterate({1: 2, 3: 4}), iterate((1, 2, 3)))
for n in (4, 90):
    try:
        print(iterate(Bad(n)))
    except KeyError as e:
        print("KeyError", e)


def attribute(o, n):
    s = 0
    for _ in range(n):
        s += o.value
    return s


class O:
    pass


o = O()
o.value = 3
print(attribute(o, 100))
del o.value
try:
    attribute(o, 3)
except AttributeError as e:
    print(e)
O.value = 5
print(attribute(o, 100))
O.value = property(lambda self: 7)
print(attribute(o, 100))


def compare_raises(x, n):
    k = 0
    for i in range(n):
        if x < i:
            k += 1
    return k


print(compare_raises(50, 100))
try:
    compare_raises("a", 5)
except TypeError as e:
    print(e)
try:
    middle(data, None)
except TypeError as e:
    print(e)


def last(n):
    t = 0
    for i in range(n):
        t += 10 // (n - 1 - i)
    return t


last(100)
# raises: ZeroDivisionError: division by zero
# expect: 6320
# expect: (['outer:18', 'middle:12', 'inner:6'], 'list index out of range')
# expect: 2454
# expect: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]
# expect: 3650
# expect: 4950 120.0 4005 4 6
# expect: 6
# expect: KeyError 'five'
# expect: 300
# expect: 'O' object has no attribute 'value'
# expect: 500
# expect: 700
# expect: 49
# expect: '<' not supported between instances of 'str' and 'int'
# expect: 'NoneType' object cannot be interpreted as an integer
