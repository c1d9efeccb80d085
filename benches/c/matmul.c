/* The C counterpart of suite/matmul.py. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 72 };

typedef double Matrix[SIZE][SIZE];

static Matrix factor, product, result;

static void fill(Matrix matrix, int64_t seed)
{
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            seed = (seed * 1103515245 + 12345) % 2147483648;
            matrix[i][j] = seed / 2147483648.0 - 0.5;
        }
    }
}

static void multiply(Matrix a, Matrix b, Matrix out)
{
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            double total = 0;
            for (int k = 0; k < SIZE; k++)
                total += a[i][k] * b[k][j];
            out[i][j] = total;
        }
    }
}

static void normalise(Matrix from, Matrix to)
{
    double largest = 0;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            if (fabs(from[i][j]) > largest)
                largest = fabs(from[i][j]);
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            to[i][j] = from[i][j] / largest;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 90;
    fill(factor, 42);
    fill(product, 7);
    for (int number = 0; number < rounds; number++) {
        multiply(product, factor, result);
        normalise(result, product);
        double trace = 0;
        for (int i = 0; i < SIZE; i++)
            trace += product[i][i];
        printf("%d %.9f\n", number, trace);
        fflush(stdout);
    }
    return 0;
}
