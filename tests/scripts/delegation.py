"""`yield from` and `await`: what is resumed in the frame's own window, and every way out of it."""

import sys


def leaf(n):
    for i in range(n):
        got = yield i
        if got is not None:
            yield ("got", got)
    return n * 10


def middle(n):
    result = yield from leaf(n)
    yield ("result", result)
    return "end"


def outer(n):
    return (yield from middle(n))


def drain(g):
    items = []
    while True:
        try:
            items.append(next(g))
        except StopIteration as stop:
            return items, stop.value


for _ in range(3):
    print(drain(outer(2)))
# expect: ([0, 1, ('result', 20)], 'end')
# expect: ([0, 1, ('result', 20)], 'end')
# expect: ([0, 1, ('result', 20)], 'end')

g = outer(2)
print(next(g), g.send("x"), next(g), g.gi_yieldfrom.gi_yieldfrom.gi_yieldfrom)  # expect: 0 ('got', 'x') 1 None
g = outer(2)
try:
    g.send(1)
except TypeError as e:
    print(e)  # expect: can't send non-None value to a just-started generator


def catching():
    try:
        yield from leaf(3)
    except KeyError as e:
        yield ("caught", e.args)
    yield from (7, 8)


g = catching()
print(next(g), g.throw(KeyError("k")), list(g))  # expect: 0 ('caught', ('k',)) [7, 8]


def failing():
    yield 1
    raise LookupError("inside")


def through():
    yield from failing()


def names(e):
    tb, found = e.__traceback__, []
    while tb:
        found.append(tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    return found


try:
    for x in through():
        pass
except LookupError as e:
    print(x, names(e)[1:])  # expect: 1 ['through', 'failing']


def stopping():
    yield 1
    raise StopIteration(3)


def stopped():
    yield from stopping()


try:
    list(stopped())
except RuntimeError as e:
    print(e, repr(e.__cause__), names(e)[1:])  # expect: generator raised StopIteration StopIteration(3) ['stopped']


def who():
    frame, found = sys._getframe(1), []
    while frame.f_code.co_name != "<module>":
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


def asking():
    yield who()


def delegating():
    yield from asking()


print(next(delegating()), list(delegating()))  # expect: ['asking', 'delegating'] [['asking', 'delegating']]


def endless():
    yield from endless()


try:
    next(endless())
except RecursionError as e:
    print(type(e).__name__)  # expect: RecursionError


def itself():
    yield from ME


ME = itself()
try:
    next(ME)
except ValueError as e:
    print(e)  # expect: generator already executing


def cleaning(log):
    try:
        yield 1
    finally:
        log.append("inner")


def closes(log):
    try:
        yield from cleaning(log)
    finally:
        log.append("outer")


log = []
g = closes(log)
next(g)
g.close()
print(log)  # expect: ['inner', 'outer']


def handled():
    yield type(sys.exception())


def handling():
    try:
        [][1]
    except IndexError:
        yield from handled()
        yield type(sys.exception())
    yield type(sys.exception())


print([t.__name__ for t in handling()])  # expect: ['IndexError', 'IndexError', 'NoneType']


class Ready:
    def __await__(self):
        return (yield "wait")


async def inner(n):
    return await Ready() + n


async def calls():
    return [await inner(i) for i in range(3)]


c, steps = calls(), []
try:
    value = None
    while True:
        steps.append(c.send(value))
        value = len(steps)
except StopIteration as stop:
    print(steps, stop.value)  # expect: ['wait', 'wait', 'wait'] [1, 3, 5]

events = []


def tracer(frame, event, arg):
    if frame.f_code.co_name in ("starts", "begun"):
        events.append((frame.f_code.co_name, event))
    return tracer


def begun():
    sys.settrace(tracer)
    yield 1
    yield 2


def starts():
    return (yield from begun())


print(list(starts()))  # expect: [1, 2]
sys.settrace(None)
print(events[:3])  # expect: [('starts', 'call'), ('begun', 'call'), ('begun', 'line')]
