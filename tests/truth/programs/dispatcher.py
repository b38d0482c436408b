"""A server whose main thread reads requests and gives each to one of three threads, to a queue of that thread's own. A
forked child asks. Usage: dispatcher.py HOW, which is
waiting   many clients at once: most wait in the server for their turn
in_turn   three clients, each of which asks again when it has its answer, and two that are answered at the end: nobody
          waits for a thread"""

import os
import queue
import selectors
import socket
import sys
import threading
import time

WORKERS, JOB_S, MORE_S = 3, 0.1, 0.02
JOBS = 24 if sys.argv[1] == "waiting" else 12
CLIENTS = JOBS if sys.argv[1] == "waiting" else WORKERS
LATER = 0 if sys.argv[1] == "waiting" else 2

idle, done, waiting, times = [], queue.SimpleQueue(), [], []
woken, wakes = socket.socketpair()


def work(jobs):
    while client := jobs.get():
        start = time.monotonic()
        time.sleep(JOB_S + len(times) % 3 * MORE_S)
        times.append((start, time.monotonic()))
        done.put((client, jobs))
        wakes.send(b"w")


def ask(address):
    clients = [socket.create_connection(address) for _ in range(CLIENTS + LATER)]
    selector = selectors.DefaultSelector()
    for client in clients:
        client.send(b"j" if client in clients[:CLIENTS] else b"l")
        selector.register(client, selectors.EVENT_READ)
    answers = 0
    while answers < JOBS + LATER:
        for key, _ in selector.select():
            key.fileobj.recv(1)
            answers += 1
            if answers + CLIENTS <= JOBS:
                key.fileobj.send(b"j")


def answer():
    woken.recv(JOBS)
    while not done.empty():
        client, jobs = done.get()
        client.send(b"a")
        idle.append(jobs)


def serve(listener):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    later = []
    while len(idle) < WORKERS or len(times) < JOBS:
        for key, _ in selector.select():
            if key.fileobj is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
            elif key.fileobj is woken:
                answer()
            elif asked := key.fileobj.recv(1):
                (waiting if asked == b"j" else later).append(key.fileobj)
            else:
                selector.unregister(key.fileobj)
        while waiting and idle:
            idle.pop(0).put(waiting.pop(0))
    for client in later:
        client.send(b"a")


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=JOBS)
    child = os.fork()
    if not child:
        ask(listener.getsockname())
        os._exit(0)
    idle.extend(queue.Queue() for _ in range(WORKERS))
    workers = list(idle)
    threads = [threading.Thread(target=work, args=(jobs,)) for jobs in workers]
    for thread in threads:
        thread.start()
    serve(listener)
    for jobs in workers:
        jobs.put(None)
    for thread in threads:
        thread.join()
    os.waitpid(child, 0)
    print(f"~busy {max(end for _, end in times) - min(start for start, _ in times):.6f}")
    print(f"~longest {max(end - start for start, end in times):.6f}")


main()
