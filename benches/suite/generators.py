"""Generators: pipelines of them, recursive yield from over a tree, send, early exit, generator expressions."""

import sys


class Tree:
    def __init__(self, value):
        self.value = value
        self.left = None
        self.right = None

    def insert(self, value):
        node = self
        while True:
            if value < node.value:
                if node.left is None:
                    node.left = Tree(value)
                    return
                node = node.left
            else:
                if node.right is None:
                    node.right = Tree(value)
                    return
                node = node.right

    def __iter__(self):
        if self.left is not None:
            yield from self.left
        yield self.value
        if self.right is not None:
            yield from self.right


def numbers(limit):
    n = 0
    while n < limit:
        yield n
        n += 1


def keep(predicate, source):
    for value in source:
        if predicate(value):
            yield value


def transform(function, source):
    for value in source:
        yield function(value)


def take(count, source):
    for value in source:
        if count == 0:
            return
        count -= 1
        yield value


def windows(source, size):
    window = []
    for value in source:
        window.append(value)
        if len(window) > size:
            window.pop(0)
        if len(window) == size:
            yield tuple(window)


def running_mean():
    """A coroutine: send it numbers, it answers with their integer mean so far."""
    total = count = 0
    mean = 0
    while True:
        value = yield mean
        total += value
        count += 1
        mean = total // count


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i, item in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield [item, *rest]


def pipeline_sum(limit):
    squares = transform(lambda n: n * n, keep(lambda n: n % 3 != 0, numbers(limit)))
    return sum(a + c - b for a, b, c in windows(squares, 3))


def tree_checksum(count, seed):
    tree = Tree(500_000)
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        tree.insert(seed % 1_000_000)
    return sum(i * value for i, value in enumerate(tree)) % 1000003


def mean_of(limit):
    averager = running_mean()
    next(averager)
    mean = 0
    for value in take(limit, transform(lambda n: n * 7 % 1000, numbers(10**9))):
        mean = averager.send(value)
    averager.close()
    return mean


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        derangements = sum(
            1 for p in permutations(list(range(7))) if all(i != value for i, value in enumerate(p))
        )
        print(
            number, pipeline_sum(60_000 + number), tree_checksum(7000, number), mean_of(50_000), derangements,
            flush=True,
        )


if __name__ == "__main__":
    main()
