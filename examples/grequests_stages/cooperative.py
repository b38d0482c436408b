"""cooperative.py: pyOpenSSL connections that wait through gevent's hub.

The sockets below are gevent's and do not block: where pyOpenSSL's methods would wait, they raise
WantReadError. Here they wait for the socket in the hub and try again, so that other greenlets run.

These are subclasses, because pyOpenSSL looks connections up in a table of the class that it finds
under the name OpenSSL.SSL.Connection: a class that wraps one has to bring that table along.
"""

from OpenSSL import SSL
from gevent.socket import wait_read, wait_write


def waiting(method):
    """A method of SSL.Connection that leaves the thread to other greenlets while it waits."""

    def call(self, *args, **named):
        while True:
            try:
                return method(self, *args, **named)
            except SSL.WantReadError:
                wait_read(self.fileno(), self.gettimeout())
            except SSL.WantWriteError:
                wait_write(self.fileno(), self.gettimeout())

    return call


class Connection(SSL.Connection):
    """Whoever wrote this thought of recv. Python 3 reads HTTP answers by recv_into."""

    do_handshake = waiting(SSL.Connection.do_handshake)
    recv = waiting(SSL.Connection.recv)
    send = waiting(SSL.Connection.send)


class ConnectionWithRecvInto(Connection):
    recv_into = waiting(SSL.Connection.recv_into)
