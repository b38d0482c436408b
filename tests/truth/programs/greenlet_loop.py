"""Three greenlets of gevent that make two requests each, and one that runs a loop of asyncio: to the
hub that is a call that blocks. With the argument `overlapped` a thread runs that loop."""

import asyncio
import inspect
import os
import sys
import time

import gevent
import gevent.socket

FIRST_S, DELAY_S, NAPS, NAP_S = 0.2, 0.4, 3, 0.3
overlapped = sys.argv[1:2] == ["overlapped"]
due = []


def ask(connection, delay_s):
    connection.sendall(f"GET /delay/{delay_s} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    due.append(time.monotonic() + delay_s)
    answer = b""
    while not answer.endswith(b"}\n"):
        answer += connection.recv(2048)


def twice():
    host, port = os.environ["TRUTH_SERVER"].split(":")
    connection = gevent.socket.create_connection((host, int(port)))
    ask(connection, FIRST_S)
    ask(connection, DELAY_S)
    connection.close()


async def nap():
    for _ in range(NAPS):
        await asyncio.sleep(NAP_S)
    return time.monotonic()


def run_loop():
    while len(due) < 3:
        gevent.sleep(0.001)
    if overlapped:
        gevent.get_hub().threadpool.apply(asyncio.run, (nap(),))
        return
    print(f"blame epoll_wait greenlet_loop.py:{inspect.currentframe().f_lineno + 1}")
    end = asyncio.run(nap())
    waits = [end - moment for moment in due]
    print(f"~serialized {max(waits):.4f}")
    print(f"~waiting {sum(waits):.4f}")


gevent.joinall([*(gevent.spawn(twice) for _ in range(3)), gevent.spawn(run_loop)])
