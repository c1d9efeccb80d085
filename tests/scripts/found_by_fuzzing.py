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
said(lambda: bytes(Odd()))  # expect: TypeError cannot convert 'Odd' object to bytes
said(lambda: bytearray().extend(Odd()))  # expect: TypeError can't extend bytearray with Odd
said(lambda: ", ".join(Odd()))  # expect: TypeError can only join an iterable
said(lambda: b", ".join(Odd()))  # expect: TypeError can only join an iterable


# Which items a sort compares, and in which order, is seen when they cannot be compared.
said(lambda: [None, False, -5, 0].sort(reverse=True))  # expect: TypeError '<' not supported between instances of 'NoneType' and 'bool'


class Noted:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        compared.append((self.n, other.n))
        return self.n < other.n


compared = []
print([x.n for x in sorted(map(Noted, [3, 2, 2, 2, 1, 1, 4]))], compared)  # expect: [1, 1, 2, 2, 2, 3, 4] [(2, 3), (2, 2), (2, 2), (2, 2), (2, 2), (1, 2), (1, 1), (1, 1), (4, 1), (1, 4), (4, 3)]


# What is thrown is looked at where it is raised: behind a `yield from` the inner generator stays as it was.
def inner():
    print("got", (yield 1))


def outer():
    yield from kept[0]


kept = [inner()]
thrown = outer()
next(thrown)
said(lambda: thrown.throw(5))  # expect: TypeError exceptions must be classes or instances deriving from BaseException, not int
said(lambda: next(thrown))  # expect: StopIteration
said(lambda: kept[0].send("still"))  # expect: got still
# expect: StopIteration


class Catcher:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def throw(self, *given):
        return given


kept = [Catcher()]
thrown = outer()
next(thrown)
said(lambda: thrown.throw(KeyError))  # expect: (<class 'KeyError'>,)
print((1 << 46) * [], [] * (1 << 46))  # expect: [] []

# An empty dict does not hash the key that is to be taken out of it; one with items does.
print({}.pop([], "default"))
# expect: default
try:
    {}.pop([1])
except KeyError as error:
    print("KeyError", error)
# expect: KeyError [1]
try:
    {1: 2}.pop([], None)
except TypeError as error:
    print(error)
# expect: cannot use 'list' as a dict key (unhashable type: 'list')


# A descriptor that raises AttributeError leaves the attribute to __getattr__, wherever it is asked for.
class Given:
    __slots__ = ("value", "empty")

    @property
    def computed(self):
        raise AttributeError("inside")

    def __getattr__(self, name):
        return "hook " + name


class Failing:
    def __get__(self, instance, owner):
        raise AttributeError("descriptor")


class Inherits(Given):
    failing = Failing()


def asked(given, rounds):
    seen = set()
    for _ in range(rounds):
        seen |= {given.computed, given.empty, given.failing, given.computed.upper(), given.empty.upper()}
    return sorted(seen)


print(asked(Inherits(), 3) == asked(Inherits(), 500), *asked(Inherits(), 1), sep=", ")
# expect: True, HOOK COMPUTED, HOOK EMPTY, hook computed, hook empty, hook failing


# What cannot be counted is an OverflowError for strings and bytes; a MemoryError has no context.
def too_large(make):
    try:
        1 / 0
    except ZeroDivisionError:
        try:
            make()
        except (OverflowError, MemoryError) as error:
            return type(error).__name__, str(error), error.__context__ is None


huge = 1 << 62
for make in (
    lambda: "ab" * huge,
    lambda: "\u1234" * huge,
    lambda: huge * "abc",
    lambda: b"ab" * huge,
    lambda: b"a" * huge,
    lambda: bytearray(b"ab") * huge,
    lambda: [1, 2] * huge,
    lambda: "ab" * (4 * huge),
):
    print(*too_large(make))
# expect: OverflowError repeated string is too long False
# expect: MemoryError  True
# expect: OverflowError repeated string is too long False
# expect: OverflowError repeated bytes are too long False
# expect: MemoryError  True
# expect: MemoryError  True
# expect: MemoryError  True
# expect: OverflowError cannot fit 'int' into an index-sized integer False
