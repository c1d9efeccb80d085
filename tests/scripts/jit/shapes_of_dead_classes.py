# A site remembers the shapes of the first instance of a class, which made the class lay out the others anew; none has them any
# more when a later version of its code is built.

import gc


class Base:
    def __init__(self, at):
        self.first = at
        self.second = at + 1
        self.third = self.first + self.second
        self.fourth = 4

    def read(self):
        return self.first + self.third


class Derived(Base):
    def __init__(self, at):
        super().__init__(at)
        for name in ("fifth", "sixth", "seventh", "eighth", "ninth"):
            setattr(self, name, at)


class Other(Base):
    def __init__(self, at):
        self.zeroth = 0
        super().__init__(at)


def use(make, rounds):
    total = 0
    for at in range(rounds):
        total += make(at).read()
    return total


def alternate(rounds):
    total = 0
    for at in range(rounds):
        total += (Base, Derived, Other)[at % 3](at).read()
    return total


for rounds in (30, 60, 100, 1000):
    print(use(Derived, rounds), end=" ")
    gc.collect()
    print(use(Base, 3 * rounds), end=" ")
    gc.collect()
    print(use(Other, 3 * rounds), alternate(3 * rounds))

# expect: 1335 12105 12105 12105
# expect: 5370 48510 48510 48510
# expect: 14950 134850 134850 134850
# expect: 1499500 13498500 13498500 13498500
