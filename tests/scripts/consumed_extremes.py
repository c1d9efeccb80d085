# max and min of a generator expression are loops in the frame of the caller.
import sys


def of(values):
    return max(v for v in values), min(v for v in values)


print(of([3, 1, 2]), of([2.5, 1]), of(["b", "a", "ab"]), of([(1, 2), (1, 3)]), of([True, 0, -1]))

# The first of equal ones stays; what is not ordered with the others depends on the order.
nan = float("nan")
print(of([1, 1.0, True]), of([nan, 1.0, 2.0]), of([1.0, nan, 2.0]), of([0.0, -0.0]), of([-0.0, 0.0]))


class Odd:
    """Compares as it likes, and answers what it likes."""

    def __init__(self, name):
        self.name = name

    def __gt__(self, other):
        print("gt", self.name, other.name)
        return [] if self.name == "b" else [1]

    def __lt__(self, other):
        print("lt", self.name, other.name)
        return self.name == "c"

    def __repr__(self):
        return self.name


print(max(o for o in map(Odd, "abc")), min(o for o in map(Odd, "abc")))


def failing(what):
    try:
        what()
    except Exception as error:
        lines = []
        traceback = error.__traceback__
        while traceback:
            lines.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        print(type(error).__name__, error, lines, type(error.__cause__).__name__)


failing(lambda: max(v for v in []))
failing(lambda: min(v for v in [1] if v > 1))
failing(lambda: max(v for v in [1, "a"]))
failing(lambda: max(1 // v for v in [1, 0]))
failing(lambda: max(next(iter([])) for v in [1]))
failing(lambda: min(v for v in 5))


class Stops:
    def __gt__(self, other):
        raise StopIteration("from a comparison")


failing(lambda: max(v for v in [Stops(), Stops()]))

# None and False are elements as others are.
print(max(v for v in [None]), min(v for v in [False]), max(v for v in [False, False]))


def hot(rounds):
    total = 0
    rows = [[1.5, 2.5, 0.5], [3, 1, 2], [(1, 2), (0, 5)], ["x", "y"]]
    for at in range(rounds):
        row = rows[at % 2]
        total += max(v * 2 for v in row) - min(v for v in row if v)
        if at == rounds // 2:
            total += len(max(v for v in rows[3])) + max(v for v in rows[2])[1]
    return total


print(hot(4000))


def nested(matrix):
    return max(max(abs(v) for v in row) for row in matrix)


print(sum(nested([[1, -5, 2], [3.5, at % 9, -at]]) for at in range(3000)))


# Another function of the name, and one that is replaced in the middle.
def shadowed(values):
    def max(items):
        return ("own", list(items))

    return max(v for v in values)


print(shadowed([1, 2]))


def replaced(rounds):
    global min
    results = set()
    for at in range(rounds):
        if at == rounds - 3:
            min = lambda items: ("replaced", *items)
        results.add(min(v + at % 2 for v in (4, 3)))
    del min
    return sorted(results, key=str)


print(replaced(2000))

# expect: (3, 1) (2.5, 1) ('b', 'a') ((1, 3), (1, 2)) (True, -1)
# expect: (1, 1) (nan, nan) (2.0, 1.0) (0.0, 0.0) (-0.0, -0.0)
# expect: gt b a
# expect: gt c a
# expect: lt b a
# expect: lt c a
# expect: c c
# expect: ValueError max() iterable argument is empty ['failing', '<lambda>'] NoneType
# expect: ValueError min() iterable argument is empty ['failing', '<lambda>'] NoneType
# expect: TypeError '>' not supported between instances of 'str' and 'int' ['failing', '<lambda>'] NoneType
# expect: ZeroDivisionError division by zero ['failing', '<lambda>', '<genexpr>'] NoneType
# expect: RuntimeError generator raised StopIteration ['failing', '<lambda>'] StopIteration
# expect: TypeError 'int' object is not iterable ['failing', '<lambda>'] NoneType
# expect: StopIteration from a comparison ['failing', '<lambda>', '__gt__'] NoneType
# expect: None False False
# expect: 19003.0
# expect: 4498515
# expect: ('own', [1, 2])
# expect: [('replaced', 4, 3), ('replaced', 5, 4), 3, 4]
