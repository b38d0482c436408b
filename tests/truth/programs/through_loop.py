"""Five requests on one connection, one after another, that a thread with a loop makes for the main thread, which computes
a little before each. Usage: through_loop.py HOW, by which that waits for the answer and asks again:
channel     it reads from a socketpair
condition   it waits until the loop lets it go
paced       the same, and it sleeps before each request"""

import os
import queue
import selectors
import socket
import sys
import threading
import time

COUNT, DELAY_S, COMPUTES_S, PAUSE_S = 5, 0.1, 0.01, 0.05

how = sys.argv[1]
woken, wakes = socket.socketpair()
told, tells = socket.socketpair()
answers = queue.SimpleQueue()


def loop():
    host, port = os.environ["TRUTH_SERVER"].split(":")
    server = socket.create_connection((host, int(port)))
    selector = selectors.DefaultSelector()
    selector.register(server, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is woken:
                if woken.recv(1) == b"e":
                    return
                server.send(f"GET /delay/{DELAY_S} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            elif server.recv(2048).endswith(b"}\n"):
                tells.send(b"a") if how == "channel" else answers.put(True)


def compute():
    until = time.process_time() + COMPUTES_S
    while time.process_time() < until:
        pass


def ask():
    if how == "paced":
        time.sleep(PAUSE_S)
    compute()
    start = time.monotonic()
    wakes.send(b"r")
    told.recv(1) if how == "channel" else answers.get()
    return time.monotonic() - start


def main():
    thread = threading.Thread(target=loop)
    thread.start()
    waited = [ask() for _ in range(COUNT)]
    wakes.send(b"e")
    thread.join()
    print(f"~waited {sum(waited):.6f}")


main()
