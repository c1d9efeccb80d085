"""Decimal arithmetic: loan schedules rounded to cents, square roots, exponentials, changes of precision."""

import sys
from decimal import ROUND_HALF_EVEN, Decimal, getcontext, localcontext

CENT = Decimal("0.01")


def monthly_payment(principal, yearly_rate, months):
    rate = yearly_rate / 12
    growth = (1 + rate) ** months
    return (principal * rate * growth / (growth - 1)).quantize(CENT, rounding=ROUND_HALF_EVEN)


def schedule(principal, yearly_rate, months):
    """Interest paid over the life of a loan, every month rounded to the cent."""
    payment = monthly_payment(principal, yearly_rate, months)
    balance, interest_paid = principal, Decimal(0)
    for _ in range(months):
        interest = (balance * yearly_rate / 12).quantize(CENT, rounding=ROUND_HALF_EVEN)
        paid = min(payment, balance + interest)
        balance = balance + interest - paid
        interest_paid += interest
        if not balance:
            break
    return payment, interest_paid


def exponential(x, digits):
    """e ** x by its power series, to `digits` digits."""
    with localcontext() as context:
        context.prec = digits + 5
        total = term = Decimal(1)
        n = 0
        previous = None
        while total != previous:
            previous = total
            n += 1
            term = term * x / n
            total += term
    return total


def standard_deviation(values):
    mean = sum(values) / len(values)
    return (sum((value - mean) ** 2 for value in values) / (len(values) - 1)).sqrt()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    getcontext().prec = 28
    for number in range(rounds):
        paid = []
        for i in range(300):
            principal = Decimal(50_000 + 731 * i + number)
            payment, interest = schedule(principal, Decimal(25 + i % 40) / 1000, 120 + 12 * (i % 5))
            paid.append(payment + interest)
        spread = standard_deviation(paid)
        print(number, sum(paid), spread, +exponential(Decimal(number) / 7, 60), flush=True)


if __name__ == "__main__":
    main()
