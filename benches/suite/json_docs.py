"""JSON: documents of nested dicts and lists written and read back, compact and indented, with escapes."""

import json
import sys

CITIES = ["Zürich", "Kraków", "São Paulo", "Tromsø", "Łódź", "Lagos"]


def make_document(count, seed):
    people = []
    for i in range(count):
        people.append(
            {
                "id": i,
                "name": f"Person {i * seed % 1013}",
                "email": f"p{i}@example.org",
                "active": i % 3 != 0,
                "balance": (i * seed % 100_000) / 100,
                "address": {"city": CITIES[i % len(CITIES)], "lines": [f"{i} High Street", "Floor\t2"], "unit": None},
                "scores": [i % 7, i % 11, i % 13 / 4, -i],
            }
        )
    return {"version": 3, "people": people, "index": {str(i): f'"{i}"\n' for i in range(count)}}


def walk(node):
    """Number of scalars in a document, and the sum of its integers."""
    if isinstance(node, dict):
        parts = [walk(value) for value in node.values()]
    elif isinstance(node, list):
        parts = [walk(value) for value in node]
    else:
        return 1, node if isinstance(node, int) and not isinstance(node, bool) else 0
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        document = make_document(2800, number + 3)
        compact = json.dumps(document, separators=(",", ":"))
        pretty = json.dumps(document["people"][:400], indent=2, sort_keys=True, ensure_ascii=False)
        loaded = json.loads(compact)
        assert loaded == document
        assert json.loads(pretty) == document["people"][:400]
        print(number, len(compact), len(pretty), *walk(loaded), flush=True)


if __name__ == "__main__":
    main()
