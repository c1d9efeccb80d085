"""Particles in a box: objects whose float attributes are read and rewritten, methods called on each."""

import sys


class Particle:
    def __init__(self, x, y, vx, vy, mass):
        self.x = x
        self.y = y
        self.vx = vx
        self.vy = vy
        self.mass = mass
        self.bounces = 0

    def move(self, dt):
        self.x += self.vx * dt
        self.y += self.vy * dt

    def accelerate(self, ax, ay, dt):
        self.vx += ax * dt
        self.vy += ay * dt

    def kinetic_energy(self):
        return 0.5 * self.mass * (self.vx * self.vx + self.vy * self.vy)


class Box:
    def __init__(self, width, height, gravity):
        self.width = width
        self.height = height
        self.gravity = gravity
        self.particles = []

    def fill(self, count):
        for i in range(count):
            x = self.width * ((i * 37) % count) / count
            y = self.height * ((i * 59) % count) / count
            self.particles.append(Particle(x, y, (i % 7) - 3.0, (i % 5) - 2.0, 1.0 + i % 3))

    def keep_inside(self, particle):
        if particle.x < 0.0:
            particle.x = -particle.x
            particle.vx = -particle.vx
            particle.bounces += 1
        elif particle.x > self.width:
            particle.x = 2.0 * self.width - particle.x
            particle.vx = -particle.vx
            particle.bounces += 1
        if particle.y < 0.0:
            particle.y = -particle.y
            particle.vy = -particle.vy * 0.999
            particle.bounces += 1
        elif particle.y > self.height:
            particle.y = 2.0 * self.height - particle.y
            particle.vy = -particle.vy
            particle.bounces += 1

    def step(self, dt):
        for particle in self.particles:
            particle.accelerate(0.0, self.gravity, dt)
            particle.move(dt)
            self.keep_inside(particle)

    def energy(self):
        total = 0.0
        for particle in self.particles:
            total += particle.kinetic_energy() - particle.mass * self.gravity * particle.y
        return total


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    box = Box(20.0, 15.0, -9.81)
    box.fill(500)
    for number in range(rounds):
        for _ in range(400):
            box.step(0.001)
        bounces = sum(particle.bounces for particle in box.particles)
        print("%d %d %.9f" % (number, bounces, box.energy()), flush=True)


if __name__ == "__main__":
    main()
