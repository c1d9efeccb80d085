/* The C counterpart of suite/sieve.py. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t primes_below(int64_t limit, int64_t *primes)
{
    bool *is_prime = malloc(limit);
    memset(is_prime, true, limit);
    is_prime[0] = is_prime[1] = false;
    for (int64_t candidate = 2; candidate * candidate < limit; candidate++)
        if (is_prime[candidate])
            for (int64_t multiple = candidate * candidate; multiple < limit; multiple += candidate)
                is_prime[multiple] = false;
    int64_t count = 0;
    for (int64_t number = 0; number < limit; number++)
        if (is_prime[number])
            primes[count++] = number;
    free(is_prime);
    return count;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 50;
    for (int number = 0; number < rounds; number++) {
        int64_t limit = 400000 + 1000 * (int64_t)number;
        int64_t *primes = malloc(limit * sizeof *primes);
        int64_t count = primes_below(limit, primes), checksum = 0;
        for (int64_t i = 0; i < count; i++)
            checksum = (checksum * 7 + primes[i]) & 0xFFFFFF;
        printf("%d %lld %lld\n", number, (long long)count, (long long)checksum);
        fflush(stdout);
        free(primes);
    }
    return 0;
}
