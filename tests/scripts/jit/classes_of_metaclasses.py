"""What is remembered of attributes of classes: class methods of classes with metaclasses, classes found in modules, methods read without a call;
and what ends it."""

import abc
import datetime
import types
from collections import deque

ROUNDS = 300


class Meta(type):
    pass


class Animal(metaclass=Meta):
    @classmethod
    def make(cls, n):
        return (cls.__name__, n)

    @classmethod
    def swap(cls, n):
        return n

    legs = 4


class Dog(Animal):
    pass


def makes(n):
    out = None
    for i in range(n):
        out = Dog.make(i), Animal.swap(i), Animal.legs
    return out


print(makes(ROUNDS))
# A class method changes in place.
Animal.__dict__["swap"].__init__(lambda cls, n: ("swapped", n))
print(makes(ROUNDS))


# The metaclass gets a data descriptor of that name: it comes first.
class Shadow:
    def __get__(self, obj, owner=None):
        return lambda n: ("shadow", obj.__name__, n)

    def __set__(self, obj, value):
        raise AttributeError


Meta.make = Shadow()
print(makes(ROUNDS))
del Meta.make
print(makes(ROUNDS))
# Only a function of the metaclass: the class's own comes first.
Meta.make = lambda cls, n: ("meta", n)
print(makes(ROUNDS))
del Meta.make
# The metaclass answers itself.
Meta.__getattribute__ = lambda cls, name: (lambda n: ("asked", name, n)) if name == "make" else type.__getattribute__(cls, name)
print(makes(ROUNDS))
del Meta.__getattribute__
print(makes(ROUNDS))


# A base of the metaclass changes.
class Mixin:
    pass


class Deep(Mixin, type):
    pass


class Deeper(Deep):
    pass


class Fish(metaclass=Deeper):
    @classmethod
    def swim(cls):
        return "swims"

    fins = 2


def swims(n):
    for _ in range(n):
        out = Fish.swim(), Fish.fins
    return out


print(swims(ROUNDS))
Mixin.fins = property(lambda cls: 7)
print(swims(ROUNDS))
del Mixin.fins
print(swims(ROUNDS))


# The class gets another metaclass.
class Other(type):
    @property
    def fins(cls):
        return "other"


class Cod(metaclass=Meta):
    fins = 3


def fins(n):
    for _ in range(n):
        out = Cod.fins
    return out


print(fins(ROUNDS))
Cod.__class__ = Other
print(fins(ROUNDS))


class Shape(abc.ABC):
    count = 0

    @classmethod
    def unit(cls):
        cls.count += 1
        self = super(Shape, cls).__new__(cls)
        self.size = cls.count
        return self


class Square(Shape):
    pass


def units(n):
    for _ in range(n):
        last = Square.unit()
    return type(last).__name__, last.size, Square.count, Shape.count


print(units(ROUNDS), units(ROUNDS))


# `__new__` of a base behind the class, which is replaced.
class Base:
    def __new__(cls):
        return object.__new__(cls)


class Derived(Base):
    @classmethod
    def made(cls):
        return type(super(Derived, cls).__new__(cls)).__name__


def made(n):
    for _ in range(n):
        out = Derived.made()
    return out


print(made(ROUNDS))
Base.__new__ = object.__new__
print(made(ROUNDS))
Base.__new__ = staticmethod(lambda cls: 5)
print(made(ROUNDS))
Base.__new__ = staticmethod(lambda cls: "x")
print(made(ROUNDS))
del Base.__new__
print(made(ROUNDS))

# Classes that are attributes of modules.
shop = types.ModuleType("shop")


class Item:
    def __init__(self, name, price=3, *, tax=1):
        if price < 0:
            raise ValueError(name)
        self.name, self.price, self.tax = name, price, tax


class Plain:
    pass


shop.Item, shop.Plain, shop.deque = Item, Plain, deque


def buys(n):
    total = 0
    for i in range(n):
        try:
            item = shop.Item(str(i), i % 5 - 1)
        except ValueError as e:
            total += len(str(e))
        else:
            total += item.price + shop.Item("b").price + shop.Item("c", tax=i).tax
        shop.Plain()
        total += len(shop.deque((i, i)))
        total += datetime.date(2000, 1, i % 28 + 1).day
    return total


print(buys(ROUNDS))
Item.__init__ = lambda self, name, price=10, tax=2: self.__dict__.update(name=name, price=price, tax=tax)
print(buys(ROUNDS))
Plain.__init__ = lambda self: None
print(buys(ROUNDS))
shop.Item = lambda name, price=1, tax=0: types.SimpleNamespace(price=price, tax=tax)
print(buys(ROUNDS))
Plain.__init__ = lambda self: 1
try:
    buys(ROUNDS)
except TypeError as e:
    print(e)


# Methods that are read and called later.
class Reader:
    def read(self):
        return "method"

    foreign = list.append


def reads(n, object):
    out = []
    for _ in range(n):
        read = object.read
        out.append(read())
    return out[0], out[-1], len(set(out))


def foreign(n, object):
    failed = 0
    for _ in range(n):
        try:
            object.foreign
        except TypeError as e:
            failed += 1
            text = str(e)
    return failed, text


reader = Reader()
print(reads(ROUNDS, reader), foreign(ROUNDS, reader))
reader.read = lambda: "own"
print(reads(ROUNDS, reader))
del reader.read
print(reads(ROUNDS, reader))
reader.__dict__["read"] = lambda: "dict"
print(reads(ROUNDS, reader))
reader = Reader()
Reader.read = lambda self: "replaced"
print(reads(ROUNDS, reader))
Reader.read = property(lambda self: lambda: "property")
print(reads(ROUNDS, reader))


class Queue(deque):
    pass


def pops(n, queue):
    for i in range(n):
        push, pop = queue.append, queue.popleft
        push(i)
        out = pop()
    return out


queue = Queue()
print(pops(ROUNDS, deque()), pops(ROUNDS, queue))
queue.popleft = lambda: "own"
print(pops(ROUNDS, queue), pops(ROUNDS, deque()))



# Methods of `object` through a class, whatever that is.
def bare(n, base):
    failed = 0
    for i in range(n):
        item = base.__new__(base)
        object.__setattr__(item, "size", i)
        try:
            base.__setattr__()
        except TypeError as e:
            text = str(e)
        try:
            base.__setattr__(item)
        except TypeError:
            failed += 1
        base.__setattr__(item, "size", item.size + 1)
    return item.size, failed, text, base.__repr__(item)[:9]


print(bare(ROUNDS, Plain), bare(ROUNDS, Cod)[0])


class Frozen(type):
    def __setattr__(cls, name, value):
        raise AttributeError(name)

    def __repr__(cls):
        return "a class"


class Ice(metaclass=Frozen):
    pass


print(bare(ROUNDS, Ice))


# expect: (('Dog', 299), 299, 4)
# expect: (('Dog', 299), ('swapped', 299), 4)
# expect: (('shadow', 'Dog', 299), ('swapped', 299), 4)
# expect: (('Dog', 299), ('swapped', 299), 4)
# expect: (('Dog', 299), ('swapped', 299), 4)
# expect: (('asked', 'make', 299), ('swapped', 299), 4)
# expect: (('Dog', 299), ('swapped', 299), 4)
# expect: ('swims', 2)
# expect: ('swims', 7)
# expect: ('swims', 2)
# expect: 3
# expect: other
# expect: ('Square', 300, 300, 0) ('Square', 600, 600, 0)
# expect: Derived
# expect: Derived
# expect: int
# expect: str
# expect: Derived
# expect: 42108
# expect: 53020
# expect: 53020
# expect: 50320
# expect: __init__() should return None, not 'int'
# expect: ('method', 'method', 1) (300, "descriptor 'append' for 'list' objects doesn't apply to a 'Reader' object")
# expect: ('own', 'own', 1)
# expect: ('method', 'method', 1)
# expect: ('dict', 'dict', 1)
# expect: ('replaced', 'replaced', 1)
# expect: ('property', 'property', 1)
# expect: 299 299
# expect: own 299
# expect: (300, 300, "descriptor '__setattr__' of 'object' object needs an argument", '<__main__') 300
# expect: (300, 300, "descriptor '__setattr__' of 'object' object needs an argument", '<__main__')
