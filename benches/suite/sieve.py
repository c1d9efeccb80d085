"""Sieve of Eratosthenes: stepping through a list of booleans, one store an element."""

import sys


def primes_below(limit):
    is_prime = [True] * limit
    is_prime[0] = is_prime[1] = False
    candidate = 2
    while candidate * candidate < limit:
        if is_prime[candidate]:
            for multiple in range(candidate * candidate, limit, candidate):
                is_prime[multiple] = False
        candidate += 1
    return [number for number, prime in enumerate(is_prime) if prime]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    for number in range(rounds):
        primes = primes_below(400_000 + 1000 * number)
        checksum = 0
        for prime in primes:
            checksum = (checksum * 7 + prime) & 0xFFFFFF
        print(number, len(primes), checksum, flush=True)


if __name__ == "__main__":
    main()
