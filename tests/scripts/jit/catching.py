"""Exceptions that compiled code catches: handlers, finally, chains, frames that tracebacks hold."""
import sys


def lookups(n):
    total = 0
    table = {i: i for i in range(0, 100, 2)}
    for i in range(n):
        try:
            total += table[i % 100]
        except KeyError:
            total += 1
        else:
            total += 2
        finally:
            total += 3
    return total


def raises(n):
    total = 0
    for i in range(n):
        try:
            if i % 3 == 0:
                raise ValueError(i)
            total += i
        except ValueError as error:
            total += error.args[0] * 2
    return total


def inner(i):
    if i % 5 == 0:
        raise LookupError("x", i)
    return i


def outer(n):
    total = 0
    names = []
    for i in range(n):
        try:
            total += inner(i)
        except LookupError as error:
            total -= error.args[1]
            names = []
            tb = error.__traceback__
            while tb:
                names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_frame.f_locals.get("i")))
                tb = tb.tb_next
    return total, names


def nested(n):
    out = []
    for i in range(n):
        try:
            try:
                out.append(1 // (i % 4))
            except ZeroDivisionError:
                out.append(inner(i))
        except LookupError:
            out.append(-i)
        finally:
            i += 1
    return sum(out)


class Manager:
    def __init__(self):
        self.n = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        self.n += 1
        return kind is ValueError


def withs(n):
    manager = Manager()
    for i in range(n):
        with manager:
            if i % 7 == 0:
                raise ValueError
            manager.n += 2
    return manager.n


def loop_variables(n):
    """An unboxed variable of the loop changes while its body raises."""
    x, y, kept = 0, 0.5, None
    for i in range(n):
        x += 1
        try:
            y = y * 1.5 if y < 1e6 else 1.0
            if i % 4 == 1:
                [][i]
            x += 10
        except IndexError as error:
            kept = error
            x -= 3
        if i == n - 5:
            x = float(x)
    return x, round(y, 6), str(kept), kept.__traceback__.tb_frame.f_locals["n"] == n


def chain(n):
    seen = 0
    for i in range(n):
        try:
            try:
                {}[i]
            except KeyError as error:
                raise RuntimeError("no") from error
        except RuntimeError as error:
            seen += isinstance(error.__cause__, KeyError) + (error.__context__ is error.__cause__)
        seen += sys.exception() is None
    return seen


def unwinding(depth, log):
    try:
        if depth == 0:
            raise OverflowError("bottom")
        unwinding(depth - 1, log)
    finally:
        log.append(depth)


def repeated_unwinding(n):
    total = 0
    for _ in range(n):
        log = []
        try:
            unwinding(6, log)
        except OverflowError as error:
            total += len(log) + len(str(error))
            depth = 0
            tb = error.__traceback__
            while tb:
                depth += 1
                tb = tb.tb_next
            total += depth
    return total


def reraised(n):
    count = 0
    for i in range(n):
        try:
            try:
                inner(i * 5)
            except LookupError:
                count += 1
                raise
        except (ValueError, LookupError):
            count += 1
    return count


def several(n):
    got = [0, 0, 0]
    for i in range(n):
        try:
            if i % 3 == 0:
                int("x")
            elif i % 3 == 1:
                None.x
            else:
                1 // 0
        except ValueError:
            got[0] += 1
        except (AttributeError, TypeError):
            got[1] += 1
        except Exception:
            got[2] += 1
    return got


def ends_by_exception(n):
    total = 0
    iterator = iter(range(n))
    while True:
        try:
            total += next(iterator)
        except StopIteration:
            return total


print(lookups(3000), raises(3000), outer(3000), nested(3000), withs(3000))
print(loop_variables(3001))
print(chain(2000), repeated_unwinding(400), reraised(1000), several(999), ends_by_exception(3000))

# expect: 87000 5997000 (2701500, [('outer', 43, 2995), ('inner', 34, 2995)]) 677250 8142
# expect: (23261.0, 129.746338, 'list index out of range', True)
# expect: 6000 8400 2000 [333, 333, 333] 4498500
