"""Waits of one kind, made by several greenlets at once, and how long all of them took together.

    overlap.py gevent|eventlet WAIT COUNT SECONDS

Nothing is monkey-patched: without help every wait blocks the thread.
"""

import concurrent.futures
import ctypes
import fcntl
import io
import multiprocessing
import os
import queue
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import warnings

from facts import (address, elapsed, fact, http, https, mysql_connect, postgres_connect, timing)


# ---- databases ----

def query_mysql(way, seconds):
    connection = mysql_connect(way)
    cursor = connection.cursor()
    cursor.execute(f"SELECT SLEEP({seconds}), (SELECT VARIABLE_VALUE <> '' FROM "
                   "information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher')")
    encrypted = bool(cursor.fetchone()[1])
    connection.close()
    return encrypted == (way == "tls")


def query_postgres(way, seconds):
    connection = postgres_connect(way)
    cursor = connection.cursor()
    cursor.execute(f"SELECT pg_sleep({seconds})")
    cursor.fetchall()
    encrypted = connection.info.ssl_in_use
    connection.close()
    return encrypted == (way == "tls")


def mysql_tcp(seconds):
    return query_mysql("tcp", seconds)


def mysql_unix(seconds):
    return query_mysql("unix", seconds)


def mysql_tls(seconds):
    return query_mysql("tls", seconds)


def postgres_tcp(seconds):
    return query_postgres("tcp", seconds)


def postgres_unix(seconds):
    return query_postgres("unix", seconds)


def postgres_tls(seconds):
    return query_postgres("tls", seconds)


# ---- web ----

def curl(url):
    import pycurl
    body = io.BytesIO()
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.CAINFO, os.environ["CA"])
    # Instead of all that the system trusts, which takes long to read.
    handle.setopt(pycurl.CAPATH, os.path.dirname(os.environ["CA"]))
    handle.setopt(pycurl.WRITEDATA, body)
    handle.perform()
    status = handle.getinfo(pycurl.RESPONSE_CODE)
    handle.close()
    return status == 200


def pycurl_http(seconds):
    return curl(http(f"delay/{seconds}"))


def pycurl_https(seconds):
    return curl(https(f"delay/{seconds}"))


def requests_ssl(seconds):
    import requests
    return requests.get(https(f"delay/{seconds}"), verify=os.environ["CA"]).status_code == 200


def requests_pyopenssl(seconds):
    """recv_into of urllib3's pyOpenSSL contribution waits in select.poll."""
    warnings.simplefilter("ignore", DeprecationWarning)
    import urllib3.contrib.pyopenssl
    urllib3.contrib.pyopenssl.inject_into_urllib3()
    return requests_ssl(seconds)


def ssl_read(seconds):
    context = ssl.create_default_context(cafile=os.environ["CA"])
    with socket.create_connection(address("HTTPS")) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(f"GET /delay/{seconds} HTTP/1.0\r\n\r\n".encode())
            return connection.recv(8) == b"HTTP/1.1"


def socket_timeout(seconds):
    """A socket with a timeout is non-blocking, and Python waits in poll."""
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(seconds)
        try:
            left.recv(1)
        except TimeoutError:
            return True


# ---- the standard library ----

def time_sleep(seconds):
    time.sleep(seconds)
    return True


def subprocess_run(seconds):
    return subprocess.run(["sleep", str(seconds)], check=True).returncode == 0


def subprocess_output(seconds):
    """Waits for two pipes at once, then for the child."""
    script = f"sleep {seconds}; echo out; echo err >&2; exit 3"
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=False)
    return (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")


def waitpid(seconds):
    child = subprocess.Popen(["sleep", str(seconds)])
    _, status = os.waitpid(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode == 0


def pipe_read(seconds):
    out, into = os.pipe()
    with subprocess.Popen(["sh", "-c", f"sleep {seconds}; echo late"], stdout=into):
        os.close(into)
        text = os.read(out, 10)
    os.close(out)
    return text == b"late\n"


def poll(seconds):
    left, right = socket.socketpair()
    with left, right:
        poller = select.poll()
        poller.register(left, select.POLLIN)
        return poller.poll(seconds * 1000) == []


def select_select(seconds):
    left, right = socket.socketpair()
    with left, right:
        return select.select([left], [], [], seconds) == ([], [], [])


def epoll(seconds):
    left, right = socket.socketpair()
    with left, right, select.epoll() as poller:
        poller.register(left, select.EPOLLIN)
        return poller.poll(seconds) == []


def lock_timeout(seconds):
    lock = threading.Lock()
    with lock:
        return not lock.acquire(timeout=seconds)


def event_wait(seconds):
    return not threading.Event().wait(seconds)


def queue_get(seconds):
    try:
        queue.Queue().get(timeout=seconds)
    except queue.Empty:
        return True


def thread_join(seconds):
    """The thread has no greenlets, and blocks."""
    thread = threading.Thread(target=time.sleep, args=(seconds,))
    thread.start()
    thread.join()
    return not thread.is_alive()


def future_result(seconds):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(time.sleep, seconds).result() is None


def child_process(seconds):
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(seconds,))
    child.start()
    child.join()
    return child.exitcode == 0


def file_lock(seconds):
    """Somebody else has the lock."""
    with tempfile.NamedTemporaryFile() as file:
        with subprocess.Popen(["flock", file.name, "sh", "-c", f"echo; exec sleep {seconds}"],
                              stdout=subprocess.PIPE) as holder:
            holder.stdout.readline()
            fcntl.flock(file, fcntl.LOCK_EX)
            return holder.wait() == 0


def accept(seconds):
    """Somebody who is not one of us comes late."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        script = f"sleep {seconds}; exec 3<>/dev/tcp/127.0.0.1/{port}"
        with subprocess.Popen(["bash", "-c", script]):
            listener.accept()[0].close()
            return True


def getaddrinfo(seconds):
    """The resolver is a slow one: SLOW_RESOLVER_MS says how slow."""
    (_, _, _, _, found), *_ = socket.getaddrinfo("host-7", 80, type=socket.SOCK_STREAM)
    return found == ("127.0.0.7", 80) and float(os.environ["SLOW_RESOLVER_MS"]) == seconds * 1000


def gethostbyname(seconds):
    return socket.gethostbyname("host-9") == "127.0.0.9" and bool(seconds)


# ---- what a C library makes of it ----

libc = ctypes.CDLL(None)
libc.popen.restype = ctypes.c_void_p
libc.fgets.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
libc.pclose.argtypes = [ctypes.c_void_p]
libc.pthread_join.argtypes = [ctypes.c_ulong, ctypes.c_void_p]


def c_popen(seconds):
    """Half of it in fgets, half of it in pclose."""
    text = ctypes.create_string_buffer(8)
    half = seconds / 2
    stream = libc.popen(f"sleep {half}; echo late; exec sleep {half}".encode(), b"r")
    libc.fgets(text, 8, stream)
    return text.value == b"late\n" and libc.pclose(stream) == 0


def c_thread_join(seconds):
    thread = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(thread), None, libc.usleep,
                        ctypes.c_void_p(int(seconds * 1e6)))
    return libc.pthread_join(thread, None) == 0


def read_late(connection, seconds, size):
    time.sleep(seconds)
    while size:
        size -= len(connection.recv(1 << 20))


def os_sendfile(seconds):
    """A thread without greenlets reads it late."""
    left, right = socket.socketpair()
    with left, right, tempfile.TemporaryFile() as file:
        size = file.truncate(1 << 20)
        reader = threading.Thread(target=read_late, args=(right, seconds, size))
        reader.start()
        sent = os.sendfile(left.fileno(), file.fileno(), 0, size)
        reader.join()
        return sent == size


# ---- all at once ----

def host_gevent():
    import gevent

    def run(work, count):
        greenlets = [gevent.spawn(work) for _ in range(count)]
        gevent.joinall(greenlets, raise_error=True)
        return [greenlet.value for greenlet in greenlets]
    return run


def host_eventlet():
    import eventlet

    def run(work, count):
        return [greenlet.wait() for greenlet in [eventlet.spawn(work) for _ in range(count)]]
    return run


def main():
    host, name, count, seconds = sys.argv[1:]
    wait, count, seconds = globals()[name], int(count), float(seconds)
    run = globals()[f"host_{host}"]()
    wait(min(seconds, 0.01))  # imports and first-time costs are not what is measured
    results = []
    timing("all", elapsed(lambda: results.extend(run(lambda: wait(seconds), count))))
    fact(name, "right" if results == [True] * count else results)


if __name__ == "__main__":  # patching.py takes the waits alone
    main()
