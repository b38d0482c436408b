"""Two threads that compute 0.2 s each, by their own clocks of the CPU, and so wait for the interpreter's lock;
or that let it go meanwhile, as hashlib does. What they waited for a processor does not count: after each
switch of the lock one may, on a busy machine. Usage: interpreter.py held | released"""

import hashlib
import sys
import threading
import time

COMPUTE_S = 0.2
BYTES = bytes(1 << 23)
waited = []


def in_python():
    sum(range(100))


def in_c():
    hashlib.sha256(BYTES)


work = in_python if sys.argv[1:2] == ["held"] else in_c


def queued():
    """What this thread has waited for a processor; 0 where the kernel does not count it."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except OSError:
        return 0


def compute():
    before, begun, used = queued(), time.monotonic(), time.thread_time()
    while time.thread_time() - used < COMPUTE_S:
        work()
    time.sleep(0.001)
    waited.append(time.monotonic() - begun - (time.thread_time() - used) - (queued() - before))


threads = [threading.Thread(target=compute) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"~waited {sum(waited):.4f}")
