"""A Brainf interpreter with precomputed jumps: string comparisons in a dispatch chain, a list as memory."""

import sys


def matching_brackets(source):
    """Map the position of every bracket to that of its partner."""
    partners, pending = {}, []
    for position, symbol in enumerate(source):
        if symbol == "[":
            pending.append(position)
        elif symbol == "]":
            start = pending.pop()
            partners[start] = position
            partners[position] = start
    return partners


def run(source, text=""):
    source = [symbol for symbol in source if symbol in "+-<>[].,"]
    jumps = matching_brackets(source)
    memory = [0] * 300
    supply = iter(text)
    output = []
    pointer = 0
    position = 0
    end = len(source)
    while position < end:
        symbol = source[position]
        if symbol == ">":
            pointer += 1
        elif symbol == "<":
            pointer -= 1
        elif symbol == "+":
            memory[pointer] = (memory[pointer] + 1) % 256
        elif symbol == "-":
            memory[pointer] = (memory[pointer] - 1) % 256
        elif symbol == "[":
            if memory[pointer] == 0:
                position = jumps[position]
        elif symbol == "]":
            if memory[pointer] != 0:
                position = jumps[position]
        elif symbol == ".":
            output.append(chr(memory[pointer]))
        elif symbol == ",":
            memory[pointer] = ord(next(supply, "\0"))
        position += 1
    return "".join(output)


# Reverses its input.
REVERSE = ">,[>,]<[.<]"

# Goes 12 * 18 * 7 * 22 times around four nested loops, adding 3 to a cell (modulo 256) printed at the end.
NESTED = """
    ++++++++++++
    [ > ++++++++++++++++++
      [ > +++++++
        [ > ++++++++++++++++++++++
          [ > +++ < - ]
        < - ]
      < - ]
    < - ]
    >>>> .
"""

# Raises every letter of the input by one through a copy in the next cell.
SUCCESSORS = ", [ [ > + < - ] > + . [ - ] < , ]"


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    text = "The quick brown fox jumps over the lazy dog"
    for number in range(rounds):
        reversed_text = run(REVERSE, text)
        total = ord(run(NESTED))
        shifted = run(SUCCESSORS, reversed_text)
        print(number, shifted, total, flush=True)


if __name__ == "__main__":
    main()
