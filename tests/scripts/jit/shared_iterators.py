"""Iterators that others have, too: a loop that is left by `return` has moved them."""


def split(iterator):
    def group(number):
        nonlocal current
        yield current
        for current in iterator:
            if current != number:
                return
            yield current

    current = next(iterator)
    while current >= 0:
        yield group(current)


def split_all(make):
    wrong = 0
    for _ in range(400):
        groups = [list(group) for group in split(make())]
        if groups != [[i] * 3 for i in range(20)]:
            wrong += 1
    return wrong


NUMBERS = [i // 3 for i in range(60)] + [-1]
print(split_all(lambda: iter(NUMBERS)))  # expect: 0
print(split_all(lambda: iter(tuple(NUMBERS))))  # expect: 0


def up_to(iterator, last):
    def numbers():
        for x in iterator:
            if x == last:
                return
            yield x

    return sum(numbers())


def stand(times):
    left = set()
    for _ in range(times):
        numbers = iter(range(100))
        up_to(numbers, 50)
        left.add(next(numbers))
        numbers = iter(list(range(100)))
        up_to(numbers, 50)
        left.add(next(numbers))
        up_to(numbers, -1)
        left.add(next(numbers, "end"))
    return sorted(left, key=str)


print(stand(300))  # expect: [51, 'end']


def grows(times):
    """What has ended stays so."""
    more = 0
    for _ in range(times):
        items = [1, 2, 3]
        iterator = iter(items)
        up_to(iterator, 0)
        items.append(4)
        more += sum(iterator)
    return more


print(grows(300))  # expect: 0
