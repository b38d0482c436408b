"""A task whose lines block, and finalizers that do so too, in a program that collects often."""

import asyncio
import gc
import time

from facts import fact

ended = 0


class Ring:
    def __init__(self):
        self.own = self

    def __del__(self):
        global ended
        ended += 1
        time.sleep(0.002)


async def main():
    gc.set_threshold(1)
    for _ in range(50):
        Ring()
        time.sleep(0.002)


asyncio.run(main())
fact("ended", ended > 0)
fact("collects", gc.isenabled())
