# Sets and dicts under keys that come and go, keys whose comparison changes the table, and removal while iterating.
import random


# Many rounds of adding and removing agree with a list kept beside the set.
def churn(make_key, span, rounds, seed):
    rng = random.Random(seed)
    keys = [make_key(i) for i in range(span)]
    table, mapping, model = set(), {}, {}
    for step in range(rounds):
        i = rng.randrange(span)
        if rng.random() < 0.5:
            table.add(keys[i])
            mapping[keys[i]] = step
            model[i] = step
        else:
            assert (keys[i] in table) == (i in model), (i, step)
            table.discard(keys[i])
            assert mapping.pop(keys[i], None) == model.pop(i, None)
        assert len(table) == len(model) == len(mapping)
        if step % 97 == 0:
            assert sorted(map(repr, table)) == sorted(repr(keys[i]) for i in model)
            assert all((keys[i] in table) == (i in model) == (keys[i] in mapping) for i in range(span))
            assert {k: mapping[k] for k in mapping} == {keys[i]: model[i] for i in model}
    return True


class Clash:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n % 3

    def __eq__(self, other):
        return isinstance(other, Clash) and self.n == other.n

    def __repr__(self):
        return f"Clash({self.n})"


KEYS = {
    "small": lambda i: i,
    "negative": lambda i: i - 12,
    "multiples": lambda i: i * 64,
    "high bits": lambda i: i << 40,
    "big": lambda i: i + (1 << 70),
    "floats": lambda i: i / 4,
    "strings": lambda i: "k" * (i % 5) + str(i),
    "pairs": lambda i: (i, i * 7 % 11),
    "mixed pairs": lambda i: (i, str(i), None, 0.5),
    "nested": lambda i: ((i, i), i),
    "mixed": lambda i: (i, float(i) + 0.5, str(i), (i,), -i - 1)[i % 5],
    "clashing": Clash,
}
for name, make_key in KEYS.items():
    for span in (5, 25, 120):
        assert churn(make_key, span, 1500, span), name
print("churned")  # expect: churned


# A window that moves over the ints: one comes, one goes.
window = set()
for i in range(5000):
    window.add(i * 3)
    if i >= 10:
        window.remove((i - 10) * 3)
print(sorted(window), len(window))  # expect: [14970, 14973, 14976, 14979, 14982, 14985, 14988, 14991, 14994, 14997] 10
for _ in range(3):
    window.clear()
    window.update(range(40))
    while window:
        popped = window.pop()
        assert popped not in window
        if popped % 3 == 0:
            window.add(popped + 1000)
            window.remove(popped + 1000)
    assert 5 not in window
    window.add(5)
    assert window == {5} and 6 not in window
print(window)  # expect: {5}

# What is left is in the order it was in.
numbers = set(range(20))
for gone in (0, 3, 4, 5, 19, 12):
    numbers.discard(gone)
print(numbers)  # expect: {1, 2, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18}
numbers = {0, 32, 64, 1, 33, 2}
numbers.discard(0)
print(numbers == {1, 2, 32, 33, 64}, 64 in numbers, 33 in numbers, 0 in numbers)  # expect: True True True False
numbers = {-1, -2, -3, 1, 2}
numbers.remove(-1)
print(-2 in numbers, -1 in numbers, len(numbers))  # expect: True False 4


# Keys whose comparison changes the set or dict that is searched.
class Meddler:
    def __init__(self, name, value, action=None):
        self.name, self.value, self.action = name, value, action

    def __hash__(self):
        return self.value

    def __eq__(self, other):
        action, self.action = self.action, None
        if action:
            action()
        return isinstance(other, Meddler) and self.name == other.name


def meddle(action, kind):
    """Adds to a table in which the comparison of an older key does something to the table."""
    table = kind()
    store = table.add if kind is set else lambda k: table.__setitem__(k, k)
    drop = table.discard if kind is set else lambda k: table.pop(k, None)
    first, second = Meddler("first", 5), Meddler("second", 5)
    gap = Meddler("gap", 5)
    store(gap)
    store(first)
    drop(gap)
    first.action = lambda: action(table, store, drop)
    store(second)
    names = sorted(k.name if isinstance(k, Meddler) else str(k) for k in table)
    assert len(table) == len(names) == sum(1 for _ in table)
    assert all(k in table for k in list(table))
    return names


def fill_the_gap(table, store, drop):
    store(Meddler("third", 5))


def remove_first(table, store, drop):
    drop(Meddler("first", 5))


def grow(table, store, drop):
    for i in range(100):
        store(i)
    for i in range(100):
        drop(i)


def clear(table, store, drop):
    table.clear()


for kind in (set, dict):
    print(meddle(fill_the_gap, kind))  # expect: ['first', 'second', 'third']
    print(meddle(remove_first, kind))  # expect: ['second']
    print(meddle(grow, kind))  # expect: ['first', 'second']
    print(meddle(clear, kind))  # expect: ['second']
# expect: ['first', 'second', 'third']
# expect: ['second']
# expect: ['first', 'second']
# expect: ['second']


# A comparison that raises leaves the table as it was; so does a hash that raises.
class Angry:
    def __init__(self, hash_too=False):
        self.hash_too = hash_too

    def __hash__(self):
        if self.hash_too:
            raise KeyError("no hash")
        return 7

    def __eq__(self, other):
        raise ValueError("no comparison")


for table in ({7, 8}, {7: 1, 8: 2}):
    for question in (lambda k: k in table, lambda k: table.pop(k) if isinstance(table, dict) else table.remove(k)):
        for key in (Angry(), Angry(True), (1, Angry(True)), [], (1, [])):
            try:
                question(key)
            except Exception as e:
                print(type(e).__name__, e)
            assert len(table) == 2 and 7 in table and 8 in table
# expect: ValueError no comparison
# expect: KeyError 'no hash'
# expect: KeyError 'no hash'
# expect: TypeError cannot use 'list' as a set element (unhashable type: 'list')
# expect: TypeError cannot use 'tuple' as a set element (unhashable type: 'list')
# expect: ValueError no comparison
# expect: KeyError 'no hash'
# expect: KeyError 'no hash'
# expect: TypeError cannot use 'list' as a set element (unhashable type: 'list')
# expect: TypeError cannot use 'tuple' as a set element (unhashable type: 'list')
# expect: ValueError no comparison
# expect: KeyError 'no hash'
# expect: KeyError 'no hash'
# expect: TypeError cannot use 'list' as a dict key (unhashable type: 'list')
# expect: TypeError cannot use 'tuple' as a dict key (unhashable type: 'list')
# expect: ValueError no comparison
# expect: KeyError 'no hash'
# expect: KeyError 'no hash'
# expect: TypeError cannot use 'list' as a dict key (unhashable type: 'list')
# expect: TypeError cannot use 'tuple' as a dict key (unhashable type: 'list')


# Tuples as keys: equal items of other types, NaN by identity, subclasses, tuples in tuples.
nan = float("nan")
class Pair(tuple):
    def __hash__(self):
        return hash((1, 2))

    def __eq__(self, other):
        return False

    __lt__ = None


pairs = {(1, 2): "ints", (nan, 1): "nan", ("a", "b"): "strings", ((1,), 2): "nested", (None, True): "singletons"}
print(pairs[1.0, 2], pairs[True, 2], pairs["".join(["a"]), "b"], pairs[(1.0,), 2.0], pairs[None, 1])  # expect: ints ints strings nested singletons
print(pairs.get((nan, 1)), pairs.get((0.5, 1)), Pair((1, 2)) in pairs, (1, 2, 3) in pairs, (1,) in pairs)  # expect: nan None False False False
keys = {(i, j) for i in range(30) for j in range(30)}
print(len(keys), all((i, j) in keys for i in range(30) for j in range(30)), (30, 0) in keys, (0.0, 29.0) in keys)  # expect: 900 True False True
odd = {1: "a", "1": "b", (1,): "c", -1: "d", -2: "e", 2**48: "f", -(2**48): "g", 2**60: "h"}
print(odd[1.0], odd["1"], odd[True,], odd[-1], odd[-2], odd[2**48], odd[-(2**48)], odd[float(2**60)], -3 in odd)  # expect: a b c d e f g h False


# Removal while iterating.
def iterate(table, change):
    seen = 0
    try:
        for key in table:
            seen += 1
            change(table, key)
    except RuntimeError as e:
        return seen, str(e)
    return seen


print(iterate(set(range(10)), set.discard))  # expect: (1, 'Set changed size during iteration')
print(iterate(set(range(10)), lambda s, k: s.add(k + 100)))  # expect: (1, 'Set changed size during iteration')
print(iterate({1}, set.discard))  # expect: (1, 'Set changed size during iteration')
print(iterate({i: i for i in range(10)}, dict.pop))  # expect: (1, 'dictionary changed size during iteration')
numbers = set(range(50))
for n in list(numbers):
    if n % 3:
        numbers.remove(n)
print(len(numbers), sum(numbers))  # expect: 17 408


# `in` on other things.
def ask(container, items):
    return [item in container for item in items]


for _ in range(3):
    answers = (
        ask("hello", ["h", "o", "x", "", "ell", "hello!", "\xe9", "\u0416"]),
        ask("caf\xe9", ["\xe9", "e", "\u0416"]),
        ask("\u0416\u0417a", ["\u0416", "a", "\u0417a", "b", "\xe9"]),
        ask("long" * 10 + "x", ["x", "y", "gl"]),
        ask((1, "a", nan, (1, 2)), [1.0, "a", nan, 0.5, (1, 2), (1, 2.0), None]),
        ask([1, "a", nan, (1, 2)], [True, "b", nan, 0.5, (1, 2), (2, 1), None]),
    )
for answer in answers:
    print(*map(int, answer))
# expect: 1 1 0 1 1 0 0 0
# expect: 1 0 0
# expect: 1 1 1 0 0
# expect: 1 0 1
# expect: 1 1 1 0 1 1 0
# expect: 1 0 1 0 1 0 0
try:
    ask("hello", ["h", 1])
except TypeError as e:
    print(e)  # expect: 'in <string>' requires string as left operand, not int
