"""Built-in methods that machine code does without a call: `append` of bytearrays, `insert` and `pop` of lists; `int`, squares."""


def fill(out, items):
    for x in items:
        out.append(x)
    return out


for _ in range(300):
    out = fill(bytearray(), [1, 2, 255, 0])
print(out)
for bad in (256, -1, "a", 1.5, None, True, 10**30):
    try:
        print(fill(bytearray(b"x"), [7, bad]))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
lent = bytearray(b"abc")
with memoryview(lent):
    try:
        fill(lent, [1])
    except BufferError as e:
        print(e)
print(fill(lent, [1]))
front = bytearray(range(40))
for i in range(200):
    del front[:3]
    fill(front, [i, i, i])
print(len(front), front[:3], front[-1])


def rotate(items, n):
    for i in range(n):
        items.insert(i, items.pop(0))
        items.insert(-1, items.pop(-2))
    return items


for _ in range(200):
    items = rotate([1, 2, 3, 4, 5], 3)
print(items)


def insert(items, at):
    items.insert(at, "x")
    return items


def take(items, at):
    try:
        return items.pop(at), items
    except IndexError as e:
        return str(e)


for _ in range(200):
    found = [insert([1, 2], at) for at in (-9, -1, 0, 2, 9)], [take([1, 2], at) for at in (-3, -2, 1, 2)]
print(found)
print(insert([1, 2], True), take([1, 2], False), take([], 0))
try:
    insert([], 1.0)
except TypeError as e:
    print(e)


def number(x):
    try:
        return int(x)
    except (ValueError, OverflowError, TypeError) as e:
        return f"{type(e).__name__}: {e}"


class Odd:
    def __int__(self):
        return 77


class Digits(str):
    def __int__(self):
        return 78


given = ["12", "0007", "", "-3", " 4 ", "1_0", "12345678901234", "123456789012345678901", "\u0663", 1.9, -1.9, -0.0, 5]
given += [2.0**47, 1e30, float("inf"), float("nan"), True, Odd(), Digits("5"), b"42", None, 2**70]
for _ in range(120):
    numbers = [number(x) for x in given]
print(numbers)
digits = 0
for _ in range(300):
    digits = sum(int(d) ** 2 for d in "19283746")
print(digits)


def square(x):
    return x**2


for _ in range(300):
    squares = [square(i) for i in (3, -4, 2**23, -(2**23) + 1, 2**24, 0)]
print(squares)
print(square(2**31), square(2**40), square(1.5), square(True), square(1j), square(-(2**47)))


def grown(n):
    lists, other = [], []
    for i in range(n):
        lists.append(i)
        if i % 7 == 0:
            other.append([i] * (i % 5))
        if i % 50 == 0:
            other.append(lists[:])
    return lists, other


for n in (0, 1, 5, 6, 11, 12, 300, 5000):
    lists, other = grown(n)
    assert lists == list(range(n)) and len(other) == (n + 6) // 7 + (n + 49) // 50
print([len([x for x in range(n)]) for n in (4, 5, 6, 100, 3000)])
# expect: bytearray(b'\x01\x02\xff\x00')
# expect: ValueError byte must be in range(0, 256)
# expect: ValueError byte must be in range(0, 256)
# expect: TypeError 'str' object cannot be interpreted as an integer
# expect: TypeError 'float' object cannot be interpreted as an integer
# expect: TypeError 'NoneType' object cannot be interpreted as an integer
# expect: bytearray(b'x\x07\x01')
# expect: ValueError byte must be in range(0, 256)
# expect: Existing exports of data: object cannot be re-sized
# expect: bytearray(b'abc\x01')
# expect: 40 bytearray(b'\xba\xbb\xbb') 199
# expect: [1, 3, 2, 4, 5]
# expect: ([['x', 1, 2], [1, 'x', 2], ['x', 1, 2], [1, 2, 'x'], [1, 2, 'x']], ['pop index out of range', (1, [2]), (2, [1]), 'pop index out of range'])
# expect: [1, 'x', 2] (1, [2]) pop from empty list
# expect: 'float' object cannot be interpreted as an integer
# expect: [12, 7, "ValueError: invalid literal for int() with base 10: ''", -3, 4, 10, 12345678901234, 123456789012345678901, 3, 1, -1, 0, 5, 140737488355328, 1000000000000000019884624838656, 'OverflowError: cannot convert float infinity to integer', 'ValueError: cannot convert float NaN to integer', 1, 77, 78, 42, "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'NoneType'", 1180591620717411303424]
# expect: 260
# expect: [9, 16, 70368744177664, 70368727400449, 281474976710656, 0]
# expect: 4611686018427387904 1208925819614629174706176 2.25 1 (-1+0j) 19807040628566084398385987584
# expect: [4, 5, 6, 100, 3000]
