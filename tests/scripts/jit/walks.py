"""Loops over sequences of every kind: alone, numbered, in pairs; steps that are not known; slices that are taken apart."""


def alone(items):
    found = []
    for item in items:
        found.append(item)
    return found


def numbered(items):
    return [(i, item) for i, item in enumerate(items)]


def pairs(left, right):
    found = []
    for x, y in zip(left, right):
        found.append((x, y))
    return found


KINDS = [[1, 2, 3], (4, 5, 6, 7), b"abc", bytearray(b"wxyz"), range(3), "str", {1: 2, 3: 4}, iter([1, 2])]


def again(kind):
    return iter([1, 2]) if type(kind) is type(iter([])) else kind


for kind in KINDS:
    for _ in range(150):
        one = alone(again(kind))
        two = numbered(again(kind))
    assert one == list(again(kind)) and two == list(enumerate(again(kind))), kind
for left in KINDS:
    for right in KINDS:
        for _ in range(40):
            found = pairs(again(left), again(right))
        assert found == list(zip(again(left), again(right))), (left, right)


# Each in functions of their own: the kinds are known.
def in_bytes(data, mask):
    out = bytearray()
    for x, y in zip(data, mask):
        out.append(x ^ y)
    return bytes(out)


def in_tuples(a, b):
    total = 0
    for x, y in zip(a, b):
        total += x * y
    return total


def with_range(items):
    total = 0
    for i, x in zip(range(5, 100), items):
        total += i * x
    return total


def growing(buffer):
    seen = 0
    for i, byte in enumerate(buffer):
        seen += byte
        if i < 20:
            buffer.append(i)
    return seen, len(buffer)


for _ in range(300):
    result = in_bytes(b"hello", b"\x01\x02\x03\x04\x05\x06"), in_tuples((1, 2, 3), (4, 5, 6, 7))
    result += with_range((1, 2, 3)), growing(bytearray(b"ab"))
assert result == (b"igohj", 32, 38, (385, 22)), result


# What is left of the iterators when the loop is left by an exception.
def failing(items, others):
    first, second = iter(items), iter(others)
    try:
        for x, y in zip(first, second):
            if y == 0:
                raise ValueError(x)
    except ValueError as e:
        return e.args[0], list(first), list(second)


def unlike(items):
    total = 0
    for x, y in zip(items, b"abcdef"):
        total += y
        if x is None:
            total *= 1000
    return total


for _ in range(300):
    result = failing((1, 2, 3, 4), b"\x01\x00\x03\x04"), unlike((1, 2, None))
assert result == ((2, [3, 4], [3, 4]), 294000), result


def unequal(left, right):
    a, b = iter(left), iter(right)
    for _ in zip(a, b):
        pass
    return list(a), list(b)


for _ in range(300):
    result = unequal((1, 2), b"abcd"), unequal(b"abcd", (1, 2))
assert result == (([], [99, 100]), ([100], [])), result


# ---- ranges whose step is not known
def stepping(start, stop, step):
    found = []
    for i in range(start, stop, step):
        found.append(i)
    return found


for _ in range(300):
    result = stepping(0, 10, 3), stepping(5, 5, 2)
assert result == ([0, 3, 6, 9], [])
for _ in range(300):
    result = stepping(10, 0, -3)
assert result == [10, 7, 4, 1]
top = 2**63 - 1
for _ in range(300):
    result = stepping(top - 5, top, 4), stepping(-5, 5, top)
assert result == ([top - 5, top - 1], [-5])
try:
    stepping(0, 1, 0)
except ValueError as e:
    print(e)


def leaps(n):
    total = 0
    for step in range(1, n):
        for i in range(step, n, step):
            total += i
            if total > 10**9:
                return total, i, step
    return total


print(leaps(50), leaps(60000))


# ---- slices taken apart
def quarters(items):
    total = 0
    for i in range(0, len(items), 4):
        a, b, c, d = items[i : i + 4]
        total += a - b + c - d
    return total


def ends(items):
    a, b = items[0:2]
    x, y = items[1:-1]
    return a, b, x, y


def from_behind(items, i):
    a, b = items[i : i + 2]
    return a, b


for _ in range(300):
    result = quarters(list(range(16))), ends([1, 2, 3, 4]), from_behind([1, 2, 3], 1)
assert result == (-8, (1, 2, 2, 3), (2, 3)), result
for _ in range(300):
    assert from_behind([1, 2, 3], -3) == (1, 2)
for bad in (quarters, [1, 2, 3, 4, 5]), (lambda items: from_behind(items, -2), [1, 2, 3]):
    try:
        print(bad[0](bad[1]))
    except ValueError as e:
        print(e)
constant = [[5, 4, 3, 2, 1][i:][::-1][:2] for i in range(4)] * 50
assert constant[:4] == [[1, 2], [1, 2], [1, 2], [1, 2]]
print("done")
# expect: range() arg 3 must not be zero
# expect: 5580 (1000006281, 44721, 1)
# expect: not enough values to unpack (expected 4, got 1)
# expect: not enough values to unpack (expected 2, got 0)
# expect: done
