"""Places to wait in: each can wait for long, and afterwards shows that it still works.

    place = NAME(sleep)     sleep: lets other greenlets run for some seconds
    place.wait()            waits for LONG_S, unless it is cancelled
    place.works()           whether the same thing can be used again
    place.close()
"""

import _thread
import ctypes
import io
import os
import queue
import select
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from facts import address, mysql_connect, postgres_connect

LONG_S = 3


class Place:
    def __init__(self, sleep):
        self.sleep = sleep
        self.open()

    def open(self):
        pass

    def close(self):
        pass


class Pair(Place):
    """A connection whose other side is silent."""

    def open(self):
        self.left, self.right = socket.socketpair()

    def close(self):
        self.left.close()
        self.right.close()

    def works(self):
        self.right.send(b"x")
        self.left.settimeout(LONG_S)
        return self.left.recv(2) == b"x"


class time_sleep(Place):
    def wait(self):
        time.sleep(LONG_S)

    def works(self):
        time.sleep(0.01)
        return True


class socket_recv(Pair):
    def wait(self):
        self.left.recv(1)


class socket_recv_timeout(Pair):
    def wait(self):
        self.left.settimeout(LONG_S)
        self.left.recv(1)


class socket_send(Pair):
    """More than the buffers take; what was sent is there to be read."""

    def wait(self):
        self.left.settimeout(LONG_S)
        self.left.sendall(bytes(10_000_000))

    def works(self):
        got = self.right.recv(1000)
        return set(got) == {0}


class socket_accept(Place):
    def open(self):
        self.listener = socket.create_server(("127.0.0.1", 0))

    def wait(self):
        self.listener.accept()

    def works(self):
        with socket.create_connection(self.listener.getsockname()):
            self.listener.accept()[0].close()
        return True

    def close(self):
        self.listener.close()


class pipe_read(Place):
    def open(self):
        self.out, self.into = os.pipe()

    def wait(self):
        os.read(self.out, 1)

    def works(self):
        os.write(self.into, b"x")
        return os.read(self.out, 2) == b"x"

    def close(self):
        os.close(self.out)
        os.close(self.into)


libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.fgets.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
libc.clearerr.argtypes = libc.fclose.argtypes = [ctypes.c_void_p]


class c_fgets(Place):
    """A stream of the C library, over a pipe."""

    def open(self):
        out, self.into = os.pipe()
        self.stream = libc.fdopen(out, b"r")

    def read(self):
        text = ctypes.create_string_buffer(8)
        libc.fgets(text, 8, self.stream)
        return text.value

    def wait(self):
        self.read()

    def works(self):
        libc.clearerr(self.stream)
        os.write(self.into, b"x\n")
        return self.read() == b"x\n"

    def close(self):
        libc.fclose(self.stream)
        os.close(self.into)


class os_sendfile(Pair):
    """More than the buffers take."""

    def wait(self):
        with tempfile.TemporaryFile() as file:
            size = file.truncate(10_000_000)
            sent = 0
            while sent < size:
                sent += os.sendfile(self.left.fileno(), file.fileno(), sent, size - sent)

    def works(self):
        return set(self.right.recv(1000)) == {0}


class select_poll(Pair):
    def wait(self):
        poller = select.poll()
        poller.register(self.left, select.POLLIN)
        poller.poll(LONG_S * 1000)


class select_select(Pair):
    def wait(self):
        select.select([self.left], [], [], LONG_S)


class select_epoll(Pair):
    def wait(self):
        with select.epoll() as poller:
            poller.register(self.left, select.EPOLLIN)
            poller.poll(LONG_S)


class Tls(Place):
    def open(self):
        self.context = ssl.create_default_context(cafile=os.environ["CA"])
        self.connection = None

    def connect(self):
        plain = socket.create_connection(address("HTTPS"))
        self.connection = self.context.wrap_socket(plain, server_hostname="localhost")

    def works(self):
        """A cancelled SSL_read or SSL_write leaves its connection unusable: a new one."""
        self.close()
        self.connect()
        self.connection.sendall(b"GET /bytes/10 HTTP/1.0\r\n\r\n")
        return self.connection.recv(8) == b"HTTP/1.1"

    def close(self):
        if self.connection:
            self.connection.close()


class ssl_read(Tls):
    def wait(self):
        self.connect()
        self.connection.sendall(f"GET /delay/{LONG_S} HTTP/1.0\r\n\r\n".encode())
        self.connection.recv(1)


class ssl_handshake(Tls):
    """The server takes the connection and says nothing."""

    def wait(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.connection = socket.create_connection(listener.getsockname())
            self.context.wrap_socket(self.connection, server_hostname="localhost")


class postgres(Place):
    def connect(self):
        return postgres_connect("unix")

    def open(self):
        self.connection = self.connect()

    def wait(self):
        self.connection.cursor().execute(f"SELECT pg_sleep({LONG_S})")

    def works(self):
        """The client library may give up a connection in which a call failed: a new one."""
        self.connection.close()
        self.connection = self.connect()
        cursor = self.connection.cursor()
        cursor.execute("SELECT 7")
        return cursor.fetchone()[0] == 7

    def close(self):
        self.connection.close()


class mysql(postgres):
    def connect(self):
        return mysql_connect("tcp")

    def wait(self):
        self.connection.cursor().execute(f"SELECT SLEEP({LONG_S})")


class pycurl_perform(Place):
    def open(self):
        import pycurl
        self.handle = pycurl.Curl()
        self.handle.setopt(pycurl.URL, f"http://{os.environ['HTTP']}/delay/{LONG_S}")
        self.handle.setopt(pycurl.WRITEFUNCTION, io.BytesIO().write)
        self.pycurl = pycurl

    def wait(self):
        self.handle.perform()

    def works(self):
        self.handle.setopt(self.pycurl.URL, f"http://{os.environ['HTTP']}/bytes/10")
        self.handle.perform()
        return self.handle.getinfo(self.pycurl.RESPONSE_CODE) == 200

    def close(self):
        self.handle.close()


class subprocess_wait(Place):
    def open(self):
        self.child = subprocess.Popen(["sleep", str(LONG_S)])

    def wait(self):
        self.child.wait()

    def works(self):
        self.child.kill()
        return self.child.wait() == -9

    def close(self):
        self.child.kill()
        self.child.wait()


class subprocess_communicate(Place):
    """Python kills nobody then; who cancels must."""

    def open(self):
        self.child = subprocess.Popen(
            ["sleep", str(LONG_S)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait(self):
        self.child.communicate()

    def works(self):
        self.child.kill()
        return self.child.communicate() == (b"", b"")

    def close(self):
        self.child.kill()
        self.child.communicate()


class lock_timeout(Place):
    """The one that was cancelled must not have it."""

    def open(self):
        self.lock = threading.Lock()

    def wait(self):
        self.lock.acquire()
        self.lock.acquire(timeout=LONG_S)

    def works(self):
        self.lock.release()
        return self.lock.acquire(timeout=0.5)


class lock_acquire(Place):
    """Released by another thread after a while: in a thread that is not the main one a wait without
    a limit can be cancelled only then."""

    def open(self):
        self.lock, self.released = threading.Lock(), []
        self.lock.acquire()
        _thread.start_new_thread(self.release, ())

    def release(self):
        time.sleep(0.2)
        self.lock.release()
        self.released.append(True)

    def wait(self):
        with self.lock:
            time.sleep(LONG_S)

    def works(self):
        while not self.released:
            self.sleep(0.01)
        return self.lock.acquire(timeout=0.5)


class event_wait(Place):
    def open(self):
        self.event = threading.Event()

    def wait(self):
        self.event.wait(LONG_S)

    def works(self):
        self.event.set()
        return self.event.wait()


class queue_get(Place):
    def open(self):
        self.queue = queue.Queue()

    def wait(self):
        self.queue.get(timeout=LONG_S)

    def works(self):
        self.queue.put(7)
        return self.queue.get(timeout=LONG_S) == 7


class getaddrinfo(Place):
    """The resolver is a slow one: SLOW_RESOLVER_MS says how slow."""

    def wait(self):
        for _ in range(3):
            socket.getaddrinfo("host-7", 80)

    def works(self):
        return bool(socket.getaddrinfo("host-8", 80))
