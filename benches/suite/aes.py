"""AES-128 in counter mode: table look-ups, xors and list shuffling on byte values, as in a textbook."""

import sys


def xtime(value):
    value <<= 1
    return value ^ 0x11B if value & 0x100 else value


def gf_multiply(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = xtime(a)
        b >>= 1
    return product


def make_sbox():
    """The S-box from its definition: inverse in GF(2^8), then an affine map (FIPS 197, 5.1.1)."""
    powers = [1]
    while len(powers) < 255:
        powers.append(gf_multiply(powers[-1], 3))
    logarithm = {value: exponent for exponent, value in enumerate(powers)}
    sbox = []
    for value in range(256):
        inverse = powers[-logarithm[value] % 255] if value else 0
        result = 0x63
        for shift in range(5):
            result ^= inverse << shift | inverse >> (8 - shift)
        sbox.append(result & 0xFF)
    return sbox


SBOX = make_sbox()
DOUBLE = [xtime(value) for value in range(256)]
TRIPLE = [xtime(value) ^ value for value in range(256)]
# State bytes are column by column; row r moves left by r columns.
SHIFTED = [(column + row) % 4 * 4 + row for column in range(4) for row in range(4)]


def expand_key(key):
    """The eleven round keys, 16 bytes each."""
    words = [list(key[i : i + 4]) for i in range(0, 16, 4)]
    constant = 1
    for i in range(4, 44):
        word = list(words[i - 1])
        if i % 4 == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = xtime(constant)
        words.append([a ^ b for a, b in zip(words[i - 4], word)])
    return [sum(words[i : i + 4], []) for i in range(0, 44, 4)]


def mix_columns(state):
    mixed = []
    for i in range(0, 16, 4):
        a, b, c, d = state[i : i + 4]
        mixed.append(DOUBLE[a] ^ TRIPLE[b] ^ c ^ d)
        mixed.append(a ^ DOUBLE[b] ^ TRIPLE[c] ^ d)
        mixed.append(a ^ b ^ DOUBLE[c] ^ TRIPLE[d])
        mixed.append(TRIPLE[a] ^ b ^ c ^ DOUBLE[d])
    return mixed


def encrypt_block(block, round_keys):
    state = [a ^ b for a, b in zip(block, round_keys[0])]
    for key in round_keys[1:-1]:
        state = mix_columns([SBOX[state[i]] for i in SHIFTED])
        state = [a ^ b for a, b in zip(state, key)]
    return bytes(SBOX[state[i]] ^ k for i, k in zip(SHIFTED, round_keys[-1]))


def counter_mode(data, round_keys, nonce):
    output = bytearray()
    for number, start in enumerate(range(0, len(data), 16)):
        stream = encrypt_block(nonce + number.to_bytes(8, "big"), round_keys)
        output += bytes(a ^ b for a, b in zip(data[start : start + 16], stream))
    return bytes(output)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    key = bytes(range(16))
    round_keys = expand_key(key)
    block = bytes(i * 17 for i in range(16))
    assert encrypt_block(block, round_keys).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"  # FIPS 197, C.1
    data = b"It was a bright cold day in April." * 700
    for number in range(rounds):
        nonce = number.to_bytes(8, "big")
        data = counter_mode(data, round_keys, nonce)
        print(number, data[-16:].hex(), flush=True)


if __name__ == "__main__":
    main()
