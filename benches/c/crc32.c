/* The C counterpart of suite/crc32.py. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LENGTH = 400000 };

static uint8_t data[LENGTH];

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 30;
    uint32_t table[256], state = 1;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ 0xEDB88320 : value >> 1;
        table[byte] = value;
    }
    for (int position = 0; position < LENGTH; position++) {
        state = state * 69069 + 1;
        data[position] = state >> 24;
    }
    for (int number = 0; number < rounds; number++) {
        uint32_t crc = 0xFFFFFFFF;
        for (int position = 0; position < LENGTH; position++)
            crc = table[(crc ^ data[position]) & 0xFF] ^ crc >> 8;
        crc ^= 0xFFFFFFFF;
        data[number] = crc & 0xFF;
        printf("%d %08x\n", number, crc);
        fflush(stdout);
    }
    return 0;
}
