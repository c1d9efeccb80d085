"""Exceptions that a handler drops unseen have no traceback; nobody may be able to tell."""

import sys


def entries(e):
    tb, found = e.__traceback__, []
    while tb:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    return found


def dropped(d, k):
    try:
        return d[k]
    except KeyError:
        return None


print(dropped({}, 1), dropped({1: 2}, 1), sys.exception())  # expect: None 2 None


def counted(keys):
    n = 0
    for k in keys:
        try:
            int(k)
        except (TypeError, ValueError):
            n += 1
    return n


print(counted(["1", "x", None, "3"]))  # expect: 2


def second_clause(v):
    try:
        return 10 // v
    except TypeError:
        return "type"
    except ZeroDivisionError as e:
        return entries(e)


print(second_clause(0), second_clause("a"))  # expect: [('second_clause', 2)] type


def asks():
    try:
        [][0]
    except IndexError:
        return entries(sys.exception())


print(asks())  # expect: [('asks', 2)]


def raises():
    try:
        [][0]
    except IndexError:
        raise LookupError("other")


try:
    raises()
except LookupError as e:
    print(entries(e)[1:], entries(e.__context__))  # expect: [('raises', 4)] [('raises', 2)]


def no_class():
    try:
        [][0]
    except missing:
        return 0


try:
    no_class()
except NameError as e:
    print(entries(e)[1:], entries(e.__context__))  # expect: [('no_class', 3)] [('no_class', 2)]


def wrong_class():
    try:
        [][0]
    except 5:
        return 0


try:
    wrong_class()
except TypeError as e:
    print(entries(e.__context__), e)  # expect: [('wrong_class', 2)] catching classes that do not inherit from BaseException is not allowed


def passes_on():
    try:
        {}[1]
    except IndexError:
        pass


try:
    passes_on()
except KeyError as e:
    print(entries(e)[1:])  # expect: [('passes_on', 2)]

SAVED = ValueError("saved")


def drops_saved():
    try:
        raise SAVED
    except ValueError:
        pass


drops_saved()
print(entries(SAVED))  # expect: [('drops_saved', 2)]


class Stops:
    def __init__(self):
        self.error = StopIteration("mine")

    def __iter__(self):
        return self

    def __next__(self):
        raise self.error


def drops_stop(it):
    try:
        next(it)
    except StopIteration:
        pass


stops = Stops()
drops_stop(stops)
print(entries(stops.error))  # expect: [('drops_stop', 2), ('__next__', 1)]


def binds_late():
    try:
        {}[1]
    except KeyError:
        x = 1
        seen = sys.exc_info()
    return seen[0].__name__, entries(seen[1]), x


print(binds_late())  # expect: ('KeyError', [('binds_late', 2)], 1)


class Number:
    def __add__(self, other):
        return entries(sys.exception())


def adds(n):
    try:
        {}[1]
    except KeyError:
        n += 1
    return n


print(adds(Number()), adds(1))  # expect: [('adds', 2)] 2


def in_a_handler():
    try:
        [][1]
    except IndexError:
        try:
            {}[2]
        except KeyError:
            pass
        return type(sys.exception()).__name__, entries(sys.exception())


print(in_a_handler())  # expect: ('IndexError', [('in_a_handler', 2)])


class Watcher:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        print(kind.__name__, trace is None)
        return True


# Raised while another exception is handled: it drops that one, and goes on itself.
with Watcher():
    try:
        raise RuntimeError
    except ValueError:
        pass
    finally:
        1 // 0
# expect: ZeroDivisionError False
with Watcher():
    try:
        raise RuntimeError
    except RuntimeError:
        False + "text"
# expect: TypeError False
