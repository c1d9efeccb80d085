"""A ray tracer: operator overloading on immutable vectors, polymorphic shapes, recursion for reflections."""

import math
import sys


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def __neg__(self):
        return Vector(-self.x, -self.y, -self.z)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def length(self):
        return math.sqrt(self.dot(self))

    def unit(self):
        return self * (1.0 / self.length())

    def reflected(self, normal):
        return self - normal * (2.0 * self.dot(normal))


class Ray:
    def __init__(self, origin, direction):
        self.origin = origin
        self.direction = direction.unit()

    def at(self, distance):
        return self.origin + self.direction * distance


class Sphere:
    def __init__(self, centre, radius, colour, shine):
        self.centre = centre
        self.radius = radius
        self.colour = colour
        self.shine = shine

    def hit(self, ray):
        """Distance to the nearest intersection in front of the ray, or None."""
        offset = ray.origin - self.centre
        half = offset.dot(ray.direction)
        discriminant = half * half - offset.dot(offset) + self.radius * self.radius
        if discriminant < 0.0:
            return None
        root = math.sqrt(discriminant)
        for distance in (-half - root, -half + root):
            if distance > 1e-6:
                return distance
        return None

    def normal(self, point):
        return (point - self.centre).unit()

    def colour_at(self, point):
        return self.colour


class Floor:
    """A checkered horizontal plane."""

    shine = 0.15

    def __init__(self, height, light, dark):
        self.height = height
        self.light = light
        self.dark = dark

    def hit(self, ray):
        slope = ray.direction.y
        if abs(slope) < 1e-9:
            return None
        distance = (self.height - ray.origin.y) / slope
        return distance if distance > 1e-6 else None

    def normal(self, point):
        return Vector(0.0, 1.0, 0.0)

    def colour_at(self, point):
        even = (math.floor(point.x) + math.floor(point.z)) % 2 == 0
        return self.light if even else self.dark


class Scene:
    def __init__(self, shapes, light):
        self.shapes = shapes
        self.light = light
        self.background = Vector(0.35, 0.5, 0.8)

    def nearest(self, ray):
        best, best_distance = None, math.inf
        for shape in self.shapes:
            distance = shape.hit(ray)
            if distance is not None and distance < best_distance:
                best, best_distance = shape, distance
        return best, best_distance

    def is_shadowed(self, point):
        to_light = self.light - point
        ray = Ray(point, to_light)
        limit = to_light.length()
        for shape in self.shapes:
            distance = shape.hit(ray)
            if distance is not None and distance < limit:
                return True
        return False

    def trace(self, ray, depth=3):
        shape, distance = self.nearest(ray)
        if shape is None:
            return self.background
        point = ray.at(distance)
        normal = shape.normal(point)
        base = shape.colour_at(point)
        brightness = 0.15
        if not self.is_shadowed(point):
            brightness += 0.85 * max(0.0, normal.dot((self.light - point).unit()))
        colour = base * (brightness * (1.0 - shape.shine))
        if depth and shape.shine > 0.0:
            mirrored = Ray(point, ray.direction.reflected(normal))
            colour = colour + self.trace(mirrored, depth - 1) * shape.shine
        return colour


def make_scene(turn):
    shapes = [Floor(-1.0, Vector(0.9, 0.9, 0.9), Vector(0.1, 0.1, 0.1))]
    for i in range(5):
        angle = turn + i * 2.0 * math.pi / 5
        centre = Vector(2.0 * math.cos(angle), -0.3 + 0.1 * i, 6.0 + 2.0 * math.sin(angle))
        shapes.append(Sphere(centre, 0.7, Vector(0.2 * i, 1.0 - 0.2 * i, 0.5), 0.1 * i))
    return Scene(shapes, Vector(-5.0, 6.0, 0.0))


def render(scene, width, height):
    """Trace one ray a pixel and return a checksum of the quantised image."""
    eye = Vector(0.0, 0.5, 0.0)
    checksum = 0
    for row in range(height):
        for column in range(width):
            target = Vector((column - width / 2) / width, (height / 2 - row) / width, 1.0)
            colour = scene.trace(Ray(eye, target))
            for channel in (colour.x, colour.y, colour.z):
                level = int(min(max(channel, 0.0), 1.0) * 255.0)
                checksum = (checksum * 33 + level) % 1000000007
    return checksum


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        print(number, render(make_scene(number * 0.1), 64, 48), flush=True)


if __name__ == "__main__":
    main()
