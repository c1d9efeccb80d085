"""Regular expressions: a tokenizer of named groups, log lines searched and rewritten, splits, backreferences."""

import re
import sys

TOKEN = re.compile(
    r"""
    (?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<comment>\#[^\n]*)
  | (?P<operator>[-+*/=<>!]=?|[()\[\]{},.;:])
  | (?P<space>\s+)
    """,
    re.VERBOSE,
)
LOG_LINE = re.compile(
    r'^(\d{1,3}(?:\.\d{1,3}){3}) - (\w+|-) \[(\d\d)/(\w{3})/(\d{4})\] "(GET|POST|PUT) ([^ "]+)" (\d{3}) (\d+|-)$'
)
DOUBLED = re.compile(r"\b(\w+)\s+\1\b", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

SOURCE = '''
def area(width, height):  # the obvious
    return width * height + 3.25e-1
message = "a \\"quoted\\" word"; total[0] = area(3, 4) >= 12
'''
PROSE = (
    "It was was written to jane.doe@example.org and to bob+list@mail.example.com, and the the answer "
    "came from nobody@nowhere; Then then it was parseHttpRequest and readJsonFile that failed."
)


def tokenize(source):
    counts = {}
    for match in TOKEN.finditer(source):
        kind = match.lastgroup
        if kind != "space":
            counts[kind] = counts.get(kind, 0) + len(match.group())
    return counts


def make_log(count, seed):
    lines = []
    for i in range(count):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        user = "-" if seed & 64 else f"user{seed >> 20}"
        size = "-" if seed & 512 else str(seed >> 16)
        verb = ("GET", "POST", "PUT", "PATCH")[seed >> 7 & 3]
        status = (200, 301, 404, 500)[seed >> 11 & 3]
        lines.append(
            f'{seed >> 23}.{seed >> 15 & 255}.0.{i & 255} - {user} [{i % 28 + 1:02d}/Mar/2024] '
            f'"{verb} /page/{seed & 31}?q={i}" {status} {size}'
        )
    return lines


def read_log(lines):
    traffic, refused = {}, 0
    for line in lines:
        match = LOG_LINE.match(line)
        if match is None:
            refused += 1
            continue
        host, user, day, month, year, verb, path, status, size = match.groups()
        if size != "-":
            traffic[status] = traffic.get(status, 0) + int(size)
    return sorted(traffic.items()), refused


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        tokens = tokenize(SOURCE * 250)
        log = make_log(11_000, number + 1)
        text = "\n".join(log)
        hidden = re.sub(r"\buser(\d+)\b", lambda match: f"<{int(match[1]) % 10}>", text)
        prose = PROSE * 200
        single = DOUBLED.sub(r"\1", prose)
        words = [piece for word in re.split(r"[^\w@.+]+", prose) for piece in CAMEL.split(word)]
        print(
            number, sorted(tokens.items()), *read_log(log), len(hidden), len(single),
            len(EMAIL.findall(prose)), len(words), flush=True,
        )


if __name__ == "__main__":
    main()
