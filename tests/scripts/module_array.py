"""Arrays: codes, limits, slices, buffers, pickling."""
import pickle
from array import array, typecodes

print(typecodes, array("i", [1, -2]), array("w", "aé"), array("d", (0.5,)), array("B", b"xy"))
for code, value in (("b", 128), ("B", -1), ("H", 2**16), ("I", -1), ("q", 2**63), ("f", "x"), ("w", "ab"), ("x", 0)):
    try:
        print(array(code, [value]))
    except (OverflowError, TypeError, ValueError) as e:
        print(type(e).__name__, e)
a = array("h", range(8))
a[1:3] = array("h", [10, 20, 30])
del a[::4]
a.insert(-100, 7)
a.extend(array("h", [1]))
print(a, a.index(30), a.count(7), a.pop(), a[::-2], a * 2 == a + a, 30 in a)
view = memoryview(a)
print(view.format, view.shape, view.tolist() == a.tolist())
try:
    a.append(1)
except BufferError as e:
    print(e)
view.release()
a.byteswap()
print(a.tobytes().hex(), a.itemsize)
for protocol in (0, 2, 5):
    print(pickle.loads(pickle.dumps(array("d", [1.5, -0.0]), protocol)))

# expect: bBuwhHiIlLqQfd array('i', [1, -2]) array('w', 'aé') array('d', [0.5]) array('B', [120, 121])
# expect: OverflowError signed char is greater than maximum
# expect: OverflowError unsigned byte integer is less than minimum
# expect: OverflowError unsigned short is greater than maximum
# expect: OverflowError can't convert negative value to unsigned int
# expect: OverflowError int too big to convert
# expect: TypeError must be real number, not str
# expect: TypeError array item must be a unicode character, not a string of length 2
# expect: ValueError bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)
# expect: array('h', [7, 10, 20, 30, 4, 5, 6]) 3 1 1 array('h', [6, 4, 20, 7]) True True
# expect: h (7,) True
# expect: cannot resize an array that is exporting buffers
# expect: 0007000a0014001e000400050006 2
# expect: array('d', [1.5, -0.0])
# expect: array('d', [1.5, -0.0])
# expect: array('d', [1.5, -0.0])
