# Trace functions, profile functions, jumps and monitoring.
import sys


def report(frame, event, arg):
    if frame.f_code.co_filename != __file__:  # callbacks of weak references run whenever the collector has
        return None
    if frame.f_code.co_name != "<lambda>":
        what = arg[0].__name__ if event == "exception" else arg
        shown.append((frame.f_code.co_name, event, frame.f_lineno - base, what))
    return report


def trace(function, *args):
    global shown, base
    shown, base = [], function.__code__.co_firstlineno
    sys.settrace(report)
    try:
        function(*args)
    finally:
        sys.settrace(None)
    for name, event, line, what in shown:
        print(name, event, line, what)


def loop():
    for i in range(2):
        if i:
            break
        pass
    return i


trace(loop)
# expect: loop call 0 None
# expect: loop line 1 None
# expect: loop line 2 None
# expect: loop line 4 None
# expect: loop line 1 None
# expect: loop line 2 None
# expect: loop line 3 None
# expect: loop line 5 None
# expect: loop return 5 1


def handled():
    try:
        failing()
    except KeyError as e:
        pass
    finally:
        x = 1


def failing():
    raise KeyError


trace(handled)
# expect: handled call 0 None
# expect: handled line 1 None
# expect: handled line 2 None
# expect: failing call 9 None
# expect: failing line 10 None
# expect: failing exception 10 KeyError
# expect: failing return 10 None
# expect: handled exception 2 KeyError
# expect: handled line 3 None
# expect: handled line 4 None
# expect: handled line 6 None
# expect: handled return 6 None


def numbers():
    yield 1
    yield 2


def consume():
    return [n for n in numbers()]


trace(consume)
# expect: consume call 0 None
# expect: consume line 1 None
# expect: numbers call -5 None
# expect: numbers line -4 None
# expect: numbers return -4 1
# expect: consume line 1 None
# expect: numbers call -4 None
# expect: numbers line -3 None
# expect: numbers return -3 2
# expect: consume line 1 None
# expect: numbers call -3 None
# expect: numbers return -3 None
# expect: consume return 1 [1, 2]


def jumped(out):
    out.append(1)
    out.append(2)
    for x in out[:1]:
        out.append(3)
    out.append(4)


def jump(start, end):
    def tracer(frame, event, arg):
        if event == "line" and frame.f_lineno == first + start:
            try:
                frame.f_lineno = first + end
            except ValueError as e:
                print(e)
            return None
        return tracer

    first, out = jumped.__code__.co_firstlineno, []
    sys.settrace(tracer)
    jumped(out)
    sys.settrace(None)
    print(out)


import warnings

warnings.simplefilter("ignore")
jump(2, 5)  # expect: [1, 4]
jump(4, 5)  # expect: [1, 2, 4]
jump(1, 4)
# expect: can't jump into the body of a for loop
# expect: [1, 2, 3, 4]


def profiled():
    len("x")
    "a".upper()


events = []
sys.setprofile(lambda frame, event, arg: events.append((event, getattr(arg, "__name__", arg))))
profiled()
sys.setprofile(None)
print(events[:4])
# expect: [('call', None), ('c_call', 'len'), ('c_return', 'len'), ('c_call', 'upper')]
print(events[4:])
# expect: [('c_return', 'upper'), ('return', None), ('c_call', 'setprofile')]

monitoring, E = sys.monitoring, sys.monitoring.events
monitoring.use_tool_id(3, "test")
lines = []


def on_line(code, line):
    lines.append(line - code.co_firstlineno)
    return monitoring.DISABLE


monitoring.register_callback(3, E.LINE, on_line)
monitoring.set_local_events(3, loop.__code__, E.LINE)
loop()
loop()
print(lines)  # expect: [1, 2, 4, 1, 3, 5]
monitoring.restart_events()
loop()
print(len(lines))  # expect: 12
monitoring.free_tool_id(3)
loop()
print(len(lines))  # expect: 12
