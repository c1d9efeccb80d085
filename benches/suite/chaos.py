"""The chaos game: random affine maps applied to a point, hits counted in a grid; methods and tuples of floats."""

import sys


class Random:
    """A linear congruential generator, the same on every implementation."""

    def __init__(self, seed):
        self.state = seed

    def random(self):
        self.state = (self.state * 1664525 + 1013904223) % 4294967296
        return self.state / 4294967296.0


class AffineMap:
    def __init__(self, weight, a, b, c, d, e, f):
        self.weight = weight
        self.coefficients = (a, b, c, d, e, f)

    def apply(self, point):
        x, y = point
        a, b, c, d, e, f = self.coefficients
        return a * x + b * y + e, c * x + d * y + f


class Attractor:
    def __init__(self, maps, bounds):
        self.maps = maps
        self.bounds = bounds
        self.point = (0.0, 0.0)

    def choose(self, value):
        for affine in self.maps:
            if value < affine.weight:
                return affine
            value -= affine.weight
        return self.maps[-1]

    def play(self, random, steps, grid):
        left, bottom, width, height = self.bounds
        rows, columns = len(grid), len(grid[0])
        for _ in range(steps):
            self.point = x, y = self.choose(random.random()).apply(self.point)
            column = int((x - left) / width * columns)
            row = int((y - bottom) / height * rows)
            if 0 <= row < rows and 0 <= column < columns:
                grid[row][column] += 1


FERN = [
    AffineMap(0.85, 0.85, 0.04, -0.04, 0.85, 0.0, 1.6),
    AffineMap(0.07, 0.20, -0.26, 0.23, 0.22, 0.0, 1.6),
    AffineMap(0.07, -0.15, 0.28, 0.26, 0.24, 0.0, 0.44),
    AffineMap(0.01, 0.0, 0.0, 0.0, 0.16, 0.0, 0.0),
]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    random = Random(2024)
    grid = [[0] * 80 for _ in range(60)]
    fern = Attractor(FERN, (-2.5, 0.0, 5.5, 10.0))
    for number in range(rounds):
        fern.play(random, 40_000, grid)
        touched = sum(1 for row in grid for hits in row if hits)
        busiest = max(max(row) for row in grid)
        print("%d %d %d %.6f" % (number, touched, busiest, fern.point[1]), flush=True)


if __name__ == "__main__":
    main()
