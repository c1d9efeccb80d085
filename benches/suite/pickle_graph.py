"""Pickling object graphs: instances with and without __getstate__, shared and cyclic references, containers."""

import io
import pickle
import sys


# Nodes refer to others of their cluster only: pickle recurses as deep as the longest path.
CLUSTER = 15


class Node:
    def __init__(self, number, label):
        self.number = number
        self.label = label
        self.neighbours = []
        self.properties = {}


class Document:
    """Drops its cache when pickled."""

    def __init__(self, title, words):
        self.title = title
        self.words = words
        self.cache = {}

    def __getstate__(self):
        return {"title": self.title, "words": self.words}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.cache = {}

    def lengths(self):
        if "lengths" not in self.cache:
            self.cache["lengths"] = sum(len(word) for word in self.words)
        return self.cache["lengths"]


class Point(tuple):
    def __new__(cls, x, y):
        return super().__new__(cls, (x, y))

    def __reduce__(self):
        return Point, (self[0], self[1])


def make_graph(count):
    nodes = [Node(i, f"node {i % 50}") for i in range(count)]
    for i, node in enumerate(nodes):
        cluster = i - i % CLUSTER
        node.neighbours = [nodes[(cluster + (i * 7 + k * k) % CLUSTER) % count] for k in range(4)]
        node.properties = {"weight": i / 8, "tags": ("a", "b", i % 3), "at": Point(i, -i), "big": 1 << (i % 90)}
    return nodes


def graph_checksum(nodes):
    total = 0
    for node in nodes:
        for neighbour in node.neighbours:
            total = (total * 31 + neighbour.number + len(neighbour.label)) % 1000003
        total += int(node.properties["weight"]) + node.properties["at"][1] + node.properties["big"] % 97
    return total


def stream_round_trip(records):
    """Write records one after another to a stream and read them back until its end."""
    stream = io.BytesIO()
    for record in records:
        pickle.dump(record, stream, protocol=2)
    stream.seek(0)
    loaded = []
    while True:
        try:
            loaded.append(pickle.load(stream))
        except EOFError:
            return loaded


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        nodes = make_graph(3000)
        copy = pickle.loads(pickle.dumps(nodes, protocol=4))
        assert copy[20].neighbours[0] is copy[15 + 140 % CLUSTER]
        documents = [Document(f"title {i}", ["word"] * (i % 9) + [str(i)]) for i in range(2500)]
        for document in documents:
            document.lengths()
        reread = pickle.loads(pickle.dumps({"documents": documents, "first": documents[0]}))
        assert reread["first"] is reread["documents"][0] and not reread["first"].cache
        records = [(i, {"k": [i, None, True]}, b"bytes" * (i % 5), {i, i + 1}) for i in range(2500)]
        assert stream_round_trip(records) == records
        lengths = sum(document.lengths() for document in reread["documents"])
        print(number, graph_checksum(copy), lengths, flush=True)


if __name__ == "__main__":
    main()
