"""Waits in the middle of libraries that keep something per thread, and yet must overlap, or must not.

    through.py CASE FOLDER KEEPER

FOLDER has the modules that are built for it. KEEPER is a library that keeps something per thread. It is loaded first: with one in the process,
whoever waits has its stack looked at.
"""

import ctypes
import os
import socket
import sys
import tempfile
import threading
import time

import gevent

from facts import fact, run_case

COUNT, PATIENCE_S = 4, 1.0


class Gatherer:
    """A server that answers when COUNT clients wait for it, or after a while. It tells how many did."""

    def __init__(self, answer):
        self.answer = answer
        self.waiting = self.at_once = 0
        self.all_are_waiting = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=COUNT)
        self.address = self.listener.getsockname()
        self.port = self.address[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            client.recv(65536)
            self.waiting += 1
            self.at_once = max(self.at_once, self.waiting)
            if self.waiting == COUNT:
                self.all_are_waiting.set()
            self.all_are_waiting.wait(PATIENCE_S)
            self.waiting -= 1
            client.sendall(self.answer)


def all_of(function):
    gevent.joinall([gevent.spawn(function, number) for number in range(COUNT)], raise_error=True)


def quietly(function, *arguments):
    """What the other side says is no matter here."""
    try:
        function(*arguments)
    except Exception:
        pass


def lxml_file():
    """libxml2 asks a Python object for the document, which waits for it."""
    from lxml import etree
    server = Gatherer(b"<a/>")

    class Document:
        def __init__(self):
            self.connection = socket.create_connection(server.address)
            self.connection.send(b"?")

        def read(self, size):
            return self.connection.recv(size)
    all_of(lambda number: etree.parse(Document()))
    fact("lxml from a file at once", server.at_once)


def lmdb_writers():
    """A writer waits in liblmdb for another one, whose greenlet has to go on."""
    import lmdb
    with tempfile.TemporaryDirectory() as folder:
        with lmdb.open(folder) as environment:
            def write(number):
                with environment.begin(write=True) as transaction:
                    time.sleep(0.01)
                    transaction.put(b"%d" % number, b"x")
            all_of(write)
            with environment.begin() as transaction:
                fact("lmdb", transaction.stat()["entries"])


def ldap_bind():
    import ldap
    server = Gatherer(b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0")
    all_of(lambda number: ldap.initialize(f"ldap://127.0.0.1:{server.port}").simple_bind_s("a", "b"))
    fact("ldap at once", server.at_once)


def kerberos():
    """The answer of the key distribution centre is none."""
    import gssapi
    server = Gatherer(b"\0\0\0\0")
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        config.write("[libdefaults]\n default_realm = X\n dns_lookup_kdc = false\n udp_preference_limit = 1\n"
                     f"[realms]\n X = {{\n  kdc = 127.0.0.1:{server.port}\n }}\n")
        config.flush()
        os.environ["KRB5_CONFIG"] = config.name

        def ask(number):
            name = gssapi.Name("user@X", gssapi.NameType.user)
            quietly(gssapi.raw.acquire_cred_with_password, name, b"password")
        all_of(ask)
    fact("kerberos at once", server.at_once)


def gnutls():
    """libgnutls waits for an answer to its greeting."""
    library = ctypes.CDLL("libgnutls.so.30")
    client, certificate = 2, 1
    server = Gatherer(b"no TLS")

    def shake_hands(number):
        session, credentials = ctypes.c_void_p(), ctypes.c_void_p()
        connection = socket.create_connection(server.address)
        library.gnutls_init(ctypes.byref(session), client)
        library.gnutls_certificate_allocate_credentials(ctypes.byref(credentials))
        library.gnutls_credentials_set(session, certificate, credentials)
        library.gnutls_set_default_priority(session)
        library.gnutls_transport_set_int2(session, connection.fileno(), connection.fileno())
        library.gnutls_handshake(session)
        library.gnutls_deinit(session)
        library.gnutls_certificate_free_credentials(credentials)
    all_of(shake_hands)
    fact("gnutls at once", server.at_once)


def pyopenssl():
    """libssl by way of cffi."""
    from OpenSSL import SSL
    server = Gatherer(b"no TLS")

    def shake_hands(number):
        connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD),
                                    socket.create_connection(server.address))
        connection.set_connect_state()
        quietly(connection.do_handshake)
    all_of(shake_hands)
    fact("pyopenssl at once", server.at_once)


def zmq_messages():
    import zmq
    server, context = Gatherer(b""), zmq.Context()

    def wait(number):
        """libzmq's own threads look to the connection; the greenlet waits for a message."""
        receiver, sender = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        receiver.bind(f"inproc://{number}")
        sender.connect(f"inproc://{number}")
        with socket.create_connection(server.address) as connection:
            connection.send(b"?")
            thread = threading.Thread(target=lambda: sender.send(connection.recv(1)))
            thread.start()
            receiver.recv()
            thread.join()
    all_of(wait)
    fact("zmq at once", server.at_once)


def wait_for(server):
    with socket.create_connection(server.address) as connection:
        connection.send(b"?")
        connection.recv(1)
    return 0


def ctypes_callback():
    server = Gatherer(b"!")
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

    def sort(number):
        items = (ctypes.c_int * 2)()
        ctypes.CDLL(None).qsort(items, 2, 4, kind(lambda left, right: wait_for(server)))
    all_of(sort)
    fact("ctypes at once", server.at_once)


def cffi_callback():
    import cffi
    server, ffi = Gatherer(b"!"), cffi.FFI()
    ffi.cdef("void qsort(void *, size_t, size_t, int (*)(const void *, const void *));")
    library = ffi.dlopen(None)

    def sort(number):
        compare = ffi.callback("int(const void *, const void *)", lambda left, right: wait_for(server))
        library.qsort(ffi.new("int[2]"), 2, 4, compare)
    all_of(sort)
    fact("cffi at once", server.at_once)


def plain():
    """Nothing but the interpreter."""
    server = Gatherer(b"!")
    all_of(lambda number: wait_for(server))
    fact("plain at once", server.at_once)


def keeper():
    """The library that keeps something per thread, and waits by itself."""
    server = Gatherer(b"!")

    def wait(number):
        with socket.create_connection(server.address) as connection:
            connection.send(b"?")
            library.wait_readable(connection.fileno())
    all_of(wait)
    fact("keeper at once", server.at_once)


def statics():
    """A module that waits with the interpreter's lock."""
    sys.path.insert(0, folder)
    import statics as module
    order = []

    def wait(number):
        order.append("in")
        module.name(number, int(PATIENCE_S * 1000))
        order.append("out")
    all_of(wait)
    fact("statics at once", order.index("out"))


library = ctypes.CDLL(sys.argv.pop())
folder = sys.argv.pop()
run_case((lxml_file, lmdb_writers, ldap_bind, kerberos, gnutls, pyopenssl, zmq_messages,
          ctypes_callback, cffi_callback, plain, keeper, statics))
