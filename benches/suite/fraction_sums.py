"""Exact rational arithmetic with fractions.Fraction: series, continued fractions, Gaussian elimination."""

import sys
from fractions import Fraction


def harmonic(count):
    total = Fraction(0)
    for n in range(1, count + 1):
        total += Fraction(1, n)
    return total


def continued_fraction(terms):
    value = Fraction(terms[-1])
    for term in reversed(terms[:-1]):
        value = term + 1 / value
    return value


def bernoulli(count):
    """The Bernoulli numbers B0 .. B(count) by the Akiyama-Tanigawa triangle."""
    row, numbers = [], []
    for m in range(count + 1):
        row.append(Fraction(1, m + 1))
        for j in range(m, 0, -1):
            row[j - 1] = j * (row[j - 1] - row[j])
        numbers.append(row[0])
    return numbers


def solve(matrix, right):
    """Solve a linear system exactly by elimination."""
    size = len(matrix)
    rows = [[Fraction(value) for value in row] + [Fraction(b)] for row, b in zip(matrix, right)]
    for column in range(size):
        pivot = next(r for r in range(column, size) if rows[r][column] != 0)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        lead = rows[column][column]
        rows[column] = [value / lead for value in rows[column]]
        for r in range(size):
            factor = rows[r][column]
            if r != column and factor != 0:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[column])]
    return [row[-1] for row in rows]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        golden = continued_fraction([1] * 300)
        sequence = bernoulli(120)
        hilbert = [[Fraction(1, i + j + 1 + number % 3) for j in range(16)] for i in range(16)]
        solution = solve(hilbert, range(1, 17))
        print(
            number, harmonic(1200).denominator % 1000003, f"{float(golden):.12f}",
            sequence[-1], sum(solution), flush=True,
        )


if __name__ == "__main__":
    main()
