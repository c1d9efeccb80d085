"""Coroutines under an event loop: tasks, queues, locks, gather, async generators and context managers; no I/O."""

import asyncio
import sys


class Channel:
    """A counted resource taken and given back around awaits."""

    def __init__(self, slots):
        self.semaphore = asyncio.Semaphore(slots)
        self.used = 0

    async def __aenter__(self):
        await self.semaphore.acquire()
        self.used += 1
        return self

    async def __aexit__(self, kind, value, traceback):
        self.semaphore.release()
        return False


async def produce(queue, start, count):
    for i in range(count):
        await queue.put(start + i)
    await queue.put(None)


async def consume(queue, results):
    while True:
        item = await queue.get()
        if item is None:
            return
        results.append(item * item % 101)


async def countdown(start):
    while start > 0:
        yield start
        start -= 1
        if start % 8 == 0:
            await asyncio.sleep(0)


async def worker(channel, number):
    total = 0
    async with channel:
        async for value in countdown(number % 20 + 5):
            total += value
    return total


async def fib(n):
    """Awaits that never suspend: the cost of the coroutine protocol alone."""
    if n < 2:
        return n
    return await fib(n - 1) + await fib(n - 2)


async def failing(number):
    await asyncio.sleep(0)
    if number % 3 == 0:
        raise ValueError(number)
    return number


async def exercise():
    results = []
    queues = [asyncio.Queue(maxsize=10) for _ in range(5)]
    await asyncio.gather(
        *(produce(queue, 100 * i, 1600) for i, queue in enumerate(queues)),
        *(consume(queue, results) for queue in queues),
    )
    channel = Channel(7)
    totals = await asyncio.gather(*(worker(channel, number) for number in range(1200)))
    outcomes = await asyncio.gather(*(failing(number) for number in range(1200)), return_exceptions=True)
    failed = sum(isinstance(outcome, ValueError) for outcome in outcomes)
    task = asyncio.create_task(asyncio.sleep(3600))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        failed += 1000
    return len(results), sum(results), sum(totals), channel.used, failed, await fib(20)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        print(number, *asyncio.run(exercise()), flush=True)


if __name__ == "__main__":
    main()
