"""A signal arrives just before C code waits, or closes: what its handler raises comes to the program.

    arrives.py gevent|eventlet|asyncio LIBRARY
"""

import asyncio
import ctypes
import functools
import os
import signal
import socket
import sys
import threading

from facts import fact

host_name, library = sys.argv[1:]
library = ctypes.CDLL(library)


class Mine(Exception):
    """What a handler throws."""


def throw_mine(number, frame):
    raise Mine


class Thrower:
    """A handler that is no function."""

    def __call__(self, number, frame):
        raise Mine


def came_of(function, *arguments):
    try:
        function(*arguments)
    except BaseException as error:
        return type(error).__name__
    return None


def wait(number):
    """Waits for a byte that comes after a while, if nothing ends the wait before."""
    left, right = socket.socketpair()
    sender = threading.Timer(0.3, right.send, (b"x",))
    sender.start()
    came = came_of(library.arrives_then_recv, number, left.fileno())
    sender.join()
    return came


def close(number, sleep, spawn):
    """Closes the descriptor that another greenlet waits for."""
    left, right = socket.socketpair()
    left.settimeout(0.3)
    waiting = spawn(came_of, left.recv, 1)
    sleep(0.02)
    came = came_of(library.arrives_then_close, number, left.detach())
    right.close()
    sleep(0.02)
    return came


def handlers():
    yield "default", signal.SIGINT
    signal.signal(signal.SIGUSR1, throw_mine)
    yield "own", signal.SIGUSR1
    signal.signal(signal.SIGUSR1, functools.partial(Thrower()))
    yield "object", signal.SIGUSR1


def in_greenlets():
    import greenlets
    host = greenlets.named(host_name)
    host.spawn(host.sleep, 0)
    host.sleep(0.01)
    for name, number in handlers():
        for turn in ("first", "second") if name != "object" else ():
            fact(f"{name} wait, {turn}: {wait(number)}")
        fact(f"{name} close: {close(number, host.sleep, host.spawn)}")


async def in_task():
    # asyncio's own handler of SIGINT cancels the task instead.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    await asyncio.sleep(0)
    for name, number in handlers():
        fact(f"{name} wait: {wait(number)}")


if host_name == "asyncio":
    asyncio.run(in_task())
else:
    in_greenlets()
