"""Sleeps where a loop of the interpreter's own was made before. With the argument `loaded` the module of
greenlets is there, as in programs that import SQLAlchemy, and nobody uses it; with `eventlet` it is in a
greenlet, whose hub makes such a loop."""

import ctypes
import select
import sys

import greenlet  # noqa: F401, pylint: disable=unused-import

SLEEP_US = 100000
sleep = ctypes.CDLL(None).usleep  # of which eventlet knows nothing

if sys.argv[1] == "eventlet":
    import eventlet

    other = eventlet.spawn(eventlet.sleep, 0.01)
    eventlet.spawn(sleep, SLEEP_US).wait()
    other.wait()
else:
    loop = select.epoll()
    loop.poll(0.01)
    sleep(SLEEP_US)
