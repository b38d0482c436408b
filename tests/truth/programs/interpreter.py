"""Two threads that compute 0.2 s each, by their own clocks of the CPU, and so wait for the interpreter's lock;
or that let it go meanwhile, as hashlib does. Usage: interpreter.py held | released"""

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


def compute():
    begun, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < COMPUTE_S:
        work()
    time.sleep(0.001)
    waited.append(time.monotonic() - begun - (time.thread_time() - used))


threads = [threading.Thread(target=compute) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"~waited {sum(waited):.4f}")
