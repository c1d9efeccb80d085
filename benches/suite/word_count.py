"""Counting words, as a plain script: split, strip, lower and dict updates in module-level loops."""

import sys

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40

syllables = ["ka", "lo", "mi", "ren", "tu", "sha", "vel", "on", "dri", "pe", "as", "ghu"]
seed = 17
lines = []
for _ in range(6000):
    words = []
    for _ in range(10):
        word = ""
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        choice = seed >> 8
        for _ in range(1 + choice % 3):
            word += syllables[choice % 7 if choice & 8 else choice % 12]
            choice //= 12
        if choice % 5 == 0:
            word = word.capitalize()
        if choice % 7 == 0:
            word += ","
        words.append(word)
    lines.append(" ".join(words) + ".\n")

for number in range(rounds):
    counts = {}
    letters = {}
    longest = ""
    for line in lines:
        for word in line.split():
            word = word.strip(".,;:!?").lower()
            counts[word] = counts.get(word, 0) + 1
            if len(word) > len(longest):
                longest = word
            first = word[0]
            if first in letters:
                letters[first] += 1
            else:
                letters[first] = 1
    ranking = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    top = " ".join(f"{word}:{count}" for word, count in ranking[:5])
    print(number, len(counts), longest, letters["k"], top, flush=True)
