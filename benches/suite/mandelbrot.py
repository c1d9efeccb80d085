"""Mandelbrot set as a plain script: hot nested loops at module level, so every variable is a global."""

import sys

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
width = 120
height = 80
limit = 40

for number in range(rounds):
    shift = number * 0.002 - 2.0
    inside = 0
    checksum = 0
    for row in range(height):
        ci = row * 2.0 / height - 1.0
        for column in range(width):
            cr = column * 3.0 / width + shift
            zr = zi = 0.0
            steps = 0
            while steps < limit:
                zr2 = zr * zr
                zi2 = zi * zi
                if zr2 + zi2 > 4.0:
                    break
                zi = 2.0 * zr * zi + ci
                zr = zr2 - zi2 + cr
                steps += 1
            if steps == limit:
                inside += 1
            checksum = (checksum * 31 + steps) % 1000003
    print(number, inside, checksum, flush=True)
