"""Levenshtein distance: dynamic programming over two strings, indexing and min of three in the inner loop."""

import sys


def edit_distance(a, b):
    previous = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        current = [i]
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                cost = previous[j - 1]
            else:
                cost = 1 + min(previous[j - 1], previous[j], current[j - 1])
            current.append(cost)
        previous = current
    return previous[-1]


def random_word(length, seed):
    letters = []
    for _ in range(length):
        seed = (seed * 1103515245 + 12345) % 2147483648
        letters.append("acgt"[seed >> 16 & 3])
    return "".join(letters)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        a = random_word(500, 2 * number)
        b = random_word(500, 2 * number + 1)
        print(number, edit_distance(a, b), edit_distance(a, a[::-1][:100]), flush=True)


if __name__ == "__main__":
    main()
