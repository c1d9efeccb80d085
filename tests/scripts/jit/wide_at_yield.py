"""A generator that yields while a local holds more than a machine word."""

MASK = (1 << 64) - 1


def products(x, n):
    for i in range(n):
        y = x * 6364136223846793005
        yield y & MASK
        x = (y + i) & MASK
        yield y >> 70


def check(n):
    x, wrong = 88172645463325252, 0
    source = products(x, n)
    for i in range(n):
        y = x * 6364136223846793005
        wrong += next(source) != y & MASK
        wrong += next(source) != y >> 70
        x = (y + i) & MASK
    return wrong, x


print(check(20))
print(check(5000))

# expect: (0, 10578057371806735490)
# expect: (0, 6174479586596456992)
