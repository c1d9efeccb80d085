"""What a compiled function has stored in names of its module is there when it has returned, whoever has called it."""
import functools

total = 0
calls = 0
last = None


def add(n):
    global total
    total += n
    return total


def nothing(n):
    global last
    last = n


def down(n):
    global calls
    calls += 1
    if n == 0:
        return 0
    down(n - 1)
    calls += 1
    return n


def early(n):
    global total
    for i in range(n):
        total += 1
        if i == 3:
            return i
    total += 100
    return -1


functions = [add]
for k in range(60):
    functions[0](1)
    functions[0](2)
print(total)
# expect: 180


def through_native(rounds):
    seen = 0
    for k in range(rounds):
        seen += sum(map(add, [1, 2, 3]))
        functools.partial(add, 5)()
    return seen


print(through_native(50), total)
# expect: 67925 730
for k in range(50):
    list(map(nothing, [k, -k]))
print(last)
# expect: -49
print(down(5), sorted([3, 1, 2], key=down), calls)
# expect: 5 [1, 2, 3] 26
for k in range(60):
    list(map(early, [2, 5]))
print(total)
# expect: 7090
