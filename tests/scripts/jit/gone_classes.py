"""A site may remember a class that the collector has taken since. Compiled code must not bring it back."""

import array
import gc

SOURCE = """
def count(o, flag, rounds):
    total = 0
    for _ in range(rounds):
        if flag:
            total += o.value
            o.other = total
        total += 1
    return total
"""


def fresh_count():
    """`count` with sites of its own."""
    namespace = {}
    exec(SOURCE, namespace)
    return namespace["count"]


def make(i):
    class Short:
        def __init__(self):
            self.value = i
            self.other = i

    return Short()


def use_and_forget(function, i, depth=40):
    """Calls the function far from the frames that the caller will have, which leave no words about its classes."""
    if depth > 0:
        return use_and_forget(function, i, depth - 1)
    return [function(make(i), True, 3) for _ in range(3)]


def overwrite():
    """Gives the memory of what has just been freed to others."""
    return [array.array("Q", [1] * (i % 8)) for i in range(2000)]


for i in range(20):
    function = fresh_count()
    before = use_and_forget(function, i)
    gc.collect()
    kept = overwrite()
    assert before == [3 * i + 3] * 3 and function(None, False, 5000) == 5000
    gc.collect()
print("done")
# expect: done
