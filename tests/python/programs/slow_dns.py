"""Names looked up at once by the system's resolver, whose only server takes a second for each.

    slow_dns.py COUNT

It runs where it is root over a network and a resolv.conf of its own (unshare -rmn): nobody outside
sees any of it.
"""

import fcntl
import os
import socket
import struct
import sys
import threading

import gevent

from facts import elapsed, fact, timing

DELAY_S = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def raise_loopback():
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def answer(question):
    """One address, 127.0.0.N for the name host-N; none of IPv6."""
    end = 12
    while question[end]:
        end += 1 + question[end]
    kind = struct.unpack(">H", question[end + 1:end + 3])[0]
    number = int(question[13:13 + question[12]].decode().removeprefix("host-"))
    record = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 0, 4, 127, 0, 0, number)
    count = 1 if kind == 1 else 0
    return (question[:2] + struct.pack(">HHHHH", 0x8180, 1, count, 0, 0) + question[12:end + 5]
            + record * count)


def serve(server):
    """In a thread without greenlets."""
    while True:
        question, client = server.recvfrom(512)
        threading.Timer(DELAY_S, server.sendto, (answer(question), client)).start()


def look_up(number):
    return socket.getaddrinfo(f"host-{number}.test", 80, socket.AF_INET)[0][4][0]


def main():
    count = int(sys.argv[1])
    raise_loopback()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    greenlets = [gevent.spawn(look_up, number) for number in range(1, count + 1)]
    timing("all", elapsed(lambda: gevent.joinall(greenlets, raise_error=True)))
    fact(*(greenlet.value for greenlet in greenlets))
    os._exit(0)  # without waiting for the timers of questions that were asked twice


main()
