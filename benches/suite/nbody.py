"""Planets under gravity: float arithmetic on short lists, a fixed set of pairs, almost no allocation."""

import math
import sys

SOLAR_MASS = 4 * math.pi * math.pi
DAYS = 365.24
STEP = 0.01
STEPS_PER_ROUND = 4000

# Each body: x, y, z, vx, vy, vz, mass.
JUPITER = [
    4.84143144246472090e00, -1.16032004402742839e00, -1.03622044471123109e-01,
    1.66007664274403694e-03 * DAYS, 7.69901118419740425e-03 * DAYS, -6.90460016972063023e-05 * DAYS,
    9.54791938424326609e-04 * SOLAR_MASS,
]
SATURN = [
    8.34336671824457987e00, 4.12479856412430479e00, -4.03523417114321381e-01,
    -2.76742510726411221e-03 * DAYS, 4.99852801234917238e-03 * DAYS, 2.30417297573763929e-05 * DAYS,
    2.85885980666130812e-04 * SOLAR_MASS,
]
URANUS = [
    1.28943695621391310e01, -1.51111514016986312e01, -2.23307578892655734e-01,
    2.96460137564761618e-03 * DAYS, 2.37847173959480950e-03 * DAYS, -2.96589568540237556e-05 * DAYS,
    4.36624404335156298e-05 * SOLAR_MASS,
]
NEPTUNE = [
    1.53796971148509165e01, -2.59193146099879641e01, 1.79258772950371181e-01,
    2.68067772490389322e-03 * DAYS, 1.62824170038242295e-03 * DAYS, -9.51592254519715870e-05 * DAYS,
    5.15138902046611451e-05 * SOLAR_MASS,
]


def make_system():
    sun = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SOLAR_MASS]
    bodies = [sun, list(JUPITER), list(SATURN), list(URANUS), list(NEPTUNE)]
    for axis in (3, 4, 5):
        momentum = 0.0
        for body in bodies:
            momentum += body[axis] * body[6]
        sun[axis] = -momentum / SOLAR_MASS
    return bodies


def all_pairs(bodies):
    return [(bodies[i], bodies[j]) for i in range(len(bodies)) for j in range(i + 1, len(bodies))]


def advance(bodies, pairs, dt, steps):
    for _ in range(steps):
        for a, b in pairs:
            dx = a[0] - b[0]
            dy = a[1] - b[1]
            dz = a[2] - b[2]
            dist2 = dx * dx + dy * dy + dz * dz
            mag = dt / (dist2 * math.sqrt(dist2))
            pull = b[6] * mag
            a[3] -= dx * pull
            a[4] -= dy * pull
            a[5] -= dz * pull
            pull = a[6] * mag
            b[3] += dx * pull
            b[4] += dy * pull
            b[5] += dz * pull
        for body in bodies:
            body[0] += dt * body[3]
            body[1] += dt * body[4]
            body[2] += dt * body[5]


def energy(bodies, pairs):
    total = 0.0
    for _, _, _, vx, vy, vz, mass in bodies:
        total += 0.5 * mass * (vx * vx + vy * vy + vz * vz)
    for a, b in pairs:
        dx = a[0] - b[0]
        dy = a[1] - b[1]
        dz = a[2] - b[2]
        total -= a[6] * b[6] / math.sqrt(dx * dx + dy * dy + dz * dz)
    return total


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    bodies = make_system()
    pairs = all_pairs(bodies)
    for number in range(rounds):
        advance(bodies, pairs, STEP, STEPS_PER_ROUND)
        print("%d %.12f" % (number, energy(bodies, pairs)), flush=True)


if __name__ == "__main__":
    main()
