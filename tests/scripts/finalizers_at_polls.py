# Finalizers and callbacks run by themselves, at polls, without a call of gc.collect().
import weakref


class Mortal:
    dead = 0

    def __del__(self):
        Mortal.dead += 1


def in_a_loop():
    kept = [None]
    for made in range(10_000_000):
        kept[0] = Mortal()
        if Mortal.dead:
            return made


print(in_a_loop() is not None)
# expect: True

calls = 0


class Plain:
    pass


def called(reference):
    global calls
    calls += 1


references = []


def in_calls(depth):
    references.append(weakref.ref(Plain(), called))
    del references[:-1000]
    return depth


turns = 0
while not calls and turns < 10_000_000:
    in_calls(turns)
    turns += 1
print(calls > 0)
# expect: True


class Method:
    def many(self, a, b, c, d):
        return a, b, c, d


def arguments_survive_polls():
    bound = Method().many
    Mortal.dead = 0
    kept = [None]
    for i in range(2_000_000):
        kept[0] = Mortal()
        if bound(i, [i], i + 1, (i,)) != (i, [i], i + 1, (i,)):
            return "lost"
        if Mortal.dead > 1000:
            break
    return "kept"


print(arguments_survive_polls())
# expect: kept
