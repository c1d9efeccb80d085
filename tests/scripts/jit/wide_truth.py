"""The truth of products that no machine word holds."""


def count(numbers, n):
    zeros = others = 0
    for k in range(n):
        for x in numbers:
            if x * x:
                others += 1
            else:
                zeros += 1
            others += 1 if not (x * 3 * x) else 2
            zeros += bool(x << 70)
            while x * x * x:
                x = 0
    return zeros, others


print(count([1, 2, 3], 5))
print(count([9007199254740993, 2**62, 5], 300))
print(count([9007199254740993, 2**62, 0, 2**40], 300))
print(count([0, 2**33, -(2**45)], 300))

# expect: (15, 45)
# expect: (900, 2700)
# expect: (1200, 3000)
# expect: (900, 2100)
