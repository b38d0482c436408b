"""A server of one loop that is slow, and a client in another thread: what leaves every kind of record
that has to do with event loops, locks, HTTP and Python."""

import selectors
import socket
import threading
import time

CONNECTIONS, ROUNDS = 3, 3


def run_client(address):
    connections = [socket.create_connection(address) for _ in range(CONNECTIONS)]
    for _ in range(ROUNDS):
        for connection in connections:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        for connection in connections:
            connection.recv(100)
    for connection in connections:
        connection.close()


def serve(listener):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    answered = 0
    while answered < CONNECTIONS * ROUNDS:
        for key, _ in selector.select():
            if key.fileobj is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            question = key.fileobj.recv(100)
            time.sleep(0.002)  # nobody is served meanwhile
            key.fileobj.send(question)
            answered += 1


def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = threading.Thread(target=run_client, args=(listener.getsockname(),))
        client.start()
        serve(listener)
        client.join()


main()
