"""A frame that machine code runs in is traced from where tracing starts."""
import sys


def begin(trace):
    sys.settrace(trace)
    sys._getframe().f_back.f_trace = trace


def traced():
    events = []

    def trace(frame, event, argument):
        # A collection may run callbacks here, which are traced, too.
        if frame.f_code is traced.__code__:
            events.append((frame.f_lineno - frame.f_code.co_firstlineno, event))
        return trace

    begin(trace)
    numbers = [1, 2]
    total = 0
    for x in numbers:
        total += x
    sys.settrace(None)
    return total, [e for e in events if e[0] > 9 and e[1] == "line"]


print(len({str(traced()) for _ in range(60)}), traced())
# expect: 1 (3, [(10, 'line'), (11, 'line'), (12, 'line'), (13, 'line'), (12, 'line'), (13, 'line'), (12, 'line'), (14, 'line')])


def fails_at_next_line():
    def trace(frame, event, argument):
        raise LookupError

    try:
        sys._getframe().f_trace = trace
        sys.settrace(trace)
        len([])
    except LookupError:
        return True
    finally:
        sys.settrace(None)
    return False


print(sum(fails_at_next_line() for _ in range(60)))  # expect: 60
