"""Awaits in compiled code: coroutines made without a frame, awaited at once or later, twice, from two places; async generators."""
import asyncio
import sys


def run(coroutine):
    """Drives a coroutine that waits for nothing."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


async def fib(n):
    if n < 2:
        return n
    return await fib(n - 1) + await fib(n - 2)


print(run(fib(17)))
# expect: 1597


class Pause:
    def __await__(self):
        got = yield "pause"
        return got


async def pausing(a, b):
    await Pause()
    return a * 10 + b


async def pauses(n):
    total = 0
    for i in range(n):
        total += await pausing(i, 1)
        later = pausing(1, i)
        total += 1
        total += await later
    return total


print(run(pauses(2000)))
# expect: 22013000


async def reuse(n):
    errors = 0
    for i in range(n):
        c = fib(1)
        await c
        if i % 10 == 0:
            try:
                await c
            except RuntimeError as e:
                errors += 1
                message = str(e)
    return errors, message


print(run(reuse(3000)))
# expect: (300, 'cannot reuse already awaited coroutine')


async def shared(n):
    errors = 0
    for i in range(n):
        c = pausing(i, 2)
        if i % 7 == 0:
            c.send(None)
            try:
                await c
            except RuntimeError as e:
                errors += 1
                message = str(e)
            c.close()
        else:
            await c
    return errors, message


print(run(shared(2100)))
# expect: (300, 'coroutine is being awaited already')


async def numbers(n):
    for i in range(n):
        got = yield i
        if got:
            await Pause()
    yield -1


async def over(n):
    total = 0
    async for i in numbers(n):
        total += i
    source = numbers(n)
    total += await anext(source)
    total += await source.asend(True)
    total += await source.asend(None)
    async for i in source:
        total += i
    try:
        await source.__anext__()
    except StopAsyncIteration:
        total += 100000
    step = numbers(1).__anext__()
    total += await step
    try:
        await step
    except RuntimeError as e:
        print(e)
    return total


print(sum(run(over(20)) for _ in range(1)), run(over(3000)))
# expect: cannot reuse already awaited __anext__()/asend()
# expect: cannot reuse already awaited __anext__()/asend()
# expect: 100378 9096998


def evens(n, m):
    for i in range(n, m, 2):
        yield i


def consume(rounds):
    return sum(next(evens(i, i + 2)) for i in range(rounds))


print(consume(3000))
# expect: 4498500


async def changing(n):
    global fib
    total = 0
    for i in range(n):
        total += await fib(2)
        if i == n - 100:
            async def fib(n):
                return 5
    return total


print(run(changing(2000)))
# expect: 2396


async def origin():
    return fib(3)


for i in range(2000):
    c = run(origin())
    if i == 1900:
        sys.set_coroutine_origin_tracking_depth(1)
    if i == 1950:
        print(c.cr_origin is not None, c.cr_origin[0][2])
    c.close()
sys.set_coroutine_origin_tracking_depth(0)
# expect: True origin


async def futures(n):
    loop = asyncio.get_running_loop()
    total = 0
    for i in range(n):
        f = loop.create_future()
        if i % 2:
            loop.call_soon(f.set_result, i)
        else:
            f.set_result(i)
        total += await f
        f = loop.create_future()
        loop.call_soon(f.set_exception, KeyError(i))
        try:
            await f
        except KeyError as e:
            total += e.args[0]
    task = asyncio.create_task(pause_for_ever())
    await asyncio.sleep(0)
    task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError as e:
        total += len(e.args[0])
    return total


async def pause_for_ever():
    await asyncio.get_running_loop().create_future()


print(asyncio.run(futures(1500)))
# expect: 2248506
