"""Building strings and taking them apart: +=, join, split, replace, slices, character loops, translate."""

import sys

COLUMNS = ["id", "name", "city", "amount", "note"]
CITIES = ["Lisbon", "Oslo", "Nairobi", "Quito", "Hanoi", "Perth"]


def make_rows(count, seed):
    rows = []
    for i in range(count):
        name = "user" + str(i * seed % 997)
        note = "likes, " + "x" * (i % 4) if i % 3 == 0 else 'says "hi"' if i % 3 == 1 else "plain"
        rows.append([str(i), name, CITIES[(i + seed) % len(CITIES)], str(i * 37 % 1000), note])
    return rows


def quote(field):
    if "," in field or '"' in field:
        return '"' + field.replace('"', '""') + '"'
    return field


def to_csv(rows):
    lines = [",".join(COLUMNS)]
    for row in rows:
        lines.append(",".join([quote(field) for field in row]))
    return "\n".join(lines) + "\n"


def parse_line(line):
    """Split one line of comma-separated values a character at a time."""
    fields = []
    field = ""
    quoted = False
    i = 0
    while i < len(line):
        char = line[i]
        if quoted:
            if char != '"':
                field += char
            elif line[i + 1 : i + 2] == '"':
                field += '"'
                i += 1
            else:
                quoted = False
        elif char == '"':
            quoted = True
        elif char == ",":
            fields.append(field)
            field = ""
        else:
            field += char
        i += 1
    fields.append(field)
    return fields


def from_csv(text):
    return [parse_line(line) for line in text.splitlines()[1:]]


def caesar_table(shift):
    lower = "abcdefghijklmnopqrstuvwxyz"
    turned = lower[shift:] + lower[:shift]
    return str.maketrans(lower + lower.upper(), turned + turned.upper())


def wrap(text, width):
    lines, line = [], ""
    for word in text.split(" "):
        if len(line) + len(word) + 1 > width and line:
            lines.append(line)
            line = word
        else:
            line = line + " " + word if line else word
    return lines + [line]


def is_palindrome(text):
    kept = "".join(char for char in text.lower() if char.isalnum())
    return kept == kept[::-1]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    table = caesar_table(3)
    for number in range(rounds):
        rows = make_rows(8000, number + 3)
        text = to_csv(rows)
        assert from_csv(text) == rows
        secret = text.translate(table)
        lines = wrap(secret.replace("\n", " "), 72)
        found = sum(1 for row in rows if is_palindrome(row[0] + row[3]))
        starts = "".join(line[:1] for line in lines)[:24]
        print(number, len(text), len(lines), found, starts, text.count("hi"), flush=True)


if __name__ == "__main__":
    main()
