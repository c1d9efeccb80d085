# Machine code takes it that instances keep a shape that none has left. Here one leaves it, by each of the ways there are, in the
# middle of a loop that has looked at the shape before and reads the attributes afterwards.

SOURCE = '''
class Other:
    def name(self):
        return "other"


class Pair:
    other = Other

    def __init__(self, first, second):
        self.first = first
        self.second = second

    def name(self):
        return "pair"

    def walk(self, partner, how, rounds):
        total, names = 0, {}
        for at in range(rounds):
            total += self.first + partner.first
            meddle(how, partner, at)
            seen = (type(partner.second).__name__, partner.name())
            names[seen] = names.get(seen, 0) + 1
            total += self.second
        return total, names
'''


def meddle(how, object, at):
    """Called by the loop; does nothing but at one moment."""
    if at != 1500:
        return
    if how == "add":
        object.extra = at
    elif how == "delete last":
        del object.second
    elif how == "delete first":
        del object.first
    elif how == "dict":
        object.__dict__["second"] = "from the dict"
    elif how == "class":
        object.__class__ = type(object).other
    elif how == "vars":
        vars(object).clear()


# Code of its own for each way: what has gone wrong in one loop is no lesson for the next.
for how in ("nothing", "add", "delete last", "delete first", "dict", "class", "vars"):
    names = {"meddle": meddle}
    exec(SOURCE, names)
    one, two = names["Pair"](1, 2), names["Pair"](3, 4)
    try:
        print(how, one.walk(two, how, 3000))
    except AttributeError as error:
        print(how, "AttributeError", error)
    print(sorted(one.__dict__.items()), sorted(two.__dict__.items()))


# The object that leaves is the one whose method runs, and it comes back.
class Node:
    def __init__(self, value):
        self.value = value

    def step(self, at):
        if at % 1000 == 999:
            self.seen = at
        elif at % 1000 == 500 and at > 1000:
            del self.seen
        return at

    def run(self, rounds):
        total = 0
        for at in range(rounds):
            total += self.value
            self.step(at)
            total += self.value + getattr(self, "seen", 0)
        return total


print(Node(2).run(5000), Node(3).run(1200))


# A list subclass has a shape of its own and keeps its items when its class changes.
class Stack(list):
    def top(self):
        return self[-1]


class Queue(list):
    def top(self):
        return self[0]


def tops(container, rounds):
    total = 0
    for at in range(rounds):
        total += container.top()
        if at == 2000:
            change(container)
        total += container.top()
    return total


def change(container):
    container.__class__ = Queue


print(tops(Stack([1, 10, 100]), 4000))


# An object of one of two shapes, asked again and again, goes on to a third in between.
class Left:
    def __init__(self):
        self.value = 1

    def kind(self):
        return "left"


class Right:
    def __init__(self):
        self.other = 0
        self.value = 2

    def kind(self):
        return "right"


def alternate(things, rounds):
    counts = {}
    for at in range(rounds):
        thing = things[at % len(things)]
        before = thing.value
        if at == 2001:
            turn(thing)
        key = (before, thing.kind(), thing.value, thing.kind())
        counts[key] = counts.get(key, 0) + 1
    return counts


def turn(thing):
    thing.value = "grown"
    thing.more = None
    thing.kind = lambda: "own"


print(alternate([Left(), Right()], 4000))
print(alternate([Left(), Right()], 1000))

# expect: nothing (18000, {('int', 'pair'): 3000})
# expect: [('first', 1), ('second', 2)] [('first', 3), ('second', 4)]
# expect: add (18000, {('int', 'pair'): 3000})
# expect: [('first', 1), ('second', 2)] [('extra', 1500), ('first', 3), ('second', 4)]
# expect: delete last AttributeError 'Pair' object has no attribute 'second'
# expect: [('first', 1), ('second', 2)] [('first', 3)]
# expect: delete first AttributeError 'Pair' object has no attribute 'first'
# expect: [('first', 1), ('second', 2)] [('second', 4)]
# expect: dict (18000, {('int', 'pair'): 1500, ('str', 'pair'): 1500})
# expect: [('first', 1), ('second', 2)] [('first', 3), ('second', 'from the dict')]
# expect: class (18000, {('int', 'pair'): 1500, ('int', 'other'): 1500})
# expect: [('first', 1), ('second', 2)] [('first', 3), ('second', 4)]
# expect: vars AttributeError 'Pair' object has no attribute 'second'
# expect: [('first', 1), ('second', 2)] []
# expect: 5032995 207999
# expect: 404099
# expect: {(1, 'left', 1, 'left'): 2000, (2, 'right', 2, 'right'): 1000, (2, 'own', 'grown', 'own'): 1, ('grown', 'own', 'grown', 'own'): 999}
# expect: {(1, 'left', 1, 'left'): 500, (2, 'right', 2, 'right'): 500}
