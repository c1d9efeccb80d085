"""Comparisons with one character: with strings of every kind, with what is no string, with what compares itself."""


class Text(str):
    pass


class Equal:
    def __eq__(self, other):
        return f"=={other}"

    def __ne__(self, other):
        return []


class Same(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


def kind(c):
    if c == "a":
        return 1
    elif c == "b":
        return 2
    elif c != "\xe9":
        return 3
    return 4


def values(c):
    return c == "x", c != "x"


texts = ["a", "b", "\xe9", "", "ab", "\u20ac", "\U0001f600", "".join(["", "a"]), "xa"[1:], "caf\xe9"[-1]]
for _ in range(200):
    kinds = [kind(c) for c in texts]
print(kinds)
mixed = texts + [None, 97, b"a", Text("a"), Text("\xe9"), Same("q"), 1.5]
for _ in range(200):
    kinds = [kind(c) for c in mixed]
print(kinds)
for _ in range(200):
    found = [values(c) for c in ("x", Text("x"), Equal(), None, "", "xx")]
print(found)
# expect: [1, 2, 4, 3, 3, 3, 3, 1, 1, 4]
# expect: [1, 2, 4, 3, 3, 3, 3, 1, 1, 4, 3, 3, 3, 1, 4, 1, 3]
# expect: [(True, False), (True, False), ('==x', []), (False, True), (False, True), (False, True)]
