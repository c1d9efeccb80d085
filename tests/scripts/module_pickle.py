# _pickle: the bytes are CPython's, objects come back as they were, errors say where in the object they happened.
import copyreg
import io
import pickle
import pickletools


def show(function):
    try:
        print(function())
    except Exception as error:
        print(type(error).__name__, error, getattr(error, "__notes__", []))


class Plain:
    pass


class Stateful:
    def __init__(self, value):
        self.value = value

    def __getstate__(self):
        return [self.value]

    def __setstate__(self, state):
        self.value = state[0] + 1


# Every protocol, one object of several kinds; shared and recursive parts.
plain = Plain()
plain.number, plain.me, plain.items = 1 << 70, plain, ["a", ("b", 2.5), {"k": b"v"}]
print(pickle.dumps([1, -1, 300, "é", b"\xff", None, True], 0))  # expect: b'(lp0\nI1\naI-1\naI300\naV\xe9\np1\nac_codecs\nencode\np2\n(V\xff\np3\nVlatin1\np4\ntp5\nRp6\naNaI01\na.'
print(pickle.dumps((1, {2: 3}), 5))  # expect: b'\x80\x05\x95\x0c\x00\x00\x00\x00\x00\x00\x00K\x01}\x94K\x02K\x03s\x86\x94.'
for protocol in range(6):
    again = pickle.loads(pickle.dumps(plain, protocol))
    assert again.me is again and again.number == 1 << 70 and again.items == plain.items
    assert pickle.loads(pickle.dumps(Stateful(4), protocol)).value == 5
# The dict of an instance that nobody has asked for is written as any dict is.
fresh = Plain()
fresh.a, fresh.b = 1, [2]
data = pickle.dumps(fresh)
fresh.__dict__
print(data == pickle.dumps(fresh))  # expect: True
print(len(data), [op.name for op, _, _ in pickletools.genops(data)][6:10])  # expect: 56 ['STACK_GLOBAL', 'MEMOIZE', 'EMPTY_TUPLE', 'NEWOBJ']

# Frames.
large = ["w%d" % i for i in range(20000)]
frames = [arg for op, arg, _ in pickletools.genops(pickle.dumps(large)) if op.name == "FRAME"]
print(len(frames), frames[0])  # expect: 3 65541


class Chunks:
    def __init__(self):
        self.sizes = []

    def write(self, data):
        self.sizes.append(len(data))


chunks = Chunks()
pickle.dump([b"x" * 70000, 1], chunks)
print(chunks.sizes)  # expect: [10, 70000, 14]

# A stream of pickles in memory is read one after the other.
stream = io.BytesIO()
for i in range(3):
    pickle.dump({"i": i}, stream, 2)
stream.write(b"rest")
stream.seek(0)
print([pickle.load(stream) for _ in range(3)], stream.read())  # expect: [{'i': 0}, {'i': 1}, {'i': 2}] b'rest'


# Hooks.
class Named(pickle.Pickler):
    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[complex] = lambda c: (complex, (c.imag, c.real))

    def persistent_id(self, obj):
        return "pid" if obj is plain else None


class Finder(pickle.Unpickler):
    def persistent_load(self, pid):
        return ("loaded", pid)

    def find_class(self, module, name):
        return super().find_class(module, name) if name != "Stateful" else tuple


out = io.BytesIO()
Named(out).dump([plain, 1 + 2j])
print(Finder(io.BytesIO(out.getvalue())).load())  # expect: [('loaded', 'pid'), (2+1j)]
buffers = []
data = pickle.dumps(pickle.PickleBuffer(bytearray(b"abc")), 5, buffer_callback=buffers.append)
print(data, buffers[0].raw().tobytes())  # expect: b'\x80\x05\x97.' b'abc'
print(pickle.loads(data, buffers=[b"other"]))  # expect: b'other'


# Errors.
def local():
    class Local:
        pass

    return Local()


show(lambda: pickle.dumps({"a": [1, (2, local())]}))
# expect: PicklingError Can't pickle local object <class '__main__.local.<locals>.Local'> ['when serializing local.<locals>.Local class', 'when serializing local.<locals>.Local object', 'when serializing tuple item 1', 'when serializing list item 1', "when serializing dict item 'a'"]
fresh.b = local()
show(lambda: pickle.dumps(fresh))
# expect: PicklingError Can't pickle local object <class '__main__.local.<locals>.Local'> ['when serializing local.<locals>.Local class', 'when serializing local.<locals>.Local object', "when serializing dict item 'b'", 'when serializing Plain state', 'when serializing Plain object']
show(lambda: pickle.loads(b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00C\nhelloworld."))  # expect: UnpicklingError pickle exhausted before end of frame []
show(lambda: pickle.loads(b"Na."))  # expect: UnpicklingError unpickling stack underflow []
show(lambda: pickle.loads(b""))  # expect: EOFError Ran out of input []
show(lambda: pickle.loads(b"\x80\x09."))  # expect: ValueError unsupported pickle protocol: 9 []
deep = []
for _ in range(100000):
    deep = [deep]
try:
    pickle.dumps(deep)
except RecursionError:
    print("too deep")  # expect: too deep
