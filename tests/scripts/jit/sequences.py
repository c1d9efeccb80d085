"""Bytes, bytearrays, tuples and slices in loops; items that are taken apart without a tuple."""


def crc(data, table):
    c = 0xFFFFFFFF
    for byte in data:
        c = table[(c ^ byte) & 0xFF] ^ (c >> 8)
    return c ^ 0xFFFFFFFF


table = []
for n in range(256):
    for _ in range(8):
        n = (n >> 1) ^ 0xEDB88320 if n & 1 else n >> 1
    table.append(n)
text = b"It was a bright cold day in April." * 30
for data in (text, bytearray(text), tuple(text), list(text), memoryview(text)):
    print(crc(data, table))


def swapped(data):
    n = len(data)
    for i in range(n // 2):
        a, b = data[i], data[-1 - i]
        data[i] = b
        data[-1 - i] = (a + 1) & 0xFF
    return data


print(bytes(swapped(bytearray(text)))[:40])


def store(data, index, value, times):
    for _ in range(times):
        data[index] = value
    return data[index]


buffer = bytearray(10)
for index, value in ((3, 200), (-1, 7), (9, 255), (9, 256), (10, 1), (-11, 1), (0, -1), (0, "x"), ("x", 0)):
    try:
        print(store(buffer, index, value, 100))
    except (IndexError, ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(bytes(buffer))


def at(data, indices):
    return [data[i] for i in indices]


for data in (text, bytearray(text)):
    print(sum(at(data, range(-len(data), len(data)))))
    try:
        at(data, range(len(data) + 1))
    except IndexError as e:
        print(e)


def shrinks(data):
    seen = 0
    for byte in data:
        seen += byte
        if byte == 65:
            del data[len(data) // 2 :]
    return seen


print(shrinks(bytearray(b"B" * 100 + b"A" + b"C" * 200)), shrinks(bytearray(b"D" * 300)))


def dot(a, b):
    total = 0
    for x, y in zip(a, b):
        total += x * y
    return total


print(dot(range(300), [2] * 300), dot((1.5,) * 300, range(300)), dot([1] * 300, iter(range(200))))


def numbered(items, start=0):
    out = 0
    i = item = None
    for i, item in enumerate(items, start):
        out += i * item
    return out, i, item


print(numbered(range(300)), numbered(list(range(300)), 1 << 62), numbered([]), numbered((7,) * 300, -5))


def three(a, b, c):
    return [x + y - z for x, y, z in zip(a, b, c)][-2:]


print(three(range(300), range(300), range(300)), three([1.5] * 300, range(300), range(299)))


def pairs(items):
    total = 0
    for a, b in items:
        total += a - b
    return total


print(pairs({i: 2 * i for i in range(300)}.items()), pairs(iter([(3, 1)] * 300)), pairs(zip(range(300), range(300))))
for bad in ([(1, 2)] * 200 + [(1, 2, 3)], [(1, 2)] * 200 + [5], [(1, 2)] * 200 + [(1,)]):
    try:
        print(pairs(iter(bad)))
    except (ValueError, TypeError) as e:
        print(e)


def strict(a, b):
    seen = 0
    try:
        for x, y in zip(a, b, strict=True):
            seen += 1
            last = x, y
    except ValueError as e:
        return seen, last, x, y, str(e)
    return seen


print(strict(range(300), range(300)), strict(range(300), range(299)), strict(range(299), range(300)))


def raising(n):
    for i in range(n):
        yield i
    raise KeyError(n)


def caught(n):
    i = x = -1
    try:
        for i, x in enumerate(raising(n)):
            pass
    except KeyError as e:
        return i, x, e.args


print(caught(200))


def flips(size):
    work = list(range(size))
    seen = 0
    for k in range(300):
        n = k % size
        work[: n + 1] = work[n::-1]
        seen += work[0] + sum(work[1:3]) + len(work[::2]) + work[-2:][0]
    return seen, work


print(flips(7))


def slices(data, n):
    out = []
    for i in range(n):
        out.append((data[i : i + 3], data[-i:], data[:i], data[i::-2], data[::-1]))
    return out[-1]


print(slices(list(range(12)), 11))
print(slices("hello, world", 11))
print(slices(b"hello, world", 11))
print(slices(tuple(range(12)), 11))


def grows(work, n):
    for i in range(n):
        work[i:i] = [i, -i]
        work[len(work) :] = work
        del work[::2]
    return len(work), work[:5]


print(grows([1, 2, 3], 12))
for bad in (0, "x"):
    try:
        print([1, 2, 3][::bad])
    except (ValueError, TypeError) as e:
        print(e)

# expect: 2838866002
# expect: 2838866002
# expect: 2838866002
# expect: 2838866002
# expect: 2838866002
# expect: b'.lirpA ni yad dloc thgirb a saw tI.lirpA'
# expect: 200
# expect: 7
# expect: 255
# expect: ValueError byte must be in range(0, 256)
# expect: IndexError bytearray index out of range
# expect: IndexError bytearray index out of range
# expect: ValueError byte must be in range(0, 256)
# expect: TypeError 'str' object cannot be interpreted as an integer
# expect: TypeError bytearray indices must be integers or slices, not str
# expect: b'\x00\x00\x00\xc8\x00\x00\x00\x00\x00\xff'
# expect: 178920
# expect: index out of range
# expect: 178920
# expect: bytearray index out of range
# expect: 9948 20400
# expect: 89700 67275.0 19900
# expect: (8955050, 299, 299) (206834117926468356449450, 4611686018427388203, 299) (0, None, None) (303450, 294, 7)
# expect: [298, 299] [1.5, 1.5]
# expect: -44850 600 0
# expect: too many values to unpack (expected 2, got 3)
# expect: cannot unpack non-iterable int object
# expect: not enough values to unpack (expected 2, got 1)
# expect: 300 (299, (298, 298), 298, 298, 'zip() argument 2 is shorter than argument 1') (299, (298, 298), 298, 298, 'zip() argument 2 is longer than argument 1')
# expect: (199, 199, (200,))
# expect: (4716, [0, 6, 1, 5, 2, 4, 3])
# expect: ([10, 11], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 8, 6, 4, 2, 0], [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
# expect: ('ld', 'llo, world', 'hello, wor', 'lo olh', 'dlrow ,olleh')
# expect: (b'ld', b'llo, world', b'hello, wor', b'lo olh', b'dlrow ,olleh')
# expect: ((10, 11), (2, 3, 4, 5, 6, 7, 8, 9, 10, 11), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (10, 8, 6, 4, 2, 0), (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
# expect: (27, [-7, 6, -10, -8, 1])
# expect: slice step cannot be zero
# expect: slice indices must be integers or None or have an __index__ method


class Thing:
    def __init__(self, number):
        self.number = number


def turn(items, last):
    items[: last + 1] = items[last::-1]


def fill(items, first, number):
    for i in range(first, first + 100):
        items[i] = Thing(number)


def turned(rounds):
    """Of a large list that is old the collector looks at what has been stored to only, and turning it around is a store."""
    items = [None] * 50000
    wrong = 0
    for number in range(rounds):
        first = 5 if number % 2 else 35005
        fill(items, first, number)
        turn(items, 49999)
        waste = [Thing(-1) for _ in range(60000)]
        for i in range(first, first + 100):
            thing = items[49999 - i]
            if thing.number != number:
                wrong += 1
            items[49999 - i] = None
    return wrong, len(waste)


print(turned(30))  # expect: (0, 60000)
