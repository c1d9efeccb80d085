"""super() in compiled code: constructors and methods along several classes, mixins, one code for many classes, changes of a class."""


class Base:
    def __init__(self, x):
        self.x = x

    def cost(self, n):
        return self.x + n

    def name(self):
        return "base"


class Left(Base):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y

    def cost(self, n):
        return super().cost(n) * 2

    def name(self):
        return "left " + super().name()


class Right(Base):
    def __init__(self, x):
        super().__init__(x + 1)

    def cost(self, n):
        return super().cost(n) + 1

    def name(self):
        return "right " + super().name()


class Both(Left, Right):
    def __init__(self, x, y):
        Left.__init__(self, x, y)
        self.both = True

    def cost(self, n):
        return super().cost(n) - 1

    def name(self):
        return "both " + super().name()


class Slots:
    __slots__ = ("a",)

    def __init__(self):
        super().__init__()
        self.a = 1


def build(rounds):
    total = 0
    for i in range(rounds):
        left, right, both = Left(i, 1), Right(i), Both(i, 3)
        total += left.cost(i) + right.cost(2) + both.cost(1) + Slots().a + both.y
    return total


for _ in range(5):
    print(build(400))
# expect: 563800
# expect: 563800
# expect: 563800
# expect: 563800
# expect: 563800
things = [Left(1, 2), Right(3), Both(4, 5), Base(6)]


def names(rounds):
    seen = {}
    for i in range(rounds):
        text = things[i % 4].name()
        seen[text] = seen.get(text, 0) + 1
    return seen


print(names(2000))
# expect: {'left base': 500, 'right base': 500, 'both left right base': 500, 'base': 500}


def make(base, step):
    class Made(base):
        def value(self, n):
            return super().value(n) + step

    return Made


class Root:
    def value(self, n):
        return n


made = make(make(make(Root, 1), 10), 100)()


def values(rounds):
    return sum(made.value(i) for i in range(rounds))


for _ in range(4):
    print(values(1000))
# expect: 610500
# expect: 610500
# expect: 610500
# expect: 610500


def new_cost(self, n):
    return 1000


before = Both(1, 2).cost(1)
Base.cost = new_cost
print(before, Both(1, 2).cost(1), build(100))
# expect: 7 2001 500600


class Meta(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.tag = cls.__name__
        return made


class Tagged(metaclass=Meta):
    def __new__(cls, n):
        return super().__new__(cls)

    def __init__(self, n):
        self.n = n


class More(Tagged):
    def __init__(self, n):
        super().__init__(n * 2)


def tags(rounds):
    n = 0
    for i in range(rounds):
        n += More(i).n + len(More(i).tag) + Tagged(i).n
    return n


print(tags(500), tags(500))
# expect: 376250 376250


class Broken(Base):
    def go(self, n):
        return super().missing(n)

    def rebound(self, n):
        __class__ = Left
        return super().cost(n)


def errors(rounds):
    seen = set()
    for i in range(rounds):
        for method in Broken.go, Broken.rebound:
            try:
                method(Broken(1), i)
            except (AttributeError, TypeError, RuntimeError) as e:
                seen.add(str(e))
        try:
            Left.cost(things[1], 1)
        except TypeError as e:
            seen.add(str(e))
    return sorted(seen)


print(errors(300))
# expect: ["'super' object has no attribute 'missing'", 'super(): __class__ cell not found', 'super(type, obj): obj (instance of Right) is not an instance or subtype of type (Left).']


def shadowed(rounds):
    global super
    total = 0
    for i in range(rounds):
        if i == rounds - 5:
            super = lambda *_: Base(7)
        total += getattr(Right(i), "x", 50)
    del super
    return total


print(shadowed(300))
# expect: 43910
