/* The C counterpart of suite/spectral_norm.py. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIZE 64

static double element(int64_t i, int64_t j)
{
    return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(int size, const double *vector, double *result)
{
    for (int i = 0; i < size; i++) {
        double total = 0;
        for (int j = 0; j < size; j++)
            total += element(i, j) * vector[j];
        result[i] = total;
    }
}

static void times_transposed(int size, const double *vector, double *result)
{
    for (int i = 0; i < size; i++) {
        double total = 0;
        for (int j = 0; j < size; j++)
            total += element(j, i) * vector[j];
        result[i] = total;
    }
}

static double spectral_norm(int size)
{
    double u[MAX_SIZE], v[MAX_SIZE], middle[MAX_SIZE];
    for (int i = 0; i < size; i++)
        u[i] = 1.0;
    for (int i = 0; i < 4; i++) {
        times(size, u, middle);
        times_transposed(size, middle, v);
        times(size, v, middle);
        times_transposed(size, middle, u);
    }
    double dot_uv = 0, dot_vv = 0;
    for (int i = 0; i < size; i++) {
        dot_uv += u[i] * v[i];
        dot_vv += v[i] * v[i];
    }
    return sqrt(dot_uv / dot_vv);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 200;
    for (int number = 0; number < rounds; number++) {
        printf("%d %.12f\n", number, spectral_norm(64));
        fflush(stdout);
    }
    return 0;
}
