"""The first wait of a process is in a greenlet that has an RLock. Nothing is monkey-patched.

    first_wait.py gevent | eventlet

Whoever imports selectors makes an epoll descriptor before the hub does.
"""

import sys
import threading
import time

import greenlet  # noqa: F401, before selectors
import selectors  # noqa: F401

from facts import fact
from greenlets import named

PAUSE_S = 0.2

host = named(sys.argv[1])
lock, inside, most = threading.RLock(), [], []


def work(number):
    with lock:
        inside.append(number)
        time.sleep(PAUSE_S)
        most.append(len(inside))
        inside.remove(number)


for each in [host.spawn(work, number) for number in range(3)]:
    host.wait(each)
fact("at once", max(most), "in all", len(most))
