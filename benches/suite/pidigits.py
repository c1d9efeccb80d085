"""Digits of pi by a spigot: multiplication, addition and division of integers that grow to thousands of bits."""

import sys


def pi_digits():
    """Yield the decimal digits of pi (Gibbons, "Unbounded spigot algorithms for the digits of pi", 2006)."""
    q, r, t, k, n, limit = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < n * t:
            yield n
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, n, k, limit = (
                q * k,
                (2 * q + r) * limit,
                t * limit,
                (q * (7 * k + 2) + r * limit) // (t * limit),
                k + 1,
                limit + 2,
            )


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        digits = pi_digits()
        text = "".join(str(next(digits)) for _ in range(1000))
        print(number, text[:10], text[-20:], flush=True)


if __name__ == "__main__":
    main()
