# A parameter that held functions and holds a number when code is made for it: the number is called, which is an error.


def by(f, v):
    return f(v)


class Thing:
    def step(self, k):
        return k + 1


def run(rounds):
    thing, total, errors = Thing(), 0, []
    for k in range(rounds):
        if k == rounds // 2:
            thing.step = 7
        try:
            total += by(thing.step, k)
        except TypeError as error:
            if str(error) not in errors:
                errors.append(str(error))
    return total, errors


print(run(10), run(60), run(200), run(4000))


def some(f, v):
    return f(*v)


def spread(rounds):
    total, errors = 0, []
    for k in range(rounds):
        f = (len, Thing().step, 3, 2.5)[k * 4 // rounds]
        try:
            total += some(f, ([k],) if f is len else (k,))
        except TypeError as error:
            if str(error) not in errors:
                errors.append(str(error))
    return total, errors


print(spread(40), spread(400), spread(4000))

# expect: (15, ["'int' object is not callable"]) (465, ["'int' object is not callable"]) (5050, ["'int' object is not callable"]) (2001000, ["'int' object is not callable"])
# expect: (165, ["'int' object is not callable", "'float' object is not callable"]) (15150, ["'int' object is not callable", "'float' object is not callable"]) (1501500, ["'int' object is not callable", "'float' object is not callable"])
