/* The C counterpart of suite/sha256.py. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t round_constants[64], initial_state[8];

static uint32_t fractional_root_bits(uint64_t number, int power)
{
    unsigned __int128 low = 0, high = (unsigned __int128)1 << 36;
    unsigned __int128 scaled = (unsigned __int128)number << (32 * power);
    while (low < high) {
        unsigned __int128 middle = (low + high + 1) / 2;
        unsigned __int128 raised = power == 2 ? middle * middle : middle * middle * middle;
        if (raised <= scaled)
            low = middle;
        else
            high = middle - 1;
    }
    return (uint32_t)low;
}

static void make_constants(void)
{
    int primes[64], count = 0;
    for (int candidate = 2; count < 64; candidate++) {
        int prime = 1;
        for (int i = 0; i < count; i++)
            if (candidate % primes[i] == 0)
                prime = 0;
        if (prime)
            primes[count++] = candidate;
    }
    for (int i = 0; i < 64; i++)
        round_constants[i] = fractional_root_bits(primes[i], 3);
    for (int i = 0; i < 8; i++)
        initial_state[i] = fractional_root_bits(primes[i], 2);
}

static uint32_t rotate_right(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

static void compress(uint32_t *state, const uint8_t *block)
{
    uint32_t w[64];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        uint32_t s0 = rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
        uint32_t s1 = rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
        uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    uint32_t last[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++)
        state[i] += last[i];
}

static void sha256(const uint8_t *message, size_t length, uint8_t *digest)
{
    size_t zeros = (64 + 55 - length % 64) % 64, total = length + 1 + zeros + 8;
    uint8_t *padded = calloc(total, 1);
    memcpy(padded, message, length);
    padded[length] = 0x80;
    for (int i = 0; i < 8; i++)
        padded[total - 1 - i] = (uint8_t)((uint64_t)length * 8 >> (8 * i));
    uint32_t state[8];
    memcpy(state, initial_state, sizeof state);
    for (size_t start = 0; start < total; start += 64)
        compress(state, padded + start);
    for (int i = 0; i < 32; i++)
        digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
    free(padded);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 80;
    uint8_t digest[32], message[32 * 300];
    make_constants();
    sha256((const uint8_t *)"abc", 3, digest);
    for (int number = 0; number < rounds; number++) {
        for (int i = 0; i < 300; i++)
            memcpy(message + i * 32, digest, 32);
        sha256(message, sizeof message, digest);
        printf("%d ", number);
        for (int i = 0; i < 32; i++)
            printf("%02x", digest[i]);
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
