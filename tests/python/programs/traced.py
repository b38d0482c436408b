"""Waits of a millisecond or more, each in a line that is told: as the report must name it.

    traced.py threads|asyncio|greenlets
"""

import asyncio
import select
import socket
import sys
import threading
import time

from facts import fact

WAIT_S = 0.03


def here():
    """Who calls, with the line, as "function line"."""
    caller = sys._getframe(1)
    return f"{caller.f_code.co_name} {caller.f_lineno}"


def receives(connection):
    return fact(here()), connection.recv(1)


def polls(connection):
    poller = select.poll()
    poller.register(connection, select.POLLIN)
    return fact(here()), poller.poll(1000)


class Sleeper:
    def sleeps(self):
        return fact(here()), time.sleep(WAIT_S)


def threads():
    left, right = socket.socketpair()
    others = [threading.Thread(target=function, args=(left,)) for function in (receives, polls)]
    for thread in others:
        thread.start()
    Sleeper().sleeps()
    right.send(b"xx")
    for thread in others:
        thread.join()


def asyncio_():
    async def blocks_the_loop():
        await asyncio.sleep(0.01)
        return fact(here()), time.sleep(WAIT_S)

    async def main():
        await asyncio.create_task(blocks_the_loop(), name="baker")
    asyncio.run(main())


def greenlets():
    import gevent
    left, right = socket.socketpair()
    others = [gevent.spawn(Sleeper().sleeps)]
    if "patched" in sys.argv:
        others += [gevent.spawn(receives, left), gevent.spawn(polls, left)]
        gevent.sleep(WAIT_S)
        right.send(b"xx")
    gevent.joinall(others, raise_error=True)


{"threads": threads, "asyncio": asyncio_, "greenlets": greenlets}[sys.argv[1]]()
