"""Naive Fibonacci: nothing but calls, comparisons and additions of small integers."""

import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        print(number, fib(28), flush=True)


if __name__ == "__main__":
    main()
