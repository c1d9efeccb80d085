"""bz2, lzma and zstd: round trips in one piece and in many, limits, errors."""
import bz2
import lzma
from compression import zstd

data = b"".join(b"line %d\n" % (i % 97) for i in range(20000))


def show(function):
    try:
        print(function())
    except Exception as error:
        print(type(error).__name__, error)


for module, compressor, decompressor in (
    (bz2, bz2.BZ2Compressor, bz2.BZ2Decompressor),
    (lzma, lzma.LZMACompressor, lzma.LZMADecompressor),
    (zstd, zstd.ZstdCompressor, zstd.ZstdDecompressor),
):
    packed = module.compress(data)
    pieces = compressor()
    parts = b"".join(pieces.compress(data[i : i + 999]) for i in range(0, len(data), 999)) + pieces.flush()
    print(module.decompress(packed) == data, module.decompress(parts) == data, len(packed) < 4000)
    one = decompressor()
    out = one.decompress(packed + b"rest", 10)
    print(out, one.eof, one.needs_input)
    while not one.eof:
        out += one.decompress(b"", 100)
    print(out == data, one.unused_data, one.needs_input)
    show(lambda: one.decompress(b""))
# expect: True True True
# expect: b'line 0\nlin' False False
# expect: True b'rest' False
# expect: EOFError End of stream already reached
# expect: True True True
# expect: b'line 0\nlin' False False
# expect: True b'rest' False
# expect: EOFError Already at end of stream
# expect: True True True
# expect: b'line 0\nlin' False False
# expect: True b'rest' False
# expect: EOFError Already at the end of a Zstandard frame.

show(lambda: bz2.decompress(b"garbage"))  # expect: OSError Invalid data stream
show(lambda: lzma.decompress(b"garbage garbage"))  # expect: LZMAError Input format not supported by decoder
show(lambda: bz2.BZ2Compressor(10))  # expect: ValueError compresslevel must be between 1 and 9
show(lambda: lzma.LZMACompressor(filters=[{"id": 98765}]))  # expect: ValueError Invalid filter ID: 98765
show(lambda: zstd.compress(b"", level=99))  # expect: ValueError illegal compression level 99; the valid range is [-131072, 22]
filters = [{"id": lzma.FILTER_DELTA, "dist": 3}, {"id": lzma.FILTER_LZMA2, "preset": 1}]
raw = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
print(lzma.decompress(raw, lzma.FORMAT_RAW, filters=filters) == data)  # expect: True
samples = [b"%d: some words that all samples share" % i for i in range(500)]
words = zstd.train_dict(samples, 2000)
small = zstd.compress(samples[3], zstd_dict=words)
print(zstd.decompress(small, words) == samples[3], len(small) < len(zstd.compress(samples[3])))  # expect: True True
