"""A program on a libuv loop: asyncio's own or uvloop's, with greenlets beside it or without. What
it prints is the same with and without help.

    asyncio_uvloop.py asyncio|uvloop|beside
"""

import asyncio
import os
import socket
import sys
import threading
import time

from facts import address, fact


async def get(delay):
    reader, writer = await asyncio.open_connection(*address("HTTP"))
    writer.write(f"GET /delay/{delay} HTTP/1.0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.split(b"\r\n")[0].split()[1]


async def work():
    start = time.monotonic()
    answers = await asyncio.gather(*(get(0.3) for _ in range(10)))
    fact("asked", set(answers), len(answers), "overlapped", time.monotonic() - start < 2)  # not three
    process = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)
    fact("child", (await process.communicate())[0])
    loop = asyncio.get_running_loop()
    fact("pool", await loop.run_in_executor(None, lambda: time.sleep(0.02) or 7))
    fact("resolved", (await loop.getaddrinfo("localhost", 80))[0][4][1])
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.05)
    except asyncio.TimeoutError:
        fact("timeout")


def new_loop(name):
    if name == "asyncio":
        return asyncio.new_event_loop()
    import uvloop
    return uvloop.new_event_loop()


def run(name):
    loop = new_loop(name)
    asyncio.set_event_loop(loop)
    loop.run_until_complete(work())
    loop.close()


def beside():
    """A libuv loop in one thread, gevent's hub in another."""
    import gevent
    thread = threading.Thread(target=run, args=("uvloop",))
    thread.start()
    left, right = socket.socketpair()
    other = gevent.spawn(lambda: (time.sleep(0.02), right.send(b"x")))
    gevent.spawn(time.sleep, 0.01).join()
    other.join()
    got = left.recv(1)
    thread.join()
    fact("greenlets", got)


beside() if sys.argv[1] == "beside" else run(sys.argv[1])
