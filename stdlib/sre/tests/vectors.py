#!/usr/bin/env python3.14
"""Generates test vectors for the engine: code words and expected spans, as the reference engine has them.

    python3.14 vectors.py corpus > data/corpus.txt      the vectors that are checked in
    python3.14 vectors.py fuzz COUNT SEED > FILE        random patterns
    python3.14 vectors.py re-tests > FILE               the patterns of the reference's own `test.re_tests`

    SRE_VECTORS=FILE cargo test -p adder-sre --test vectors

Must be run by the version of Python whose code words the engine implements. A line starts with

    P  a pattern: kind (s or b), number of groups, code words in hexadecimal; a comment shows the source
    T  a test of the pattern above: operation, pos, endpos (- for the end), text, expected matches

A match is the spans of the whole and of the groups, joined by `;` (- for a group without one), then `|` and
lastindex (0 for none); matches are joined by `/`, and `-` alone is no match. The operation `scan` is what
`finditer` does. In texts, everything but printable ASCII is written as `\\{HEX}`, and so are space and backslash.
"""

import random
import re
import signal
import sys
import warnings
from re import _compiler, _parser

warnings.simplefilter("ignore")


class Timeout(Exception):
    pass


def on_alarm(signum, frame):
    raise Timeout


signal.signal(signal.SIGALRM, on_alarm)


def escape(text):
    chars = text if isinstance(text, str) else map(chr, text)
    return "".join(c if "!" <= c <= "~" and c != "\\" else "\\{%x}" % ord(c) for c in chars) or "\\"


def show(match):
    if match is None:
        return "-"
    spans = [match.span(i) for i in range(match.re.groups + 1)]
    shown = ";".join("-" if s == (-1, -1) else "%d,%d" % s for s in spans)
    return "%s|%d" % (shown, match.lastindex or 0)


def compile_words(source, flags):
    tree = _parser.parse(source, flags)
    return _compiler._code(tree, flags)


def expected(pattern, operation, text, pos, endpos):
    args = (text, pos) if endpos is None else (text, pos, endpos)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        if operation == "scan":
            return "/".join(map(show, pattern.finditer(*args))) or "-"
        return show(getattr(pattern, operation)(*args))
    except (Timeout, SystemError, ValueError):
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def emit(source, flags, tests):
    """Writes the vectors of one pattern. `tests` holds (operation, text, pos, endpos)."""
    try:
        pattern = re.compile(source, flags)
        words = compile_words(source, flags)
    except (re.error, OverflowError, ValueError, RecursionError):
        return False
    kind = "s" if isinstance(source, str) else "b"
    lines = []
    for operation, text, pos, endpos in tests:
        answer = expected(pattern, operation, text, pos, endpos)
        if answer is not None:
            end = "-" if endpos is None else endpos
            lines.append("T %s %d %s %s %s" % (operation, pos, end, escape(text), answer))
    if lines:
        print("P %s %d %s # %d %s" % (kind, pattern.groups, " ".join("%x" % w for w in words), flags, ascii(source)))
        print("\n".join(lines))
    return True


OPERATIONS = ("search", "match", "fullmatch", "scan")
I, A, M, S, L, X = re.I, re.A, re.M, re.S, re.L, re.X

# (pattern, flags, texts): every operation is recorded for every text.
CORPUS = [
    # Literals, prefixes, sets.
    ("abc", 0, ["abc", "xxabcabc", "ab", "", "ababababc"]),
    ("", 0, ["", "a", "ab\n"]),
    ("a", 0, ["a", "bab", "b" * 40 + "a"]),
    ("abab", 0, ["abaabababab"]),
    ("(abc)d", 0, ["abcabcd", "abcd" * 2]),
    ("((a)(b)c)(d)", 0, ["abcd", "aabcd"]),
    ("a.c", 0, ["abc", "a\nc", "a\u1234c"]),
    ("a.c", S, ["a\nc", "ac"]),
    ("[abc]+", 0, ["xxabcbax", "d"]),
    ("[^abc]+", 0, ["xxabcbax", "\u0100abc\U00010000"]),
    ("[a-z0-9_]+x", 0, ["hello_x9", "xxxx", "9"]),
    ("[\\w.+-]+@[\\w-]+\\.[\\w.-]+", 0, ["mail bob.x+y@ex-ample.co.uk, and eve@x, q@r.s", "@@a@b.c", "a@b"]),
    ("[\u0430-\u044f]+", 0, ["\u041f\u0440\u0438\u0432\u0435\u0442", "abc"]),
    ("[\u0430\u0435\u043e\u4e00-\u4eff\ud800]+", 0, ["\u043e\u0435x\u4e2d\ud800", "x"]),
    ("[\U00010000-\U0001ffff]", 0, ["x\U0001f600y", "abc"]),
    ("[\\s\\S]", 0, ["\n", ""]),
    ("[^\\s\\S]", 0, ["\n", ""]),
    ("[^\\s\\S]*a", 0, ["a", "ba"]),
    ("[\\d\\-x]+", A, ["-12x\u0663"]),
    ("\\d+", 0, ["12\u0663\u0664x", "x"]),
    ("\\D+\\S+\\W+", 0, ["ab cd--12", "\u00e9\u00e8 \u3000!"]),
    ("\\s+", 0, ["a \t\x1c\u2003b\x85", "abc"]),
    ("\\s+", A, ["a \t\x1c\u2003b\x85"]),
    ("\\w+", 0, ["h\u00e9llo w\u00f6rld_1 \u4e2d\u6587 \U00010400", "", "  "]),
    ("\\w+", A, ["h\u00e9llo w\u00f6rld_1"]),
    ("[\\W_]+", 0, ["a_-b \u00e9", "_"]),
    # Case.
    ("abc", I, ["ABC", "xaBc", "ab\u0441"]),
    ("stra\u00dfe", I, ["STRA\u1e9eE", "stra\u00dfe", "strasse"]),
    ("k\u212b", I, ["\u212a\u00e5", "K\u00c5"]),
    ("[a-f]+x", I, ["ABfX", "gx"]),
    ("[\u0430-\u044f]+", I, ["\u041f\u0440\u0418\u0432\u0415\u0442", "abc"]),
    ("[\U00010400-\U00010427]+", I, ["\U00010400\U00010428\U00010450", "a"]),
    ("[^k]", I, ["k", "K\u212a", "j"]),
    ("\u00b5", I, ["\u03bc\u039c\u00b5"]),
    ("(a\u00e9)\\1", I, ["a\u00e9A\u00c9", "A\u00e9aE"]),
    ("(ab)\\1", I | A, ["abAB", "abab", "abac"]),
    ("(\u00e9)\\1", I | A, ["\u00e9\u00c9", "\u00e9\u00e9"]),
    ("(?i:a)b", 0, ["Ab", "AB"]),
    ("(?i)x[^a]y", 0, ["XbY", "xAy"]),
    ("i\u0307?", I, ["I\u0307", "\u0130", "\u0131"]),
    ("\\w+s", I, ["ss\u017f", "abS"]),
    # Positions.
    ("^abc$", 0, ["abc", "abc\n", "xabc", "abc\nx"]),
    ("^abc$", M, ["x\nabc\ny", "abc\n", "\n\nabc"]),
    ("^", M, ["a\nb\n", "", "\n"]),
    ("$", 0, ["a\nb\n", "", "\n"]),
    ("$", M, ["a\nb\n", "", "\n"]),
    ("\\Aab\\Z", 0, ["ab", "ab\n"]),
    ("\\bfoo\\b", 0, ["a foo b", "foobar foo", "\u00e9foo"]),
    ("\\bfoo\\b", A, ["\u00e9foo", "afoo"]),
    ("\\B", 0, ["", "ab", "a b"]),
    ("\\b", 0, ["", "ab cd", " "]),
    ("\\Boo\\B", 0, ["fooo", "oo"]),
    # Repeats of one unit.
    ("a*", 0, ["", "aaa", "baac"]),
    ("a+b", 0, ["aaab", "aaac", "b"]),
    ("a?b", 0, ["ab", "b", "aab"]),
    ("a{2,3}", 0, ["a", "aa", "aaaaa"]),
    ("a{2,3}?", 0, ["a", "aa", "aaaaa"]),
    ("a{3}b", 0, ["aaab", "aaaab", "aab"]),
    ("a{,2}b", 0, ["aaab", "b"]),
    ("a*?b", 0, ["aaab", "b", "aaa"]),
    ("a+?$", 0, ["aaa", "ab"]),
    (".*c", 0, ["abcabcab", "ab\nc"]),
    (".*?c", 0, ["abcabcab", "ab\nc"]),
    (".*?c", S, ["abcabcab", "ab\nc"]),
    (".+x.+y", 0, ["axbxcydy", "xy"]),
    ("a*+a", 0, ["aaa"]),
    ("a*+b", 0, ["aaab", "c"]),
    ("a?+ab", 0, ["ab", "aab"]),
    ("\\w+\\s", 0, ["foo bar", "\u4e2d\u6587\u3000x", "foo"]),
    ("\\w+?\\d", 0, ["ab1c2", "12"]),
    ('"[^"]*"', 0, ['say "hi" and "bye', '""', '"']),
    ('"(?:[^"\\\\]|\\\\.)*"', 0, ['x "a\\"b" y', '"\\', '""']),
    ("(a*)(a+)(a?)", 0, ["aaa", "a"]),
    ("[ab]*?c[ab]*", 0, ["abcab", "cc"]),
    # General repeats.
    ("(?:ab)*", 0, ["ababx", "x", ""]),
    ("(?:ab|a)*b", 0, ["aabab", "ab", "aaab"]),
    ("(a|ab)(c|bcd)(d*)", 0, ["abcd", "acd"]),
    ("(a|b)*", 0, ["abab", "c"]),
    ("(a|b)*?c", 0, ["ababc", "c", "ab"]),
    ("(a*)*", 0, ["aaa", "b", ""]),
    ("(a*)+", 0, ["aaa", "b", ""]),
    ("(a*)*?b", 0, ["aaab", "b"]),
    ("(a?)*", 0, ["aab", ""]),
    ("(a?)*+", 0, ["aab", ""]),
    ("(a?)*?$", 0, ["aa", ""]),
    ("(a?)+?b", 0, ["aab", "b"]),
    ("(?:a?){3}b", 0, ["aab", "b", "aaaab"]),
    ("(a?){2,4}?c", 0, ["aac", "c", "aaaac"]),
    ("(?:(a)|b)*", 0, ["ab", "ba", "bb"]),
    ("(?:(a)|(b))*\\1", 0, ["aba", "abb", "ab"]),
    ("(?:(a)|(b)|c)*?\\2x", 0, ["abcbx", "cbbx"]),
    ("((a)|b)*?c", 0, ["abc", "bac"]),
    ("(?:x(a)?)*", 0, ["xaxxa", "xax"]),
    ("(?:(\\d+),?)+", 0, ["1,22,333", "x"]),
    ("((ab)|(cd))*+e", 0, ["abcdabe", "abcd"]),
    ("(?:ab|cd)*+ab", 0, ["ababab"]),
    ("(?:a|ab){2,}+c", 0, ["aabc", "abac", "aac"]),
    ("(?:(a)|(b)){2,3}+", 0, ["aba", "a", "bbbb"]),
    ("((x|y)z)*", 0, ["xzyzx", "z"]),
    ("(?:(?:a|b)c?)+d", 0, ["acbcabd", "acb"]),
    ("(?:((?:a|b)*)c)*", 0, ["abcbac", "cc"]),
    ("(((a)*)*)*b", 0, ["aab", "b", "aa"]),
    ("(?:a(?:b(?:c)?)?)*d", 0, ["abcaabd", "d"]),
    ("(0|1(01*0)*1)*", 0, ["110", "1001", "1011"]),
    # Alternatives.
    ("foo|bar|baz", 0, ["xbaz", "fobarfoo", "ba"]),
    ("(?:foo|foobar)(?:\\d|)", 0, ["foobar1", "foo1"]),
    ("a|", 0, ["a", "b", ""]),
    ("|a", 0, ["a", "b", ""]),
    ("(?:a|ab|abc)$", 0, ["abc", "ab", "abd"]),
    ("(?:one|two|three|\u0444our)+", 0, ["twothreeone", "\u0444ourone"]),
    ("(a)|(b)|(c)", 0, ["c", "ba", "x"]),
    ("|".join("w%d" % i for i in range(200)), 0, ["w7", "w199", "w70w8", "x"]),
    ("(?:" + "|".join("(%c)" % c for c in range(48, 123) if chr(c).isalnum()) + ")+", 0, ["azAZ09", "-"]),
    # References.
    ("(a+)b\\1", 0, ["aabaa", "aaba", "ab"]),
    ("(.)(.)\\2\\1", 0, ["xabbay", "abab"]),
    ("(a)?\\1", 0, ["aa", "a", ""]),
    ("(?:(a)|b)\\1", 0, ["aa", "ba"]),
    ("(\\w+) \\1", 0, ["the the cat", "a b b"]),
    ("<(\\w+)>.*?</\\1>", 0, ["<b>x</i></b>", "<a></b>"]),
    ("(a)?(?(1)b|c)", 0, ["ab", "c", "ac", "b"]),
    ("(a)?(?(1)b)", 0, ["ab", "", "a"]),
    ("(a)?b(?(1)\x0f.)", 0, ["ab\x0fz", "b"]),
    ("(?:(a)|b)*(?(1)c|d)", 0, ["abc", "bbd", "bc"]),
    ("((b)(?:x|y(?(1)z|w)))+", 0, ["bx", "byw", "bxbyz", "bxbyw"]),
    # Lookaround and atomic groups.
    ("a(?=b)", 0, ["ab", "ac", "aab"]),
    ("a(?!b)", 0, ["ab", "ac", "aab", "a"]),
    ("(?<=a)b", 0, ["ab", "bb", "b"]),
    ("(?<!a)b", 0, ["ab", "bb", "b"]),
    ("(?<=ab)c(?=d)", 0, ["abcd", "abc", "cd"]),
    ("(?<=^)a", 0, ["aa"]),
    ("(?=(a+))\\w*\\1", 0, ["aabaa", "aab"]),
    ("(?!(a)b)a(?(1)x|c)", 0, ["ac", "ab"]),
    ("(?:(?=(a))a|b)+", 0, ["aba", "b"]),
    ("(?:(?!(c))(a|b))*c", 0, ["abc", "c"]),
    ("(?<=(a|b))c\\1", 0, ["acabcb", "bca"]),
    ("(?>a|ab)c", 0, ["abc", "ac"]),
    ("(?>a*)b", 0, ["aaab", "aac"]),
    ("(?>a*)ab", 0, ["aaab"]),
    ("(?>|a)b", 0, ["ab", "b"]),
    ("(?>(a)|b)*c", 0, ["abac", "c"]),
    ("(?:(?>(a+))b?)*\\1", 0, ["aabaaa", "aab"]),
    ("(?>a+?)b", 0, ["aab"]),
    ("(?!)|a", 0, ["a"]),
    ("(?=a*)b?", 0, ["aab"]),
    # Bytes.
    (b"\\w+", 0, [b"ab_1 \xe9x", b"-"]),
    (b"[^\\w]+", 0, [b"ab_1 \xe9x\xff", b"a"]),
    (b"[\x80-\xff]+", 0, [b"a\x80\xfe\xffb"]),
    (b"(?i)abc[d-f]\xe9", 0, [b"ABCE\xe9", b"abce\xc9"]),
    (b"\\s\\d\\b.", 0, [b"x 1-", b" 1\xe9"]),
    (b"(?L)\\w+\\b", 0, [b"ab_1 \xe9x"]),
    (b"(?iL)a[b-d]([x-z])\\1[^q]", 0, [b"ABXxr", b"aCzZQ"]),
    (b"(?L:\\W)a", 0, [b"-a\xe9a", b"aa"]),
    # The shape of larger patterns.
    (r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)", 0, ["on 2024-02-29.", "2024-2-29"]),
    (r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", 0, ["at 192.168.0.1!", "1.2.3"]),
    (r"\s*(?:(\w+)\s*=\s*(\"[^\"]*\"|'[^']*'|\S+))\s*,?", 0, ["a = 1, b='x y' , c=\"z\"", "nothing"]),
    (r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$", 0, ["127.0.0.1", "256.1.1.1", "1.2.3"]),
    (r"(?s)/\*.*?\*/", 0, ["a /* b\n */ c */", "/* x"]),
    (r"([^\W\d_]+)(?:[-'][^\W\d_]+)*", 0, ["mother-in-law's 4th", "__"]),
    ("x*" * 12 + "y", 0, ["xxxxy"]),
    ("a" * 300 + "b?", 0, ["a" * 301, "a" * 299]),
    ("(" * 60 + "a" + ")*" * 60, 0, ["aa", "b"]),
]


def corpus():
    for source, flags, texts in CORPUS:
        tests = [(operation, text, 0, None) for text in texts for operation in OPERATIONS]
        longest = max(texts, key=len)
        n = len(longest)
        for pos, endpos in ((1, None), (1, n - 1), (0, n // 2), (n, None), (n + 1, None), (2, 1)):
            tests += [("search", longest, pos, endpos), ("match", longest, pos, endpos)]
        if not emit(source, flags, tests):
            sys.exit("does not compile: %r" % (source,))


class Fuzzer:
    """Random patterns over a small alphabet, so that they match often enough to be of interest."""

    def __init__(self, rng):
        self.rng = rng

    def item(self):
        r = self.rng
        return r.choice(self.items)

    def quantifier(self):
        r = self.rng
        base = r.choice(["*", "+", "?", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}", "{,3}", "{1,3}", "{0}"])
        return base + r.choice(["", "", "", "?", "?", "+"])

    def atom(self, depth):
        r = self.rng
        k = r.random()
        if depth <= 0 or k < 0.4:
            return self.item()
        if k < 0.43:
            look = r.choice(["(?!", "(?=", "(?<!", "(?<="])
            return "(?:%s%s)%s)" % (look, self.item() + r.choice(["", self.item()]), self.item())
        if k < 0.45:
            return "".join(r.choice("abc") for _ in range(r.randint(2, 4)))
        if k < 0.58:
            self.groups += 1
            return "(" + self.alternatives(depth - 1) + ")"
        if k < 0.72:
            return "(?:" + self.alternatives(depth - 1) + ")"
        if k < 0.76:
            return "(?>" + self.alternatives(depth - 1) + ")"
        if k < 0.83:
            return r.choice(["(?=", "(?!", "(?<=", "(?<!"]) + self.alternatives(depth - 1) + ")"
        if k < 0.87:
            return r.choice(["^", "$", "\\b", "\\B", "\\A", "\\Z"])
        if k < 0.94 and self.groups:
            return "\\%d" % r.randint(1, self.groups)
        if self.groups:
            yes = self.sequence(depth - 1)
            no = r.choice(["", "|" + self.sequence(depth - 1)])
            return "(?(%d)%s%s)" % (r.randint(1, self.groups), yes, no)
        if k < 0.98:
            return "(?%s:%s)" % (r.choice(["i", "s", "m", "-i"]), self.alternatives(depth - 1))
        return self.item()

    def sequence(self, depth):
        r = self.rng
        out = []
        for _ in range(r.choice([0, 1, 1, 2, 2, 3, 4])):
            atom = self.atom(depth)
            if r.random() < 0.4 and not (atom[0] in "^$" or atom[:2] in ("\\b", "\\B", "\\A", "\\Z")):
                atom += self.quantifier()
            out.append(atom)
        return "".join(out)

    def alternatives(self, depth):
        n = self.rng.choice([1, 1, 1, 2, 2, 3])
        return "|".join(self.sequence(depth) for _ in range(n))

    def case(self):
        r = self.rng
        self.groups = 0
        style = r.choice(["narrow", "narrow", "wide", "bytes"])
        plain = ["a", "b", "a", "b", "c", "ab", ".", "[ab]", "[^a]", "[b-d]", "\\w", "\\d", "\\s", "\\W", "[\\w-]", "-", "\\S"]
        if style == "wide":
            self.items = plain + ["\u0436", "\u0416", "[\u0436-\u0438]", "\u4e2d", "[^\u4e2d]", "\U00010428", "\u00e9",
                                  "[\u0430-\u044fa]", "[\U00010400-\U00010410]", "\u212a", "[k\u4e2d]", "s", "[\u0130-\u0132]", "\u00df", "[^s]",
                                  "\u01c6", "\u03c2", "[\u1f80-\u1f90]", "\ud800", "[a-\U0001ffff]", "[^\\W_]"]
            alphabet = ("aab-B \n1\u0436\u0416\u0438\u4e2d\U00010428\U00010400\u00e9\u00c9k\u212aK"
                        "\u0300\u0130\u0131\u00df\u1e9e\u017fsS\u01c5\u0663\u00b2\u2003\x1c\u2028\u03c3\u03c2\u1f88\ud800")
        else:
            self.items = plain + ["A", "\n", "[\\s\\d]", "_", "\\xe9"]
            alphabet = "aaabbbcdAB-_ \n1\u00e9\u00c9"
        flags = 0
        for flag in (re.I, re.M, re.S, re.A):
            if r.random() < 0.2:
                flags |= flag
        source = self.alternatives(r.choice([1, 2, 3, 4]))
        texts = ["".join(r.choice(alphabet[: r.choice([3, 6, 60])]) for _ in range(r.choice([0, 1, 2, 4, 6, 9, 14])))
                 for _ in range(6)]
        # Long stretches of one unit, for the searches that leap.
        filler = r.choice("ab-\n1" if style != "wide" else "ab-\u0436\u4e2d")
        texts.append(filler * r.randint(8, 50) + texts[0] + filler * r.randint(0, 20) + texts[1])
        if style == "bytes":
            source = source.encode("latin-1")
            texts = [text.encode("latin-1") for text in texts]
            if flags & re.A:
                flags ^= re.A | re.L
        tests = []
        for text in texts:
            tests += [("search", text, 0, None), ("scan", text, 0, None)]
            tests.append((r.choice(["match", "fullmatch"]), text, 0, None))
            tests.append((r.choice(OPERATIONS[:3]), text, r.randint(0, len(text)), r.randint(0, len(text))))
        return source, flags, tests


def fuzz(count, seed):
    fuzzer = Fuzzer(random.Random(seed))
    done = 0
    while done < count:
        done += emit(*fuzzer.case())


def re_tests():
    from test.re_tests import tests

    for test in tests:
        source, text = test[0], test[1]
        emit(source, 0, [(operation, text, 0, None) for operation in OPERATIONS])
        emit(source, re.I, [(operation, text, 0, None) for operation in OPERATIONS])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["corpus"]:
            corpus()
        case ["fuzz", count, seed]:
            fuzz(int(count), int(seed))
        case ["re-tests"]:
            re_tests()
        case _:
            sys.exit(__doc__)
