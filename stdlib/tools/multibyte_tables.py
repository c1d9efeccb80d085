"""Writes stdlib/src/multibyte/tables.bin: the character tables of the CJK codecs, asked of the codecs of a CPython 3.14.

    python3.14 stdlib/tools/multibyte_tables.py

The file is a sequence of entries, in the order of `TABLES`: a length (u32, little-endian) and a zlib stream. Inflated, an entry is
the number of escapes (u32), the escapes (two u32 each: code point, and a second one or 0), then the low bytes and the high
bytes of the cells. Cells are kept as differences to the one before. A cell is 0 for no character or, in a
table with a base, for that of the base (1 is no character there); 0xFFFF takes the next escape; anything else is a code point.
`gb18030_ranges` holds triples: first code point, first linear code, length.
"""

import pathlib
import struct
import zlib

EUC = range(0xA1, 0xFF)
NONE, ABSENT, ESCAPE = 0, 1, 0xFFFF


def decode(codec, *sequence):
    """The text of one two- or three-byte character, or ''."""
    data = bytes(sequence)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return ""
    first = data[:1]
    try:  # two single bytes are no character of the table
        first.decode(codec)
        return ""
    except UnicodeDecodeError:
        return text


def grid(codec, leads, trails, prefix=()):
    return [decode(codec, *prefix, lead, trail) for lead in leads for trail in trails]


def minus(table, base):
    """The table as its differences to another one; positions without a base count as absent there."""
    out = []
    for i, text in enumerate(table):
        below = base[i] if i < len(base) else ""
        out.append(None if text == below else text)
    return out


def tables():
    jisx0208 = grid("euc_jp", EUC, EUC)
    wide = range(0x40, 0xFF)
    high = range(0x81, 0xFF)
    gbk = grid("gbk", high, wide)
    big5 = grid("big5", high, wide)
    gbk_euc = [gbk[(lead - 0x81) * 191 + trail - 0x40] for lead in EUC for trail in EUC]
    sjis_leads = [*range(0x81, 0xA0), *range(0xE0, 0xFD)]
    sjis_trails = [*range(0x40, 0x7F), *range(0x80, 0xFD)]
    return {
        "jisx0208": jisx0208,
        "jisx0212": grid("euc_jp", EUC, EUC, (0x8F,)),
        "jisx0213_1": minus(grid("euc_jis_2004", EUC, EUC), jisx0208),
        "jisx0213_2": grid("euc_jis_2004", EUC, EUC, (0x8F,)),
        "cp932": minus(grid("cp932", sjis_leads, sjis_trails), jisx0208),
        "gbk": gbk,
        "gb18030": minus(grid("gb18030", high, wide), gbk),
        "gb2312": minus(grid("gb2312", EUC, EUC), gbk_euc),
        "cp949": grid("cp949", high, range(0x41, 0xFF)),
        "johab": grid("johab", high, range(0x31, 0xFF)),
        "big5": big5,
        "cp950": minus(grid("cp950", high, wide), big5),
        "big5hkscs": minus(grid("big5hkscs", high, wide), big5),
    }


def gb18030_ranges():
    """The code points of the basic plane that take four bytes, and their linear codes."""
    ranges = []
    for point in range(0x80, 0x10000):
        if 0xD800 <= point < 0xE000:
            continue
        data = chr(point).encode("gb18030")
        if len(data) != 4:
            continue
        a, b, c, d = data
        linear = (((a - 0x81) * 10 + b - 0x30) * 126 + c - 0x81) * 10 + d - 0x30
        if ranges and point == ranges[-1][0] + ranges[-1][2] and linear == ranges[-1][1] + ranges[-1][2]:
            ranges[-1][2] += 1
        else:
            ranges.append([point, linear, 1])
    return [number for triple in ranges for number in triple]


def cells_of(table, has_base):
    cells, escapes = [], []
    for text in table:
        if text is None:
            cells.append(NONE)
        elif text == "":
            cells.append(ABSENT if has_base else NONE)
        elif len(text) == 1 and ord(text) < ESCAPE:
            cells.append(ord(text))
        else:
            cells.append(ESCAPE)
            escapes.append((ord(text[0]), ord(text[1]) if len(text) > 1 else 0))
    return cells, escapes


def entry(cells, escapes):
    deltas = [(cell - last) & 0xFFFF for last, cell in zip([0, *cells], cells)]
    head = struct.pack("<I", len(escapes)) + b"".join(struct.pack("<II", *e) for e in escapes)
    body = bytes(d & 0xFF for d in deltas) + bytes(d >> 8 for d in deltas)
    packed = zlib.compress(head + body, 9)
    return struct.pack("<I", len(packed)) + packed


def main():
    out = b""
    for name, table in tables().items():
        cells, escapes = cells_of(table, None in table)
        data = entry(cells, escapes)
        print(f"{name}: {len(cells)} cells, {len(escapes)} escapes, {len(data)} bytes")
        out += data
    ranges = gb18030_ranges()
    data = entry(ranges, [])
    print(f"gb18030_ranges: {len(ranges) // 3} ranges, {len(data)} bytes")
    out += data
    target = pathlib.Path(__file__).parent.parent / "src" / "multibyte" / "tables.bin"
    target.write_bytes(out)
    print(f"{target}: {len(out)} bytes")


if __name__ == "__main__":
    main()
