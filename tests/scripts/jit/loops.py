"""Loops at module level and in functions, entered and left by machine code."""
total = 0
for i in range(5000):
    total += i * 3 - i // 7 + i % 5
print(total)

x = 0.0
n = 0
while n < 4000:
    x = x * 0.5 + n
    n += 1
print(x, n)


def nested(rows):
    s = 0
    for r in range(rows):
        for c in range(r):
            if (r ^ c) & 3 == 1:
                continue
            if c > 40:
                break
            s += r * c
        else:
            s -= 1
    return s


print([nested(k) for k in (0, 1, 10, 60, 61, 62, 90)])


def late(n):
    for i in range(n):
        if i > n - 3:
            z = i
    return z


print(late(3000))


def never_bound(n):
    for i in range(n):
        if i < 0:
            z = i
    return z


try:
    never_bound(3000)
except UnboundLocalError as e:
    print(e)


def mixed(n):
    t = 0
    for i in range(n):
        t = t + (i if i % 3 else i * 0.5)
    return t


print(mixed(10), mixed(2000))


def while_else(n):
    i = 0
    while i < n:
        i += 1
    else:
        i = -i
    return i


print(while_else(2500))


def countdown(n):
    out = []
    while n:
        n -= 1
        if not n % 500:
            out.append(n)
    return out


print(countdown(2600))


def shifts(n):
    h = 5381
    for i in range(n):
        h = ((h << 5) + h + i) & 0xFFFFFFFF
        h ^= h >> 7
    return h


print(shifts(3000))


def divisions(n):
    s = 0
    for i in range(-n, n):
        s += i // 7 - i % 7 + i // -3 - i % -5 + (i >> 2) + (~i & 15) - -i
    return s, s / 7


print(divisions(1500))
# expect: 35719285
# expect: 7996.0 4000
# expect: [0, -1, 600, 824888, 862688, 899288, 2199328]
# expect: 2999
# expect: cannot access local variable 'z' where it is not associated with a value
# expect: 36.0 1665833.5
# expect: -2500
# expect: [2500, 2000, 1500, 1000, 500, 0]
# expect: 458294880
# expect: (14500, 2071.4285714285716)
