"""A class may lie where one with a variable of the same name has been: what was known of that is not true of it."""
import gc


def make():
    class Counter:
        count = 0

    return Counter


def read(thing):
    return thing.count


def store_again_and_again(n):
    wrong = 0
    for _ in range(n):
        counter = make()
        instance = counter()
        for value in (1, 2, 3, 4):
            before = [read(instance), read(counter), read(instance), counter.count, instance.count]
            counter.count = value
            after = [read(instance), read(counter), read(instance), counter.count, instance.count]
            wrong += before != [value - 1] * 5
            wrong += after != [value] * 5
        del counter, instance
        gc.collect()
    return wrong


print(store_again_and_again(120))  # expect: 0
