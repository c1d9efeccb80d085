"""NaNs of all kinds in compiled loops: none of them is taken for an int, whatever is computed with it; locals that a loop assigns anew in each round."""
import math
import struct

PATTERNS = [0x7FF8 << 48, 0xFFF8 << 48, 0x7FF4 << 48 | 1, 0xFFF4 << 48 | 1, 0x7FFC << 48 | 1, 0xFFFC << 48 | 5,
            0xFFFF << 48 | 7, 0xFFF0 << 48 | 1, (1 << 64) - 1, (1 << 63) - 1]
NANS = [struct.unpack("<d", struct.pack("<Q", bits))[0] for bits in PATTERNS]


def work(x, n):
    total = 1.5
    for i in range(n):
        y = -x
        z = y * 2.0 - x
        w = -(z + 1.0)
        total = w + y * z
        held = [y, z, w, total, -total, abs(total), -abs(y)]
    return held


def kinds(values):
    return {(type(v).__name__, math.isnan(v)) for v in values}


found = set()
for _ in range(60):
    for x in NANS:
        found |= kinds(work(x, 30))
print(found)
print(work(2.0, 40))
print([math.copysign(1.0, work(float("nan"), 3)[0])])


def left(n, stop):
    """What a loop leaves in locals that only it assigns: nothing, an object of before, a float."""
    if n % 3 == 0:
        y = [n]
    elif n % 3 == 1:
        y = "text %d" % n
    x = 0.5
    for i in range(n):
        for j in range(4):
            if i == stop:
                return sorted((k, v) for k, v in locals().items() if k in ("x", "y", "z"))
            junk = [i, j, "junk %d" % j]
            y = x * 2.0
            z = y + j
            x = x + 0.25
    try:
        return [x, y, z]
    except UnboundLocalError as e:
        return str(e)


for n in range(120):
    for stop in (0, 1, n - 1, n):
        last = left(n, stop)
    if n < 4 or n > 117:
        print(last, left(n, 0), left(n, 1))


def low(a, b, n):
    """Only the low bits of what overflows count."""
    h = 0
    for i in range(n):
        h = ((h << 5) + h * a ^ (b * b - i)) & 0xFFFFFFFF
        h = (~h * a + (a | b)) & 0x7FFFFFFFFFFFFFFF
        h &= 0xFFFFFFFFFF
    return h


for n in (3, 50, 400):
    print(low(12345678901, 99999999977, n), low(3, 5, n), low(-12345678901, 140737488355327, n))


def parts(data, n):
    numbers = []
    for i in range(n):
        at = i % 8
        numbers.append(int.from_bytes(data[at : at + 3], "big") + len("abcdefgh"[at:]) + sum((1, 2, 3, 4)[: at % 4]))
    return sum(numbers)


class Index:
    def __index__(self):
        return 2


print(parts(b"0123456789ab", 300), parts(bytearray(b"0123456789ab"), 300), b"0123"[Index():], parts(b"0123456789ab", 3000))
for bad in ([1], "0123456789ab"):
    try:
        print(parts(bad, 3))
    except TypeError as e:
        print(e)


def flips(items):
    count = 0
    while items[0]:
        k = items[0]
        items[: k + 1] = items[k::-1]
        count += 1
    return count, items


for k in range(1, 9):
    for _ in range(30):
        found = flips([(i * k + 3) % 11 for i in range(11)])
    print(found)
# expect: {('float', True)}
# expect: [-2.0, -6.0, 5.0, 17.0, -17.0, 17.0, -2.0]
# expect: [-1.0]
# expect: cannot access local variable 'z' where it is not associated with a value cannot access local variable 'z' where it is not associated with a value cannot access local variable 'z' where it is not associated with a value
# expect: [1.5, 2.5, 5.5] [('x', 0.5), ('y', 'text 1')] [1.5, 2.5, 5.5]
# expect: [2.5, 4.5, 7.5] [('x', 0.5)] [('x', 1.5), ('y', 2.5), ('z', 5.5)]
# expect: [3.5, 6.5, 9.5] [('x', 0.5), ('y', [3])] [('x', 1.5), ('y', 2.5), ('z', 5.5)]
# expect: [118.5, 236.5, 239.5] [('x', 0.5), ('y', 'text 118')] [('x', 1.5), ('y', 2.5), ('z', 5.5)]
# expect: [119.5, 238.5, 241.5] [('x', 0.5)] [('x', 1.5), ('y', 2.5), ('z', 5.5)]
# expect: 47952195154 1099510847042 220824198458
# expect: 348575121821 1089111249179 39649087043
# expect: 997888522896 1092312842672 755920338704
# expect: 1016055014 1016055014 b'23' 10165813500
# expect: 26
# expect: cannot convert 'str' object to bytes
# expect: (4, [0, 1, 10, 6, 5, 4, 3, 7, 8, 9, 2])
# expect: (16, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
# expect: (16, [0, 9, 8, 7, 6, 3, 2, 1, 4, 5, 10])
# expect: (5, [0, 4, 1, 2, 9, 5, 7, 3, 8, 6, 10])
# expect: (9, [0, 5, 2, 7, 4, 6, 1, 3, 8, 9, 10])
# expect: (10, [0, 6, 2, 8, 4, 5, 1, 7, 3, 9, 10])
# expect: (27, [0, 3, 2, 1, 4, 5, 6, 7, 8, 9, 10])
# expect: (15, [0, 6, 2, 3, 5, 4, 1, 7, 8, 9, 10])
