"""Speaks HTTP with a server of its own, in which $SECRET is wherever it may be; and through TLS with the
one at $TLS_PORT, if there is one. Between two requests a body looks like one."""

import http.client
import os
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["SECRET"]
LIKE_A_REQUEST = b"GET /planted HTTP/1.1\r\n\r\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(404 if "/missing" in self.path else 200, SECRET)
        self.send_header("Set-Cookie", SECRET)
        body = (SECRET + "HTTP/1.1 299 planted").encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PLANTED = answer

    def log_message(self, *_):
        pass


def ask(connection, method, path, body=None):
    connection.request(method, path, body, {"Authorization": SECRET, "Cookie": f"k={SECRET}"})
    connection.getresponse().read()


def ask_in_parts(port):
    """The body follows after an answer of 1xx."""
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(LIKE_A_REQUEST))
        raw.recv(1000)
        raw.sendall(LIKE_A_REQUEST)
        while raw.recv(1000):
            pass


def ask_by_tls(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
    ask(connection, "GET", f"/delay/0.01?key={SECRET}")
    connection.close()


def main():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        ask(connection, "GET", f"/users/{SECRET}/orders?key={SECRET}#{SECRET}")
        ask(connection, "POST", f"/login;jsession={SECRET}", SECRET * 100)
        ask(connection, "GET", f"http://user:{SECRET}@localhost/missing")
        ask(connection, "PLANTED", "/method")
        connection.close()
        ask_in_parts(server.server_port)
        server.shutdown()
    if os.environ.get("TLS_PORT"):
        ask_by_tls(int(os.environ["TLS_PORT"]))


main()
