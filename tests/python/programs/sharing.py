"""Greenlets of one thread share what was made for threads. Nothing is monkey-patched.

    sharing.py CASE
"""

import io
import os
import queue
import socket
import sys
import tempfile
import threading
import time

import gevent

from facts import fact, postgres_connect, run_case

PAUSE_S = 0.02


def all_of(*functions):
    greenlets = [gevent.spawn(function) for function in functions]
    gevent.joinall(greenlets, timeout=10, raise_error=True)
    return [greenlet.value for greenlet in greenlets]


class Inside:
    """How many were in a section at once."""

    def __init__(self):
        self.now = self.most = self.count = 0

    def visit(self):
        self.now += 1
        self.most = max(self.most, self.now)
        time.sleep(PAUSE_S)
        self.now -= 1
        self.count += 1


def lock_over_sleep():
    lock, inside = threading.Lock(), Inside()

    def work():
        for _ in range(3):
            with lock:
                inside.visit()
    all_of(*[work] * 5)
    fact("lock: at once", inside.most, "in all", inside.count, "left locked", lock.locked())


def lock_from_a_thread():
    """The lock's owner is another thread; greenlets wait for it, and others go on."""
    lock, ticks = threading.Lock(), []

    def hold():
        with lock:
            held.set()
            time.sleep(0.3)

    def tick():
        for _ in range(5):
            time.sleep(0.01)
            ticks.append(lock.locked())
    held = threading.Event()
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()

    def take():
        with lock:
            return True
    taken = all_of(take, take, tick)[:2]
    thread.join()
    fact("lock of a thread: taken", taken, "others meanwhile", ticks)


def lock_tries():
    lock = threading.Lock()

    def hold():
        with lock:
            time.sleep(0.2)

    def try_it():
        start = time.monotonic()
        tries = [lock.acquire(False), lock.acquire(timeout=0.05), lock.acquire(timeout=2)]
        lock.release()
        return tries, time.monotonic() - start < 1
    fact("lock tries", all_of(hold, try_it)[1])


def condition():
    ready, items, got = threading.Condition(), [], []

    def consume():
        for _ in range(5):
            with ready:
                ready.wait_for(lambda: items)
                got.append(items.pop(0))

    def produce():
        for number in range(10):
            time.sleep(0.005)
            with ready:
                items.append(number)
                ready.notify()
    all_of(consume, consume, produce)
    fact("condition", sorted(got), "left", items)


def queues():
    narrow, got = queue.Queue(maxsize=1), []

    def produce(start):
        for number in range(start, start + 5):
            narrow.put(number)

    def consume():
        for _ in range(10):
            got.append(narrow.get())
            narrow.task_done()
            time.sleep(0.002)
    all_of(lambda: produce(0), lambda: produce(5), consume, narrow.join)
    fact("queue", sorted(got), "left", narrow.qsize())


def event_semaphore_barrier():
    event, semaphore, barrier, inside = (
        threading.Event(), threading.Semaphore(2), threading.Barrier(4), Inside())

    def work():
        event.wait()
        with semaphore:
            inside.visit()
        return barrier.wait()

    def start():
        time.sleep(PAUSE_S)
        event.set()
    places = all_of(*[work] * 4, start)[:4]
    fact("semaphore: at once", inside.most, "in all", inside.count, "barrier", sorted(places))


def rlock():
    """Its owner is the thread, so that two greenlets may both be in."""
    lock, inside = threading.RLock(), Inside()

    def work():
        for _ in range(3):
            with lock, lock:
                inside.visit()
    all_of(*[work] * 4)
    fact("rlock: at once", inside.most, "in all", inside.count)


def postgres_connection():
    """psycopg2 locks a connection while a query runs."""
    connection, ticks = postgres_connect("unix"), []

    def query(number):
        cursor = connection.cursor()
        cursor.execute(f"SELECT pg_sleep(0.05), {number}")
        return cursor.fetchone()[1]

    def tick():
        for _ in range(10):
            time.sleep(0.01)
            ticks.append(1)
    start = time.monotonic()
    results = all_of(*[lambda n=number: query(n) for number in range(6)], tick)[:6]
    fact("one connection:", results, "one after another", time.monotonic() - start >= 0.3,
         "others", len(ticks))


def one_file():
    """A buffered file knows its user by the thread, and refuses the same one twice. The pipe is
    full, so that every write waits."""
    out, into = os.pipe()
    lines, size = 20, 10000

    def write(letter):
        for _ in range(lines):
            file.write(letter * size)

    def read():
        got = 0
        while got < 3 * lines * size:
            got += len(os.read(out, 65536))
            time.sleep(0.001)
        return got

    thread = threading.Thread(target=read)  # it must also end without greenlets
    thread.start()
    with io.open(into, "wb", buffering=4096) as file:
        all_of(lambda: write(b"a"), lambda: write(b"b"), lambda: write(b"c"))
    thread.join()
    os.close(out)
    fact("one file: written by three")


def one_import():
    """A module that waits while it is imported, imported by two."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/slow_module.py", "w", encoding="ascii") as module:
            module.write("import time\ntime.sleep(0.05)\nvalue = 7\n")
        sys.path.insert(0, folder)

        def load():
            import slow_module
            return getattr(slow_module, "value", "half a module")
        fact("one import:", all_of(load, load, load))


def closed_meanwhile():
    """Who waits for a socket that is closed by another is not left waiting."""
    left, right = socket.socketpair()
    out, into = os.pipe()
    listener = socket.create_server(("127.0.0.1", 0))

    def outcome(function, *arguments):
        try:
            return function(*arguments) or "nothing"
        except OSError:
            return "nothing"

    def close():
        time.sleep(PAUSE_S)
        left.close()
        listener.close()
        os.close(into)
    fact("closed:", all_of(lambda: outcome(left.recv, 1), lambda: outcome(listener.accept),
                           lambda: outcome(os.read, out, 1), close)[:3])
    right.close()


def poll_after_close():
    """The number is somebody else's when it is waited for again."""
    for _ in range(20):
        left, right = socket.socketpair()
        with left, right:
            results = all_of(lambda: left.recv(1), lambda: right.send(b"x"))
    fact("numbers that change hands", results)


run_case([lock_over_sleep, lock_from_a_thread, lock_tries, condition, queues,
          event_semaphore_barrier, rlock, postgres_connection, one_file, one_import,
          closed_meanwhile, poll_after_close])
