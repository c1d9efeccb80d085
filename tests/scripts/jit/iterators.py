"""Iterators that machine code steps in registers: exits, changes of the list, other names for the iterator."""


def ranges(n):
    out = []
    for _ in range(n):
        a = [i for i in range(7)]
        b = [i for i in range(7, 0, -1)]
        c = [i for i in range(10, -10, -3)]
        d = [i for i in range(2, 30, 7)]
        e = [i for i in range(5, 5)]
        big = [i for i in range(2**63 - 5, 2**63 - 1, 3)]
        low = [i for i in range(-(2**63) + 4, -(2**63), -2)]
        out = a + b + c + d + e + big + low
    return out


print(ranges(40))


def numbered(items, stop):
    total = 0
    for i, x in enumerate(items):
        if i == stop:
            x = str(x)
            total += len(x)
            continue
        total += i * x
    return total, i


for k in range(60):
    last = numbered([1, 2, 3, 4, 5], k % 7)
print(last)


def named(items):
    e = enumerate(items)
    seen = []
    for i, x in e:
        seen.append((i, x))
        if i == 2:
            break
    rest = next(e)
    for i, x in e:
        seen.append((i, -x))
    items.append(100)
    return seen, rest, next(e, "ended")


for _ in range(60):
    last = named([5, 6, 7, 8, 9])
print(last)


def growing():
    items = [1]
    for i, x in enumerate(items):
        if len(items) < 6:
            items.append(x + i)
    return items


for _ in range(60):
    last = growing()
print(last)


def shrinking():
    items = list(range(10))
    seen = []
    for x in items:
        seen.append(x)
        items.pop()
    return seen, items


for _ in range(60):
    last = shrinking()
print(last)


def zipped(a, b):
    z = zip(a, b)
    out = []
    for x, y in z:
        out.append(x * y)
    a.append(1)
    b.append(2)
    return out, next(z, "ended")


for k in range(60):
    last = zipped([1, 2, 3], [4, 5, 6] if k % 2 else [4, 5])
print(last, zipped([1, 2], [3, 4, 5]))


def uneven():
    a = iter([1, 2, 3])
    b = [10]
    out = [x + y for x, y in zip(a, b)]
    return out, list(a)


for _ in range(60):
    last = uneven()
print(last)


def smallest(a, b, c):
    return min(a, b, c), max(a, b)


for _ in range(60):
    last = smallest(3, 1, 2)
print(last, smallest(2.5, 1.5, 0.5), smallest("c", "b", "a"))


def drain(items):
    total = 0
    try:
        while True:
            total += items.pop()
    except IndexError as e:
        return total, str(e)


for _ in range(60):
    last = drain([1, 2, 3])
print(last)


def other_kinds(items):
    return sum(i * x for i, x in enumerate(items)) + sum(i + x for i, x in enumerate(items))


def pairs(items):
    total = 0
    for i, x in enumerate(items):
        total += i * x
    for x, y in zip(items, items):
        total += x * y
    return total


for k in range(90):
    items = [1, 2, 3]
    last = pairs(items if k < 40 else tuple(items) if k < 60 else dict.fromkeys(items))
print(last, pairs(iter([])), pairs("") == 0)


def far():
    out = []
    for i, x in enumerate([1, 2, 3], 2**63 - 2):
        out.append(i)
    return out


for _ in range(60):
    last = far()
print(last)


def interrupted(rows):
    # The exception is caught in the loop: the iterator has to go on where it was.
    good = 0
    for i in range(len(rows)):
        try:
            good += 10 // rows[i]
        except ZeroDivisionError:
            good += 100
    for i, row in enumerate(rows):
        try:
            good += i // row
        except ZeroDivisionError:
            good += 1000
    return good


for _ in range(60):
    last = interrupted([1, 0, 2, 0, 5])
print(last)


def shared():
    it = iter(range(10))
    out = []
    for x in it:
        for y in it:
            out.append((x, y))
            if y % 3 == 0:
                break
    return out


for _ in range(60):
    last = shared()
print(last)


def nested_lists(m):
    total = 0
    for row in m:
        for i in range(len(row)):
            for j in range(i + 1):
                total += row[i] * m[j][i]
            row[i] = total & 7
    return total


for _ in range(60):
    last = nested_lists([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
print(last)


def changed_inside(xs):
    # The list gets longer and shorter in the loop that indexes it.
    total = 0
    for i in range(6):
        xs.append(i)
        total += xs[i] + len(xs)
        if i % 2:
            xs.pop()
        xs[0] = total
    return total, xs


for _ in range(60):
    last = changed_inside([1, 2])
print(last)
# expect: [0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1, 10, 7, 4, 1, -2, -5, -8, 2, 9, 16, 23, 9223372036854775803, 9223372036854775806, -9223372036854775804, -9223372036854775806]
# expect: (29, 4)
# expect: ([(0, 5), (1, 6), (2, 7), (4, -9)], (3, 8), 'ended')
# expect: [1, 1, 2, 4, 7, 11]
# expect: ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4])
# expect: ([4, 10, 18], 'ended') ([3, 8], 'ended')
# expect: ([11], [3])
# expect: (1, 3) (0.5, 2.5) ('a', 'c')
# expect: (6, 'pop from empty list')
# expect: 22 0 True
# expect: [9223372036854775806, 9223372036854775807, 9223372036854775808]
# expect: 2218
# expect: [(0, 1), (0, 2), (0, 3), (4, 5), (4, 6), (7, 8), (7, 9)]
# expect: 527
# expect: (41, [41, 2, 0, 2, 4])
