"""Threads, forks and signals while machine code runs."""
import os
import signal
import sys
import threading


def work(n):
    s = 0
    for i in range(n):
        s = (s * 31 + i) & 0xFFFFFF
    return s


results = []


def task(n):
    results.append(work(n))


sys.setswitchinterval(0.0005)
threads = [threading.Thread(target=task, args=(20000,)) for _ in range(4)]
for t in threads:
    t.start()
expected = work(20000)
for t in threads:
    t.join()
print(results == [expected] * 4, expected)

shared = 0


def bump(n):
    global shared
    for i in range(n):
        shared += 1
    results.append(0)


threads = [threading.Thread(target=bump, args=(3000,)) for _ in range(3)]
for t in threads:
    t.start()
    t.join()
print(shared)

stop = False


def stopper():
    global stop
    stop = True


t = threading.Timer(0.02, stopper)
t.start()
spins = 0
while not stop:
    spins += 1
t.join()
print(spins > 0)

hits = 0


def handler(number, frame):
    global hits
    hits += 1


signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
laps = 0
while hits < 3:
    laps += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(hits >= 3, laps > 0)


def child(k):
    return work(3000 + k)


for k in range(4):
    wanted = child(k)
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(w, str(child(k)).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    print(int(os.read(r, 50)) == wanted)


def interrupted():
    n = 0
    while True:
        n += 1


def raise_it(number, frame):
    raise InterruptedError("alarm")


signal.signal(signal.SIGALRM, raise_it)
signal.setitimer(signal.ITIMER_REAL, 0.02)
try:
    interrupted()
except InterruptedError as e:
    print(e, sys.exception() is e)
# expect: True 4458256
# expect: 9000
# expect: True
# expect: True True
# expect: True
# expect: True
# expect: True
# expect: True
# expect: alarm True
