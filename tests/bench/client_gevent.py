"""client_gevent.py: the exchange with a greenlet of gevent's for each connection, in its own sockets. What it
takes beyond the others is Python's, too.

    client_gevent.py PORT CONNECTIONS ROUNDS
"""

import resource
import struct
import sys
import time

try:
    import gevent
    from gevent import socket
except ImportError:
    sys.exit(77)

MASK = 2**64 - 1


def receive(connection):
    data = connection.recv(8)
    while 0 < len(data) < 8:
        data += connection.recv(8 - len(data))
    return struct.unpack("=Q", data)[0]


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if receive(connection) != MASK:
        sys.exit("a wrong greeting")
    return connection


def converse(connection, number, rounds):
    for question in range(number << 32, (number << 32) + rounds):
        connection.sendall(struct.pack("=Q", question))
        if receive(connection) != question ^ MASK:
            sys.exit("a wrong answer")
    return rounds


def main():
    port, count, rounds = map(int, sys.argv[1:])
    connections = [connect(port) for _ in range(count)]
    used, start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    jobs = [gevent.spawn(converse, connection, number, rounds)
            for number, connection in enumerate(connections, 1)]
    gevent.joinall(jobs)
    now, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - start
    cpu = now.ru_utime - used.ru_utime + now.ru_stime - used.ru_stime
    if sum(job.value or 0 for job in jobs) != count * rounds:
        sys.exit("not all questions were answered")
    print(f"count={count * rounds} wall_s={wall:.9f} cpu_s={cpu:.6f}")


if __name__ == "__main__":
    main()
