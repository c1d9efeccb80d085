"""Matrix product on nested lists: index loops over lists of floats, as written without any library."""

import sys

SIZE = 72


def pseudo_random_matrix(size, seed):
    matrix = []
    for _ in range(size):
        row = []
        for _ in range(size):
            seed = (seed * 1103515245 + 12345) % 2147483648
            row.append(seed / 2147483648.0 - 0.5)
        matrix.append(row)
    return matrix


def multiply(a, b):
    rows, inner, columns = len(a), len(b), len(b[0])
    result = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        row = a[i]
        out = result[i]
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                total += row[k] * b[k][j]
            out[j] = total
    return result


def normalise(matrix):
    largest = max(max(abs(value) for value in row) for row in matrix)
    return [[value / largest for value in row] for row in matrix]


def trace(matrix):
    total = 0.0
    for i, row in enumerate(matrix):
        total += row[i]
    return total


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 90
    factor = pseudo_random_matrix(SIZE, 42)
    product = pseudo_random_matrix(SIZE, 7)
    for number in range(rounds):
        product = normalise(multiply(product, factor))
        print("%d %.9f" % (number, trace(product)), flush=True)


if __name__ == "__main__":
    main()
