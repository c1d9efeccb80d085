"""CRC-32 with a table, as a plain script: shifts and masks over bytes in a module-level loop."""

import sys

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30

table = []
for byte in range(256):
    value = byte
    for _ in range(8):
        if value & 1:
            value = (value >> 1) ^ 0xEDB88320
        else:
            value >>= 1
    table.append(value)

data = bytearray(400_000)
state = 1
for position in range(len(data)):
    state = (state * 69069 + 1) & 0xFFFFFFFF
    data[position] = state >> 24

for number in range(rounds):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    data[number] = crc & 0xFF
    print(number, f"{crc:08x}", flush=True)
