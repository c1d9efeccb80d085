"""Building and walking short-lived binary trees: allocation of small objects, garbage collection, recursion."""

import sys

DEPTH = 14


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def build(depth):
    if depth == 0:
        return Node(None, None)
    return Node(build(depth - 1), build(depth - 1))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    long_lived = build(DEPTH)
    for number in range(rounds):
        total = 0
        for depth in range(4, DEPTH + 1, 2):
            for _ in range(1 << (DEPTH - depth)):
                total += build(depth).count()
        print(number, total, long_lived.count(), flush=True)


if __name__ == "__main__":
    main()
