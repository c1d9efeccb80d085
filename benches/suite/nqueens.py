"""Counting the solutions of the queens problem: backtracking recursion with sets and a list as a stack."""

import sys


class Board:
    def __init__(self, size):
        self.size = size
        self.placed = []
        self.columns = set()
        self.rising = set()
        self.falling = set()
        self.solutions = 0
        self.first = None

    def is_free(self, row, column):
        return (
            column not in self.columns
            and row + column not in self.rising
            and row - column not in self.falling
        )

    def solve(self):
        row = len(self.placed)
        if row == self.size:
            self.solutions += 1
            if self.first is None:
                self.first = list(self.placed)
            return
        for column in range(self.size):
            if self.is_free(row, column):
                self.placed.append(column)
                self.columns.add(column)
                self.rising.add(row + column)
                self.falling.add(row - column)
                self.solve()
                self.falling.remove(row - column)
                self.rising.remove(row + column)
                self.columns.remove(column)
                self.placed.pop()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    for number in range(rounds):
        board = Board(10)
        board.solve()
        print(number, board.solutions, board.first, flush=True)


if __name__ == "__main__":
    main()
