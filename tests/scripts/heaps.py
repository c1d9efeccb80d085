# `heapq` with items that compare without code, with items that run code, and with both in one heap.
import heapq
import random

rng = random.Random(5)


class Job:
    compared = 0

    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        Job.compared += 1
        return self.n < other.n

    def __repr__(self):
        return f"Job({self.n})"


def mixed(n):
    """Tuples that are decided by their first item, or only by one that runs code."""
    return (n // 4, Job(n))


MAKERS = {
    "ints": lambda n: n,
    "floats": lambda n: n / 3,
    "numbers": lambda n: n if n % 2 else float(n),
    "big": lambda n: n << 60,
    "strings": str,
    "pairs": lambda n: (n % 7, n),
    "triples": lambda n: (n / 2, str(n), None),
    "prefixes": lambda n: (1,) * n,
    "nested": lambda n: ((n % 5, "x"), n),
    "lists": lambda n: [n % 3, n],
    "jobs": Job,
    "mixed": mixed,
}


def key(item):
    return repr(item)


for name, make in MAKERS.items():
    numbers = [rng.randrange(200) for _ in range(150)]
    if name in ("triples", "jobs", "mixed"):
        numbers = rng.sample(range(1000), 150)
    items = [make(n) for n in numbers]
    ordered = sorted(items)
    heap = []
    for item in items:
        heapq.heappush(heap, item)
        assert all(not heap[i] < heap[(i - 1) // 2] for i in range(1, len(heap)))
    assert list(map(key, (heapq.heappop(heap) for _ in range(150)))) == list(map(key, ordered)), name
    heap = items[:]
    heapq.heapify(heap)
    out = [heapq.heappop(heap) for _ in range(50)] + [heapq.heapreplace(heap, ordered[-1]) for _ in range(100)]
    assert list(map(key, out)) == list(map(key, ordered)), name
    heap = items[:]
    heapq.heapify_max(heap)
    assert list(map(key, (heapq.heappop_max(heap) for _ in range(150)))) == list(map(key, ordered[::-1])), name
    assert list(map(key, heapq.nsmallest(5, items))) == list(map(key, ordered[:5]))
    heap = items[:10]
    heapq.heapify(heap)
    for item in items[10:]:
        heapq.heappushpop(heap, item)
    assert list(map(key, sorted(heap))) == list(map(key, ordered[-10:]))
print("sorted", Job.compared > 1000)  # expect: sorted True

# The same layout as a plain implementation: ties, and NaN, which is below nothing.
nan = float("nan")
heap = [3, nan, 1, 2.5, nan, 0, True]
heapq.heapify(heap)
print(heap)  # expect: [0, nan, True, 2.5, nan, 1, 3]
heapq.heappush(heap, 1.0)
print([heapq.heappop(heap) for _ in range(len(heap))])  # expect: [0, True, 1, 2.5, 3, nan, nan, 1.0]
heap = [(1, nan), (1, nan), (0, "b"), (1,), ()]
heapq.heapify(heap)
print(heap)  # expect: [(), (1,), (0, 'b'), (1, nan), (1, nan)]

# What cannot be compared leaves all items in the heap.
heap = [1, 2, 3, 4, 5, "six"]
try:
    while True:
        heapq.heappop(heap)
except TypeError as e:
    print(e, sorted(map(str, heap)))  # expect: '<' not supported between instances of 'str' and 'int' ['2', '3', '4', '5', 'six']
heap = [(0, 1), (1, "a"), (1, 2)]
try:
    heapq.heappush(heap, (0, None))
except TypeError as e:
    print(e, sorted(map(str, heap)))  # expect: '<' not supported between instances of 'NoneType' and 'int' ['(0, 1)', '(0, None)', "(1, 'a')", '(1, 2)']


# A comparison that changes the heap.
class Saboteur(Job):
    def __lt__(self, other):
        heap.clear()
        return True


heap = [Job(1), Job(2), Job(3), Saboteur(0)]
try:
    heapq.heapify(heap)
except RuntimeError as e:
    print(e, heap)  # expect: list changed size during iteration []
heap = [(1, Job(0)), (1, Saboteur(3)), (1, Job(2)), (1, Job(4))]
try:
    heapq.heappop(heap)
except RuntimeError as e:
    print(e, heap)  # expect: list changed size during iteration []
