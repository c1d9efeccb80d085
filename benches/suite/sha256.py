"""SHA-256 in pure Python: 32-bit rotations and masks over short lists, bytes in and hex out."""

import sys

MASK = 0xFFFFFFFF


def fractional_root_bits(number, power):
    """First 32 bits of the fractional part of the square (2) or cube (3) root of `number`."""
    scaled = number << (32 * power)
    low, high = 0, 1 << 36
    while low < high:
        middle = (low + high + 1) // 2
        if middle**power <= scaled:
            low = middle
        else:
            high = middle - 1
    return low & MASK


def first_primes(count):
    primes = []
    candidate = 2
    while len(primes) < count:
        if all(candidate % prime for prime in primes):
            primes.append(candidate)
        candidate += 1
    return primes


PRIMES = first_primes(64)
ROUND_CONSTANTS = [fractional_root_bits(prime, 3) for prime in PRIMES]
INITIAL_STATE = tuple(fractional_root_bits(prime, 2) for prime in PRIMES[:8])


def rotate_right(word, bits):
    return ((word >> bits) | (word << (32 - bits))) & MASK


def pad(message):
    length = len(message)
    zeros = (55 - length) % 64
    return message + b"\x80" + bytes(zeros) + (length * 8).to_bytes(8, "big")


def compress(state, block):
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for i in range(16, 64):
        x, y = w[i - 15], w[i - 2]
        s0 = rotate_right(x, 7) ^ rotate_right(x, 18) ^ (x >> 3)
        s1 = rotate_right(y, 17) ^ rotate_right(y, 19) ^ (y >> 10)
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & MASK)

    a, b, c, d, e, f, g, h = state
    for i in range(64):
        s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)
        choice = (e & f) ^ (~e & g)
        t1 = (h + s1 + choice + ROUND_CONSTANTS[i] + w[i]) & MASK
        s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)
        majority = (a & b) ^ (a & c) ^ (b & c)
        h, g, f, e = g, f, e, (d + t1) & MASK
        d, c, b, a = c, b, a, (t1 + s0 + majority) & MASK
    return tuple((old + new) & MASK for old, new in zip(state, (a, b, c, d, e, f, g, h)))


def sha256(message):
    state = INITIAL_STATE
    padded = pad(message)
    for start in range(0, len(padded), 64):
        state = compress(state, padded[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 80
    digest = sha256(b"abc")
    assert digest.hex().startswith("ba7816bf8f01cfea")
    for number in range(rounds):
        digest = sha256(digest * 300)
        print(number, digest.hex(), flush=True)


if __name__ == "__main__":
    main()
