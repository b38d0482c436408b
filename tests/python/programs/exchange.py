"""Ping-pong of two greenlets over a socketpair, as the benchmark runs it.

    exchange.py plain|patched recv|poll COUNT

plain: Python's own sockets, that block unless the preload helps. patched: gevent's.
"""

import sys
import time

how, what, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
if how == "patched":
    from gevent import monkey
    monkey.patch_all()

import select  # after the patching
import socket

import gevent


def serve_recv(connection):
    for _ in range(count):
        connection.send(connection.recv(1))


def serve_poll(connection):
    poller = select.poll()
    poller.register(connection, select.POLLIN)
    for _ in range(count):
        poller.poll()
        connection.send(connection.recv(1))


def main():
    serve = {"recv": serve_recv, "poll": serve_poll}[what]
    left, right = socket.socketpair()
    start, cpu = time.perf_counter(), time.process_time()
    other = gevent.spawn(serve, right)
    left.send(b"x")
    serve(left)
    other.kill()
    print(f"count={2 * count} wall_s={time.perf_counter() - start} "
          f"cpu_s={time.process_time() - cpu}")


main()
