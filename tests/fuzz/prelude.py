"""What every generated program finds in its namespace: printing without addresses or set order, and limits.

Everything here must behave the same under every implementation, so it uses few features and no imports that differ.
"""
import gc
import re
import sys

_ADDRESS = re.compile(r"0x[0-9a-f]{5,}")
_ticks = 0
_held = []


class Budget(BaseException):
    """Raised when a program makes too many calls; no generated handler catches it."""


def tick():
    """Counts a call: generated functions begin with it, which bounds recursion and blow-up."""
    global _ticks
    _ticks += 1
    if _ticks > 2500:
        raise Budget("budget")


def held(value):
    """The value, kept alive to the end: when an abandoned generator is closed is not specified."""
    _held.append(value)
    return value


def clip(value):
    """The value, cut down where repetition could make it grow without bound."""
    kind = type(value)
    if kind is int:
        return value if -(1 << 200) < value < 1 << 200 else value % 2305843009213693951
    if kind is list or kind is tuple:
        return clip_items(value[:24])
    if kind is str or kind is bytes:
        return value[:24]
    return value


def clip_items(items):
    """The same for the ints in a list or tuple."""
    for item in items:
        if type(item) is int and not -(1 << 200) < item < 1 << 200:
            return type(items)([clip(item) if type(item) is int else item for item in items])
    return items


def text(value, depth=0):
    """A repr without addresses, with sets in a fixed order."""
    kind = type(value)
    if depth > 4:
        return "..."
    if kind is set or kind is frozenset:
        return kind.__name__ + "{" + ", ".join(sorted([text(item, depth + 1) for item in value])) + "}"
    if kind is list:
        return "[" + ", ".join([text(item, depth + 1) for item in value]) + "]"
    if kind is tuple:
        return "(" + ", ".join([text(item, depth + 1) for item in value]) + ")"
    if kind is dict:
        pairs = [text(key, depth + 1) + ": " + text(item, depth + 1) for key, item in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, BaseException):
        inner = ""
        if isinstance(value, BaseExceptionGroup):
            inner = text(list(value.exceptions), depth + 1)
        return type(value).__name__ + "(" + _ADDRESS.sub("ADDR", str(value)) + ")" + inner
    try:
        result = _ADDRESS.sub("ADDR", repr(value))
    except Exception as error:
        return "<repr of " + kind.__name__ + " raised " + type(error).__name__ + ": " + str(error) + ">"
    return result if len(result) < 400 else result[:200] + "~" + str(len(result)) + "~" + result[-100:]


def show(*values):
    """Prints a line of the program's trace."""
    print(*[text(value) for value in values])


def error(value):
    """Prints an exception with what hangs on it."""
    print("!", text(value), "cause", text(value.__cause__), "context", text(value.__context__), value.__suppress_context__)


def where(value):
    """The functions and lines an exception came through."""
    found = []
    trace = value.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == "program.py":
            found.append((code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    return found


def peek(name):
    """A local of the caller, as its frame shows it."""
    return sys._getframe(1).f_locals[name]


def line_here():
    """The caller's line and its caller's."""
    frame = sys._getframe(1)
    return frame.f_lineno, frame.f_back.f_lineno


def keep(value):
    """Lets a value escape, for a while."""
    _held.append(value)
    if len(_held) > 50:
        del _held[:25]


def gc_collect():
    """A collection now."""
    gc.collect()


class Manager:
    """A context manager that swallows some exceptions."""

    def __init__(self, value, swallowed):
        self.value, self.swallowed = value, swallowed

    def __enter__(self):
        return self.value

    def __exit__(self, kind, value, trace):
        return kind is not None and issubclass(kind, self.swallowed)
