"""A FastAPI service, by uvicorn, with a coroutine that blocks: with the word ten requests at once take less
than half as long, and so does a quick one meanwhile. On asyncio's loop and on uvloop's.

Usage: fastapi_service.py LIBRARY      or, as the service itself: fastapi_service.py serve asyncio|uvloop
"""

import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
import time

COUNT, SECONDS, LIMIT = 10, 0.5, 60
SKIPPED = 77


def serve(loop):
    import fastapi
    import uvicorn
    service = fastapi.FastAPI()

    @service.get("/slow")
    async def slow():
        time.sleep(SECONDS)

    @service.get("/quick")
    async def quick():
        pass
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(service, loop=loop, log_level="warning")).run([listener])


async def get(port, path):
    start = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"/{path} failed: {answer}")
    return time.monotonic() - start


async def ask(port):
    await get(port, "quick")
    start = time.monotonic()
    slow = asyncio.gather(*(get(port, "slow") for _ in range(COUNT)))
    await asyncio.sleep(SECONDS / 5)
    quick = await get(port, "quick")
    await slow
    return time.monotonic() - start, quick


def measure(loop, **environment):
    """Seconds that ten slow requests take at once, and a quick one meanwhile."""
    with subprocess.Popen([sys.executable, "-B", __file__, "serve", loop], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **environment}) as service:
        try:
            return asyncio.run(asyncio.wait_for(ask(int(service.stdout.readline())), LIMIT))
        finally:
            service.terminate()


def main(library):
    if not all(map(importlib.util.find_spec, ("fastapi", "uvicorn", "uvloop", "greenlet"))):
        return SKIPPED
    plain, quick = measure("asyncio")
    said = [f"plain {plain:.3f} s, quick {quick:.3f} s"]
    ok = plain >= COUNT * SECONDS
    for loop in "asyncio", "uvloop":
        word, quick = measure(loop, LD_PRELOAD=library, GREQ_PATCH="all,asyncio")
        said.append(f"{loop} with the word {word:.3f} s, quick {quick:.3f} s")
        ok = ok and 2 * word < plain and 2 * quick < plain
    print("\n".join(said))
    return 0 if ok else 1


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    sys.exit(main(sys.argv[1]))
