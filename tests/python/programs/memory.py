"""Does nothing but wait, many times, and says how much memory that took.

    memory.py WAITS
"""

import resource
import select
import socket
import sys
import threading
import time

import gevent

from facts import fact, timing

WARM_UP = 5000
PAGE_KIB = resource.getpagesize() // 1024


def resident_kib():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE_KIB


def ping_pong(left, right, count):
    """Each recv waits for the other greenlet."""
    def serve():
        for _ in range(count):
            right.send(right.recv(1))
    other = gevent.spawn(serve)
    for _ in range(count):
        left.send(b"x")
        left.recv(1)
    other.join()


def polls(left, count):
    """Waits that end by their timeouts."""
    poller = select.poll()
    poller.register(left, select.POLLIN)
    for _ in range(count):
        poller.poll(0.01)


def locks(count):
    lock = threading.Lock()

    def hold():
        for _ in range(count):
            with lock:
                time.sleep(0)
    gevent.joinall([gevent.spawn(hold), gevent.spawn(hold)], raise_error=True)


def cancelled(left, count):
    for _ in range(count):
        with gevent.Timeout(0, False):
            left.recv(1)


def all_kinds(left, right, count):
    """An exchange is two waits, the others are one each; a timeout of poll takes a millisecond."""
    ping_pong(left, right, count * 4 // 10)
    polls(left, count // 100)
    locks(count * 9 // 200)
    cancelled(left, count // 10)


def main():
    waits = int(sys.argv[1])
    left, right = socket.socketpair()
    all_kinds(left, right, WARM_UP)
    before = resident_kib()
    all_kinds(left, right, waits)
    grown = resident_kib() - before
    timing("grown_kib", grown)
    fact("flat", grown < 1024)


main()
