def f(x):
    return 1 // x


f(0)

# raises: ZeroDivisionError: division by zero
