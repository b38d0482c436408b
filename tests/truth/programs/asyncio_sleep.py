"""A loop of asyncio with five requests in flight; when the first answer has come its coroutine calls
time.sleep, and the other answers come meanwhile. With the argument `overlapped` it awaits
asyncio.sleep instead."""

import asyncio
import inspect
import os
import sys
import time

COUNT, FIRST_S, DELAY_S, CALL_S = 5, 0.3, 0.4, 0.8
overlapped = sys.argv[1:2] == ["overlapped"]
due = []


async def ask(reader, writer, delay_s):
    writer.write(f"GET /delay/{delay_s} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"}\n"):
        answer += await reader.read(2048)


async def hold_up():
    if overlapped:
        await asyncio.sleep(CALL_S)
        return
    print(f"blame clock_nanosleep asyncio_sleep.py:{inspect.currentframe().f_lineno + 1}")
    time.sleep(CALL_S)
    waits = [time.monotonic() - moment for moment in due]
    print(f"~serialized {max(waits):.4f}")
    print(f"~waiting {sum(waits):.4f}")


async def twice(number):
    host, port = os.environ["TRUTH_SERVER"].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    if number:
        due.append(time.monotonic() + DELAY_S)
    await ask(reader, writer, DELAY_S if number else FIRST_S)
    if not number:
        await hold_up()
    await ask(reader, writer, DELAY_S)
    writer.close()


async def main():
    await asyncio.gather(*(twice(number) for number in range(COUNT)))


asyncio.run(main())
