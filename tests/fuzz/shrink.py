"""Makes a program that shows a difference small, by deleting and simplifying statements.

Works on the syntax tree: rows of statements are removed in halves, compound statements are replaced by their bodies,
and expressions by their parts or by a constant; a step stays when the difference does. The result is unparsed source.
"""
import ast
import copy
import time


def rows(tree):
    """All lists of statements (and handlers, cases) of a tree."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            row = getattr(node, field, None)
            if isinstance(row, list) and row:
                yield node, field, row


def needs_one(node, field):
    """Whether the row may not be empty."""
    return field == "body" and not isinstance(node, ast.Module)


class Shrinker:
    """Shrinks towards the smallest program for which `interesting(source)` holds."""

    def __init__(self, interesting, seconds=120):
        self.interesting = interesting
        self.until = time.monotonic() + seconds
        self.seen = set()

    def holds(self, tree):
        """Whether the candidate is a program and still shows the difference."""
        try:
            source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
            compile(source, "candidate", "exec")
        except (SyntaxError, ValueError, AttributeError, TypeError, RecursionError):
            return False
        if source in self.seen or time.monotonic() > self.until:
            return False
        self.seen.add(source)
        return self.interesting(source)

    def shrink(self, source):
        """The smallest program found."""
        tree = ast.parse(source)
        while time.monotonic() < self.until:
            before = ast.unparse(tree)
            tree = self.statements(tree)
            tree = self.hoist(tree)
            tree = self.expressions(tree)
            if ast.unparse(tree) == before:
                break
        return ast.unparse(tree) + "\n"

    def statements(self, tree):
        """Removes runs of statements, long runs first."""
        index = 0
        while True:
            found = list(rows(tree))
            if index >= len(found):
                return tree
            size = len(found[index][2])
            step = size
            while step:
                start = 0
                while True:
                    candidate = copy.deepcopy(tree)
                    places = list(rows(candidate))
                    if index >= len(places):
                        break
                    node, field, row = places[index]
                    if start >= len(row):
                        break
                    del row[start:start + step]
                    if not row and needs_one(node, field):
                        row.append(ast.Pass())
                    if self.holds(candidate):
                        tree = candidate
                        if not row or isinstance(row[0], ast.Pass):
                            break
                    else:
                        start += step
                step //= 2
            index += 1

    def hoist(self, tree):
        """Replaces compound statements by what is inside."""
        index = 0
        while True:
            places = [(row, at) for _, field, row in rows(tree) for at in range(len(row)) if isinstance(row[at], ast.stmt) and hasattr(row[at], "body")]
            if index >= len(places):
                return tree
            candidate = copy.deepcopy(tree)
            row, at = [(row, at) for _, field, row in rows(candidate) for at in range(len(row))
                       if isinstance(row[at], ast.stmt) and hasattr(row[at], "body")][index]
            row[at:at + 1] = row[at].body
            if self.holds(candidate):
                tree = candidate
            else:
                index += 1

    def expressions(self, tree):
        """Replaces expressions by a part of them, or by a constant."""
        index = 0
        while True:
            count = sum(1 for node in ast.walk(tree) if isinstance(node, ast.expr))
            if index >= count:
                return tree
            replaced = False
            for choice in range(12):
                candidate = copy.deepcopy(tree)
                if not self.replace(candidate, index, choice):
                    break
                if self.holds(candidate):
                    tree, replaced = candidate, True
                    break
            if not replaced:
                index += 1

    def replace(self, tree, wanted, choice):
        """Puts alternative number `choice` in place of the expression number `wanted`; false when there is none."""
        index = -1
        for node in ast.walk(tree):
            for field, value in ast.iter_fields(node):
                many = isinstance(value, list)
                for at, child in enumerate(value if many else [value]):
                    if not isinstance(child, ast.expr):
                        continue
                    index += 1
                    if index != wanted:
                        continue
                    options = [] if isinstance(child, (ast.Constant, ast.Name)) else [ast.Constant(0), ast.Constant(None)]
                    options += [part for part in ast.iter_child_nodes(child) if isinstance(part, ast.expr)][:8]
                    if many:
                        options.insert(0, None)
                    if choice >= len(options):
                        return False
                    if many and options[choice] is None:
                        del value[at]
                    elif many:
                        value[at] = options[choice]
                    else:
                        setattr(node, field, options[choice])
                    return True
        return False
