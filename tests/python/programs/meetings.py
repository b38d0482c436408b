"""Tasks of one thread in one connection, or in several: which of them is reported?

    meetings.py gevent|asyncio CASE ...

A connection's other end is a thread, which answers each line PAUSE_S later, in their order.
"""

import asyncio
import fcntl
import os
import queue
import select
import socket
import sys
import threading
import time

from facts import fact, fails_with, mysql_connect, postgres_connect

PAUSE_S = 0.05


def answer(peer):
    with peer, peer.makefile("rb") as lines:
        for line in lines:
            time.sleep(PAUSE_S)
            peer.sendall(line)


def connect(serve=answer):
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    peer, _ = listener.accept()
    listener.close()
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
    return client


def ask(connection, text=b"x\n"):
    connection.sendall(text)
    return connection.recv(len(text))


# ---- two that must not meet; each case returns what its tasks run ----

def both_receive():
    connection = connect()
    return [lambda: ask(connection)] * 2


def both_receive_in_time():
    connection = connect()
    connection.settimeout(5)  # Python waits in poll
    return [lambda: ask(connection)] * 2


def both_query():
    connection = mysql_connect("tcp")

    def query():
        try:
            connection.query("SELECT SLEEP(0.05)")
            connection.store_result()
        except Exception:  # what comes of it is the library's to say
            pass
    return [query] * 2


def one_takes():
    """The other one's answer, without having waited for it."""
    connection = connect()

    def take():
        while True:  # nobody else of the thread runs meanwhile
            try:
                return connection.recv(1, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
    return [lambda: ask(connection), take]


def one_watches_for_its_answer():
    connection = connect()

    def send_and_watch():
        connection.sendall(b"x\n")
        select.select([connection], [], [], 5)
    return [send_and_watch, lambda: ask(connection)]


# ---- innocents ----

def reader_and_writer():
    connection = connect()

    def read():
        for _ in range(3):
            connection.recv(2)

    def write():
        for _ in range(3):
            connection.sendall(b"x\n")
            time.sleep(PAUSE_S)
    return [read, write]


def heartbeat():
    """One asks, the other one sends something now and then that has no answer."""
    connection = connect(lambda peer: (time.sleep(4 * PAUSE_S), peer.sendall(b"x\n"), peer.recv(99), time.sleep(1)))

    def beat():
        for _ in range(2):
            time.sleep(PAUSE_S)
            connection.sendall(b"-")
    return [lambda: ask(connection), beat]


def multiplexed():
    """As in HTTP/2: one reads for all, who wait for their own answer elsewhere."""
    connection = connect()
    answers = {number: threading.Event() for number in b"abc"}

    def read():
        for _ in answers:
            answers[connection.recv(2)[0]].set()

    def request(number):
        connection.sendall(bytes([number]) + b"\n")
        answers[number].wait(5)
    return [read] + [lambda number=number: request(number) for number in answers]


def read_in_turns():
    """The same, where whoever comes first reads, with a lock."""
    connection, lock = connect(), threading.Lock()

    def request():
        with lock:
            ask(connection)
    return [request] * 3


def subscriber():
    """One listens for messages; another one changes what for."""
    connection = connect()

    def listen():
        while connection.recv(2) != b"z\n":
            pass

    def subscribe():
        for topic in b"yz":
            time.sleep(PAUSE_S)
            connection.sendall(bytes([topic]) + b"\n")
    return [listen, subscribe]


def watched_beside_questions():
    """One looks whether there are notifications, while another one asks and is answered."""
    connection = connect()
    is_over = threading.Event()

    def watch():
        while not is_over.is_set():
            select.select([connection], [], [], PAUSE_S / 5)
            time.sleep(PAUSE_S / 5)

    def question():
        ask(connection)
        is_over.set()
    return [watch, question]


def pool():
    """Each connection is one task's at a time."""
    free = queue.Queue()
    for _ in range(2):
        free.put(connect())

    def work():
        for _ in range(3):
            connection = free.get()
            ask(connection)
            free.put(connection)
    return [work] * 4


def after_one_that_gave_up():
    """A pool may hand on a connection whose last user did not wait for its answer."""
    connection = connect()
    free = queue.Queue()

    def give_up():
        connection.settimeout(PAUSE_S / 5)
        try:
            ask(connection)
        except TimeoutError:
            pass
        connection.settimeout(None)
        free.put(connection)
    return [give_up, lambda: ask(free.get())]


def locked_by_its_library():
    connection = postgres_connect()

    def query():
        cursor = connection.cursor()
        cursor.execute("SELECT pg_sleep(0.05)")
        cursor.fetchall()
    return [query] * 3


def jobs_in_a_pipe():
    read, write = os.pipe()

    def work():
        os.read(read, 1)

    def give():
        time.sleep(PAUSE_S)
        os.write(write, b"xx")
    return [work, work, give]


def several_accept():
    listener = socket.create_server(("127.0.0.1", 0))

    def open_two():
        time.sleep(PAUSE_S)
        for _ in range(2):
            socket.create_connection(listener.getsockname()).close()
    return [lambda: listener.accept()[0].close()] * 2 + [open_two]


def datagrams():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect(receiver.getsockname())
    receiver.connect(sender.getsockname())

    def send():
        time.sleep(PAUSE_S)
        sender.send(b"x")
        sender.send(b"x")
    return [lambda: receiver.recv(1)] * 2 + [send]


def a_number_again():
    """The descriptor of a connection that was closed beside its reader is another one's next."""
    first = connect()
    number = first.fileno()

    def read():
        first.sendall(b"x\n")
        fails_with(first.recv, 2)

    def next_one():
        os.close(first.detach())
        second = connect()
        assert number == second.fileno() or os.dup2(second.fileno(), number) == number
        ask(second)
    return [read, next_one]


def closed_and_taken(number, other):
    os.close(number)
    fcntl.fcntl(other, fcntl.F_DUPFD, number)


def closed_in_a_range(number, other):
    os.closerange(number, number + 1)
    fcntl.fcntl(other, fcntl.F_DUPFD, number)


def replaced(number, other):
    os.dup2(other, number)


def a_number_written_to():
    """A request that was sent under a number is none to the connection that has the number next."""
    def pair(hand_over):
        first, second = connect(), connect()
        number = first.fileno()

        def watch():
            first.sendall(b"x\n")
            hand_over(first.detach(), second.fileno())
            select.select([number], [], [], 5)

        def question():
            connection = socket.socket(fileno=number)
            ask(connection)
            connection.detach()
        return [watch, question]
    return pair(closed_and_taken) + pair(closed_in_a_range) + pair(replaced)


# ---- hosts ----

def in_gevent(tasks, patience):
    import gevent
    left = [each for each in gevent.joinall([gevent.spawn(task) for task in tasks], timeout=patience)
            if not each.ready()]
    gevent.killall(left, block=False)


def in_asyncio(tasks, patience):
    async def run(task):
        return task()

    async def main():
        await asyncio.wait([asyncio.create_task(run(task)) for task in tasks], timeout=patience)
    asyncio.run(main())


GUILTY = both_receive, both_receive_in_time, one_takes, one_watches_for_its_answer
INNOCENT = (reader_and_writer, heartbeat, multiplexed, read_in_turns, subscriber, watched_beside_questions, pool,
            after_one_that_gave_up, jobs_in_a_pipe, several_accept, datagrams, a_number_again, a_number_written_to)
run = {"gevent": in_gevent, "asyncio": in_asyncio}[sys.argv[1]]
for name in sys.argv[2:]:
    cases = {"guilty": GUILTY, "innocent": INNOCENT}.get(name) or [globals()[name]]
    for case in cases:
        # Whoever has lost an answer waits for ever.
        run(case(), 20 if case in INNOCENT else 20 * PAUSE_S)
fact("over")
sys.stdout.flush()
os._exit(0)
