"""Generators that a loop consumes where they are made: their code is built in place, and the loop's body at each `yield`."""
import gc
import sys


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def warm(function, *cases):
    """The results for the last of many rounds."""
    for _ in range(60):
        results = [function(*case) for case in cases]
    print(*results)


# ---- one yield, several, none that is reached; the loop's variable afterwards


def total(n):
    s = 0
    for x in count(n):
        s += x
    return s


def last(n):
    x = "none"
    for x in count(n):
        pass
    return x


def several(n):
    yield "first"
    for i in range(n):
        if i % 2:
            yield i
            continue
        yield i, i / 2
    yield n


def use_several(n):
    out = []
    for v in several(n):
        if v == 3:
            continue
        out.append(v)
    else:
        out.append("else")
    return out


warm(total, (0,), (1,), (100,))
# expect: 0 0 4950
warm(last, (0,), (7,))
# expect: none 6
warm(use_several, (0,), (5,))
# expect: ['first', 0, 'else'] ['first', (0, 0.0), 1, (2, 1.0), (4, 2.0), 5, 'else']


# ---- break, return, else, continue of an outer loop; nested loops


def leave(n, stop):
    for i in range(3):
        for x in count(n):
            if x == stop:
                break
            if x == stop + 1:
                return "never"
        else:
            return "else", i
        if i == 1:
            return "broken", x
    return "end"


def nested(n):
    s = 0
    for a in count(n):
        for b in count(a):
            if b > 5:
                break
            for c in count(3):
                if c == a:
                    return "no", s
                s += a * b + c
            s += 1
    return s


def outer_next(rows):
    hits = 0
    for row in rows:
        for x in evens(row):
            if x > 4:
                hits += 1
                break
    return hits


def evens(values):
    for v in values:
        if v & 1:
            continue
        yield v


warm(leave, (5, 3), (5, 9), (0, 0))
# expect: ('broken', 3) ('else', 0) ('else', 0)
warm(nested, (3,), (12,))
# expect: ('no', 0) ('no', 0)
warm(outer_next, ([[1, 2, 6], [3], [8, 8], []],))
# expect: 2


# ---- pipelines: a generator's loop consumes another one


def odd(n):
    for x in count(n):
        if x & 1:
            yield x


def squared(n):
    for x in odd(n):
        yield x * x
        if x > 20:
            return


def pipeline(n):
    s = 0
    for v in squared(n):
        s += v
        if s > 900:
            break
    return s, v


warm(pipeline, (1 + 1,), (9,), (40,))
# expect: (1, 1) (84, 49) (969, 289)


# ---- pairs are taken apart; floats and objects; what a generator keeps of its own


def pairs(n):
    before = 0
    for i in range(n):
        yield i, before
        before += i


def use_pairs(n):
    s = 0
    for a, b in pairs(n):
        s += a * b
    return s


def mean(values):
    total = 0.0
    n = 0
    for v in values:
        total += v
        n += 1
        yield total / n


def use_mean(values):
    best = 0.0
    for m in mean(values):
        if m > best:
            best = m
    return best


warm(use_pairs, (10,), (0,))
# expect: 870 0
warm(use_mean, ([1.0, 5.0, 0.5],), ([3, 4.0, 10],))
# expect: 3.0 5.666666666666667


# ---- types change: in the body, in the generator


def doubled(values):
    for v in values:
        yield v + v


def join(values, s):
    for v in doubled(values):
        s = s + v
    return s


warm(join, ([1, 2, 3], 0))
# expect: 12
warm(join, ([1, 2.5, 3], 0), ([1, 2, 3], 0.5))
# expect: 13.0 12.5
warm(join, (["a", "b"], ""), ([2**62, 1], 0), ([[1], [2]], []))
# expect: aabb 9223372036854775810 [1, 1, 2, 2]


# ---- calls in the generator and in the body


def size(x):
    return len(str(x))


def sizes(n):
    for i in range(n):
        yield size(i)


def use_sizes(n):
    out = []
    for v in sizes(n):
        out.append(v + size(v))
        if len(out) > 50:
            return out[-1]
    return sum(out)


warm(use_sizes, (0,), (30,), (99,))
# expect: 0 80 3


# ---- exceptions: raised in the generator, in the body, in what they call; tracebacks and contexts


def fails(n):
    for i in range(n):
        if i == 4:
            raise ValueError("in the generator")
        yield 12 // (3 - i)


def use_fails(n):
    s = 0
    for v in fails(n):
        s += v
    return s


def body_fails(n):
    for v in count(n):
        if [1, 2, 3][v] == 9:
            return v
    return "end"


def lines(function, *args):
    try:
        return function(*args)
    except Exception as e:
        at = []
        tb = e.__traceback__
        while tb:
            at.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
        context = e.__context__ and type(e.__context__).__name__
        return type(e).__name__, at[1:], context


def in_handler(n):
    try:
        raise KeyError
    except KeyError:
        return use_fails(n)


def stops(n):
    for i in range(n):
        if i == 3:
            raise StopIteration(i)
        yield i


def use_stops(n):
    s = 0
    for v in stops(n):
        s += v
    return s


warm(lines, (use_fails, 3), (use_fails, 6))
# expect: 22 ('ZeroDivisionError', [('use_fails', 2), ('fails', 4)], None)
warm(lines, (body_fails, 3), (body_fails, 4))
# expect: end ('IndexError', [('body_fails', 2)], None)
warm(lines, (in_handler, 3), (in_handler, 6))
# expect: 22 ('ZeroDivisionError', [('in_handler', 4), ('use_fails', 2), ('fails', 4)], 'KeyError')
warm(lines, (use_stops, 3), (use_stops, 4))
# expect: 3 ('RuntimeError', [('use_stops', 2)], 'StopIteration')


def caught_inside(n):
    bad = 0
    for v in count(n):
        try:
            bad += 6 // (v - 2)
        except ZeroDivisionError:
            bad += 1000
    return bad


def caught_outside(n):
    try:
        for v in fails(n):
            pass
    except ZeroDivisionError as e:
        return "caught", v, e.__traceback__.tb_next.tb_frame.f_locals["i"]
    return v


warm(caught_inside, (2,), (5,))
# expect: -9 1000
warm(caught_outside, (3,), (6,))
# expect: 12 ('caught', 12, 3)


# ---- what is handled is that of the loop


def handled():
    e = sys.exception()
    return e and type(e).__name__


def tells(n):
    for i in range(n):
        yield handled()


def use_tells(n, fail):
    found = []
    try:
        if fail:
            raise LookupError
    except LookupError:
        for v in tells(n):
            found.append((v, handled()))
        return found
    for v in tells(n):
        found.append((v, handled()))
    return found


warm(use_tells, (2, True), (1, False))
# expect: [('LookupError', 'LookupError'), ('LookupError', 'LookupError')] [(None, None)]


# ---- somebody looks at the frames


def look(depth, names):
    f = sys._getframe(depth)
    names.append((f.f_code.co_name, sorted(f.f_locals), f.f_back.f_code.co_name))
    return f


def looked_at(n):
    for i in range(n):
        frame = look(1, seen)
        generators.append(frame.f_generator)
        yield i


def use_looked_at(n):
    for x in looked_at(n):
        look(1, seen)
    return len(seen)


seen, generators = [], []
for _ in range(50):
    del seen[:], generators[:]
    use_looked_at(3)
print(seen[:2], len(set(map(id, generators))), {g.__name__ for g in generators}, {g.gi_frame for g in generators})
# expect: [('looked_at', ['i', 'n'], 'use_looked_at'), ('use_looked_at', ['n', 'x'], '<module>')] 1 {'looked_at'} {None}


def change_caller():
    sys._getframe(1).f_locals["i"] = 40


def changed(n):
    i = 0
    while i < n:
        if i == 5 and change:
            change_caller()
        yield i
        i += 1


def use_changed(n):
    return_value = []
    for x in changed(n):
        return_value.append(x)
    return return_value


change = False
warm(use_changed, (7,))
# expect: [0, 1, 2, 3, 4, 5, 6]
change = True
warm(use_changed, (7,), (43,))
# expect: [0, 1, 2, 3, 4, 40] [0, 1, 2, 3, 4, 40, 41, 42]


# ---- the function changes while its loop runs


def numbers(n):
    for i in range(n):
        yield i


def others(n):
    for i in range(n):
        yield i * 10


def change_numbers(when, x):
    global numbers
    if when == x:
        numbers, other = others, numbers
        return other


def use_numbers(n, when):
    out = []
    for x in numbers(n):
        out.append(x)
        change_numbers(when, x)
    return out


warm(use_numbers, (3, -1))
# expect: [0, 1, 2]
print(use_numbers(4, 2), use_numbers(3, -1))
# expect: [0, 1, 2, 3] [0, 10, 20]


def use_code(n, when):
    out = []
    for x in count(n):
        out.append(x)
        if x == when:
            count.__code__ = others.__code__
    return out


code = count.__code__
warm(use_code, (3, -1))
# expect: [0, 1, 2]
print(use_code(4, 2), use_code(3, -1))
# expect: [0, 1, 2, 3] [0, 10, 20]
count.__code__ = code


# ---- inlined into an inlined function; methods; closures; defaults, *args and keywords


def small(n):
    s = 0
    for x in count(n):
        s += x
        if s > 10:
            return -s
    return s


def calls_small(n):
    s = 0
    for i in range(n):
        s += small(i)
    return s


class Bag:
    def __init__(self, *items):
        self.items = items

    def each(self, factor=2, *rest, plus=0):
        for item in self.items:
            yield item * factor + plus + len(rest)

    def __iter__(self):
        for item in self.items:
            yield item

    def total(self):
        s = 0
        for v in self.each():
            s += v
        for v in self.each(3, plus=1):
            s += v
        for v in self.each(1, 5, 6):
            s += v
        for v in self:
            s += v
        return s


def closure(k):
    def add(n):
        for i in range(n):
            yield i + k

    def use(n):
        nonlocal k
        s = 0
        for v in add(n):
            s += v
            k += 1
        return s

    return use(4), k


warm(calls_small, (4,), (9,))
# expect: 4 -25
warm(Bag(1, 2, 3).total, ())
# expect: 51
warm(closure, (0,), (5,))
# expect: (12, 4) (32, 9)


# ---- yields whose value is used; yield from and handlers, which stay generators


def answers(n):
    got = []
    for i in range(n):
        got.append((yield i))
    yield got


def use_answers(n):
    for v in answers(n):
        pass
    return v


def delegates(n):
    yield from count(n)
    yield -1


def cleans(n, log):
    try:
        for i in range(n):
            yield i
    finally:
        log.append("closed")


def use_others(n):
    log = []
    s = 0
    for v in delegates(n):
        s += v
    for v in cleans(n, log):
        if v == 2:
            break
    gc.collect()
    return s, len(log) <= 1


warm(use_answers, (2,), (0,))
# expect: [None, None] []
warm(use_others, (2,), (5,))
# expect: (0, True) (9, True)


# ---- deep recursion


def recursive(n):
    for x in count(1):
        return recursive(n - 1) + 1 if n else 0


def too_deep(n):
    try:
        return recursive(n)
    except RecursionError:
        return "too deep"


def depth_in_generator(n):
    for x in deeper(n):
        return x


def deeper(n):
    yield depth_in_generator(n - 1) + 1 if n else 0


def too_deep_inside(n):
    try:
        return depth_in_generator(n)
    except RecursionError:
        return "too deep"


warm(too_deep, (3,), (100,))
# expect: 3 100
print(too_deep(10**6))
# expect: too deep
warm(too_deep_inside, (3,), (100,))
# expect: 3 100
print(too_deep_inside(10**6))
# expect: too deep


# ---- collections while generators are inlined, suspended and made by exits


class Node:
    def __init__(self, value):
        self.value = value
        self.other = [value]


def nodes(n):
    keep = Node(-1)
    for i in range(n):
        node = Node(i)
        yield node
        keep = node if i % 7 == 0 else keep
    yield keep


def use_nodes(n):
    s = 0
    for node in nodes(n):
        s += node.value + node.other[0]
        if s % 5 == 0:
            junk = [Node(j) for j in range(s % 9)]
            s += len(junk)
    return s


warm(use_nodes, (30,))
# expect: 928
for _ in range(5):
    gc.collect()
    use_nodes(300)
print(use_nodes(300))
# expect: 90292


# ---- loops of the module, entered with a generator that exists already

s = 0
for x in count(3000):
    s += x
print(s)
# expect: 4498500
generator = count(3000)
next(generator)
s = 0
for x in generator:
    s += x
print(s, generator.gi_frame)
# expect: 4498500 None


def long_loop(n):
    s = 0
    for x in count(n):
        if x == 2500:
            s += 0.5
        s += x
    return s


print(long_loop(5000))
# expect: 12497500.5


# ---- a tracer sees the frames

events = []


def tracer(frame, event, argument):
    if frame.f_code.co_name in ("total", "count", "tracing"):
        events.append((frame.f_code.co_name, event))
        return tracer


for i in range(40):
    total(20)
sys.settrace(tracer)
total(1)
sys.settrace(None)
print([e for e in events if e[1] != "line"])
# expect: [('total', 'call'), ('count', 'call'), ('count', 'return'), ('count', 'call'), ('count', 'return'), ('total', 'return')]

# ---- a tracer that begins in the middle of the loop, and a generator that asks for it


def traces(x):
    if x == begin:
        sys.settrace(tracer)


def loop(n):
    s = 0
    for x in count(n):
        traces(x)
        s += x
    return s


def tracing(n):
    for i in range(n):
        traces(i)
        yield i


def loop_of_tracing(n):
    s = 0
    for x in tracing(n):
        s += x
    return s


begin = -1
warm(loop, (6,))
# expect: 15
warm(loop_of_tracing, (6,))
# expect: 15
begin = 3
for function in (loop, loop_of_tracing):
    del events[:]
    result = function(6)
    sys.settrace(None)
    print(result, [e for e in events if e[1] != "line"])
# expect: 15 [('count', 'call'), ('count', 'return'), ('count', 'call'), ('count', 'return'), ('count', 'call'), ('count', 'return')]
# expect: 15 [('tracing', 'call'), ('tracing', 'return'), ('tracing', 'call'), ('tracing', 'return'), ('tracing', 'call'), ('tracing', 'return')]

# ---- a suspended generator feeds one that is suspended, and the loop is left from there


def left_early(n):
    found = []
    for a in count(n):
        for v in squared(a + 4):
            for w in odd(a + 2):
                if w > 2:
                    break
                if v == 9 and a == 4:
                    return found, a, v, w
            else:
                found.append((a, v))
                continue
            if v > 30:
                break
    return found


warm(left_early, (3,), (8,))
# expect: [(0, 1), (0, 9), (1, 1), (1, 9)] ([(0, 1), (0, 9), (1, 1), (1, 9)], 4, 9, 1)
