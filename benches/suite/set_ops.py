"""Sets: unions, intersections, differences, frozen sets as dict keys, membership in hot loops, comprehensions."""

import sys


def make_graph(nodes, degree, seed):
    graph = {node: set() for node in range(nodes)}
    for node in range(nodes):
        for _ in range(degree):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            other = (seed >> 9) % nodes
            if other != node:
                graph[node].add(other)
                graph[other].add(node)
    return graph


def components(graph):
    unseen = set(graph)
    count = 0
    while unseen:
        frontier = {min(unseen)}
        reached = set()
        while frontier:
            reached |= frontier
            frontier = set().union(*(graph[node] for node in frontier)) - reached
        unseen -= reached
        count += 1
    return count


def triangles(graph):
    total = 0
    for node, neighbours in graph.items():
        for other in neighbours:
            if other > node:
                total += len(neighbours & graph[other])
    return total // 3


def colouring(graph):
    colours = {}
    for node in sorted(graph, key=lambda node: (-len(graph[node]), node)):
        taken = {colours[other] for other in graph[node] if other in colours}
        colour = 0
        while colour in taken:
            colour += 1
        colours[node] = colour
    return max(colours.values()) + 1


def shared_tags(count):
    """Group items by their exact set of tags and compare the groups."""
    groups = {}
    for item in range(count):
        tags = frozenset(tag for tag in ("red", "big", "old", "new", "odd") if item % (len(tag) + item % 3 + 1) == 0)
        groups.setdefault(tags, []).append(item)
    supersets = sum(1 for a in groups for b in groups if a < b)
    disjoint = sum(1 for a in groups for b in groups if a.isdisjoint(b))
    return len(groups), supersets, disjoint


def happy_numbers(limit):
    happy = {1}
    for start in range(1, limit):
        number, seen = start, set()
        while number not in happy and number not in seen:
            seen.add(number)
            number = sum(int(digit) ** 2 for digit in str(number))
        if number in happy:
            happy.add(start)
    return len(happy)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        graph = make_graph(3500, 4, number + 1)
        odd = {node for node in graph if node % 2}
        crossing = len(odd ^ set().union(*(graph[node] for node in odd)))
        print(
            number, components(graph), triangles(graph), colouring(graph), crossing,
            *shared_tags(6000), happy_numbers(3000), flush=True,
        )


if __name__ == "__main__":
    main()
