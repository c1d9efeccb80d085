# Short ways through arithmetic, formatting and equality give what the long ways give.

import os
import subprocess
import sys
import tempfile

# Quotients of long ints that their highest words decide, and those they do not.
for exponent in (130, 200, 1000):
    big = 3**exponent
    for factor in (1, 2, 9, 10**6, 2**47, 2**60):
        for offset in (-1, 0, 1):
            assert (big * factor + offset) // big == (factor - 1 if offset < 0 else factor), (exponent, factor, offset)
            assert -(big * factor + offset) // -big == (factor - 1 if offset < 0 else factor)
            assert -(big * factor + offset) // big == -factor - (offset > 0)
assert (2**200 - 1) // 2**200 == 0
print("quotients")  # expect: quotients

print("%.3e %.6g %g %g %.1e %.2g" % (1234.5678, 1234.5678, 1e15, 1e-5, 0.25, 99.99))  # expect: 1.235e+03 1234.57 1e+15 1e-05 2.5e-01 1e+02
print(f"{1000.0:.3g} {999.9996:.6g} {0.1 + 0.2:.12g} {2.5:.1g} {3.5:.1g}")  # expect: 1e+03 1000 0.3 2 4
print("%x %o %#X %x %o" % (0, 8, 255, 2**63 - 1, -9))  # expect: 0 10 0XFF 7fffffffffffffff -11
print(f"{5:b} {0:b} {2**64 - 1:x} {1e100:.0e} {1e-300:e}")  # expect: 101 0 ffffffffffffffff 1e+100 1.000000e-300


class Same:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Same) and self.value == other.value

    def __hash__(self):
        return 7


places = {(1, "a"): 1, (1, 2.0): 2, (Same(3), 0): 3, ((1, 2), 3): 4}
print(places[1, "a"], places[1.0, "a"], places[1, 2], places[Same(3), 0], places[(1, 2), 3])  # expect: 1 1 2 3 4
print((2, "a") in places, (1,) in places, "b" in "abc", "é" in "abcé", "\u20ac" in "abc")  # expect: False False True True False

# What a dropped writer has not written yet is there when the file is looked at.
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "text")
    for i in range(3):
        open(path + str(i), "w").write("x" * (10 + i))
    print([os.stat(path + str(i)).st_size for i in range(3)])  # expect: [10, 11, 12]
    open(path, "a").write("y")
    print(open(path).read(), os.stat(path).st_size)  # expect: y 1


def child(code, **env):
    env = {**os.environ, **env}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, env=env).stdout


print(child(r"print('\xe9')", PYTHONIOENCODING="latin-1"))  # expect: b'\xe9\n'
print(child(r"print('\u20ac')", PYTHONIOENCODING="ascii:backslashreplace"))  # expect: b'\\u20ac\n'

import operator
print(operator.countOf([1, 2, 1], 1), operator.indexOf((3, 4), 4))  # expect: 2 1
