"""Exceptions as control flow: raised and caught near and far, re-raised, chained, with finally and context managers."""

import sys


class ParseError(Exception):
    def __init__(self, position, message):
        super().__init__(message)
        self.position = position


class UnknownName(ParseError):
    pass


class Resource:
    opened = 0
    closed = 0

    def __enter__(self):
        Resource.opened += 1
        return self

    def __exit__(self, kind, value, traceback):
        Resource.closed += 1
        return kind is not None and issubclass(kind, KeyError)


class Evaluator:
    """Evaluates "1 + x * (2 - 3)" by recursive descent; every mistake is an exception."""

    def __init__(self, text, names):
        self.tokens = text.split()
        self.names = names
        self.position = 0

    def peek(self):
        try:
            return self.tokens[self.position]
        except IndexError:
            return None

    def take(self):
        token = self.peek()
        if token is None:
            raise ParseError(self.position, "unexpected end")
        self.position += 1
        return token

    def expression(self):
        value = self.term()
        while self.peek() in ("+", "-"):
            value = value + self.term() if self.take() == "+" else value - self.term()
        return value

    def term(self):
        value = self.factor()
        while self.peek() in ("*", "/"):
            value = value * self.factor() if self.take() == "*" else value // self.factor()
        return value

    def factor(self):
        token = self.take()
        if token == "(":
            value = self.expression()
            if self.take() != ")":
                raise ParseError(self.position, "expected )")
            return value
        try:
            return int(token)
        except ValueError:
            pass
        try:
            return self.names[token]
        except KeyError:
            raise UnknownName(self.position, f"unknown name {token}") from None


EXPRESSIONS = [
    "1 + x * ( 2 - 3 )",
    "( 4 + y ) * ( x - 2",
    "z * 2 + missing",
    "10 / ( x - x )",
    "x * x + y * y - z",
    "7 + * 3",
    "( ( ( x ) ) + 1 ) * 3",
]


def evaluate_all(rounds):
    """Evaluate every expression `rounds` times; count the outcomes by kind."""
    outcomes = {}
    total = 0
    for i in range(rounds):
        names = {"x": i % 10 + 1, "y": i % 7, "z": 3}
        for text in EXPRESSIONS:
            try:
                total += Evaluator(text, names).expression()
                outcome = "good"
            except UnknownName as error:
                outcome = f"name at {error.position}"
            except ParseError as error:
                outcome = str(error)
            except ZeroDivisionError:
                outcome = "division"
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return total, outcomes


def dig(depth, log):
    """Recurse and raise at the bottom, running a finally clause at each level on the way out."""
    try:
        if depth == 0:
            raise OverflowError("bottom")
        dig(depth - 1, log)
    finally:
        log.append(depth)


def unwind(times, depth):
    total = 0
    for _ in range(times):
        log = []
        try:
            dig(depth, log)
        except OverflowError as error:
            total += len(log) + len(str(error))
    return total


def translate(times):
    """Catch one exception and raise another from it."""
    chained = 0
    for i in range(times):
        try:
            try:
                [1, 2, 3][i % 5]
            except IndexError as error:
                raise LookupError("no such place") from error
        except LookupError as error:
            if isinstance(error.__cause__, IndexError):
                chained += 1
    return chained


def use_resources(times):
    table = {"a": 1}
    done = 0
    for i in range(times):
        with Resource():
            done += table["a" if i % 3 else "b"]
    return done


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        total, outcomes = evaluate_all(1300)
        print(
            number, total, sorted(outcomes.items()), unwind(600, 25), translate(25_000), use_resources(25_000),
            Resource.opened == Resource.closed, flush=True,
        )


if __name__ == "__main__":
    main()
