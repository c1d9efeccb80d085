"""Shortest paths in a road network: a heap of tuples, dicts of lists, paths rebuilt from predecessors."""

import heapq
import sys


class Graph:
    def __init__(self):
        self.edges = {}

    def connect(self, a, b, length):
        self.edges.setdefault(a, []).append((b, length))
        self.edges.setdefault(b, []).append((a, length))

    def shortest_paths(self, start):
        """Distances from `start`, and the predecessor of each town on its shortest path."""
        distances = {start: 0}
        previous = {}
        done = set()
        queue = [(0, start)]
        while queue:
            distance, town = heapq.heappop(queue)
            if town in done:
                continue
            done.add(town)
            for neighbour, length in self.edges[town]:
                candidate = distance + length
                if neighbour not in distances or candidate < distances[neighbour]:
                    distances[neighbour] = candidate
                    previous[neighbour] = town
                    heapq.heappush(queue, (candidate, neighbour))
        return distances, previous


def road_network(rows, columns, seed):
    graph = Graph()

    def length():
        nonlocal seed
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        return 1 + (seed >> 10) % 97

    for row in range(rows):
        for column in range(columns):
            if column + 1 < columns:
                graph.connect((row, column), (row, column + 1), length())
            if row + 1 < rows:
                graph.connect((row, column), (row + 1, column), length())
            if (row * 7 + column * 3) % 11 == 0:
                graph.connect((row, column), (rows - 1 - row, columns - 1 - column), 50 + length())
    return graph


def path_to(town, previous):
    path = [town]
    while town in previous:
        town = previous[town]
        path.append(town)
    return path[::-1]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    rows, columns = 120, 110
    graph = road_network(rows, columns, 99)
    for number in range(rounds):
        start = (number % rows, number * 13 % columns)
        distances, previous = graph.shortest_paths(start)
        farthest = max(distances, key=lambda town: (distances[town], town))
        print(number, farthest, distances[farthest], len(path_to(farthest, previous)), flush=True)


if __name__ == "__main__":
    main()
