"""Instructions that few programs have in hot code: `match`, `except*`, `with` whose body raises, deleted cells and names."""


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


def describe(thing):
    match thing:
        case 0 | 1:
            return "bit"
        case int(n) if n < 0:
            return "negative"
        case [] | ():
            return "empty"
        case [first, *rest]:
            return f"list of {first} and {len(rest)}"
        case {"kind": "pair", "left": left, **others}:
            return f"pair {left} {sorted(others)}"
        case {}:
            return "mapping"
        case Point(0, y):
            return f"on the axis {y}"
        case Point(x=px, y=py):
            return f"point {px} {py}"
        case str() as text:
            return "text " + text
        case _:
            return "other"


THINGS = [0, -5, [], [1, 2, 3], {"kind": "pair", "left": 1, "z": 2}, {}, Point(0, 3), Point(4, 5), "a", 7.5]


def count_all(n):
    counts = {}
    for _ in range(n):
        for thing in THINGS:
            text = describe(thing)
            counts[text] = counts.get(text, 0) + 1
    return counts


for text, n in count_all(400).items():
    print(text, n)


class BadArgs:
    __match_args__ = ("missing",)


def errors(n):
    seen = set()
    for i in range(n):
        try:
            match (BadArgs() if i % 2 else Point(1, 2)):
                case Point(1, 2, 3):
                    seen.add("no")
                case BadArgs(1):
                    seen.add("no")
                case _:
                    seen.add("other")
        except TypeError as error:
            seen.add(str(error))
    return sorted(seen)


print(errors(300))


def groups(n):
    handled = leftover = 0
    for i in range(n):
        try:
            try:
                raise ExceptionGroup("several", [ValueError(i), TypeError(i), KeyError(i)])
            except* ValueError as group:
                handled += len(group.exceptions)
            except* TypeError as group:
                handled += len(group.exceptions)
        except ExceptionGroup as rest:
            leftover += len(rest.exceptions)
    return handled, leftover


print(groups(300))


class Guard:
    def __init__(self, swallow):
        self.swallow = swallow
        self.seen = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self.seen.append((kind, str(value), traceback is not None))
        return self.swallow


def guarded(n):
    total, quiet, loud = 0, Guard(True), Guard(False)
    for i in range(n):
        with quiet:
            total += {0: 1}[i % 2]
        try:
            with loud:
                total += [10][i % 3]
        except IndexError:
            total += 100
    return total, len(quiet.seen), len(loud.seen), quiet.seen[0], loud.seen[1], loud.seen[0]


print(guarded(600))


def cells(n):
    raised = 0
    for i in range(n):
        value = i

        def read():
            return value

        assert read() == i
        del value
        try:
            read()
        except NameError:
            raised += 1
    return raised


print(cells(300))


def names(n):
    global temporary
    raised = 0
    for i in range(n):
        temporary = i
        del temporary
        try:
            del temporary
        except NameError as error:
            text = str(error)
            raised += 1
    return raised, text


print(names(300))


def classes(n):
    total = 0
    for i in range(n):
        step = i % 3

        class Made:
            size = step
            double = size + step

            def get(self):
                return self.size + self.double

        total += Made().get()
    return total


print(classes(200))
for i in range(500):
    temporary = i
    if i % 2:
        del temporary
print(temporary if "temporary" in globals() else "gone")


async def numbers(n):
    for i in range(n):
        yield i


async def consume(n):
    total = 0
    async for i in numbers(n):
        async for j in numbers(3):
            total += i * j
    return total


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


print(run(consume(300)))

# expect: bit 400
# expect: negative 400
# expect: empty 400
# expect: list of 1 and 2 400
# expect: pair 1 ['z'] 400
# expect: mapping 400
# expect: on the axis 3 400
# expect: point 4 5 400
# expect: text a 400
# expect: other 400
# expect: ['Point() accepts 2 positional sub-patterns (3 given)', 'other']
# expect: (600, 300)
# expect: (42300, 600, 600, (None, 'None', False), (<class 'IndexError'>, 'list index out of range', True), (None, 'None', False))
# expect: 300
# expect: (300, "name 'temporary' is not defined")
# expect: 597
# expect: gone
# expect: 134550
