"""A Python program of many waits: TLS (whose library Python keeps to itself), threads, subprocesses,
selectors, asyncio, timeouts. What it prints is the same in every run."""

import asyncio
import concurrent.futures
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request

HTTPS, HTTP, CA = os.environ["HTTPS"], os.environ["HTTP"], os.environ["CA"]


def fetch(url):
    context = ssl.create_default_context(cafile=CA)
    with urllib.request.urlopen(url, context=context, timeout=10) as answer:
        return answer.status, len(answer.read())


def over_tls():
    print("tls", fetch(f"https://{HTTPS}/bytes/123456"))
    try:
        ssl.create_default_context().wrap_socket(
            socket.create_connection(HTTPS.split(":")), server_hostname="localhost")
    except ssl.SSLError as error:
        print("tls refused:", error.reason)


def in_threads():
    urls = [f"https://{HTTPS}/bytes/{1000 + i}" for i in range(10)]
    urls += [f"http://{HTTP}/delay/0.5" for _ in range(10)]
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        print("threads", list(pool.map(fetch, urls)))
    print("overlapped", time.monotonic() - start < 3)  # not five


def a_server_of_its_own():
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(1000):
                connection.sendall(data.upper())

    thread = threading.Thread(target=serve)
    thread.start()
    with socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"hello")
        print("server", client.recv(5))
    thread.join()
    listener.close()


def timeouts():
    left, right = socket.socketpair()
    left.settimeout(0.05)
    try:
        left.recv(1)
    except socket.timeout:
        print("timeout")
    left.setblocking(False)
    try:
        left.recv(1)
    except BlockingIOError:
        print("would block")
    poll = select.poll()
    poll.register(left, select.POLLIN)
    print("poll", poll.poll(20), select.select([left], [], [], 0.02))
    right.send(b"x")
    print("poll", len(poll.poll(20)), len(select.select([left], [left], [], 0.02)[1]))
    left.close()
    right.close()


def children():
    print(subprocess.run(["cat"], input=b"through a child", capture_output=True, check=True).stdout)
    print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True,
                         check=False))
    try:
        subprocess.run(["sleep", "5"], timeout=0.05, check=True)
    except subprocess.TimeoutExpired:
        print("child timed out")
    child = os.fork()
    if child == 0:
        time.sleep(0.01)
        os._exit(4)
    print("forked", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def signals():
    seen = []
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    time.sleep(0.1)
    print("signals", seen)


async def asynchronously():
    async def get(delay):
        reader, writer = await asyncio.open_connection(*HTTP.split(":"))
        writer.write(f"GET /delay/{delay} HTTP/1.0\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer.split(b"\r\n")[0]

    print("asyncio", await asyncio.gather(*(get(0.1) for _ in range(10))))
    process = await asyncio.create_subprocess_exec("echo", "hi", stdout=subprocess.PIPE)
    print("asyncio child", await process.communicate())


def main():
    over_tls()
    in_threads()
    a_server_of_its_own()
    timeouts()
    children()
    signals()
    asyncio.run(asynchronously())
    print(socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM))
    sys.stdout.flush()


main()
