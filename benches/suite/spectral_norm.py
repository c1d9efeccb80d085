"""Spectral norm of an infinite matrix: a tiny function called in two nested loops, int division into float."""

import math
import sys


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector):
    size = len(vector)
    result = []
    for i in range(size):
        total = 0.0
        for j in range(size):
            total += element(i, j) * vector[j]
        result.append(total)
    return result


def times_transposed(vector):
    size = len(vector)
    result = []
    for i in range(size):
        total = 0.0
        for j, value in enumerate(vector):
            total += element(j, i) * value
        result.append(total)
    return result


def spectral_norm(size):
    u = [1.0] * size
    v = u
    for _ in range(4):
        v = times_transposed(times(u))
        u = times_transposed(times(v))
    dot_uv = dot_vv = 0.0
    for a, b in zip(u, v):
        dot_uv += a * b
        dot_vv += b * b
    return math.sqrt(dot_uv / dot_vv)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for number in range(rounds):
        print("%d %.12f" % (number, spectral_norm(64)), flush=True)


if __name__ == "__main__":
    main()
