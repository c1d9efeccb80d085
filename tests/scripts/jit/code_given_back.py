# Code that was taken out of use goes once it is on no stack: here it is on several while it is withdrawn, in recursion, in
# generators and on the stacks of threads that wait, and is returned to.

import threading

SOURCE = '''
class Thing:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value


def descend(thing, depth, change):
    total = thing.get()
    if depth == 0:
        change()
        return total
    for _ in range(2):
        total += thing.value
    total += descend(thing, depth - 1, change)
    return total + thing.get()


def produce(thing, rounds):
    for at in range(rounds):
        yield thing.get() + at
'''


def fresh():
    names = {}
    exec(SOURCE, names)
    return names


def withdraw(names, at):
    # What the units rely on changes, each time in another way.
    thing = names["Thing"]
    if at % 3 == 0:
        thing.get = lambda self: self.value + 1
    elif at % 3 == 1:
        names["Thing"](1).more = at
    else:
        thing.__init__ = lambda self, value: setattr(self, "value", value)


def work(results, slot):
    total = 0
    for at in range(6):
        names = fresh()
        thing = names["Thing"](at)
        for _ in range(300):
            total += names["descend"](thing, 20, lambda: None)
        items = names["produce"](thing, 4000)
        for _ in range(3000):
            total += next(items)
        # On the stack while other units are made and come into use.
        def change():
            nonlocal total
            withdraw(names, at)
            others = fresh()
            for _ in range(200):
                total += others["descend"](others["Thing"](2), 10, lambda: None)

        total += names["descend"](thing, 100, change)
        total += sum(items)
    results[slot] = total


alone = [None]
work(alone, 0)
print(alone)
results = [None] * 3
threads = [threading.Thread(target=work, args=(results, slot)) for slot in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results == alone * 3)

# expect: [48420715]
# expect: True
