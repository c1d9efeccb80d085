/* The C counterpart of suite/fannkuch.py. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIZE = 8 };

static int64_t fannkuch(int size, int64_t *most_flips)
{
    int64_t permutation[MAX_SIZE], work[MAX_SIZE], count[MAX_SIZE] = {0};
    int64_t checksum = 0, most = 0, sign = 1;
    for (int i = 0; i < size; i++)
        permutation[i] = i;
    for (;;) {
        int64_t first = permutation[0];
        if (first) {
            memcpy(work, permutation, sizeof work);
            int64_t flips = 0;
            while (first) {
                for (int64_t low = 0, high = first; low < high; low++, high--) {
                    int64_t swap = work[low];
                    work[low] = work[high];
                    work[high] = swap;
                }
                flips++;
                first = work[0];
            }
            if (flips > most)
                most = flips;
            checksum += sign * flips;
        }
        sign = -sign;
        int position = 1;
        for (; position < size; position++) {
            int64_t head = permutation[0];
            for (int i = 0; i < position; i++)
                permutation[i] = permutation[i + 1];
            permutation[position] = head;
            if (++count[position] <= position)
                break;
            count[position] = 0;
        }
        if (position == size) {
            *most_flips = most;
            return checksum;
        }
    }
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 40;
    for (int number = 0; number < rounds; number++) {
        int64_t most;
        int64_t checksum = fannkuch(8, &most);
        printf("%d %lld %lld\n", number, (long long)checksum, (long long)most);
        fflush(stdout);
    }
    return 0;
}
