"""Attributes of classes that are stored to again and again: whoever reads them sees the latest value, wherever it comes from."""


class Counter:
    opened = 0
    limit = 10

    def open(self):
        Counter.opened += 1
        return self

    def seen(self):
        return self.opened

    @classmethod
    def total(cls):
        return cls.opened


class Special(Counter):
    def through_super(self):
        return super().opened


def run(n):
    counter, special = Counter(), Special()
    out = []
    for i in range(n):
        counter.open()
        out.append(
            (
                Counter.opened, counter.seen(), special.seen(), Special.opened, Special.total(),
                special.through_super(),
            )
        )
        assert len(set(out[-1])) == 1, out[-1]
    return out[-1]


print(run(3))
print(run(3000))

# Methods of the class are what they were, until they change.
counter = Counter()


def total_limit(n):
    result = 0
    for _ in range(n):
        counter.open()
        result += counter.limit
    return result


print(total_limit(2000))
Counter.limit = 11
print(total_limit(2000))
Counter.limit = 12
print(total_limit(2000))
Counter.limit = 13
print(total_limit(2000))

# A subclass gets an attribute of its own, and loses it.
Special.opened = -1
print(Special().seen(), Counter().seen() == Counter.opened, Special().through_super() == Counter.opened)
del Special.opened
print(Special().seen() == Counter.opened)


def read(objects):
    return [o.opened for o in objects]


def alternate(n):
    objects = [Counter(), Special()]
    for i in range(n):
        Counter.opened = i
        assert read(objects) == [i, i]
        if i % 100 == 50:
            Counter.opened = property(lambda self: "property")
            assert read(objects) == ["property", "property"], read(objects)
        if i % 100 == 60:
            Counter.opened = lambda self: "method"
            assert [o.opened() for o in objects] == ["method", "method"]
    return read(objects)


print(alternate(1000))


class Getter:
    def __get__(self, instance, owner):
        return "got", instance is None


def descriptors(n):
    counter = Counter()
    for i in range(n):
        Counter.opened = i
        assert (counter.opened, Counter.opened) == (i, i)
        Counter.opened = Getter()
        assert (counter.opened, Counter.opened) == (("got", False), ("got", True))


descriptors(500)


# An instance attribute hides the variable.
def hide(n):
    hiding, plain = Counter(), Counter()
    hiding.opened = "own"
    for i in range(n):
        Counter.opened = i
        assert (hiding.opened, plain.opened) == ("own", i)
        if i == n // 2:
            del hiding.opened
            assert hiding.opened == i
            hiding.opened = "own"


hide(1000)


# Metaclasses keep counters, too.
class Meta(type):
    made = 0

    def __call__(cls, *args):
        Meta.made += 1
        return super().__call__(*args)


class Made(metaclass=Meta):
    pass


for i in range(1000):
    Made()
print(Meta.made, Made.made)


# A variable that goes away.
Counter.opened = 5
Counter.opened = 6
del Counter.opened
try:
    Counter().seen()
except AttributeError as error:
    print(error)
Counter.opened = 7
print(Counter().seen(), Special.total())

# expect: (3, 3, 3, 3, 3, 3)
# expect: (3003, 3003, 3003, 3003, 3003, 3003)
# expect: 20000
# expect: 22000
# expect: 24000
# expect: 26000
# expect: -1 True True
# expect: True
# expect: [999, 999]
# expect: 1000 1000
# expect: 'Counter' object has no attribute 'opened'
# expect: 7 7
