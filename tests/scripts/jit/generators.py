"""Generators in compiled code: resumed at each yield, delegation, send, throw, close, exceptions, change of types, early ends."""
import sys


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def evens(values):
    for v in values:
        if v % 2:
            continue
        yield v


def squares(n):
    return (i * i for i in range(n))


print(sum(count(5000)), sum(evens(count(5000))), sum(squares(3000)), max(squares(3000)))
# expect: 12497500 6247500 8995500500 8994001


def rarely(n):
    """Most rounds of the loop yield nothing."""
    found = 0
    for i in range(n):
        j = i * 7 % 1000
        if j == 13:
            found += 1
            yield i, found
        elif j == 14:
            continue
        found += j & 1
    return found


def outcome(generator):
    items = 0
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return items, stop.value
        items += 1


print(outcome(rarely(20000)), outcome(rarely(0)))
# expect: (20, 10020) (0, 0)


class Tree:
    def __init__(self, depth, number=1):
        self.number = number
        self.left = Tree(depth - 1, 2 * number) if depth else None
        self.right = Tree(depth - 1, 2 * number + 1) if depth else None

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.number
        if self.right:
            yield from self.right


tree = Tree(9)
print(sum(tree), sum(n for i, n in enumerate(tree) if i % 3 == 0))
# expect: 523776 174704


def averager():
    total = count = 0
    mean = None
    while True:
        value = yield mean
        if value is None:
            return total
        total += value
        count += 1
        mean = total / count


def averages(n, make):
    g = averager()
    next(g)
    last = 0
    for i in range(n):
        last = g.send(make(i))
    try:
        g.send(None)
    except StopIteration as stop:
        return last, stop.value


print(averages(3000, int), averages(300, float), averages(3000, lambda i: i if i < 2000 else i / 2))
# expect: (1499.5, 4498500) (149.5, 44850.0) (1082.9166666666667, 3248750.0)


def guarded(n):
    caught = 0
    for i in range(n):
        try:
            yield i
        except ValueError:
            caught += 1
        finally:
            caught += 2
    yield caught


def throwing(n):
    g = guarded(n)
    total = next(g)
    for i in range(n):
        item = g.throw(ValueError) if i % 50 == 49 else next(g)
        total += item
    return total, next(g, "ended")


print(throwing(2000))
# expect: (2003040, 'ended')


def closing(n):
    log = []

    def resource(i):
        try:
            yield i
            yield i + 1
        finally:
            log.append(i)

    for i in range(n):
        for item in resource(i):
            if item % 3 == 0:
                break
        else:
            continue
    return sum(log), len(log)


import gc
pair = closing(900)
gc.collect()
print(pair[1] <= 900)
# expect: True


def failing(n):
    for i in range(n):
        if i == n - 1:
            raise KeyError(i)
        yield i


def failures(n):
    caught = 0
    for i in range(1, n):
        try:
            for _ in failing(i % 40 + 1):
                pass
        except KeyError as e:
            caught += e.args[0]
            lines = e.__traceback__.tb_next.tb_lineno
    return caught, lines - failing.__code__.co_firstlineno


print(failures(1500))
# expect: (29050, 3)


def changing(n):
    value = 0
    for i in range(n):
        if i == n // 2:
            value = 0.5
        elif i == n - 2:
            value = "end"
        yield value


print([list(changing(2000))[i] for i in (0, 999, 1000, 1997, 1998)])
# expect: [0, 0, 0.5, 0.5, 'end']


def frames(n):
    for i in range(n):
        yield sys._getframe().f_lineno - frames.__code__.co_firstlineno, sys._getframe().f_locals["i"]


seen = list(frames(500))
print(seen[0], seen[-1])
# expect: (2, 0) (2, 499)


def running(n):
    for i in range(n):
        try:
            next(me)
        except ValueError as e:
            yield str(e)


me = running(300)
print(set(me))
# expect: {'generator already executing'}


def delegate(n):
    result = yield from count(n)
    return result, n


def outer(n):
    results = []
    for i in range(n):
        results.append((yield from delegate(i % 5)))
    return results


print(outcome(outer(400))[0], outcome(outer(400))[1][-1], outcome(outer(7))[1])
# expect: 800 (None, 4) [(None, 0), (None, 1), (None, 2), (None, 3), (None, 4), (None, 0), (None, 1)]


async def leaf(n):
    return n + 1


async def chain(n):
    total = 0
    for i in range(n):
        total += await leaf(i)
    return total


def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value


print(drive(chain(3000)), sum(drive(chain(3)) for _ in range(500)))
# expect: 4501500 3000


def locals_of(n):
    big = 2**70
    for i in range(n):
        word = i << 40
        yield word + big
        big -= word


g = locals_of(1000)
total = 0
for item in g:
    total ^= item
print(total, g.gi_frame)
# expect: 212161763695656960 None
print(all(x < 10 for x in range(10)), any(x > 100 for x in range(2000)), sum(1 for p in range(2000) if all(p % d for d in range(2, 7))))
# expect: True True 534
