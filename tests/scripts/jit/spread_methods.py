# Calls of bound methods with arguments from a tuple: the unit binds no method and takes the tuple apart.


class Writer:
    def __init__(self):
        self.value = 0
        self.log = []

    def write(self, value, width):
        self.value = (self.value << width | value) & 0xFFFFFFFF

    def any(self, *rest):
        self.value += len(rest)

    def default(self, a, b=10):
        self.value += a * b


def spread(codes, rounds):
    writer = Writer()
    for at in range(rounds):
        writer.write(*codes[at % len(codes)])
        writer.any(*codes[at % len(codes)])
        writer.default(*codes[at % len(codes)])
    return writer.value


print(spread([(1, 3), (5, 4), (0, 1)], 3000))
print(spread([[1, 3], (5, 4), (0, 1)], 3000))


def wrong(codes, rounds):
    writer, failures = Writer(), []
    for at in range(rounds):
        try:
            writer.write(*codes[at % len(codes)])
        except TypeError as error:
            if str(error) not in failures:
                failures.append(str(error))
    return writer.value, failures


print(wrong([(1, 3)] * 900 + [(1,)] + [(1, 2, 3)] + [7], 3000))


# A method that is bound once and called later, that is replaced meanwhile, and that somebody looks at.
def bound(rounds):
    writer = Writer()
    total = 0
    for at in range(rounds):
        write = writer.write
        if at == 2500:
            Writer.write = lambda self, value, width: self.log.append((value, width))
        write(at, 3)
        total += write.__self__ is writer
        if at in (10, 2499, 2500, 2501):
            print(at, write.__func__.__name__, writer.value, writer.log)
    return total, writer.value, len(writer.log)


print(bound(3000))


# bytes of a generator expression, with items that are none.
def packed(rows, rounds):
    lengths, messages = 0, []
    for at in range(rounds):
        try:
            lengths += len(bytes(item + 1 for item in rows[at % len(rows)]))
        except (TypeError, ValueError) as error:
            if str(error) not in messages:
                messages.append(str(error))
    return lengths, messages


print(packed([range(10), [1, 2, 3], b"xyz"], 3000))
print(packed([range(10)] * 500 + [[254, 255]] + [[1.5]] + [[-5]], 3000))


def pairs(size, rounds):
    total = 0
    data = bytes(range(size))
    for at in range(rounds):
        other = make(data, at)
        for a, b in zip(data[at % 5 : at % 5 + 4], other):
            total += a * b
    return total


def make(data, at):
    return data if at % 1000 else list(data)


print(pairs(20, 3000))

# expect: 4177066232
# expect: 4177066232
# expect: (1227133513, ["Writer.write() missing 1 required positional argument: 'width'", 'Writer.write() takes 3 positional arguments but 4 were given', '__main__.Writer.write() argument after * must be an iterable, not int'])
# expect: 10 write 175304266 []
# expect: 2499 write 4294967251 []
# expect: 2500 write 4294967260 []
# expect: 2501 <lambda> 4294967260 [(2501, 3)]
# expect: (3000, 4294967260, 499)
# expect: (16000, [])
# expect: (29850, ['bytes must be in range(0, 256)', "'float' object cannot be interpreted as an integer"])
# expect: 78000
