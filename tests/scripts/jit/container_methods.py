# Methods of sets, dicts and lists in loops: the usual keys, keys that run code, what is missing, other receivers.
class Key:
    hashed = 0

    def __init__(self, n):
        self.n = n

    def __hash__(self):
        Key.hashed += 1
        return hash(self.n)

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n


def fill(keys):
    found = set()
    for key in keys:
        found.add(key)
    return found


def empty(found, keys):
    for key in keys:
        found.discard(key)
    return len(found)


def take(found, keys):
    taken = 0
    for key in keys:
        try:
            found.remove(key)
            taken += 1
        except KeyError as e:
            assert e.args == (key,)
    return taken


def tally(keys):
    counts, groups = {}, {}
    for i, key in enumerate(keys):
        counts[key] = counts.get(key, 0) + 1
        groups.setdefault(key, []).append(i)
        if counts.get(key) is None or counts.get((key, "no"), "none") != "none":
            raise AssertionError
    assert [len(g) for g in groups.values()] == list(counts.values())
    return sum(counts.values()), len(counts)


def drain(stack):
    total = 0
    while True:
        try:
            total += stack.pop()
        except IndexError as e:
            return total, str(e)


KINDS = [
    list(range(300)) + list(range(100)),
    [i * 1024 - 5000 for i in range(200)] * 2,
    [str(i % 50) for i in range(300)],
    [(i % 7, i % 11) for i in range(300)],
    [(i % 7, (str(i % 11), None)) for i in range(300)],
    [i / 2 for i in range(100)] + list(range(50)),
    [1 << (i % 90) for i in range(300)],
    [None, True, False, 0, 1, 2] * 40,
]
for keys in KINDS:
    found = fill(keys)
    print(len(found), tally(keys), take(found, keys[::3]), empty(found, keys), len(fill(keys)))
# expect: 300 (400, 300) 100 0 300
# expect: 200 (400, 200) 134 0 200
# expect: 50 (300, 50) 50 0 50
# expect: 77 (300, 77) 77 0 77
# expect: 77 (300, 77) 77 0 77
# expect: 100 (150, 100) 50 0 100
# expect: 90 (300, 90) 30 0 90
# expect: 4 (240, 4) 2 0 4

keys = [Key(i % 40) for i in range(200)]
found = fill(keys)
print(len(found), tally(keys), take(found, keys[::3]), empty(found, keys), Key.hashed > 800)  # expect: 40 (200, 40) 40 0 True
for _ in range(3):
    print(drain(list(range(500))), drain([i / 2 for i in range(50)]), drain([]))
# expect: (124750, 'pop from empty list') (612.5, 'pop from empty list') (0, 'pop from empty list')
# expect: (124750, 'pop from empty list') (612.5, 'pop from empty list') (0, 'pop from empty list')
# expect: (124750, 'pop from empty list') (612.5, 'pop from empty list') (0, 'pop from empty list')


# What cannot be hashed raises each time, and changes nothing.
def wrong(found, counts, key):
    texts = []
    for action in (0, 1, 2, 3, 4):
        try:
            if action == 0:
                found.add(key)
            elif action == 1:
                found.discard(key)
            elif action == 2:
                found.remove(key)
            elif action == 3:
                counts.get(key)
            else:
                counts.setdefault(key, 1)
        except (KeyError, TypeError) as e:
            texts.append(str(e))
    return texts


for i in range(200):
    wrong({1}, {1: 1}, i)
found, counts = {1, 2}, {1: 2}
print(*sorted(set(wrong(found, counts, []))), sep="\n")
# expect: cannot use 'list' as a dict key (unhashable type: 'list')
# expect: cannot use 'list' as a set element (unhashable type: 'list')
print(len(wrong(found, counts, [])), found, counts)  # expect: 5 {1, 2} {1: 2}
print(len(wrong(found, counts, {1: 2})), len(wrong(found, counts, (1, []))), found, counts)  # expect: 5 5 {1, 2} {1: 2}


# A set as an element of `discard` and `remove` stands for the frozenset.
def drop(found, element):
    for _ in range(100):
        found.discard(element)
    return len(found)


print(drop({1, 2}, 1), drop({frozenset({1}), 2}, {1}), drop({frozenset({1}), 2}, frozenset({1})))  # expect: 1 1 1


# Subclasses with methods of their own, and classes that look alike.
class Loud(set):
    def add(self, item):
        super().add(("loud", item))


class Missing(dict):
    def get(self, key, default=None):
        return "missing"


class Alike:
    def __init__(self):
        self.items = []

    def add(self, item):
        self.items.append(item)

    def get(self, key, default=None):
        return key, default


def put(container, item):
    container.add(item)
    return container


def ask(container, key):
    return container.get(key, 5)


for _ in range(300):
    put(set(), 1)
    ask({1: 2}, 1)
print(put(set(), 1), put(Loud(), 1), put(Alike(), 1).items)  # expect: {1} Loud({('loud', 1)}) [1]
print(ask({1: 2}, 1), ask({1: 2}, 3), ask(Missing(), 1), ask(Alike(), 1))  # expect: 2 5 missing (1, 5)


# Names of a namespace that is changed through its dict.
LIMIT = 10


def change_names():
    names, total = globals(), 0
    for i in range(300):
        total += LIMIT
        names.setdefault("LIMIT", 0)
        names.setdefault("LATER", i)
        total += names.get("LIMIT", 0)
        if i == 150:
            names["LIMIT"] = 1
    return total, LATER


print(change_names())  # expect: (3318, 0)
