"""Texts that int() takes and refuses."""


def attempt(*args):
    try:
        return int(*args)
    except ValueError as e:
        return str(e)


for text in ["0", "-0", "007", "-17", "+5", " 12 ", "1_000", "9" * 18, "-" + "9" * 18, "9" * 19, "1__0", "", "-", "x", "it's", 'a"b',
             "back\\slash", "tab\t", "\u0663\u0664", "\u00e9", "-x", "1.5"]:
    print(attempt(text))
# expect: 0
# expect: 0
# expect: 7
# expect: -17
# expect: 5
# expect: 12
# expect: 1000
# expect: 999999999999999999
# expect: -999999999999999999
# expect: 9999999999999999999
# expect: invalid literal for int() with base 10: '1__0'
# expect: invalid literal for int() with base 10: ''
# expect: invalid literal for int() with base 10: '-'
# expect: invalid literal for int() with base 10: 'x'
# expect: invalid literal for int() with base 10: "it's"
# expect: invalid literal for int() with base 10: 'a"b'
# expect: invalid literal for int() with base 10: 'back\\slash'
# expect: invalid literal for int() with base 10: 'tab\t'
# expect: 34
# expect: invalid literal for int() with base 10: 'é'
# expect: invalid literal for int() with base 10: '-x'
# expect: invalid literal for int() with base 10: '1.5'

for n in (197, 198, 199, 200):
    print(len(attempt("q" * n)), attempt("q" * n)[-3:])
# expect: 239 qq'
# expect: 240 qq'
# expect: 240 qqq
# expect: 240 qqq


class Text(str):
    def __repr__(self):
        return "a text"

    def __int__(self):
        return 8


class Plain(str):
    def __repr__(self):
        return "plain"


print(attempt(Text("x")), attempt(Plain("x")), attempt("zz", 8), attempt("zz", 36), attempt("z", 0))
# expect: 8 invalid literal for int() with base 10: plain invalid literal for int() with base 8: 'zz' 1295 invalid literal for int() with base 0: 'z'
