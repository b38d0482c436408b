"""A loop of asyncio whose executor is done 100 ms after a coroutine has called time.sleep for 300 ms: what
waits for it has no connection."""

import asyncio
import inspect
import time

DONE_S, CALL_S = 0.1, 0.3
done = 0


def work():
    global done
    time.sleep(DONE_S)
    done = time.monotonic()


async def hold_up():
    print(f"blame clock_nanosleep asyncio_executor.py:{inspect.currentframe().f_lineno + 1}")
    time.sleep(CALL_S)
    print(f"~serialized {time.monotonic() - done:.4f}")


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)
    await asyncio.gather(loop.run_in_executor(None, work), hold_up())
    await asyncio.sleep(0.01)


asyncio.run(main())
