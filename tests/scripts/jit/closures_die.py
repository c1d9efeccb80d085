# Machine code of a closure keeps neither the function that was hot nor what it has closed over.
import gc
import time
import weakref


class Held:
    pass


def make():
    held = Held()
    total = 0

    def hot(n):
        nonlocal total
        held.seen = n
        for i in range(n):
            total += i
        return total

    return hot, weakref.ref(held)


refs = []
for round in range(6):
    hot, ref = make()
    for i in range(3000):
        result = hot(3)
    refs.append(ref)
    print(round, result)
del hot, ref


def alive():
    gc.collect()
    return sum(ref() is not None for ref in refs)


# The last may still be seen by a conservative look at the stack; functions whose code is being made live until it is there.
for attempt in range(100):
    if alive() <= 1:
        break
    time.sleep(0.05)
print(alive() <= 1)
# expect: 0 9000
# expect: 1 9000
# expect: 2 9000
# expect: 3 9000
# expect: 4 9000
# expect: 5 9000
# expect: True
