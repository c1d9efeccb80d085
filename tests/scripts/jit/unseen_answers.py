# Whether a handler drops an exception is remembered for handler and class; the names it asks for may change their meaning.

Missing = KeyError


def named(table):
    try:
        return table["x"]
    except Missing:
        return "missing"


def built_in(table):
    try:
        return table["x"]
    except KeyError:
        return "missing"


def several(table, key):
    try:
        return table[key]
    except (KeyError, Missing):
        return "either"
    except TypeError:
        return "type"


def counted(table, n):
    try:
        return table["x"]
    except KeyError:
        n += 1
    return n


def seen(function, *args):
    """The result, or the functions that the traceback of the exception shows."""
    try:
        return function(*args)
    except LookupError as error:
        names, at = [], error.__traceback__
        while at is not None:
            names.append(at.tb_frame.f_code.co_name)
            at = at.tb_next
        return names


def run(rounds):
    for _ in range(rounds):
        results = (
            seen(named, {}), seen(built_in, {}), seen(several, {}, "x"), seen(several, {}, []), seen(several, [], 7),
            seen(counted, {}, 1), seen(counted, {}, 1 << 80),
        )
    return results


print(run(80))
Missing = IndexError
print(run(80))
KeyError = IndexError
print(run(80))
del KeyError
print(run(80))
Missing = LookupError
print(run(80))


class First(LookupError):
    pass


class Second(LookupError):
    pass


class Third(LookupError):
    pass


class Raised(First):
    pass


class Table(dict):
    def __missing__(self, key):
        raise Raised


def first(table):
    try:
        return table["x"]
    except First:
        return "first"
    except Second:
        return "second"


for bases in (First,), (Second,), (Third,), (First,):
    Raised.__bases__ = bases
    for _ in range(80):
        result = seen(first, Table())
    print(result)
# expect: ('missing', 'missing', 'either', 'type', ['seen', 'several'], 2, 1208925819614629174706177)
# expect: (['seen', 'named'], 'missing', 'either', 'type', 'either', 2, 1208925819614629174706177)
# expect: (['seen', 'named'], ['seen', 'built_in'], ['seen', 'several'], 'type', 'either', ['seen', 'counted'], ['seen', 'counted'])
# expect: (['seen', 'named'], 'missing', 'either', 'type', 'either', 2, 1208925819614629174706177)
# expect: ('missing', 'missing', 'either', 'type', 'either', 2, 1208925819614629174706177)
# expect: first
# expect: second
# expect: ['seen', 'first', '__missing__']
# expect: first
