# Integers around the edges of one and two machine words: one form each, whichever way they were made.


def check(name, ok):
    if not ok:
        print("FAIL", name)


EDGES = sorted({sign * ((1 << n) + d) for n in (47, 48, 49, 61, 62, 63, 64, 65, 95, 126, 127, 128, 129, 200)
                for d in (-2, -1, 0, 1, 2) for sign in (1, -1)} | {0, 1, -1, 3, -3, 10})


def slow_add(a, b):
    """Through text, digit by digit in small numbers: no arithmetic of wide ints."""
    if (a < 0) == (b < 0):
        digits, carry = [], 0
        x, y = str(a).lstrip("-")[::-1], str(b).lstrip("-")[::-1]
        for i in range(max(len(x), len(y))):
            carry += int(x[i : i + 1] or 0) + int(y[i : i + 1] or 0)
            digits.append(str(carry % 10))
            carry //= 10
        if carry:
            digits.append(str(carry))
        text = "".join(reversed(digits))
        return int("-" + text if a < 0 else text)
    return a + b


for a in EDGES:
    check(("text", a), int(str(a)) == a and int(hex(a), 16) == a and eval(repr(a)) is not None)
    check(("hash", a), hash(a) == (lambda h: -2 if h == -1 else h)((abs(a) % (2**61 - 1)) * (1 if a >= 0 else -1)))
    check(("hash float", a), float(a) != a or hash(float(a)) == hash(a))
    check(("bytes", a), int.from_bytes(a.to_bytes(40, "big", signed=True), "big", signed=True) == a)
    check(("neg", a), -(-a) == a and ~~a == a and abs(a) == (a if a >= 0 else -a))
    check(("dict", a), {a: 1}.get(int(str(a))) == 1 and int(str(a)) in {a} and int(str(a)) in [a])
    check(("bool", a), bool(a) == (a != 0) and isinstance(a, int) and type(a) is int)
    for b in EDGES:
        s = a + b
        check(("add", a, b), s == slow_add(a, b) and s - b == a and s - a == b and str(s) == str(slow_add(a, b)))
        p = a * b
        check(("mul", a, b), p == b * a and (b == 0 or p // b == a and p % b == 0))
        if b:
            q, r = divmod(a, b)
            check(("div", a, b), (q, r) == (a // b, a % b) and q * b + r == a and (0 <= r < b or b < r <= 0))
        check(("bits", a, b), (a & b) + (a | b) == s and (a ^ b) == (a | b) - (a & b) and (a ^ b) ^ b == a)
        check(("order", a, b), (a < b) == (s - 2 * b < 0) and (a == b) == (s - 2 * b == 0) and (a <= b) == (not b < a))
    for n in (0, 1, 7, 15, 47, 48, 62, 63, 64, 65, 126, 127, 128, 200):
        check(("shift", a, n), a << n == a * 2**n and a >> n == a // 2**n and (a << n) >> n == a)

for bad in (lambda: (1 << 64) << -1, lambda: (1 << 64) >> -(1 << 64), lambda: (1 << 64) // 0, lambda: (1 << 64) % 0):
    try:
        bad()
    except (ValueError, ZeroDivisionError) as e:
        print(type(e).__name__, e)
print((1 << 64) >> (1 << 64), -(1 << 64) >> (1 << 100), 0 << 5)


class Wide(int):
    pass


w = Wide(1 << 70)
print(w, type(w).__name__, w + 1, type(w + 1).__name__, w == 1 << 70, hash(w) == hash(1 << 70), (1 << 70) + w)
x = 1 << 100
print(x is (1 << 100), id(x) == id(x), x.bit_length(), (x - 1).bit_count(), f"{x:,} {x:x} {x:e}", x.__sizeof__() > 0)

# expect: ValueError negative shift count
# expect: ValueError negative shift count
# expect: ZeroDivisionError division by zero
# expect: ZeroDivisionError division by zero
# expect: 0 -1 0
# expect: 1180591620717411303424 Wide 1180591620717411303425 int True True 2361183241434822606848
# expect: True True 101 100 1,267,650,600,228,229,401,496,703,205,376 10000000000000000000000000 1.267651e+30 True
