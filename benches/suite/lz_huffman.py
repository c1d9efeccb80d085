"""A compressor: LZ77 with a hash of recent positions, Huffman codes from a heap, a bit writer; and its inverse."""

import heapq
import sys

MIN_MATCH, MAX_MATCH = 4, 64
WINDOW = 4096


def find_tokens(data):
    """Yield literal bytes (ints) and (distance, length) copies."""
    seen = {}
    position = 0
    while position < len(data):
        key = data[position : position + MIN_MATCH]
        earlier = seen.get(key)
        seen[key] = position
        if earlier is None or position - earlier > WINDOW or len(key) < MIN_MATCH:
            yield data[position]
            position += 1
            continue
        length = MIN_MATCH
        limit = min(MAX_MATCH, len(data) - position)
        while length < limit and data[earlier + length] == data[position + length]:
            length += 1
        yield (position - earlier, length)
        position += length


def code_lengths(frequencies):
    """Huffman code length of every symbol."""
    heap = [(count, symbol, (symbol,)) for symbol, count in frequencies.items()]
    heapq.heapify(heap)
    lengths = dict.fromkeys(frequencies, 0)
    while len(heap) > 1:
        count_a, first, symbols_a = heapq.heappop(heap)
        count_b, _, symbols_b = heapq.heappop(heap)
        merged = symbols_a + symbols_b
        for symbol in merged:
            lengths[symbol] += 1
        heapq.heappush(heap, (count_a + count_b, first, merged))
    return lengths


def canonical_codes(lengths):
    """Map symbols to (code, length), codes counting up within each length."""
    codes = {}
    code = previous = 0
    for symbol, length in sorted(lengths.items(), key=lambda item: (item[1], item[0])):
        code <<= length - previous
        codes[symbol] = (code, length)
        code += 1
        previous = length
    return codes


class BitWriter:
    def __init__(self):
        self.bytes = bytearray()
        self.buffer = 0
        self.filled = 0

    def write(self, value, width):
        self.buffer = self.buffer << width | value
        self.filled += width
        while self.filled >= 8:
            self.filled -= 8
            self.bytes.append(self.buffer >> self.filled)
            self.buffer &= (1 << self.filled) - 1

    def finish(self):
        if self.filled:
            self.write(0, 8 - self.filled)
        return bytes(self.bytes)


class BitReader:
    def __init__(self, data):
        self.data = data
        self.position = 0

    def bit(self):
        byte = self.data[self.position >> 3]
        bit = byte >> (7 - (self.position & 7)) & 1
        self.position += 1
        return bit

    def read(self, width):
        value = 0
        for _ in range(width):
            value = value << 1 | self.bit()
        return value


# Symbols: 0-255 literals, 256 the end, 257 + n a copy of n bytes whose distance follows in 13 bits.
END = 256


def compress(data):
    tokens = list(find_tokens(data))
    frequencies = {END: 1}
    for token in tokens:
        symbol = token if isinstance(token, int) else 257 + token[1]
        frequencies[symbol] = frequencies.get(symbol, 0) + 1
    lengths = code_lengths(frequencies)
    codes = canonical_codes(lengths)
    writer = BitWriter()
    for token in tokens:
        if isinstance(token, int):
            writer.write(*codes[token])
        else:
            distance, length = token
            writer.write(*codes[257 + length])
            writer.write(distance, 13)
    writer.write(*codes[END])
    return lengths, writer.finish()


def decompress(lengths, packed):
    decoding = {(length, code): symbol for symbol, (code, length) in canonical_codes(lengths).items()}
    reader = BitReader(packed)
    output = bytearray()
    while True:
        code, length = reader.bit(), 1
        while (length, code) not in decoding:
            code = code << 1 | reader.bit()
            length += 1
        symbol = decoding[length, code]
        if symbol == END:
            return bytes(output)
        if symbol < END:
            output.append(symbol)
        else:
            distance = reader.read(13)
            for _ in range(symbol - 257):
                output.append(output[-distance])


WORDS = (
    "wind water stone light river mountain forest bread table window garden letter morning evening "
    "winter summer silence music paper bridge harbour candle mirror shadow thunder"
).split()


def make_text(seed, count):
    words = []
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        words.append(WORDS[(seed >> 12) % len(WORDS)])
        if seed & 0x700 == 0:
            words.append(str(seed % 1000) + ".")
    return " ".join(words).encode()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for number in range(rounds):
        data = make_text(number, 8000)
        lengths, packed = compress(data)
        assert decompress(lengths, packed) == data
        print(number, len(data), len(packed), max(lengths.values()), flush=True)


if __name__ == "__main__":
    main()
