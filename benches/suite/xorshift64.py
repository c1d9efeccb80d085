"""Xorshift64*: shifts and multiplications masked to 64 bits, where every value leaves the small-int range."""

import sys

MASK64 = (1 << 64) - 1


class XorShift:
    def __init__(self, seed):
        self.state = seed

    def next_word(self):
        x = self.state
        x ^= x >> 12
        x ^= (x << 25) & MASK64
        x ^= x >> 27
        self.state = x
        return (x * 2685821657736338717) & MASK64


def mix(words, count):
    """Fold `count` inlined generator steps into one 64-bit checksum."""
    x = words.next_word()
    total = 0
    for _ in range(count):
        x ^= x >> 12
        x ^= (x << 25) & MASK64
        x ^= x >> 27
        total = (total + ((x * 2685821657736338717) & MASK64)) & MASK64
    return total


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    words = XorShift(88172645463325252)
    for number in range(rounds):
        checksum = mix(words, 50_000)
        buckets = [0] * 16
        for _ in range(50_000):
            buckets[words.next_word() >> 60] += 1
        print(number, f"{checksum:016x}", max(buckets), min(buckets), flush=True)


if __name__ == "__main__":
    main()
