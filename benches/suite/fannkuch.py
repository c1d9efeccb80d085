"""Fannkuch: every permutation of a short list, flipped by slices until the first element is at home."""

import sys


def fannkuch(size):
    """Return the alternating checksum and the largest number of flips over all permutations."""
    permutation = list(range(size))
    count = [0] * size
    checksum = 0
    most = 0
    sign = 1
    while True:
        first = permutation[0]
        if first:
            work = permutation[:]
            flips = 0
            while first:
                work[: first + 1] = work[first::-1]
                flips += 1
                first = work[0]
            if flips > most:
                most = flips
            checksum += sign * flips
        sign = -sign
        # Next permutation: rotate ever longer prefixes, each position counting its own rotations.
        for position in range(1, size):
            permutation.insert(position, permutation.pop(0))
            count[position] += 1
            if count[position] <= position:
                break
            count[position] = 0
        else:
            return checksum, most


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        checksum, most = fannkuch(8)
        print(number, checksum, most, flush=True)


if __name__ == "__main__":
    main()
