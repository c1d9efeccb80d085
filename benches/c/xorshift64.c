/* The C counterpart of suite/xorshift64.py. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t multiplier = 2685821657736338717u;

static uint64_t step(uint64_t x)
{
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    return x;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 40;
    uint64_t state = 88172645463325252u;
    for (int number = 0; number < rounds; number++) {
        state = step(state);
        uint64_t x = state * multiplier, checksum = 0;
        for (int i = 0; i < 50000; i++) {
            x = step(x);
            checksum += x * multiplier;
        }
        int buckets[16] = {0}, most = 0, least = 50000;
        for (int i = 0; i < 50000; i++) {
            state = step(state);
            buckets[state * multiplier >> 60]++;
        }
        for (int i = 0; i < 16; i++) {
            most = buckets[i] > most ? buckets[i] : most;
            least = buckets[i] < least ? buckets[i] : least;
        }
        printf("%d %016" PRIx64 " %d %d\n", number, checksum, most, least);
        fflush(stdout);
    }
    return 0;
}
