"""Generator expressions that a builtin consumes on the spot run in the frame of the caller; nobody may be able to tell."""

import sys


def entries(e):
    tb, found = e.__traceback__, []
    while tb:
        code = tb.tb_frame.f_code
        line, end_line, start, end = list(code.co_positions())[tb.tb_lasti // 2]
        found.append((code.co_name, tb.tb_lineno - code.co_firstlineno, tb.tb_frame.f_lineno - tb.tb_lineno, end - start))
        tb = tb.tb_next
    return found[1:]


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as e:
        cause = e.__cause__
        return type(e).__name__, str(e), entries(e), cause and (type(cause).__name__, entries(cause))


def decides(x):
    return all(y > 2 for y in x), any(y > 2 for y in x)


for x in [], [1], [3], [3, 1], [1, 3]:
    print(decides(x))
# expect: (True, False)
# expect: (False, False)
# expect: (True, True)
# expect: (False, True)
# expect: (False, True)


def total(x):
    return sum(y * 2 for y in x if y)


for x in [], [1, 2, 0, 3], [0.05] * 10, [1, 0.5, 1j], [True, False], [2**61, 2**61, 2**62], [10**20, 0.05, 0.1]:
    print(total(x))
# expect: 0
# expect: 12
# expect: 1.0
# expect: (3+2j)
# expect: 2
# expect: 18446744073709551616
# expect: 2e+20
print(attempt(total, ["a"]))  # expect: ('TypeError', "unsupported operand type(s) for +: 'int' and 'str'", [('total', 1, 0, 26)], None)
print(sum([0.1] * 10), total([0.1] * 10), total([1e308, 1e308, -1e308]), total([1j, 0.1, 0.1, 0.1]))
# expect: 1.0 2.0 nan (0.6000000000000001+2j)


class Number:
    def __init__(self, n):
        self.n = n

    def __mul__(self, other):
        return self

    def __radd__(self, other):
        return f"{other}+{self.n}"


print(total([1, Number(5)]))  # expect: 2+5


def collected(x):
    return list(y for y in x), tuple(y for y in x), set(y for y in x), frozenset(y for y in x), sorted(-y for y in x)


print(collected([3, 1, 2, 1]))  # expect: ([3, 1, 2, 1], (3, 1, 2, 1), {1, 2, 3}, frozenset({1, 2, 3}), [-3, -2, -1, -1])


def unhashable(x):
    return set(
        y
        for y in x
    )


print(attempt(unhashable, [1, []]))
# expect: ('TypeError', "cannot use 'list' as a set element (unhashable type: 'list')", [('unhashable', 1, 0, -6)], None)
print(attempt(collected, [1, "a"])[:2])  # expect: ('TypeError', "bad operand type for unary -: 'str'")


def joined(separator, x):
    return separator.join(y for y in x)


class Joiner:
    def join(self, iterable):
        return type(iterable).__name__, list(iterable)


class Text(str):
    def join(self, iterable):
        return "mine", *iterable


print(joined("-", ["a", "b"]), joined(b"-", [b"a", b"b"]), joined("", []))  # expect: a-b b'a-b' 
print(joined(Joiner(), "ab"), joined(Text("+"), "ab"))  # expect: ('generator', ['a', 'b']) ('mine', 'a', 'b')
print(attempt(joined, ",", ["a", 1])[:2])  # expect: ('TypeError', 'sequence item 1: expected str instance, int found')
print(attempt(joined, 5, ["a", 1])[:2])  # expect: ('AttributeError', "'int' object has no attribute 'join'")


def octets(x):
    return bytes(y for y in x)


print(octets([0, 255, True]), attempt(octets, [1, 256]), attempt(octets, [-1])[1], attempt(octets, [1, "a"]))
# expect: b'\x00\xff\x01' ('ValueError', 'bytes must be in range(0, 256)', [('octets', 1, 0, 19)], None) bytes must be in range(0, 256) ('TypeError', "'str' object cannot be interpreted as an integer", [('octets', 1, 0, 19)], None)


def late(x):
    for y in x:
        print("item", y)
        yield y


print(attempt(octets, late([1, 300, 2]))[1])
# expect: item 1
# expect: item 300
# expect: bytes must be in range(0, 256)


def divided(x):
    return 1 + sum(
        1 / y
        for y in x
    )


print(attempt(divided, [1, 0]))  # expect: ('ZeroDivisionError', 'division by zero', [('divided', 1, 0, -10), ('<genexpr>', 1, 0, 5)], None)


def nested(rows):
    return sum(1 for row in rows if all(6 // y for y in row))


print(nested([[1, 2], [7, 1], [3]]), attempt(nested, [[1], [2, 0]]))
# expect: 2 ('ZeroDivisionError', 'division by zero', [('nested', 1, 0, 50), ('<genexpr>', 0, 0, 3), ('<genexpr>', 0, 0, 6)], None)


def stopped(iterators):
    return list(next(y) for y in iterators)


print(attempt(stopped, [iter("a"), iter("")]))
# expect: ('RuntimeError', 'generator raised StopIteration', [('stopped', 1, 0, 32)], ('StopIteration', []))


def stopped_source():
    def source():
        yield 1
        raise ValueError("source")

    return tuple(y for y in source())


print(attempt(stopped_source))
# expect: ('ValueError', 'source', [('stopped_source', 5, 0, 5), ('<genexpr>', 0, 0, 8), ('source', 2, 0, 26)], None)


def caught(iterators):
    try:
        return [next(y) for y in iterators], list(next(y) for y in iterators)
    except StopIteration:
        return "StopIteration"
    except RuntimeError as e:
        return repr(e), repr(e.__cause__)


print(caught([iter("ab")]), caught([iter("a")]), caught([iter("")]))
# expect: (['a'], ['b']) ("RuntimeError('generator raised StopIteration')", 'StopIteration()') StopIteration


def bad_iterable(x):
    return any(y for y in x)


print(attempt(bad_iterable, 5))  # expect: ('TypeError', "'int' object is not iterable", [('bad_iterable', 1, 0, 1)], None)


class Odd:
    def __bool__(self):
        raise ValueError("no truth")


print(attempt(bad_iterable, [0, Odd()]))  # expect: ('ValueError', 'no truth', [('bad_iterable', 1, 0, 3), ('__bool__', 1, 0, 28)], None)


def shadowed():
    sum = lambda iterable: type(iterable).__name__
    return sum(x for x in [1])


print(shadowed())  # expect: generator


def replaced():
    global any
    any = list
    try:
        return decides([1, 3])
    finally:
        del any


print(replaced(), decides([1, 3]))  # expect: (False, [False, True]) (False, True)


def walrus(x):
    hit = None
    if any((hit := y) > 2 for y in x):
        return hit
    return hit, "none"


print(walrus([1, 5, 2]), walrus([1, 2]))  # expect: 5 (2, 'none')


def captured(x, k):
    return [h() for h in list((lambda: y + k) for y in x)], sum(f() for f in [lambda: y * k for y in x])


print(captured([1, 2], 10))  # expect: ([12, 12], 40)


def looks(x):
    secret = 1
    return list(sorted(locals()) for y in x)


print(looks([1]))  # expect: [['.0', 'y']]


def own_names(x):
    y = "outer"
    result = sum(y for y in x), y
    return result


print(own_names([1, 2]))  # expect: (3, 'outer')


class Inside:
    k = 3
    total = sum(y for y in range(k))


print(Inside.total, sum(y for y in range(5)), "".join(c for c in "module"))  # expect: 3 10 module


def generates(x):
    yield sum(y for y in x)
    yield any(y for y in x)
    yield [sum(z for z in y) for y in [x, x]]


print(list(generates([1, 2])))  # expect: [3, True, [3, 3]]


async def coroutine(x):
    return sum(y for y in x), tuple(y for y in x)


try:
    coroutine([1, 2]).send(None)
except StopIteration as e:
    print(e.value)  # expect: (3, (1, 2))


def deep(n):
    return n and sum(deep(n - 1) for _ in range(1)) + 1


print(deep(50), attempt(deep, 10**6)[0])  # expect: 50 RecursionError


def pairs(m):
    return sum(a * b for a in m for b in m if a < b), dict(enumerate(tuple(a for a, b in zip(m, m[1:]))))


print(pairs([1, 2, 3]))  # expect: (11, {0: 1, 1: 2})


def changes(n):
    """Totals of one kind, then of another, in code that is compiled for the first."""
    values = [1] * 300 + [0.5, 2, 1j]
    return [sum(v for v in values[: 300 + k]) for k in range(n)]


for _ in range(30):
    last = changes(4)
print(last)  # expect: [300, 300.5, 302.5, (302.5+1j)]


def traced(x):
    return all(y for y in x), sum(y for y in x)


calls = []
sys.setprofile(lambda frame, event, arg: calls.append((event, frame.f_code.co_name)))
traced([1])
sys.setprofile(None)
print([c for c in calls if c[1] == "<genexpr>"])
# expect: [('call', '<genexpr>'), ('return', '<genexpr>'), ('call', '<genexpr>'), ('return', '<genexpr>'), ('call', '<genexpr>'), ('return', '<genexpr>'), ('call', '<genexpr>'), ('return', '<genexpr>')]


def left(x):
    any(y for y in x)
    early = locals()
    try:
        sum(1 / y for y in x)
    except ZeroDivisionError as e:
        return early, sorted(locals()), attempt(left_open, x)[2]


def left_open(x):
    return [1 / y for y in x]


print(left([0, 1]))  # expect: ({'x': [0, 1]}, ['e', 'early', 'x'], [('left_open', 1, 0, 5)])


def post_mortem(x):
    try:
        left_open(x)
    except ZeroDivisionError as e:
        return e.__traceback__.tb_next.tb_frame.f_locals


print(post_mortem([1, 0]))  # expect: {'x': [1, 0]}


def unbound(x):
    if not x:
        later = 1
    found = [attempt(lambda: sum(later + y for y in x))[:2]]
    try:
        sum(later + y for y in x)
    except NameError as e:
        found.append((type(e).__name__, str(e), e.name))
    try:
        sum(y for y in later)
    except NameError as e:
        found.append((type(e).__name__, str(e), e.name))
    return found


for entry in unbound([1]):
    print(entry)
# expect: ('NameError', "cannot access free variable 'later' where it is not associated with a value in enclosing scope")
# expect: ('NameError', "cannot access free variable 'later' where it is not associated with a value in enclosing scope", 'later')
# expect: ('UnboundLocalError', "cannot access local variable 'later' where it is not associated with a value", None)


def deeper(depth, depths):
    """Where the recursion limit is reached, generator expressions count as the frames that they are elsewhere."""
    depths[0] = depth
    if any(x for x in (0, 0)):
        return depth
    return deeper(depth + 1, depths)


def lines_of_limit():
    last = set()
    for _ in range(30):
        try:
            deeper(0, [0])
        except RecursionError as error:
            traceback = error.__traceback__
            while traceback.tb_next:
                traceback = traceback.tb_next
            last.add(traceback.tb_frame.f_code.co_name)
            last.add(traceback.tb_lineno - deeper.__code__.co_firstlineno)
    return sorted(last, key=str)


print(lines_of_limit())  # expect: [3, 'deeper']
