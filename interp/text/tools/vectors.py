"""Prints random calls with CPython's results, for `tests/vectors.rs` to repeat.

    python3.14 tools/vectors.py COUNT [SEED] > /tmp/vectors.txt
    ADDER_TEXT_VECTORS=/tmp/vectors.txt cargo test -p adder-text --test vectors

A line is `operation|argument|...|result`. Text is a slash and code points in hexadecimal, each
followed by a dot; bytes are hexadecimal followed by a dollar sign; numbers are decimal; lists are joined by commas.
"""

import codecs
import random
import sys
import unicodedata
import warnings

warnings.simplefilter("ignore")
count = int(sys.argv[1])
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)

SPICE = (
    "aaabbbAB c\t\n\r\x0b\x1c\x85 '\"\\{}x01+-\xe9\xdf\xff\xb5\u0142\u2028\u03a3\u03c3\u0130\u01c5\u0301\u0323"
    "\ufb01\u1100\u1161\u11a8\uac00\uac01\ud800\udc80\udcff\udfff\U0001f600\U0001d11e\U0010ffff\U00010400"
)
PAIRS = [unicodedata.decomposition(chr(c)).split() for c in range(0xA0, 0x3000)]
PAIRS = [[int(p, 16) for p in parts] for parts in PAIRS if parts and not parts[0].startswith("<")]
BYTES = [b"a", b"b", b"\\", b"\xc3\xa9", b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\x80", b"\xff", b"\xd8",
         b"\xdc", b"\x00", b"\xfe", b"+", b"-", b"AGE", b"2D3cAA", b"\\x4", b"\\x41", b"\\u00e", b"\\ud800", b"\\U0001f600",
         b"\\U00110000", b"\\N{DASH}", b"\\N{EM DASH}", b"\\N{", b"\\N", b"}", b"\\101", b"\\777", b"\\8", b"\n", b"\\\n",
         b"\xe9", b"\xf4\x90", b"\xe0\x80", b"\x00\xd8", b"\x00\xdc", b"\x41\x00", b"\x00\x00\x00", b"\x00\x00\x11\x00", b" "]
POLICIES = ["strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass", "odd"]
TABLE = "abc\ufffe\xe9\u0142\U0001f600" + "".join(map(chr, range(7, 200)))


def odd(error):
    """A handler that skips one more and replaces by text that not every codec can encode."""
    return "\xe9?" if error.start % 2 else "?", min(error.end + 1, len(error.object))


codecs.register_error("odd", odd)


def text(limit=8):
    kind = rng.random()
    if kind < 0.2:
        pool = "abA b\t\n"
    elif kind < 0.3:
        return "".join(chr(c) for _ in range(rng.randrange(4)) for c in rng.choice(PAIRS))
    elif kind < 0.4:
        pool = [chr(rng.randrange(0x110000)), chr(rng.randrange(0x3000)), "a", "'"]
    else:
        pool = rng.sample(SPICE, 5)
    return "".join(rng.choice(pool) for _ in range(rng.randrange(limit)))


def data(limit=7):
    return b"".join(rng.choice(BYTES) for _ in range(rng.randrange(limit)))


class Word(str):
    """Text printed as it is."""


def show(value):
    if isinstance(value, Word):
        return value
    if isinstance(value, str):
        return "/" + "".join(f"{ord(c):x}." for c in value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex() + "$"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (list, tuple)):
        return ",".join(map(show, value))
    return str(value)


def attempt(f, *args):
    try:
        return Word(show(f(*args)))
    except UnicodeError as e:
        return Word(f"error:{e.start}:{e.end}:{e.reason}:{show(str(e))}")
    except SyntaxError as e:
        return Word("syntax:" + show(e.msg))
    except ValueError as e:
        return Word("value:" + show(str(e)))


def decoding():
    name = rng.choice("utf_8 utf_7 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be unicode_escape "
                      "raw_unicode_escape ascii latin_1 charmap".split())
    policy, last, source = rng.choice(POLICIES), rng.random() < 0.5, data()
    decode = getattr(codecs, name + "_decode")
    if name == "charmap":
        args = (source, policy, TABLE)
    elif name in ("ascii", "latin_1"):
        args = (source, policy)
    else:
        args = (source, policy, last)
    yield "decode", Word(name), Word(policy), last, source, attempt(decode, *args)


def encoding():
    name = rng.choice("utf_8 utf_7 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be unicode_escape "
                      "raw_unicode_escape ascii latin_1 charmap".split())
    policy = rng.choice([*POLICIES, "xmlcharrefreplace", "namereplace"])
    encode, source = getattr(codecs, name + "_encode"), text()
    args = (source, policy, codecs.charmap_build(TABLE)) if name == "charmap" else (source, policy)
    yield "encode", Word(name), Word(policy), source, attempt(lambda *a: encode(*a)[0], *args)


def escapes():
    source = data()
    yield "escape_decode", source, attempt(lambda: codecs.escape_decode(source)[0])
    yield "escape_encode", source, codecs.escape_encode(source)[0]


def literals():
    body = "".join(rng.choice(["\\", "x", "4", "1", "\xe9", "\\\xe9", "{", "}", "\\N{", "N", "EM DASH}", "\r\n", "\r", "u12", "U0001",
                              "F600", "\\ud800", "777", "\n", "\U0001f600"]) for _ in range(rng.randrange(7)))
    if body.endswith("\\") and not body.endswith("\\\\"):
        body += "n"
    for kind, prefix in (("literal", ""), ("byte_literal", "b")):
        yield kind, body, attempt(lambda: eval(f"{prefix}'''{body}'''"))


def methods():
    s, t, u, n = text(), text(4), text(4), rng.randrange(-1, 4)
    for name in ("lower upper title casefold swapcase capitalize isalpha isalnum isdecimal isdigit isnumeric isspace "
                 "islower isupper istitle isprintable isidentifier isascii").split():
        yield name, s, getattr(s, name)()
    yield "repr", s, repr(s)
    yield "ascii", s, ascii(s)
    s = s + t + s + t if rng.random() < 0.5 else s
    start, end = rng.randrange(-9, 12), rng.randrange(-9, 12)
    for name in ("find", "rfind", "count"):
        yield name, s, t, start, end, getattr(s, name)(t, start, end)
    yield "startswith", s, t, s.startswith(t)
    yield "endswith", s, t, s.endswith(t)
    yield "replace", s, t, u, n, s.replace(t, u, n)
    for name in ("split", "rsplit"):
        yield name + "_space", s, n, getattr(s, name)(None, n)
        if t:
            yield name, s, t, n, getattr(s, name)(t, n)
    for name in ("strip", "lstrip", "rstrip"):
        yield name + "_space", s, getattr(s, name)()
        yield name, s, t, getattr(s, name)(t)
    yield "splitlines", s, n > 1, s.splitlines(n > 1)
    yield "expandtabs", s, n, s.expandtabs(n)
    width = rng.randrange(14)
    yield "zfill", s, width, s.zfill(width)
    for name in ("center", "ljust", "rjust"):
        yield name, s, width, "*", getattr(s, name)(width, "*")
    yield "less", s, t, s < t
    yield "equal", s, t, s == t
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield "normalize", Word(form), s, unicodedata.normalize(form, s)
        yield "is_normalized", Word(form), s, unicodedata.is_normalized(form, s)


def byte_methods():
    s, t, u, n = data() + data(3), data(2), data(3), rng.randrange(-1, 4)
    for name in "title swapcase capitalize isalpha isalnum isdigit isspace islower isupper istitle".split():
        yield "b_" + name, s, getattr(s, name)()
    yield "b_repr", s, repr(s).encode()
    yield "b_replace", s, t, u, n, s.replace(t, u, n)
    yield "b_split_space", s, n, s.split(None, n)
    yield "b_rsplit_space", s, n, s.rsplit(None, n)
    yield "b_splitlines", s, n > 1, s.splitlines(n > 1)
    yield "b_strip_space", s, s.strip()
    group = rng.randrange(-4, 5)
    yield "b_hex", s, group, (s.hex(":", group) if group else s.hex()).encode()
    h = rng.choice(["", " ", "0", "x"]).join(f"{b:02x}" for b in s[:4]) + rng.choice(["", " ", "a", "\xe9"])
    yield "b_fromhex", h, attempt(bytes.fromhex, h)


KINDS = [decoding, decoding, encoding, encoding, escapes, literals, methods, byte_methods]
for _ in range(count):
    for operation, *fields in rng.choice(KINDS)():
        print(operation, *map(show, fields), sep="|")
