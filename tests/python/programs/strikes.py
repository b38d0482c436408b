"""A task whose lines block, and a signal's handler that raises."""

import asyncio
import select
import signal
import threading
import time

from facts import fact


def strike(*_):
    raise InterruptedError


WAITS = {
    "sleep": lambda: time.sleep(2),
    "select": lambda: select.select([], [], [], 2),
    "lock": lambda: threading.Event().wait(2),
}


async def main():
    signal.signal(signal.SIGALRM, strike)
    for name, wait in WAITS.items():
        begin = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try:
            wait()
            fact(name, "not struck")
        except InterruptedError:
            fact(name, "in time", time.monotonic() - begin < 1.5)


asyncio.run(main())
