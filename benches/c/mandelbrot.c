/* The C counterpart of suite/mandelbrot.py. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 120, HEIGHT = 80, LIMIT = 40 };

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 30;
    for (int number = 0; number < rounds; number++) {
        double shift = number * 0.002 - 2.0;
        int64_t inside = 0, checksum = 0;
        for (int row = 0; row < HEIGHT; row++) {
            double ci = row * 2.0 / HEIGHT - 1.0;
            for (int column = 0; column < WIDTH; column++) {
                double cr = column * 3.0 / WIDTH + shift;
                double zr = 0, zi = 0;
                int steps = 0;
                while (steps < LIMIT) {
                    double zr2 = zr * zr, zi2 = zi * zi;
                    if (zr2 + zi2 > 4.0)
                        break;
                    zi = 2.0 * zr * zi + ci;
                    zr = zr2 - zi2 + cr;
                    steps++;
                }
                if (steps == LIMIT)
                    inside++;
                checksum = (checksum * 31 + steps) % 1000003;
            }
        }
        printf("%d %lld %lld\n", number, (long long)inside, (long long)checksum);
        fflush(stdout);
    }
    return 0;
}
