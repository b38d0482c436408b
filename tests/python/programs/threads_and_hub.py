"""Queues and pools between native threads and a hub, which rely on it that locks for threads switch
no greenlets. Nothing is monkey-patched.

    threads_and_hub.py CASE gevent|eventlet
"""

import concurrent.futures
import queue
import threading
import time

import greenlets
from facts import fact, run_case

GREENLETS = 6


def all_of(host, functions):
    results = [None] * len(functions)

    def run(index):
        results[index] = functions[index]()
    for greenlet in [host.spawn(run, index) for index in range(len(functions))]:
        host.wait(greenlet)
    return results


def starts(kind):
    """A pool that greenlets share is made by the first one; nobody meets it half made."""
    host, pool, work = greenlets.named(kind), [], queue.Queue()

    def serve():
        for answer, number in iter(work.get, None):
            answer.put(number * number)

    def ask(number):
        if not pool:
            for _ in range(8):
                thread = threading.Thread(target=serve)
                thread.start()
                pool.append(thread)
        size, answer = len(pool), queue.Queue()
        work.put((answer, number))
        return size, answer.get()
    fact("a pool of one's own", all_of(host, [lambda i=i: ask(i) for i in range(GREENLETS)]))
    for _ in pool:
        work.put(None)
    for thread in pool:
        thread.join()


def executor(kind):
    """The results are waited for, and others go on."""
    host = greenlets.named(kind)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        def ask(number):
            return pool.submit(lambda: (time.sleep(0.02), number)[1]).result()
        fact("executor", all_of(host, [lambda i=i: ask(i) for i in range(GREENLETS)]))


def tpool(kind):
    """eventlet's own pool: asked by many at once, ended while one waits for it, and made anew."""
    from eventlet import Event, tpool as pool
    host, order, started = greenlets.named(kind), [], Event()

    def ask(number):
        return pool.execute(lambda: (time.sleep(0.005), number)[1])

    def ask_late():
        started.send(None)
        order.append(("answer", pool.execute(lambda: (time.sleep(0.1), "late")[1])))

    def end():
        started.wait()
        pool.killall()
        order.append("ended")
    for _ in range(3):
        fact("tpool", all_of(host, [lambda i=i: ask(i) for i in range(GREENLETS)]))
        pool.killall()
    all_of(host, [ask_late, end])
    fact("ended meanwhile", order)
    fact("again", all_of(host, [lambda i=i: ask(i) for i in range(GREENLETS)]))


def threadpool(kind):
    import gevent
    host, pool = greenlets.named(kind), gevent.get_hub().threadpool

    def ask(number):
        return pool.apply(lambda: (time.sleep(0.005), number)[1])
    fact("threadpool", all_of(host, [lambda i=i: ask(i) for i in range(4 * GREENLETS)]))


def hand_over(kind):
    """A thread in the middle: everything passes two queues of one place each."""
    host, there, back, got = greenlets.named(kind), queue.Queue(1), queue.Queue(1), []

    def carry():
        for item in iter(there.get, None):
            back.put(item)
        back.put(None)
    thread = threading.Thread(target=carry)
    thread.start()
    sender = threading.Thread(target=lambda: [there.put(i) for i in [*range(40), None]])
    sender.start()
    all_of(host, [lambda: got.extend(iter(back.get, None)), lambda: time.sleep(0.001)])
    sender.join()
    thread.join()
    fact("hand over", got == list(range(40)))


run_case([starts, executor, tpool, threadpool, hand_over])
