"""Formatting: f-strings with widths, alignment and precision, % and str.format, floats and ints to text."""

import sys


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __format__(self, spec):
        text = f"{self.cents // 100:,}.{self.cents % 100:02d}"
        return format(text, spec)

    def __repr__(self):
        return f"Money({self.cents!r})"


def invoice_lines(count, seed):
    lines = []
    total = 0
    for i in range(count):
        quantity = (i * seed) % 19 + 1
        price = ((i * 7919 + seed) % 100_000) / 100
        amount = round(quantity * price * 100)
        total += amount
        lines.append(f"{i:>4} | {'item ' + str(i * seed):<14} | {quantity:^5d} | {price:10.2f} | {Money(amount):>16}")
    lines.append(f"{'total':.<40}{Money(total):.>20} {Money(total)!r}")
    return lines


def old_style(count, seed):
    lines = []
    for i in range(count):
        value = (i + 1) * seed
        lines.append("%05d %-8s %+.3e %x %o %r" % (i, "k%d" % i, value / 7.0, value, value & 511, value % 3 == 0))
        lines.append("{0:08b} {1:#06x} {name!r:>10} {0:e}".format(value & 255, value, name=f"n{i % 10}"))
    return lines


def numbers_to_text(count, seed):
    parts = []
    for i in range(count):
        value = (i - count / 2) * seed / 11.0
        parts.append(str(value))
        parts.append(f"{value:.6g}")
        parts.append(f"{value / 1e6:.2%}")
        parts.append(repr(i * seed))
    return parts


def checksum(lines):
    total = 0
    for line in lines:
        total = (total * 31 + len(line) * 131 + ord(line[len(line) // 2])) % 1000003
    return total


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        invoice = invoice_lines(9000, number + 1)
        rest = old_style(7000, number + 5) + numbers_to_text(7000, number + 2)
        print(number, checksum(invoice), checksum(rest), invoice[-1][-24:], flush=True)


if __name__ == "__main__":
    main()
