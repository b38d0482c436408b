"""A loop of asyncio with nothing but timers, and one time.sleep: there is no connection that could be
seen to wait."""

import asyncio
import inspect
import time

CALL_S = 0.4


async def tick():
    for _ in range(10):
        await asyncio.sleep(0.05)


async def hold_up():
    await asyncio.sleep(0.1)
    start = time.monotonic()
    print(f"blame clock_nanosleep asyncio_timers.py:{inspect.currentframe().f_lineno + 1}")
    time.sleep(CALL_S)
    print(f"~loop_blocked {time.monotonic() - start:.4f}")


async def main():
    await asyncio.gather(tick(), tick(), hold_up())


asyncio.run(main())
