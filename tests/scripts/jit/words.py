"""Ints of 64 bits: masked sums and products, unsigned words, exits in the middle of a chain whose low bits are all there is."""

MASK = (1 << 64) - 1
MASK32 = 0xFFFFFFFF


def xorshift(x, n):
    total = 0
    for _ in range(n):
        x ^= x >> 12
        x ^= (x << 25) & MASK
        x ^= x >> 27
        total = (total + ((x * 2685821657736338717) & MASK)) & MASK
    return x, total


for seed in (88172645463325252, 1, (1 << 64) - 1, 1 << 63):
    print(xorshift(seed, 500))


def rotate(word, bits):
    return ((word >> bits) | (word << (32 - bits))) & MASK32


def rotations(n):
    word = 0x89ABCDEF
    for i in range(n):
        word = (rotate(word, i % 31 + 1) + i * 0x9E3779B1) & MASK32
    return word


print(rotations(600))


def fnv(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h ^= byte
        h = h * 0x100000001B3 % 2**64
    return h


print(fnv(b"the quick brown fox" * 40))
print(fnv(bytearray(b"jumps over the lazy dog" * 40)))


def inverted(x, n):
    for i in range(n):
        x = (~x - i * x) & MASK
    return x


print(inverted(12345678901234567890, 400))


def seen_late(values):
    """The mask comes after the number is wanted: it has to be the exact one."""
    out = []
    for v in values:
        t = v * 0x9E3779B97F4A7C15
        if v % 97 == 0:
            out.append(t)
        out.append(t & MASK)
    return sum(out), max(out)


print(seen_late(range(1 << 40, (1 << 40) + 500)))


def leaves_in_the_chain(values, mask):
    total = 0
    for v in values:
        total ^= (v * 0x9E3779B97F4A7C15 + (v << 60)) & mask
    return total


for _ in range(3):
    print(leaves_in_the_chain([MASK - i for i in range(300)], MASK))
print(leaves_in_the_chain([MASK - i for i in range(300)] + [1.5 * 2 == 3.0], MASK))
print(leaves_in_the_chain([MASK - i for i in range(300)] + [1 << 200], MASK))
print(leaves_in_the_chain([-i << 62 for i in range(300)], MASK))
try:
    print(leaves_in_the_chain([MASK - i for i in range(300)] + [None], MASK))
except TypeError as e:
    print(e)
print(leaves_in_the_chain([MASK - i for i in range(300)], -1))


def unsigned(values):
    """Words without a mask: comparisons, quotients, differences below zero."""
    big = 0
    less = 0
    for v in values:
        big = v if v > big else big
        less += v // 10 % 1000 + (v >> 3) % 7 - (v & 1)
        if v < (1 << 63):
            less += 1
    return big, less


for values in ([MASK - 7919 * i for i in range(300)], [i for i in range(300)], [MASK // 2 + i - 150 for i in range(300)]):
    print(unsigned(values), unsigned(values))


def difference(values):
    last = MASK
    out = []
    for v in values:
        out.append(last - v)
        last = v
    return sum(out), min(out), max(out)


print(difference([MASK - i for i in range(300)]))
print(difference([MASK - (i * i) % 1001 for i in range(300)]))
print(difference([(MASK >> 1) - i if i % 2 else MASK for i in range(300)]))

FACTOR = 3


def scaled(n):
    total = 0
    for i in range(n):
        total += i * FACTOR
    return total


print(scaled(300), scaled(300))
FACTOR = 1 << 62
print(scaled(300))
FACTOR = "a"
try:
    print(scaled(300))
except TypeError as e:
    print(e)
FACTOR = 5
print(scaled(300), scaled(300))


class Generator:
    def __init__(self, state):
        self.state = state

    def step(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return self.state >> 33


g = Generator(1)
print(sum(g.step() for _ in range(500)), g.state)
buckets = [0] * 8
for _ in range(500):
    buckets[g.step() >> 28] += 1
print(buckets)


def floats(values):
    total = 0.0
    for v in values:
        total += (v & MASK) / 2.0**64
    return total


print(floats([MASK - i * 2**57 for i in range(100)]))


def shifts(x, n):
    out = []
    for i in range(n):
        out.append((x << i % 70) & MASK)
        out.append(x >> (i % 70))
    return sum(out)


print(shifts(0xFEDCBA9876543210, 300))
try:
    print(shifts(0xFEDCBA9876543210, 3) + (MASK >> -int(g.state > 0)))
except ValueError as e:
    print(e)

# expect: (5493844830196359833, 2595606095937121881)
# expect: (16918971972337494396, 8557188191150431104)
# expect: (7519442504581661752, 1135612195122754816)
# expect: (12858328360312436863, 3512071363798373688)
# expect: 3061914625
# expect: 12990512224576435677
# expect: 1463367209183904773
# expect: 736312791586145695
# expect: (62676092563171697647176083947005, 12535218513922936658757203239125)
# expect: 1081749404981642304
# expect: 1081749404981642304
# expect: 1081749404981642304
# expect: 11616011470074132565
# expect: 1081749404981642304
# expect: 0
# expect: unsupported operand type(s) for *: 'NoneType' and 'int'
# expect: 1034099417532716532800
# expect: (18446744073709551615, 150354) (18446744073709551615, 150354)
# expect: (299, 5356) (299, 5356)
# expect: (9223372036854775956, 174979) (9223372036854775956, 174979)
# expect: (299, 0, 1)
# expect: (312, -938, 595)
# expect: (9223372036854776107, -9223372036854776105, 9223372036854776107)
# expect: 134550 134550
# expect: 206834117926468347494400
# expect: unsupported operand type(s) for +=: 'int' and 'str'
# expect: 224250 224250
# expect: 540420678877 18204142688415595573
# expect: [68, 53, 57, 62, 63, 46, 87, 64]
# expect: 61.328125
# expect: 2741924004088190724865
# expect: negative shift count
