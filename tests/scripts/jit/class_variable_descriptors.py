"""A variable of a class that has become a descriptor is one, also for code that is compiled afterwards."""


class Holder:
    thing = 0


for i in range(5):
    Holder.thing = i
Holder.thing = classmethod(lambda cls: cls.__name__)


def names(n):
    found = set()
    for _ in range(n):
        found.add(Holder.thing())
    return found


print(names(3000))  # expect: {'Holder'}


class Getter:
    def __get__(self, instance, owner):
        return owner.__name__


for i in range(5):
    Holder.thing = i
Holder.thing = Getter()


def values(n):
    found = set()
    for _ in range(n):
        found.add(Holder.thing)
    return found


print(values(3000))  # expect: {'Holder'}


def replaced(n):
    for i in range(n):
        Holder.thing = i
    return Holder.thing


print(replaced(3000))  # expect: 2999
