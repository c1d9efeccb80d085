"""Sudoku by constraint propagation and search: dicts of candidate strings, comprehensions, copies on branches."""

import sys

DIGITS = "123456789"
CELLS = [(row, column) for row in range(9) for column in range(9)]


def units_of(row, column):
    box_row, box_column = row - row % 3, column - column % 3
    return [
        [(row, c) for c in range(9)],
        [(r, column) for r in range(9)],
        [(box_row + r, box_column + c) for r in range(3) for c in range(3)],
    ]


UNITS = {cell: units_of(*cell) for cell in CELLS}
PEERS = {cell: sorted({peer for unit in UNITS[cell] for peer in unit} - {cell}) for cell in CELLS}


class Contradiction(Exception):
    pass


class Solver:
    def __init__(self):
        self.branches = 0

    def assign(self, candidates, cell, digit):
        for other in candidates[cell]:
            if other != digit:
                self.eliminate(candidates, cell, other)

    def eliminate(self, candidates, cell, digit):
        if digit not in candidates[cell]:
            return
        remaining = candidates[cell] = candidates[cell].replace(digit, "")
        if not remaining:
            raise Contradiction(cell)
        if len(remaining) == 1:
            for peer in PEERS[cell]:
                self.eliminate(candidates, peer, remaining)
        for unit in UNITS[cell]:
            places = [place for place in unit if digit in candidates[place]]
            if not places:
                raise Contradiction(cell)
            if len(places) == 1:
                self.assign(candidates, places[0], digit)

    def solve(self, grid):
        candidates = {cell: DIGITS for cell in CELLS}
        for cell, digit in zip(CELLS, grid):
            if digit != ".":
                self.assign(candidates, cell, digit)
        return self.search(candidates)

    def search(self, candidates):
        unsolved = [cell for cell in CELLS if len(candidates[cell]) > 1]
        if not unsolved:
            return candidates
        cell = min(unsolved, key=lambda cell: len(candidates[cell]))
        for digit in candidates[cell]:
            self.branches += 1
            attempt = candidates.copy()
            try:
                self.assign(attempt, cell, digit)
                return self.search(attempt)
            except Contradiction:
                continue
        raise Contradiction(cell)


class PuzzleMaker:
    """Derives puzzles from one filled pattern by shuffling symbols, rows and columns, then blanking cells."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % limit

    def shuffled(self, values):
        values = list(values)
        for i in range(len(values) - 1, 0, -1):
            j = self.below(i + 1)
            values[i], values[j] = values[j], values[i]
        return values

    def lines(self):
        return [3 * band + line for band in self.shuffled(range(3)) for line in self.shuffled(range(3))]

    def make(self, givens):
        symbols = self.shuffled(DIGITS)
        rows, columns = self.lines(), self.lines()
        full = [symbols[(r * 3 + r // 3 + c) % 9] for r in rows for c in columns]
        shown = set(self.shuffled(range(81))[:givens])
        return "".join(digit if i in shown else "." for i, digit in enumerate(full))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    maker = PuzzleMaker(12)
    for number in range(rounds):
        solver = Solver()
        checksum = 0
        for _ in range(24):
            solution = solver.solve(maker.make(27))
            for cell in CELLS:
                checksum = (checksum * 10 + int(solution[cell])) % 1000003
        print(number, checksum, solver.branches, flush=True)


if __name__ == "__main__":
    main()
