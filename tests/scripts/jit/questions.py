"""Truth, length, items, membership and comparison of all kinds of values at sites that are compiled."""


class Odd:
    """Defines everything that the runtime must not answer on its own."""

    def __init__(self, n):
        self.n = n

    def __bool__(self):
        return self.n % 2 == 1

    def __len__(self):
        return self.n

    def __eq__(self, other):
        return isinstance(other, Odd) and self.n == other.n

    def __hash__(self):
        return hash(self.n)

    def __contains__(self, item):
        return item == self.n

    def __getitem__(self, key):
        return key * self.n

    def __add__(self, other):
        return self.n + 1


class Plain:
    pass


def truth(values):
    return [1 if v else 0 for v in values], [not v for v in values]


def lengths(values):
    return [len(v) for v in values]


def equal(pairs):
    return [(a == b, a != b) for a, b in pairs]


def less(pairs):
    return [a < b for a, b in pairs]


def member(pairs):
    return [(a in b, a not in b) for a, b in pairs]


def item(pairs):
    return [a[b] for a, b in pairs]


def joined(pairs):
    out = []
    for a, b in pairs:
        a += b
        out.append(a)
    return out


one, two = Plain(), Plain()
nan = float("nan")
values = [0, 1, 2.5, 0.0, "", "x", [], [0], {}, {1: 2}, (), (0,), None, True, False, b"", b"a", set(), {1}, one, 10**30, print]
odd = [Odd(0), Odd(1), Odd(2)]
equals = [(1, 1.0), (1, True), ("a", "a"), ("a", "b"), ("ab", "a" + "b"), ("é", "é"), (None, None), (None, 0), (one, one), (one, two), ((1, 2), (1, 2)),
          ((1, "a"), (1, "b")), (10**30, 10**30), (nan, nan), ("1", 1), (b"a", b"a"), (True, False), (one, 3)]
orders = [(1, 2), (2, 1), (1, 1.5), ("a", "b"), ("b", "a"), (True, 2), (10**30, 1.0), (b"a", b"b"), ((1, 2), (1, 3)), ([1], [2])]
members = [(1, {1, 2}), (3, {1}), ("a", "abc"), ("", "abc"), (1, [0, 1]), (1.0, (1, 2)), (None, (None,)), (None, ("a", "b")), (one, [two, one]),
           (one, {one: 1}), ((1, 2), {(1, 2): 3}), (5, range(9)), (nan, [nan]), (1, frozenset({1})), (True, {1: 1}), ("k", {"k": 0})]
items = [("abc", 1), ("abc", -1), ({1: 2}, 1), ({"a": 5}, "a"), ([7, 8], -1), ((7, 8), 0), (b"abc", 1), ("aé€", 2), ({(1, 2): 3}, (1, 2)), (range(5), 2)]
sums = [("a", "b"), ("é", "€"), ((1,), (2,)), ([1], [2]), (1, 2), (1.5, 2), ("", "x"), (Odd(3), 4)]

for _ in range(60):
    first = truth(values), lengths(["abc", [1], {}, (1, 2), b"ab", {1}, range(4)]), equal(equals), less(orders), member(members), item(items)
print(first)
for _ in range(300):
    second = truth(values + odd), lengths(odd), equal([(odd[0], odd[1]), (odd[1], Odd(1))]), member([(1, odd[1]), (odd[1], [odd[0], Odd(1)])])
print(second, item([(odd[2], 4), ("abc", 0)]))
print([joined([(list(p[0]), p[1]) if isinstance(p[0], list) else p for p in sums]) for _ in range(200)][-1])

for bad in (lambda: item([({}, 1)]), lambda: item([("abc", 5)]), lambda: item([([1], "x")]), lambda: less([(1, "a")]), lambda: lengths([5]),
            lambda: member([(1, 5)]), lambda: member([([], {})]), lambda: joined([("a", 1)]), lambda: item([({}, [])])):
    messages = set()
    for _ in range(150):
        try:
            bad()
        except Exception as error:
            messages.add(f"{type(error).__name__}: {error}")
    print(sorted(messages))


def namespace(n):
    """Stores into the globals by another way than by name."""
    global counter
    counter = 0
    space = globals()
    for i in range(n):
        counter += 1
        space["counter"] = counter + 1
        if space["counter"] != counter:
            return "different"
    return counter


print(namespace(3000))


def builtins(n):
    total = 0
    for i in range(n):
        total += min(i, 7, i % 5) + max(i % 3, 1) + abs(-i) + abs(i - 40) + ord("é") + ord(chr(i % 200)) + len("ab")
        total += max(1.5, i * 0.25) + min(0.5, -0.0) + abs(-1.5) + isinstance(i, int) + isinstance(i, (str, float))
    return total


print(builtins(3000), min(True, 2), max([3, 1, 2]), min("b", "a"), abs(-(2**48)), abs(2**62), abs(-(2**63)))
for _ in range(200):
    try:
        ord("ab")
    except TypeError as error:
        message = str(error)
    wide = ord("€"), chr(0x20AC), chr(255)
print(message, wide)


def growing(n):
    """A dict that a loop fills while another name refers to it."""
    table = {}
    same = table
    for i in range(n):
        table[i % 17] = table.get(i % 17, 0) + 1
        same[str(i % 5)] = i
        table[(i % 3, "k")] = i
    return len(same), same["4"], same[(0, "k")], sorted(k for k in table if isinstance(k, int))


print(growing(3000))

# expect: (([0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1], [True, False, False, True, True, False, True, False, True, False, True, False, True, False, True, True, False, True, False, False, False, False]), [3, 1, 0, 2, 2, 1, 4], [(True, False), (True, False), (True, False), (False, True), (True, False), (True, False), (True, False), (False, True), (True, False), (False, True), (True, False), (False, True), (True, False), (False, True), (False, True), (True, False), (False, True), (False, True)], [True, False, True, True, False, True, False, True, True, True], [(True, False), (False, True), (True, False), (True, False), (True, False), (True, False), (True, False), (False, True), (True, False), (True, False), (True, False), (True, False), (True, False), (True, False), (True, False), (True, False)], ['b', 'c', 2, 5, 8, 7, 98, '€', 3, 2])
# expect: (([0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0], [True, False, False, True, True, False, True, False, True, False, True, False, True, False, True, True, False, True, False, False, False, False, True, False, True]), [0, 1, 2], [(False, True), (True, False)], [(True, False), (True, False)]) [8, 'a']
# expect: ['ab', 'é€', (1, 2), [1, 2], 3, 3.5, 'x', 4]
# expect: ['KeyError: 1']
# expect: ['IndexError: string index out of range']
# expect: ['TypeError: list indices must be integers or slices, not str']
# expect: ["TypeError: '<' not supported between instances of 'int' and 'str'"]
# expect: ["TypeError: object of type 'int' has no len()"]
# expect: ["TypeError: argument of type 'int' is not a container or iterable"]
# expect: ["TypeError: cannot use 'list' as a dict key (unhashable type: 'list')"]
# expect: ['TypeError: can only concatenate str (not "int") to str']
# expect: ["TypeError: cannot use 'list' as a dict key (unhashable type: 'list')"]
# expect: 6000
# expect: 11024270.25 True 3 a 281474976710656 4611686018427387904 9223372036854775808
# expect: ord() expected a character, but string of length 2 found (8364, '€', 'ÿ')
# expect: (25, 2999, 2997, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
