"""Dataclasses: generated __init__, __eq__, ordering and hashing, replace, asdict, default factories, properties."""

import sys
from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True, order=True)
class Money:
    cents: int
    currency: str = "EUR"

    def __add__(self, other):
        if self.currency != other.currency:
            raise ValueError("different currencies")
        return Money(self.cents + other.cents, self.currency)

    def times(self, factor):
        return replace(self, cents=self.cents * factor)


@dataclass(frozen=True)
class Product:
    code: str
    price: Money


@dataclass
class Line:
    product: Product
    quantity: int

    @property
    def total(self):
        return self.product.price.times(self.quantity)


@dataclass
class Order:
    number: int
    customer: str
    lines: list[Line] = field(default_factory=list)
    tags: dict[str, int] = field(default_factory=dict, compare=False)

    def add(self, product, quantity):
        self.lines.append(Line(product, quantity))

    @property
    def total(self):
        total = Money(0)
        for line in self.lines:
            total = total + line.total
        return total


@dataclass(slots=True)
class Stock:
    level: int = 0
    moved: int = 0

    def take(self, quantity):
        self.level -= quantity
        self.moved += quantity


def make_orders(count, products):
    orders = []
    for number in range(count):
        order = Order(number, f"customer {number % 37}")
        for i in range(number % 4 + 1):
            order.add(products[(number * 7 + i * 3) % len(products)], i + 1)
        order.tags["rush"] = number % 5
        orders.append(order)
    return orders


def ship(orders):
    stock = {}
    for order in orders:
        for line in order.lines:
            if line.product not in stock:
                stock[line.product] = Stock(1000)
            stock[line.product].take(line.quantity)
    return stock


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    products = [Product(f"P{i:03d}", Money(i * 173 % 5000 + 99)) for i in range(40)]
    for number in range(rounds):
        orders = make_orders(3000, products)
        again = make_orders(3000, products)
        same = sum(1 for a, b in zip(orders, again) if a == b)
        totals = sorted(order.total for order in orders)
        stock = ship(orders)
        busiest = max(stock, key=lambda product: (stock[product].moved, product.code))
        flat = [asdict(order) for order in orders[:400]]
        size = sum(len(entry["lines"]) + entry["tags"]["rush"] for entry in flat)
        print(number, same, totals[len(totals) // 2], busiest.code, stock[busiest], size, flush=True)


if __name__ == "__main__":
    main()
