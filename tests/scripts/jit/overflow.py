"""Ints leave the machine word in the middle of an expression."""


def power(b, n):
    r = 1
    for _ in range(n):
        r = r * b + 1 - 1
    return r


for _ in range(40):
    a = power(3, 30)
print(a, power(3, 31), power(3, 45), power(-3, 61))


def sums(n, step):
    s = 0
    for i in range(n):
        s += step
    return s


for k in (1, 1 << 40, 1 << 47, 1 << 48, (1 << 48) - 1, 1 << 58, 1 << 62, 1 << 63, -(1 << 62)):
    print(sums(600, k))


def expression(a, b, c):
    return (a + 1) * (b + 2) - (a * b) * c + (a - b)


for _ in range(60):
    expression(3, 4, 5)
print(expression(1 << 40, 1 << 40, 3), expression(1 << 31, 1 << 31, 1 << 31))


def fact(n):
    return 1 if n < 2 else n * fact(n - 1)


for _ in range(30):
    fact(12)
print(fact(17), fact(18), fact(21), fact(30))


def negate(n):
    s = -(1 << 62)
    for i in range(n):
        s = -s - 1
    return s


print(negate(100), negate(101))


def shl(n):
    out = 0
    for i in range(n):
        out = 1 << i
    return out


print(shl(47), shl(48), shl(63), shl(64), shl(65), shl(100))


def divide(a, b):
    return a // b, a % b, a / b


for i in range(1, 60):
    divide(i * 7, i)
print(divide(-7, 2), divide(7, -2), divide(-(1 << 63), -1), divide((1 << 53) + 1, 3), divide(1 << 62, (1 << 61) - 1))
for bad in (0, 0.0):
    try:
        divide(5, bad)
    except ZeroDivisionError as e:
        print(e)
big = 1
for i in range(300):
    big = big * 2 + 1
print(big % 1000007)
# expect: 205891132094649 617673396283947 2954312706550833698643 -127173474825648610542883299603
# expect: 600
# expect: 659706976665600
# expect: 84442493013196800
# expect: 168884986026393600
# expect: 168884986026393000
# expect: 172938225691027046400
# expect: 2767011611056432742400
# expect: 5534023222112865484800
# expect: -2767011611056432742400
# expect: -2417851639225959814529022 -9903520309671356174323154942
# expect: 355687428096000 6402373705728000 51090942171709440000 265252859812191058636308480000000
# expect: -4611686018427387904 4611686018427387903
# expect: 70368744177664 140737488355328 4611686018427387904 9223372036854775808 18446744073709551616 633825300114114700748351602688
# expect: (-4, 1, -3.5) (-4, -1, -3.5) (9223372036854775808, 0, 9.223372036854776e+18) (3002399751580331, 0, 3002399751580331.0) (2, 2, 2.0)
# expect: division by zero
# expect: division by zero
# expect: 770053
