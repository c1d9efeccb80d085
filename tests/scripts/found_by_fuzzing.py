# Small differences from CPython that the fuzzer found, each once.


def said(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)


def matmul(a, b):
    return a @ b


said(lambda: matmul(1, 2))  # expect: TypeError unsupported operand type(s) for @: 'int' and 'int'
said(lambda: matmul(1.5, 2))  # expect: TypeError unsupported operand type(s) for @: 'float' and 'int'


class Slotted:
    __slots__ = ("a",)


Slotted.__module__ = "elsewhere"
said(lambda: Slotted().a)  # expect: AttributeError 'elsewhere.Slotted' object has no attribute 'a'
said(lambda: delattr((), "x"))  # expect: AttributeError 'tuple' object has no attribute 'x' and no __dict__ for setting new attributes
said(lambda: delattr([], "append"))  # expect: AttributeError 'list' object attribute 'append' is read-only
said(lambda: delattr(int, "x"))  # expect: TypeError cannot set 'x' attribute of immutable type 'int'
said(lambda: delattr(Slotted, "__name__"))  # expect: TypeError cannot delete '__name__' attribute of immutable type 'Slotted'
said(lambda: int.from_bytes("a"))  # expect: TypeError cannot convert 'str' object to bytes


class Odd:
    def __iter__(self):
        return 5


said(lambda: 1 in Odd())  # expect: TypeError argument of type 'Odd' is not a container or iterable
group = ExceptionGroup("g", [ValueError(1), TypeError(2)])
print(group.split(ValueError)[0].__suppress_context__)  # expect: True
said(lambda: pow(2, 3, 1.5))  # expect: TypeError pow() 3rd argument not allowed unless all arguments are integers
said(lambda: pow(2, 3, 1j))  # expect: ValueError complex modulo


def again():
    try:
        1 / 0
    except ZeroDivisionError:
        raise


try:
    again()
except ZeroDivisionError as error:
    # A bare raise adds no entry of its own.
    print(error.__traceback__.tb_next.tb_next)  # expect: None

# Parts that are raised again are merged.
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* TypeError:
        raise
except* Exception as error:
    print(repr(error))  # expect: ExceptionGroup('g', [ValueError(1), TypeError(2)])


def delegating():
    print((yield from [1, 2]))  # expect: 3


generator = delegating()
next(generator)
try:
    generator.throw(StopIteration(3))
except StopIteration as stop:
    print(stop.value)  # expect: None

# Options for warnings hold before anybody imports `warnings`.
import os
import sys

command = f"'{sys.executable}' -W error -c \"compile('1 is ()', 'x', 'exec')\" 2>/dev/null"
print(os.system(command) != 0)  # expect: True
