"""`f(a, *args)`: what may stand behind the star, in which order, and what goes wrong."""


def show(*args, **kwargs):
    return args, kwargs


class Loud(tuple):
    def __iter__(self):
        return iter(("loud", *tuple.__iter__(self)))


class Failing:
    def __iter__(self):
        yield 1
        raise KeyError("inside")


class Getter:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError
        return i * 10


log = []


def note(x):
    log.append(x)
    return x


def calls(rest):
    return show(0, *rest), show(0, 1, *rest, k=2)


long = tuple(range(20))
for rest in ((), (1, 2), [3], {4: 5}, "ab", range(2), iter([6]), Loud((1, 2)), Getter(), long):
    for _ in range(150):
        out = show(0, *rest)
    print(out[0] if len(out[0]) < 10 else len(out[0]))
print(calls([7]))
note(show(note(1), *note([2]), **note({"k": 3})))
print(log)


def wrong(rest):
    for _ in range(150):
        try:
            show(1, *rest)
        except Exception as e:
            text = repr(e)
    return text


print(wrong(5), wrong(Failing()), wrong(None))


class Bound:
    def method(self, *args):
        return self, args


bound = Bound()
for _ in range(150):
    out = bound.method(1, *(2, 3))
print(out == (bound, (1, 2, 3)), max(3, *[9, 4]), "{} {}".format(1, *[2]), print(1, *[2, 3], sep="-"))
x = 1
for _ in range(150):
    out = show(x, *(x := 2, x))
    x = 1
print(out)

# expect: (0,)
# expect: (0, 1, 2)
# expect: (0, 3)
# expect: (0, 4)
# expect: (0, 'a', 'b')
# expect: (0, 0, 1)
# expect: (0,)
# expect: (0, 'loud', 1, 2)
# expect: (0, 0, 10, 20)
# expect: 21
# expect: (((0, 7), {}), ((0, 1, 7), {'k': 2}))
# expect: [1, [2], {'k': 3}, ((1, 2), {'k': 3})]
# expect: TypeError('Value after * must be an iterable, not int') KeyError('inside') TypeError('Value after * must be an iterable, not NoneType')
# expect: 1-2-3
# expect: True 9 1 2 None
# expect: ((1, 2, 2), {})
