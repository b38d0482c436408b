"""Threads put into a queue that is full, and one takes from it 50 ms each; or one puts every 50 ms, and several wait
for that; or two threads take from it, which go on at once: that is one cause, and no pool besides; or put() of another queue.py, which can be full of nothing, waits until another thread has seen what it
puts. Usage: full_queue.py full | empty | taken | seen"""

import queue
import sys
import threading
import time

JOBS = 8
waited = []


def put_all(jobs, what=(1,) * (JOBS // 2), pause=0):
    for job in what:
        time.sleep(pause)
        begun = time.monotonic()
        jobs.put(job)
        waited.append(time.monotonic() - begun)


def take_all(jobs):
    while jobs.get():
        pass


def full():
    jobs = queue.Queue(1)
    putters = [threading.Thread(target=put_all, args=(jobs,)) for _ in range(2)]
    for putter in putters:
        putter.start()
    for _ in range(JOBS):
        time.sleep(0.05)
        jobs.get()
    return putters


def empty():
    jobs = queue.Queue(1)
    takers = [threading.Thread(target=take_all, args=(jobs,)) for _ in range(2)]
    for taker in takers:
        taker.start()
    for job in [1] * JOBS + [0] * 2:
        time.sleep(0.05)
        jobs.put(job)
    return takers


def take_slowly(jobs):
    while jobs.get():
        time.sleep(0.05)


def taken():
    jobs = queue.Queue(2)
    takers = [threading.Thread(target=take_slowly, args=(jobs,)) for _ in range(2)]
    putters = [threading.Thread(target=put_all, args=(jobs, (1,) * JOBS, 0.01)) for _ in range(2)]
    for thread in takers + putters:
        thread.start()
    for putter in putters:
        putter.join()
    put_all(jobs, (0, 0))
    return takers


class Outbox:
    def __init__(self):
        self.changed, self.sent, self.seen = threading.Condition(), 0, 0

    def put(self, _):
        with self.changed:
            self.sent += 1
            mine = self.sent
            while self.seen < mine:
                self.changed.wait()

    put.__code__ = put.__code__.replace(co_filename="/app/outbox/queue.py")


def seen():
    outbox = Outbox()
    putter = threading.Thread(target=put_all, args=(outbox,))
    putter.start()
    for _ in range(JOBS // 2):
        time.sleep(0.05)
        with outbox.changed:
            outbox.seen += 1
            outbox.changed.notify_all()
    return [putter]


for thread in {"full": full, "empty": empty, "taken": taken, "seen": seen}[sys.argv[1]]():
    thread.join()
print(f"~waited {sum(waited):.4f}")
