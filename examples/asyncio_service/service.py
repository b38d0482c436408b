"""A service of asyncio's whose handlers block: the classical mistake, four times.

    service.py DELAY_URL [SOCKET]      prints its port, and serves until standard input ends

/quick answers at once. /sleep, /requests, /child, /thread and /database wait half a second in code that
is no coroutine: time.sleep, requests over TLS, subprocess.run, threading.Event.wait, and a query to the
MariaDB server whose socket is given.
"""

import asyncio
import subprocess
import sys
import threading
import time
import warnings

import requests

warnings.simplefilter("ignore")  # the delay server's certificate is its own


def wait_for_event():
    event = threading.Event()
    threading.Timer(0.5, event.set).start()
    event.wait()


def query():
    import MySQLdb
    connection = MySQLdb.connect(unix_socket=sys.argv[2], user="anybody")
    connection.query("SELECT SLEEP(0.5)")
    connection.store_result()
    connection.close()


ROUTES = {
    "/quick": lambda: None,
    "/sleep": lambda: time.sleep(0.5),
    "/requests": lambda: requests.get(sys.argv[1], verify=False, timeout=30),
    "/child": lambda: subprocess.run(["sleep", "0.5"], check=True),
    "/thread": wait_for_event,
    "/database": query,
}


async def handle(reader, writer):
    request = await reader.readuntil(b"\r\n\r\n")
    ROUTES[request.split()[1].decode()]()
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
