"""Names of a module that change in an outer loop, read in an inner one that calls nothing."""

lines = []
for i in range(3000):
    words = []
    for _ in range(3):
        word = ""
        if i % 5 == 0:
            word += ","
        words.append(word)
    lines.append(len(words))
print(lines.count(3), len(lines))
# expect: 3000 3000
