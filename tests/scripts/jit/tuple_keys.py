# Tuples as keys of dicts and sets: ints of one word are compared as words, everything else as what it is.


class Same(tuple):
    pass


class Loud:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        return self.n == other


def look(table, keys):
    return [table.get(key, "-") for key in keys], [key in table for key in keys], [table[k] for k in keys if k in table]


def members(group, keys):
    return [key in group for key in keys]


big = 1 << 70
nan = float("nan")
table = {(x, y): x * 10 + y for x in range(-3, 12) for y in range(-3, 4)}
table[(1, 2, 3)] = "three"
table[()] = "empty"
table[("a", 1)] = "text"
table[(big, 1)] = "big"
table[(nan,)] = "nan"
table[((1, 2), 3)] = "nested"
table[(Loud(50), 1)] = "loud"
small = {(1, 2): "a", (-1, -2): "b", (-2, -1): "c"}
group = set(table)
fresh = [
    (1, 2), (-1, -2), (-2, -1), (-2, -2), (1, 2, 3), (), ("a", 1), ("a", 2), (1 << 70, 1), (nan,),
    ((1, 2), 3), (Same((1, 2)), 3), (50, 1), (Loud(50), 1), (True, 2), (1.0, 2), (1, 2.0), (True, 2.0, 3), Same((1, 2)),
    (11, 3), (12, 3), (1,), (1, 2, 3, 4), (281474976710655, 1), (None, 1),
]
table[(281474976710655, 1)] = "wide"
for _ in range(60):
    results = look(table, fresh), look(small, fresh), members(group, fresh), members(set(), fresh)
for part in results[0] + results[1]:
    print(part)
print(results[2])
print(any(results[3]))


def unhashable(group):
    try:
        return ([1], 2) in group
    except TypeError as e:
        return str(e)


for _ in range(60):
    said = unhashable(set()), unhashable({}), unhashable(group)
print(said)
# expect: [12, -12, -21, -22, 'three', 'empty', 'text', '-', 'big', 'nan', 'nested', 'nested', 'loud', 'loud', 12, 12, 12, 'three', 12, 113, '-', '-', '-', 'wide', '-']
# expect: [True, True, True, True, True, True, True, False, True, True, True, True, True, True, True, True, True, True, True, True, False, False, False, True, False]
# expect: [12, -12, -21, -22, 'three', 'empty', 'text', 'big', 'nan', 'nested', 'nested', 'loud', 'loud', 12, 12, 12, 'three', 12, 113, 'wide']
# expect: ['a', 'b', 'c', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', 'a', 'a', 'a', '-', 'a', '-', '-', '-', '-', '-', '-']
# expect: [True, True, True, False, False, False, False, False, False, False, False, False, False, False, True, True, True, False, True, False, False, False, False, False, False]
# expect: ['a', 'b', 'c', 'a', 'a', 'a', 'a']
# expect: [True, True, True, True, True, True, True, False, True, True, True, True, True, True, True, True, True, True, True, True, False, False, False, False, False]
# expect: False
# expect: ("cannot use 'tuple' as a set element (unhashable type: 'list')", "cannot use 'tuple' as a dict key (unhashable type: 'list')", "cannot use 'tuple' as a set element (unhashable type: 'list')")
