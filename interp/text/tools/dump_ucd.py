"""Prints what CPython knows about every code point, in the format of `examples/dump_ucd.rs`.

    python3.14 tools/dump_ucd.py > expected.txt
    cargo run -p adder-text --example dump_ucd > actual.txt
    cmp expected.txt actual.txt
"""

import sys
import unicodedata as ucd

sys.stdout.reconfigure(encoding="ascii")


def lookup(name):
    try:
        return ucd.lookup(name)
    except KeyError:
        return ""


def hexes(text):
    return ".".join(f"{ord(c):x}" for c in text)


def predicates(ch):
    bits = [
        ch.isalpha(), ch.isdecimal(), ch.isdigit(), ch.isnumeric(), ch.isspace(), ch.islower(), ch.isupper(),
        ch.istitle(), ch.isprintable(), ch.isidentifier(), ("a" + ch).isidentifier(), ch.isalnum(),
        bool(ucd.mirrored(ch)), len(("a" + ch + "b").splitlines()) == 2,
    ]
    return "".join("01"[bit] for bit in bits)


old = ucd.ucd_3_2_0
for c in range(0x110000):
    ch = chr(c)
    name = ucd.name(ch, "")
    print(
        f"{c:x}", ucd.category(ch), ucd.bidirectional(ch), ucd.combining(ch), ucd.east_asian_width(ch),
        ucd.decimal(ch, ""), ucd.digit(ch, ""), f"{float(ucd.numeric(ch, -99)):.6f}", predicates(ch),
        hexes(ch.lower()), hexes(ch.upper()), hexes(ch.title()), hexes(ch.casefold()), hexes(ch.swapcase()),
        hexes(ch.capitalize()), hexes(("A" + ch + "\u03a3").lower()), hexes(("\u03a3" + ch + "a").title()),
        ucd.decomposition(ch), *[hexes(ucd.normalize(f, ch)) for f in ("NFC", "NFD", "NFKC", "NFKD")],
        "".join("01"[ucd.is_normalized(f, ch)] for f in ("NFC", "NFD", "NFKC", "NFKD")),
        name, hexes(lookup(name or f"TANGUT IDEOGRAPH-{c:X}")), repr(ch) if c < 0x80 else ascii(repr(ch)),
        old.category(ch), old.bidirectional(ch), old.combining(ch), old.east_asian_width(ch), old.decimal(ch, ""),
        old.digit(ch, ""), f"{float(old.numeric(ch, -99)):.6f}", "01"[old.mirrored(ch)], old.decomposition(ch),
        old.name(ch, ""), *[hexes(old.normalize(f, ch)) for f in ("NFC", "NFD", "NFKC", "NFKD")], sep=";",
    )
