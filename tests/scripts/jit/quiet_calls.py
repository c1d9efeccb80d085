"""Native functions that are called without preparations: unusual arguments, errors, code of the program behind them."""
import collections
import sys


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        log.append(sys._getframe(1).f_code.co_name)
        return isinstance(other, Key) and self.n == other.n or self.n == other

    def __index__(self):
        log.append("index")
        return self.n

    def __lt__(self, other):
        return self.n < other.n


log = []


def sets(values):
    s = set()
    for v in values:
        s.add(v)
        if v in s and len(s) > 5:
            s.discard(v)
    s.remove(values[0]) if values[0] in s else None
    return len(s)


def dicts(keys):
    d = {}
    for k in keys:
        d.setdefault(k, 0)
        d[k] = d.get(k, 0) + 1
        if len(d) > 6:
            d.pop(k)
            d.pop(k, None)
    return sorted(d.values())


def lists(indices):
    items = list(range(40))
    out = []
    for i in indices:
        items.insert(i, i)
        out.append(items.pop(i))
        out.extend([1, 2])
        out.extend(x for x in range(2))
        items.reverse()
    return len(out), items[:5], out.index(1), out.count(2)


numbers = [n % 11 for n in range(900)]
print(sets(numbers), dicts(numbers), lists(numbers))
print(sets(["a", 1, 2.5, None, (1, 2)] * 50), dicts(["a", 1, 2.5, None, (1, 2)] * 50))
keys = [Key(n) for n in numbers[:60]]
print(sets(keys), dicts(keys), lists(keys), len(log), sorted(set(log)))
print(sets(numbers + keys), dicts(keys + numbers), len(log))


def errors(n):
    found = []
    for i in range(n):
        try:
            [].pop()
        except IndexError as error:
            found.append(str(error))
        try:
            {}.pop(i)
        except KeyError as error:
            found.append(str(error))
        try:
            set().remove("x")
        except KeyError as error:
            found.append(str(error))
        try:
            {1}.add([])
        except TypeError as error:
            found.append(str(error))
        try:
            "a".startswith(i)
        except TypeError as error:
            found.append(str(error))
        try:
            int("x1")
        except ValueError as error:
            found.append(str(error))
    return len(found), found[-6:]


print(errors(300))


# Iterators that are taken as arguments are read once.
def joined(n):
    out = []
    for i in range(n):
        numbers = iter([str(i), "b", "c"])
        out.append("-".join(map(lambda v: v + "!", numbers)))
        out.append(",".join(numbers))
        out.append(sum(map(lambda v: v + 1, [1, 2])))
        out.append(max((x for x in (3, 1)), default=0))
        out.append(list(map(lambda v: v * 2, [i])))
        out.append(sorted([i, 2, 1], key=lambda v: -v))
        out.append(tuple(zip([1], map(str, [i]))))
    return out[-7:], len(out)


print(joined(400))


# Namespaces whose names are in registers.
total = 0
for i in range(500):
    total = total + i
    seen = globals().get("total")
    space = globals()
    copied = dict(space)["total"]
    if seen != total or copied != total or space.get("i") != i:
        print("stale", i)
print(total, seen, copied)
for i in range(300):
    globals().setdefault("later", i)
    globals().pop("later")
print("later" in globals())


def built(n):
    out = []
    for i in range(n):
        out = [set(), set([i]), dict(), dict(a=i), list("ab"), list(range(3)), tuple([i]), bytearray(2), str(i)]
        out += [int("12"), float(i), bool(i), frozenset([1]), bytes([1]), collections.deque([1], 3)]
    return out


print(built(300))


class Listish(list):
    def append(self, v):
        super().append(v * 2)


def push(target, n):
    for i in range(n):
        target.append(i)
        target.pop() if i % 2 else None
    return len(target), target[-1]


print(push([], 300), push(Listish(), 300), push(collections.deque(), 300), push(bytearray(), 200))


def least(rows):
    out = 0
    for row in rows:
        out += min(row[0], row[1], row[2]) + max(row[0], row[1])
    return out


print(least([[i, i % 7, 3] for i in range(900)]), least([[i * 0.5, 1.0, 2] for i in range(300)]))
print(least([[2**60, i, -(2**70)] for i in range(100)]), least([[True, i, 2.5] for i in range(100)]))
# expect: 4 [82, 82, 82, 82, 82, 82] (4500, [0, 1, 2, 3, 4], 1, 982)
# expect: 4 [50, 50, 50, 50, 50]
# expect: 4 [5, 6, 6, 6, 6, 6] (300, [0, 1, 2, 3, 4], 1, 66) 318 ['dicts', 'index', 'lists', 'sets']
# expect: 4 [87, 88, 88, 88, 88, 88] 1941
# expect: (1800, ['pop from empty list', '299', "'x'", "cannot use 'list' as a set element (unhashable type: 'list')", 'startswith first arg must be str or a tuple of str, not int', "invalid literal for int() with base 10: 'x1'"])
# expect: (['399!-b!-c!', '', 5, 3, [798], [399, 2, 1], ((1, '399'),)], 2800)
# expect: 124750 124750 124750
# expect: False
# expect: [set(), {299}, {}, {'a': 299}, ['a', 'b'], [0, 1, 2], (299,), bytearray(b'\x00\x00'), '299', 12, 299.0, True, frozenset({1}), b'\x01', deque([1], maxlen=3)]
# expect: (150, 298) (150, 596) (150, 298) (100, 198)
# expect: 406476 22725.0
# expect: -117943869921280445644800 5050
