"""Random playouts of the game of Go on a small board: groups merged by union, liberties counted, captures."""

import sys

SIZE = 9
POINTS = SIZE * SIZE
EMPTY, BLACK, WHITE = 0, 1, 2
KOMI = 7


class Random:
    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 12) % limit


def neighbours_of(point):
    row, column = divmod(point, SIZE)
    found = []
    for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        if 0 <= r < SIZE and 0 <= c < SIZE:
            found.append(r * SIZE + c)
    return found


NEIGHBOURS = [neighbours_of(point) for point in range(POINTS)]


class Group:
    """A chain of connected stones of one colour, and the empty points beside it."""

    def __init__(self, colour, stone):
        self.colour = colour
        self.stones = {stone}
        self.liberties = set()

    def absorb(self, other, board):
        self.stones |= other.stones
        self.liberties |= other.liberties
        for stone in other.stones:
            board.groups[stone] = self


class Board:
    def __init__(self):
        self.groups = [None] * POINTS
        self.captured = {BLACK: 0, WHITE: 0}
        self.ko = None

    def colour(self, point):
        group = self.groups[point]
        return group.colour if group is not None else EMPTY

    def is_eye(self, point, colour):
        return all(self.colour(neighbour) == colour for neighbour in NEIGHBOURS[point])

    def is_legal(self, point, colour):
        """Neither occupied, nor retaking a ko, nor suicide."""
        if self.groups[point] is not None or point == self.ko:
            return False
        for neighbour in NEIGHBOURS[point]:
            group = self.groups[neighbour]
            if group is None:
                return True
            if (group.colour == colour) == (len(group.liberties) > 1):
                return True
        return False

    def play(self, point, colour):
        mine = Group(colour, point)
        self.groups[point] = mine
        self.ko = None
        for neighbour in NEIGHBOURS[point]:
            group = self.groups[neighbour]
            if group is None:
                mine.liberties.add(neighbour)
                continue
            group.liberties.discard(point)
            if group.colour == colour:
                if group is not mine:
                    if len(group.stones) > len(mine.stones):
                        group, mine = mine, group
                    mine.absorb(group, self)
            elif not group.liberties:
                self.capture(group)
                if len(group.stones) == 1:
                    self.ko = neighbour
        mine.liberties.discard(point)
        if len(mine.stones) > 1:
            self.ko = None

    def capture(self, group):
        self.captured[3 - group.colour] += len(group.stones)
        for stone in group.stones:
            self.groups[stone] = None
        for stone in group.stones:
            for neighbour in NEIGHBOURS[stone]:
                other = self.groups[neighbour]
                if other is not None:
                    other.liberties.add(stone)

    def score(self):
        """Black's stones and eyes minus White's, and the compensation."""
        total = 0
        for point in range(POINTS):
            colour = self.colour(point)
            if colour == EMPTY:
                if self.is_eye(point, BLACK):
                    colour = BLACK
                elif self.is_eye(point, WHITE):
                    colour = WHITE
            total += {BLACK: 1, WHITE: -1, EMPTY: 0}[colour]
        return total - KOMI


def choose_move(board, colour, random):
    """A random legal point that does not fill an own eye, or None to pass."""
    start = random.below(POINTS)
    for offset in range(POINTS):
        point = (start + offset * 17) % POINTS
        if board.is_legal(point, colour) and not board.is_eye(point, colour):
            return point
    return None


def playout(random):
    board = Board()
    colour = BLACK
    passes = moves = 0
    while passes < 2 and moves < 3 * POINTS:
        point = choose_move(board, colour, random)
        if point is None:
            passes += 1
        else:
            board.play(point, colour)
            passes = 0
        colour = 3 - colour
        moves += 1
    return board, moves


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    random = Random(1)
    for number in range(rounds):
        wins = total_moves = captured = 0
        for _ in range(70):
            board, moves = playout(random)
            wins += board.score() > 0
            total_moves += moves
            captured += board.captured[BLACK] + board.captured[WHITE]
        print(number, wins, total_moves, captured, flush=True)


if __name__ == "__main__":
    main()
