#!/usr/bin/env python3.14
"""Times typical patterns with this Python's `re` and writes what `examples/bench.rs` needs to time the same.

    python3.14 bench.py > FILE && cargo run --release -p adder-sre --example bench FILE

Operations: `search` is one search of the whole text, `scan` is `findall`, whose time includes making the result list;
the `scan`s of this engine only count. Each text is written once, as a `X name hex` line of code points or `X name`
followed by the escaped form of `vectors.py`.
"""

import re
import time

from vectors import compile_words, escape

WORDS = (
    "the quick brown fox jumps over a lazy dog while seventeen other animals watch from behind the old fence and "
    "wonder, not without envy, why nobody (not even Bob) asked them to join; perhaps because they were 3 or 42 too many. "
)
ENGLISH = (WORDS * 60) + "contact: bob.builder@example.co.uk or call 555-1234 on 2024-02-29 END"
CODE = '''def handle(self, request, *, key="value", other='x'):
    # a comment about "things"
    result = self.table.get(key, None) or [1, 2.5e10, 0xff]
    if result is not None and len(result) >= 10:
        return f"{result!r} of {self}"
''' * 30
CSV = "\n".join('%d,"name %d",%d.5,some text here,,"a ""quoted"" one"' % (i, i, i * 7) for i in range(200))
LOG = "\n".join("192.168.%d.%d - - [10/Oct/2023:13:55:%02d +0000] \"GET /path/%d.html HTTP/1.1\" 200 %d" %
                (i % 256, i * 7 % 256, i % 60, i, i * 31) for i in range(200))
WIDE = ("\u0411\u044b\u0441\u0442\u0440\u0430\u044f \u043b\u0438\u0441\u0430 jumps over \u043b\u0435\u043d\u0438\u0432\u0443\u044e \u4e2d\u6587 dog. " * 150) + "END"
HTML = '<div class="a b"><a href="http://example.com/x?y=1">link</a><p>text <b>bold</b></p></div>\n' * 100
DNA = "acgtagctagcatcgactagcatgcatcgactacgatcgactagcatcgacagcgatcagcatcagc" * 150
AS = "a" * 5000
TEXTS = {name: value for name, value in globals().items() if name.isupper() and name != "WORDS"}

BENCHES = [
    ("word scan", "scan", r"\w+", 0, "ENGLISH"),
    ("word scan, wide", "scan", r"\w+", 0, "WIDE"),
    ("non-space scan", "scan", r"\S+", 0, "ENGLISH"),
    ("literal at the end", "search", "END", 0, "ENGLISH"),
    ("literal, wide", "search", "END", 0, "WIDE"),
    ("absent literal", "search", "zebra crossing", 0, "ENGLISH"),
    ("common literal scan", "scan", "the", 0, "ENGLISH"),
    ("caseless literal", "search", "CONTACT", re.I, "ENGLISH"),
    ("email", "search", r"[\w.+-]+@[\w-]+\.[\w.-]+", 0, "ENGLISH"),
    ("email with groups", "search", r"(\w+(?:\.\w+)*)@((?:\w+\.)+\w+)", 0, "ENGLISH"),
    ("date", "search", r"(\d{4})-(\d\d)-(\d\d)", 0, "ENGLISH"),
    ("alternation", "search", r"contact|zebra|giraffe|lion", 0, "ENGLISH"),
    ("alternation scan", "scan", r"fox|dog|fence|envy", 0, "ENGLISH"),
    ("alternation of groups", "scan", r"(?:(fox)|(dog)|(fence))\b", 0, "ENGLISH"),
    ("word boundary", "scan", r"\b[a-z]{5,7}\b", 0, "ENGLISH"),
    ("adjacent words", "search", r"(\w+)\s+\1\b", 0, "ENGLISH"),
    ("capitalised", "scan", r"[A-Z][a-z]+", 0, "ENGLISH"),
    ("two words", "scan", r"(\w+)\s(\w+)", 0, "ENGLISH"),
    ("suffix", "scan", r"\w+ing\b|\w+ed\b", 0, "ENGLISH"),
    ("line with word", "scan", r"^.*\bGET\b.*$", re.M, "LOG"),
    ("log line", "scan", r'(\S+) - - \[([^\]]*)\] "(\w+) (\S+) [^"]*" (\d+) (\d+)', 0, "LOG"),
    ("ip", "scan", r"(?:\d{1,3}\.){3}\d{1,3}", 0, "LOG"),
    ("tokenizer", "scan", r"(?P<n>\d+(?:\.\d*)?(?:e\d+)?)|(?P<i>[A-Za-z_]\w*)|(?P<s>\"[^\"]*\"|'[^']*')|(?P<o>[-+*/<>=!]=?|[()\[\]{},.:])|(?P<w>\s+)|(?P<c>#.*)|(?P<x>.)", 0, "CODE"),
    ("quoted strings", "scan", r'"(?:[^"\\]|\\.)*"', 0, "CODE"),
    ("csv fields", "scan", r'(?:^|,)(?:"((?:[^"]|"")*)"|([^,"\n]*))', re.M, "CSV"),
    ("tags", "scan", r"<(\w+)((?:\s+\w+=\"[^\"]*\")*)\s*/?>", 0, "HTML"),
    ("lazy between tags", "scan", r"<b>(.*?)</b>", 0, "HTML"),
    ("backreference tags", "scan", r"<(\w+)[^>]*>.*?</\1>", 0, "HTML"),
    ("dna", "scan", r"agc(?:ta|at)c|[cgt]gact", 0, "DNA"),
    ("loop of alternatives", "match", r"(?:acg|agct|ag|tcg|ct|c|g|t|a)*$", 0, "DNA"),
    ("groups in a loop", "match", r"(?:(a)|(c)|(g)|(t))*$", 0, "DNA"),
    ("nested groups", "match", r"((a)(c?)((g)|t)?)+", 0, "DNA"),
    ("greedy then literal", "match", r".*END", 0, "ENGLISH"),
    ("lazy then literal", "match", r".*?END", 0, "ENGLISH"),
    ("lazy of anything", "match", r"(?s).*?END", 0, "ENGLISH"),
    ("nested quantifier", "match", r"(?:a+)+$", 0, "AS"),
    ("lookahead per unit", "match", r"(?:(?!END).)*", 0, "ENGLISH"),
    ("lookbehind", "scan", r"(?<=\s)o\w+", 0, "ENGLISH"),
    ("atomic loop", "match", r"(?>(?:\w+|\W))*+", 0, "ENGLISH"),
    ("short match", "match", r"(\w+) (\w+)", 0, "ENGLISH"),
    ("short fullmatch", "match", r"[a-z]+", 0, "ENGLISH"),
]


def best_of(function, *args):
    best = float("inf")
    deadline = time.perf_counter() + 0.15
    count = 1
    while time.perf_counter() < deadline:
        start = time.perf_counter()
        for _ in range(count):
            function(*args)
        took = time.perf_counter() - start
        best = min(best, took / count)
        if took < 0.002:
            count *= 2
    return best


if __name__ == "__main__":
    for name, text in TEXTS.items():
        print("X %s %s" % (name, escape(text)))
    for name, operation, source, flags, text in BENCHES:
        pattern = re.compile(source, flags)
        function = pattern.findall if operation == "scan" else getattr(pattern, operation)
        seconds = best_of(function, TEXTS[text])
        words = " ".join("%x" % w for w in compile_words(source, flags))
        print("B %s|%s|%s|%d|%f|%s" % (name, operation, text, pattern.groups, seconds * 1e9, words))
