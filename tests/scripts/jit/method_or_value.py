"""Calls of attributes that are methods of the class at one time and values of the instance at another."""


class Method:
    def go(self, n):
        return n + 1


class Value:
    def __init__(self, go):
        self.go = go


def each(things, rounds):
    total = 0
    for i in range(rounds):
        for thing in things:
            total += thing.go(i)
    return total


def closure(k):
    def go(n):
        return n + k

    return go


numbers = [5] * 400
things = [Value(numbers.count), Value(closure(3)), Method(), Value(len([1] * 7).__add__), Value(Method().go)]
for n in 1, 2, 3, 4, 5:
    print(each(things[:n], 400), each(things[n - 1 :], 200))
# expect: 400 82400
# expect: 81400 82000
# expect: 161600 61500
# expect: 244200 41400
# expect: 324400 20100
