"""Sorting records: key functions, tuples as keys, attrgetter, cmp_to_key, stability, sorted inserts."""

import bisect
import functools
import operator
import sys


class Employee:
    def __init__(self, number, name, age, salary):
        self.number = number
        self.name = name
        self.age = age
        self.salary = salary

    def __lt__(self, other):
        return (self.age, self.number) < (other.age, other.number)


def make_staff(count, seed):
    staff = []
    for number in range(count):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        name = "abcdefghijklmnop"[seed >> 5 & 15] + "aeiou"[(seed >> 9) % 5] + "rstlnm"[(seed >> 14) % 6]
        staff.append(Employee(number, name, 18 + (seed >> 8) % 50, float((seed >> 10) % 9000)))
    return staff


def compare(a, b):
    if a.name != b.name:
        return -1 if a.name < b.name else 1
    return b.number - a.number


def rank(staff):
    """Sort in several ways and fold the numbers found at fixed places into one figure."""
    orders = [
        sorted(staff, key=lambda e: e.salary),
        sorted(staff, key=lambda e: (-e.age, e.name, e.number)),
        sorted(staff, key=operator.attrgetter("name", "salary", "number"), reverse=True),
        sorted(staff, key=functools.cmp_to_key(compare)),
        sorted(staff),
    ]
    by_age = sorted(staff, key=operator.attrgetter("age"))
    by_age.sort(key=lambda e: len(e.name) + e.age // 10)
    orders.append(by_age)
    checksum = 0
    for order in orders:
        for employee in order[::97]:
            checksum = (checksum * 31 + employee.number) % 1000003
    return checksum


def insert_all(values):
    kept = []
    for value in values:
        place = bisect.bisect_left(kept, value)
        if place == len(kept) or kept[place] != value:
            kept.insert(place, value)
    return kept


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        staff = make_staff(9000, number + 1)
        salaries = insert_all([employee.salary for employee in staff])
        print(number, rank(staff), len(salaries), salaries[len(salaries) // 2], flush=True)


if __name__ == "__main__":
    main()
