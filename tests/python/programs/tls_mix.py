"""Fifty good TLS requests among failing ones, all at once: each must end as it does alone. OpenSSL
keeps errors by thread, so that one greenlet could find another's.

    tls_mix.py ssl|pyopenssl
"""

import os
import socket
import ssl
import sys
import threading

import gevent
from OpenSSL import SSL

from facts import address, fact

GOOD, BAD_OF_EACH = 50, 10
REQUEST = b"GET /delay/0.02 HTTP/1.0\r\n\r\n"


# ---- by ssl ----

def ssl_request(server, name, ca):
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection(address(server)) as plain:
        with context.wrap_socket(plain, server_hostname=name) as connection:
            connection.sendall(REQUEST)
            return connection.recv(12)[9:].decode()


def ssl_outcome(server, name, ca):
    try:
        return ssl_request(server, name, ca)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except ssl.SSLError as error:
        return error.reason


# ---- by pyOpenSSL ----

def pyopenssl_request(server, name, ca):
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_PEER, lambda connection, certificate, error, depth, ok: bool(ok))
    context.load_verify_locations(ca or "/dev/null")
    with socket.create_connection(address(server)) as plain:
        connection = SSL.Connection(context, plain)
        connection.set_tlsext_host_name(name.encode())
        connection.set_connect_state()
        connection.do_handshake()
        connection.sendall(REQUEST)
        return connection.recv(12)[9:].decode()


def pyopenssl_outcome(server, name, ca):
    try:
        return pyopenssl_request(server, name, ca)
    except SSL.Error as error:
        return error.args[0][0][2]


# ---- all at once ----

def greet(listener):
    """A server that speaks first, and no TLS. It is a thread, without greenlets."""
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"220 hello, this is no TLS\r\n")
            connection.recv(10000)


def kinds(ca, empty):
    yield from [("good", "HTTPS", "localhost", ca)] * GOOD
    for _ in range(BAD_OF_EACH):
        yield "expired", "EXPIRED", "localhost", ca
        yield "unknown", "HTTPS", "localhost", empty
        yield "plain text", "GREETER", "localhost", ca


def spread(items):
    """The bad ones among the good ones, in the same way in every run."""
    return [item for start in range(7) for item in items[start::7]]


def main():
    outcome = {"ssl": ssl_outcome, "pyopenssl": pyopenssl_outcome}[sys.argv[1]]
    ca = os.environ["CA"]
    other = os.environ["DATABASE_CA"]  # which has signed nothing that is asked here
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    os.environ["GREETER"] = "127.0.0.1:%d" % listener.getsockname()[1]
    threading.Thread(target=greet, args=(listener,), daemon=True).start()
    wanted = spread(list(kinds(ca, other)))
    for _ in range(2):
        greenlets = [(kind, gevent.spawn(outcome, *rest)) for kind, *rest in wanted]
        gevent.joinall([greenlet for _, greenlet in greenlets], raise_error=True)
        outcomes = [(kind, greenlet.value) for kind, greenlet in greenlets]
        for line in sorted(set(outcomes)):
            fact(*line, outcomes.count(line))


main()
