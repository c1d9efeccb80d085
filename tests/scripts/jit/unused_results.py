"""Operations whose results nobody uses still raise, and loops are left and entered again by exceptions."""


def translate(times):
    chained = 0
    for i in range(times):
        try:
            try:
                [1, 2, 3][i % 5]
            except IndexError as error:
                raise LookupError("no such place") from error
        except LookupError as error:
            if isinstance(error.__cause__, IndexError):
                chained += 1
    return chained


print(translate(3000))  # expect: 1200


def divide(numbers):
    wrong = 0
    for x in numbers:
        try:
            7 // x
            7 % x
            7 / x
            1.5 / x
        except ZeroDivisionError:
            wrong += 1
    return wrong


print(divide([1, 2, 0, 3, 0] * 600))  # expect: 1200


def shift(distances):
    wrong = 0
    for d in distances:
        try:
            1 << d
            1 >> d
        except ValueError:
            wrong += 1
    return wrong


print(shift([1, -2, 3] * 1000))  # expect: 1000


def pick(pair, places):
    wrong = 0
    for at in places:
        try:
            pair[at]
        except IndexError:
            wrong += 1
    return wrong


print(pick((1, 2), [0, 1, 2] * 1000), pick([1, 2], [0, -3, 2] * 1000))  # expect: 1000 2000


class Thing:
    pass


def order(pairs):
    wrong = 0
    for a, b in pairs:
        try:
            a < b
        except TypeError:
            wrong += 1
        try:
            b >= a
        except TypeError:
            wrong += 1
    return wrong


print(order([(Thing(), Thing()), (1, "one"), (None, None), (1, 2)] * 300))  # expect: 1800


def find(items, wanted):
    """The last instruction raises."""
    for item in items:
        if item == wanted:
            return item
    else:
        raise ValueError("not there")


def look(times):
    missed = 0
    for i in range(times):
        try:
            find([4, 3, 2, 1], i % 5)
        except ValueError:
            missed += 1
    return missed


print(look(1000))  # expect: 200
