"""Functions that make functions: cells, nonlocal state, decorators, composition, lambdas as arguments."""

import functools
import sys


def make_counter(step):
    total = 0

    def count(times=1):
        nonlocal total
        total += step * times
        return total

    return count


def compose(*functions):
    def composed(value):
        for function in functions:
            value = function(value)
        return value

    return composed


def adder(amount):
    return lambda value: value + amount


def clamp(low, high):
    def clamped(value):
        if value < low:
            return low
        return high if value > high else value

    return clamped


def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


@counted
def scale(value, factor=2):
    return value * factor % 1009


def make_account(balance):
    def deposit(amount):
        nonlocal balance
        balance += amount
        return balance

    def withdraw(amount):
        nonlocal balance
        if amount > balance:
            return None
        balance -= amount
        return balance

    return deposit, withdraw, lambda: balance


def fold(function, values, start):
    result = start
    for value in values:
        result = function(result, value)
    return result


def exercise(size):
    counters = [make_counter(step) for step in range(1, 6)]
    pipeline = compose(adder(3), scale, clamp(10, 900), lambda value: value ^ 5)
    deposit, withdraw, balance = make_account(1000)
    refused = 0
    for i in range(size):
        counters[i % 5](i & 3)
        deposit(pipeline(i) & 15)
        if withdraw(12) is None:
            refused += 1
    count_total = sum(counter(0) for counter in counters)
    folded = fold(lambda total, value: (total * 3 + value) % 65537, map(adder(7), range(size)), 1)
    return count_total, balance(), refused, folded


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        print(number, *exercise(60_000), scale.calls, flush=True)


if __name__ == "__main__":
    main()
