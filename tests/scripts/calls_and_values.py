def kw(a, b=2, *args, c=3, **kws):
    return (a, b, args, c, kws)


print(kw(1), kw(1, 5), kw(1, c=10), kw(1, 2, 3, 4, c=5, zz=1), kw(*[1, 2], **{"c": 7}))
for call in (lambda: kw(), lambda: kw(1, a=2), lambda: (lambda x: x)(1, 2), lambda: (lambda *, k: k)()):
    try:
        call()
    except TypeError as e:
        print(e)

a, *b, c = 1, 2, 3, 4
print(a, b, c, [i for i in range(5)][::-1], {i: i * i for i in range(3)}, {1, 2} | {3})
print(2**100, -7 // 2, -7 % 3, 7.5 // 2, 1e16, 0.1 + 0.2, 10**20 / 3, round(2.5), 5 / 2)
print(f"{3.14159:.2f} {255:#x} {'x':>5} {1234567:,} {True!r}", "%5.1f|%-4d|%s" % (2.25, 7, [1]))
try:
    [1, 2, 3][5]
except IndexError as e:
    print(type(e).__name__, e)
try:
    {}["k"]
except KeyError as e:
    print(repr(e))
print(sorted([3, 1, 2], key=lambda v: -v), list(zip("ab", (1, 2))), max("b", "a"), sum([0.1] * 10))
print("a,b,,c".split(","), " x ".strip(), "abc".upper(), "-".join(["1", "2"]), b"ab" + b"c", "é".encode())

# expect: (1, 2, (), 3, {}) (1, 5, (), 3, {}) (1, 2, (), 10, {}) (1, 2, (3, 4), 5, {'zz': 1}) (1, 2, (), 7, {})
# expect: kw() missing 1 required positional argument: 'a'
# expect: kw() got multiple values for argument 'a'
# expect: <lambda>.<locals>.<lambda>() takes 1 positional argument but 2 were given
# expect: <lambda>.<locals>.<lambda>() missing 1 required keyword-only argument: 'k'
# expect: 1 [2, 3] 4 [4, 3, 2, 1, 0] {0: 0, 1: 1, 2: 4} {1, 2, 3}
# expect: 1267650600228229401496703205376 -4 2 3.0 1e+16 0.30000000000000004 3.333333333333333e+19 2 2.5
# expect: 3.14 0xff     x 1,234,567 True   2.2|7   |[1]
# expect: IndexError list index out of range
# expect: KeyError('k')
# expect: [3, 2, 1] [('a', 1), ('b', 2)] b 1.0
# expect: ['a', 'b', '', 'c'] x ABC 1-2 b'abc' b'\xc3\xa9'
