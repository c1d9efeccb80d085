"""Decimals: contexts and their signals, long coefficients, correctly rounded functions, conversions, formats, threads."""
import copy
import pickle
import threading
from decimal import *
from fractions import Fraction

print(Decimal("1.10") + 2, Decimal(7) / 3, Decimal("-7") // 2, Decimal("-7") % 2, divmod(Decimal(9), 4), -Decimal("0"))
print(Decimal(2).sqrt(), Decimal(1).exp(), Decimal(10).ln(), Decimal(2).log10(), Decimal(2) ** Decimal("0.5"))
print(pow(Decimal(3), 100, 7), Decimal(2) ** -3, Decimal("1.00") ** 3, Decimal(4) ** Decimal("0.5"))

with localcontext(prec=60, rounding=ROUND_05UP) as ctx:
    print(Decimal(1) / 7, Decimal("0.5").exp())
    ctx.prec = 5000
    big = Decimal(3) ** 10400
    print(len(str(big)), (big * big) == Decimal(3) ** 20800, big / big, (big * big).sqrt() == big)
print(getcontext().prec)

context = Context(prec=3, Emax=5, Emin=-5, traps=[])
setcontext(context)
for operation in (
    lambda: Decimal(1) / 0,
    lambda: Decimal(0) / 0,
    lambda: Decimal("9.99e5") * 10,
    lambda: Decimal("1.23e-5") / 7,
    lambda: +Decimal("1e-8"),
    lambda: Decimal("1.005").quantize(Decimal("0.001")),
    lambda: Decimal("sNaN12") + 1,
    lambda: Decimal("x"),
    lambda: Decimal(1.5) < 2.5,
):
    context.clear_flags()
    print(operation(), [signal.__name__ for signal, on in context.flags.items() if on])
setcontext(Context())
for wrong in (lambda: Decimal("x"), lambda: Decimal(1) / 0, lambda: Decimal(0) / 0, lambda: Decimal([1]), lambda: Decimal(1) + 1.5):
    try:
        wrong()
    except (ArithmeticError, TypeError, ValueError) as e:
        print(type(e).__name__, e)

values = [Decimal("1.5"), Decimal("-0.125"), Decimal(10**40), Decimal("1e-3"), Decimal("inf")]
print([hash(v) == hash(w) for v, w in zip(values, (1.5, Fraction(-1, 8), 10**40, Fraction(1, 1000), float("inf")))])
print(values[1] == Fraction(-1, 8), values[0] > 1, Decimal("nan") == Decimal("nan"), values[2] == 1e40, Decimal(1) == 1 + 0j)
print(values[1].as_tuple(), values[1].as_integer_ratio(), int(values[2]), float(values[1]), round(Decimal("2.675"), 2))
print(Decimal.from_float(0.1), Decimal(" 1_000.5e3 "), Decimal("١٢"), Decimal((1, (1, 2), -1)))
x = Decimal("-1234567.8915")
print([format(x, spec) for spec in ("", ",.2f", "+.3e", "_.1f", "020,.1f", "*^20.0f", ".2%", "g", ".3g")])
print(x.to_eng_string(), x.next_plus(), x.logb(), x.number_class(), x.shift(2), x.rotate(1), x.scaleb(3), x.normalize())
for protocol in (0, 2, 5):
    print(pickle.loads(pickle.dumps([x, getcontext()], protocol))[0] == x, copy.deepcopy(x) is x)


class Money(Decimal):
    pass


m = Money("1.5")
print(type(m).__name__, type(m + 1).__name__, m, repr(m), Money.from_float(2.5).__class__.__name__)


def in_thread():
    print(getcontext().prec, getcontext() is outer)


outer = getcontext()
outer.prec = 9
DefaultContext.prec = 11
thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
print(getcontext().prec, getcontext() is outer, IEEEContext(128))

# expect: 3.10 2.333333333333333333333333333 -3 -1 (Decimal('2'), Decimal('1')) 0
# expect: 1.414213562373095048801688724 2.718281828459045235360287471 2.302585092994045684017991455 0.3010299956639811952137388947 1.414213562373095048801688724
# expect: 4 0.125 1.000000 2.000000000000000000000000000
# expect: 0.142857142857142857142857142857142857142857142857142857142857 1.64872127070012814684865078781416357165377610071014801157508
# expect: 4963 True 1 True
# expect: 28
# expect: Infinity ['DivisionByZero']
# expect: NaN ['InvalidOperation']
# expect: Infinity ['Overflow', 'Inexact', 'Rounded']
# expect: 0.0000018 ['Underflow', 'Subnormal', 'Inexact', 'Rounded']
# expect: 0E-7 ['Underflow', 'Subnormal', 'Inexact', 'Rounded', 'Clamped']
# expect: NaN ['InvalidOperation']
# expect: NaN12 ['InvalidOperation']
# expect: NaN ['InvalidOperation']
# expect: True ['FloatOperation']
# expect: InvalidOperation [<class 'decimal.ConversionSyntax'>]
# expect: DivisionByZero [<class 'decimal.DivisionByZero'>]
# expect: InvalidOperation [<class 'decimal.DivisionUndefined'>]
# expect: ValueError argument must be a sequence of length 3
# expect: TypeError unsupported operand type(s) for +: 'decimal.Decimal' and 'float'
# expect: [True, True, True, True, True]
# expect: True True False False True
# expect: DecimalTuple(sign=1, digits=(1, 2, 5), exponent=-3) (-1, 8) 10000000000000000000000000000000000000000 -0.125 2.68
# expect: 0.1000000000000000055511151231257827021181583404541015625 1.0005E+6 12 -1.2
# expect: ['-1234567.8915', '-1,234,567.89', '-1.235e+6', '-1_234_567.9', '-0,000,001,234,567.9', '******-1234568******', '-123456789.15%', '-1234567.8915', '-1.23e+6']
# expect: -1234567.8915 -1234567.891499999999999999999 6 -Normal -123456789.1500 -12345678.9150 -1234567891.5 -1234567.8915
# expect: True True
# expect: True True
# expect: True True
# expect: Money Decimal 1.5 Decimal('1.5') Money
# expect: 11 False
# expect: 9 True Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=1, flags=[], traps=[])
