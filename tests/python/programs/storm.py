"""A mixed workload under random kills and timeouts: every one of them must come to the greenlet it
was meant for, once, and everything else must come out right.

    storm.py SEED STRIKES

Each worker makes one operation after another, for each of which it knows the right result. The
chaos strikes a random worker: kills it (a new one takes its number), or throws a Timeout of its own
into what it does.
"""

import contextlib
import gc
import os
import random
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import gevent

from facts import address, fact, mysql_connect, postgres_connect

WORKERS, LIMIT_S = 12, 40
random_of_chaos, random_of_work = random.Random(), random.Random()
shared_lock = threading.Lock()
context = ssl.create_default_context(cafile=os.environ["CA"])


class Strike(BaseException):
    """Meant for one worker in one operation."""

    def __init__(self, target):
        super().__init__(target)
        self.target = target


class Tally:
    def __init__(self):
        self.right = self.cancelled = self.killed = self.struck = 0
        self.wrong = []  # whatever must not be


tally = Tally()


# ---- the operations ----

def echo(left, right, number):
    text = f"{number}".encode() * 100
    left.sendall(text)
    got = b""
    while len(got) < len(text):
        got += right.recv(1000)
    return got == text


def over_sockets(number):
    """The one who answers is another greenlet, maybe to nobody any more."""
    left, right = socket.socketpair()
    with left, right:
        def answer():
            with right.dup() as other, contextlib.suppress(BrokenPipeError):
                time.sleep(0.005)
                other.sendall(f"answer {number}".encode())
        helper = gevent.spawn(answer)
        try:
            return left.recv(100) == f"answer {number}".encode()
        finally:
            helper.join()


def over_a_slow_socket(number):
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(0.01)
        try:
            left.recv(1)
        except TimeoutError:
            return echo(left, right, number)


def over_tls(number):
    with socket.create_connection(address("HTTPS")) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(f"GET /bytes/{100 + number % 100} HTTP/1.0\r\n\r\n".encode())
            answer = b""
            while part := connection.recv(1000):
                answer += part
    return answer.startswith(b"HTTP/1.1 200") or answer.startswith(b"HTTP/1.0 200")


def sleeping(number):
    start = time.monotonic()
    time.sleep(0.01)
    return time.monotonic() - start >= 0.009


def polling(number):
    left, right = socket.socketpair()
    with left, right:
        poller = select.poll()
        poller.register(left, select.POLLIN)
        nothing = poller.poll(5)
        right.send(b"x")
        return nothing == [] and len(poller.poll(1000)) == 1


def locking(number):
    with shared_lock:
        time.sleep(0.001)
        return shared_lock.locked()


def in_a_child(number):
    child = subprocess.Popen(["sleep", "0.01"])
    try:
        return child.wait() == 0
    finally:
        child.kill()
        child.wait()


def query(connection, text, number):
    try:
        cursor = connection.cursor()
        cursor.execute(text)
        return int(cursor.fetchone()[0]) == number
    finally:
        connection.close()


def in_postgres(number):
    return query(postgres_connect("unix"), f"SELECT {number}, pg_sleep(0.005)", number)


def in_mysql(number):
    return query(mysql_connect("unix"), f"SELECT {number}, SLEEP(0.005)", number)


OPERATIONS = [over_sockets, over_a_slow_socket, over_tls, sleeping, polling, locking, in_a_child,
              in_postgres, in_mysql]


# ---- workers and chaos ----

class Worker:
    def __init__(self, place):
        self.place = place
        self.operation = self.expected = None
        self.greenlet = gevent.spawn(self.run)

    def run(self):
        while not over.is_set():
            self.operate(random_of_work.choice(OPERATIONS), random_of_work.randrange(1 << 20))

    def operate(self, operation, number):
        """Every strike is seen here, in its worker, or not at all."""
        self.operation = operation.__name__
        try:
            result = operation(number)
            if result is True:
                tally.right += 1
            else:
                tally.wrong.append(f"{self.operation}: {result}")
        except Strike as strike:
            self.take(strike)
        except Exception as error:
            tally.wrong.append(f"{self.operation}: {error!r}")

    def take(self, strike):
        if strike.target is not self:
            tally.wrong.append(f"{self.operation}: struck by another's")
        if strike is not self.expected:
            tally.wrong.append(f"{self.operation}: struck twice, or late")
        self.expected = None
        tally.cancelled += 1


def strike_by_timeout(worker):
    """As gevent's timeouts do: thrown by the hub."""
    worker.expected = Strike(worker)
    timer = gevent.get_hub().loop.timer(0.0)
    timer.start(worker.greenlet.throw, worker.expected)
    gevent.sleep(0)
    gevent.sleep(0)


def strike_by_kill(worker):
    worker.greenlet.kill(timeout=10)
    if not worker.greenlet.dead:
        tally.wrong.append(f"{worker.operation}: not dead after a kill")
    elif not isinstance(worker.greenlet.value, gevent.GreenletExit):
        tally.wrong.append(f"{worker.operation}: killed, but {worker.greenlet.value!r}")
    tally.killed += 1


def rage(workers, strikes):
    for _ in range(strikes):
        gevent.sleep(random_of_chaos.uniform(0, 0.02))
        place = random_of_chaos.randrange(len(workers))
        if random_of_chaos.random() < 0.5:
            strike_by_kill(workers[place])
            workers[place] = Worker(place)
        elif workers[place].expected is None:
            strike_by_timeout(workers[place])
        tally.struck += 1


def descriptors():
    """Those of exceptions that are still held are not counted, nor the preload's own eventfds."""
    gc.collect()
    names = []
    for number in os.listdir("/proc/self/fd"):
        try:
            names.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            pass  # it was the listing's own
    return sum(name != "anon_inode:[eventfd]" for name in names)


def main():
    global over
    seed, strikes = int(sys.argv[1]), int(sys.argv[2])
    random_of_chaos.seed(seed)
    random_of_work.seed(seed + 1)
    signal.alarm(LIMIT_S)  # a hang is the death of the process
    over = threading.Event()
    for operation in OPERATIONS:
        assert operation(7), operation
    before = descriptors()

    workers = [Worker(place) for place in range(WORKERS)]
    rage(workers, strikes)
    over.set()
    gevent.joinall([worker.greenlet for worker in workers], timeout=10)
    for worker in workers:
        if not worker.greenlet.dead:
            tally.wrong.append(f"{worker.operation}: it hangs")
        elif worker.expected:
            tally.wrong.append(f"{worker.operation}: a strike was lost")
    del workers
    tell(seed, before)


def tell(seed, before):
    print(f"~right {tally.right}\n~cancelled {tally.cancelled}\n~killed {tally.killed}")
    fact("struck", tally.struck, "wrong", tally.wrong[:5])
    fact("all operations right", [operation(9) for operation in OPERATIONS] == [True] * 9)
    fact("locked", shared_lock.locked(), "descriptors left", descriptors() - before)
    fact("children running", children_running())
    print(f"~seed {seed}")


def children_running():
    """One that was killed in the middle of Popen() has not waited for its child."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    except ChildProcessError:
        return False


main()
