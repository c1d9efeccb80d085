"""An object that several registers hold is one object, wherever compiled code is left."""
def s(x, flag):
    a = (x, x)
    b = a
    if flag:
        return a is b, a == b
    return 0
for i in range(6000): s(i, False)
print(s(1, True))
# expect: (True, True)
def u(x, flag):
    a = [x].__iter__() if 0 else iter([x])
    b = a
    if flag:
        return a is b
    return 0
for i in range(6000): u(i, False)
print(u(1, True))
# expect: True
class P:
    def __init__(self, v): self.v = v
def w(x, flag):
    a = P(x)
    b = a
    if flag:
        b.v = 7
        return a is b, a.v
    return 0
for i in range(6000): w(i, False)
print(w(1, True))
# expect: (True, 7)
def z(x, flag):
    a = (x, x)
    b = (a, a)
    c = a
    if flag:
        return b[0] is b[1], b[0] is a, c is a
    return 0
for i in range(6000): z(i, False)
print(z(1, True))
# expect: (True, True, True)
def shared_iterator(xs, stop):
    it = iter(xs)
    same = it
    total = 0
    for x in it:
        total += x
        if x == stop:
            return total, next(it), next(same), same is it, sum(it)
    return total
xs = list(range(3000))
for i in range(20): shared_iterator(xs, -1)
print(shared_iterator(xs, 1500), shared_iterator(xs, 7))
# expect: (1125750, 1501, 1502, True, 3369747) (28, 8, 9, True, 4498455)
def ranges(n, stop):
    it = iter(range(n))
    total = 0
    for x in it:
        total += x
        if x == stop:
            return total, next(it), next(it)
    return total
for i in range(20): ranges(3000, -1)
print(ranges(3000, 1500), ranges(3000, 7))
# expect: (1125750, 1501, 1502) (28, 8, 9)
