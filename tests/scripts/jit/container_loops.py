# Loops over sets, dicts and strings in compiled code, comprehensions that build sets and dicts, and containers that change meanwhile.
def total(container):
    result = 0
    for item in container:
        result += item
    return result


def letters(text):
    out = []
    for c in text:
        out.append(c.upper())
    return "".join(out)


def pairs(container):
    result = 0
    for a, b in container:
        result += a * b
    return result


numbers = {i: i * 2 for i in range(200)}
for _ in range(30):
    totals = total(set(range(200))), total(frozenset(range(200))), total(numbers), total(numbers.values()), total(numbers.keys())
    texts = letters("stra\xdfe \u0434\u043e\u043c \U0001f40d"), letters(""), letters("x" * 100)[-3:]
    sums = pairs({(1, 2), (3, 4)}), pairs({(1, 2): 3, (5, 6): 7}), pairs(numbers.items()), pairs(["ab"][:0]), total(set()), total({})
print(totals)  # expect: (19900, 19900, 19900, 39800, 19900)
print(ascii(texts))  # expect: ('STRASSE \u0414\u041e\u041c \U0001f40d', '', 'XXX')
print(sums)  # expect: (14, 32, 5293400, 0, 0, 0)
print(total([1, 2]), total((1, 2)), total(i for i in (1, 2)), total(range(3)), total(b"ab"), total({}.items()))  # expect: 3 3 3 3 195 0
try:
    total("ab")
except TypeError as e:
    print(e)  # expect: unsupported operand type(s) for +=: 'int' and 'str'


# Changes of size are found at the next step, and again after that.
def grow(container, at, put):
    seen = 0
    for item in container:
        seen += 1
        if seen == at:
            put(container)
    return seen


def attempt(container, at, put):
    try:
        return grow(container, at, put)
    except RuntimeError as e:
        return str(e)


for at in (0, 40):
    put_in_set, put_in_dict = (lambda s: s.add("new")), (lambda d: d.setdefault("new", 1))
    for _ in range(60):
        results = attempt(set(range(40)), at, put_in_set), attempt(dict.fromkeys(range(40)), at, put_in_dict)
    print(*results, sep=" / ")
# expect: 40 / 40
# expect: Set changed size during iteration / dictionary changed size during iteration
print(attempt(set(range(40)), 7, lambda s: s.remove(0)), attempt({1: 2, 3: 4}, 1, lambda d: d.pop(1)))  # expect: Set changed size during iteration dictionary changed size during iteration
print(attempt({1: 2, 3: 4}, 1, dict.clear), attempt({1, 2}, 1, set.clear))  # expect: dictionary changed size during iteration Set changed size during iteration


def stubborn(container):
    iterator = iter(container)
    container.add("more")
    errors = 0
    for _ in range(3):
        try:
            for item in iterator:
                pass
        except RuntimeError:
            errors += 1
    return errors


print([stubborn({1, 2}) for _ in range(50)][-1])  # expect: 3


# An iterator that has ended stays ended, whatever happens to its container.
def twice(container, more):
    iterator = iter(container)
    first = [item for item in iterator]
    container.add(more)
    return len(first), [item for item in iterator]


print([twice({1, 2}, i + 5) for i in range(50)][-1])  # expect: (2, [])


# The values of a namespace while its names change.
A, B = 1, 2


def namespace():
    global A
    seen = []
    for value in list(globals().values()):
        A = len(seen)
        if isinstance(value, int) and not isinstance(value, bool):
            seen.append(value)
    for value in globals().values():
        A += 1
    return A > 10


def own_values():
    global A, B
    for i in range(300):
        A = i
        for value in globals().values():
            pass
        for key in globals():
            if key == "A":
                B = globals()[key]
    return A, B


print(namespace(), own_values())  # expect: True (299, 299)


# Comprehensions.
class Odd:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n // 2

    def __eq__(self, other):
        return self.n // 2 == other.n // 2


def build(items):
    return {i for i in items}, {i: j for i, j in zip(items, items)}, {c: 1 for c in str(items[0])}


for items in (list(range(50)) * 2, [str(i % 9) for i in range(90)], [(i % 5, i % 3) for i in range(90)], [Odd(i) for i in range(40)]):
    for _ in range(40):
        a, b, c = build(items)
    print(len(a), len(b), a == set(items) == set(b), list(b) == list(dict.fromkeys(items)))
# expect: 50 50 True True
# expect: 9 9 True True
# expect: 15 15 True True
# expect: 20 20 True True
for bad in ([1, []], [{}, 2]):
    try:
        build(bad)
    except TypeError as e:
        print(e)
# expect: cannot use 'list' as a set element (unhashable type: 'list')
# expect: cannot use 'dict' as a set element (unhashable type: 'dict')
