"""Waits of many kinds at once, in a program that gevent patches in one way or another.

    patching.py ORDER SECONDS
"""

import sys

from gevent import monkey

ORDER, SECONDS = sys.argv[1], float(sys.argv[2])
WAITS = ["requests_ssl", "requests_pyopenssl", "ssl_read", "socket_timeout", "time_sleep", "poll",
         "select_select", "subprocess_run", "pipe_read", "lock_timeout", "event_wait",
         "postgres_unix", "mysql_tcp", "pycurl_http"]


def everything_first():
    monkey.patch_all()
    import overlap
    return overlap


def everything_last():
    """Whoever took a function by name before has the one that blocks."""
    import overlap
    monkey.patch_all()
    return overlap


def as_grequests_does():
    monkey.patch_all(thread=False, select=False)
    import overlap
    return overlap


def select_alone():
    monkey.patch_select()
    import overlap
    return overlap


def ssl_and_time():
    import overlap
    monkey.patch_ssl()
    monkey.patch_time()
    return overlap


def nothing():
    import overlap
    return overlap


def after_waits():
    """Locks and sockets that were made before, used after."""
    import overlap
    overlap.time_sleep(0.01)
    overlap.socket_timeout(0.01)
    gevent.spawn(overlap.time_sleep, 0.01).join()
    monkey.patch_all(thread=False)
    return overlap


import gevent  # after the first patching there could be; it patches nothing itself

from facts import elapsed, fact, timing

overlap = globals()[ORDER]()
waits = [getattr(overlap, name) for name in WAITS]
for wait in waits:
    wait(0.01)


def run():
    greenlets = [gevent.spawn(wait, SECONDS) for wait in waits]
    gevent.joinall(greenlets, raise_error=True)
    fact(*(name for name, greenlet in zip(WAITS, greenlets) if greenlet.value is not True),
         "is all that went wrong")


timing("all", elapsed(run))
