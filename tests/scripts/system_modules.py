# Dates, compression, processes and descriptors: the native modules on top of the system.
import fcntl
import os
import pickle
import subprocess
import zlib
from datetime import date, datetime, time, timedelta, timezone

moment = datetime(2024, 2, 29, 12, 30, 15, 123456, timezone.utc)
print(moment + timedelta(days=366, seconds=1.5))  # expect: 2025-03-01 12:30:16.623456+00:00
print(moment.astimezone(timezone(timedelta(hours=-3), "X")).strftime("%F %T %z %Z"))  # expect: 2024-02-29 09:30:15 -0300 X
print(date.fromisoformat("2024-W09-4"), time.fromisoformat("T123015,5Z"))  # expect: 2024-02-29 12:30:15.500000+00:00
print(timedelta(microseconds=-1), timedelta(1) / 7)  # expect: -1 day, 23:59:59.999999 3:25:42.857143
print(all(pickle.loads(pickle.dumps(moment, p)) == moment for p in range(6)))  # expect: True
try:
    date(2023, 2, 29)
except ValueError as error:
    print(error)  # expect: day 29 must be in range 1..28 for month 2 in year 2023

text = b"hello world " * 1000
packed = zlib.compress(text, 9)
unpacker = zlib.decompressobj()
head = unpacker.decompress(packed + b"tail", 5)
print(head, head + unpacker.decompress(unpacker.unconsumed_tail) == text, unpacker.unused_data)  # expect: b'hello' True b'tail'
try:
    zlib.decompress(packed[:-1])
except zlib.error as error:
    print(error)  # expect: Error -5 while decompressing data: incomplete or truncated stream

child = subprocess.run(["cat"], input=b"through a pipe", stdout=subprocess.PIPE)
print(child.stdout, child.returncode)  # expect: b'through a pipe' 0
try:
    subprocess.run(["/nonexistent/program"])
except FileNotFoundError as error:
    print(error)  # expect: [Errno 2] No such file or directory: '/nonexistent/program'
try:
    subprocess.run(["true"], preexec_fn=lambda: 1 / 0)
except subprocess.SubprocessError as error:
    print(error)  # expect: Exception occurred in preexec_fn.

reader, writer = os.pipe()
print(fcntl.fcntl(reader, fcntl.F_GETFD))  # expect: 1
