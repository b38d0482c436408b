"""Processes, threads, signals and ends of a program with greenlets. Nothing is monkey-patched
unless the case says so. What a case prints is the same with and without help.

    processes.py CASE
"""

import atexit
import multiprocessing
import multiprocessing.resource_tracker
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import gevent
import gevent.socket

from facts import elapsed, fact, fails_with, run_case


def all_of(*functions):
    greenlets = [gevent.spawn(function) for function in functions]
    gevent.joinall(greenlets, timeout=20, raise_error=True)
    return [greenlet.value for greenlet in greenlets]


def exit_of(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# ---- fork ----

def in_child(work):
    """Runs it in a forked child; returns the child's exit code."""
    child = os.fork()
    if child:
        return exit_of(child)
    code = 99
    try:
        code = work()
    finally:
        os._exit(code)


def sleeps_twice():
    """A child that goes on with its hub: two sleeps of two greenlets."""
    gevent.reinit()
    return len(all_of(lambda: time.sleep(0.02), lambda: time.sleep(0.02)))


def echoes():
    """A child that knows nothing of greenlets, forked out of one."""
    left, right = socket.socketpair()
    left.send(b"abc")
    time.sleep(0.02)
    return len(right.recv(10))


def fork_in_greenlet():
    """A child whose hub runs has all greenlets that its parent has: of the first there are four,
    and it must not run them."""
    fact("forked by greenlets", all_of(*[lambda: in_child(echoes)] * 4))
    fact("with a hub", all_of(lambda: in_child(sleeps_twice)), in_child(sleeps_twice))
    fact("afterwards", all_of(lambda: time.sleep(0.01), echoes))


def fork_beside_waits():
    """The child shares the parent's epoll; what waits in the parent must not suffer."""
    left, right = socket.socketpair()

    def wait():
        return left.recv(10)

    def fork():
        codes = [in_child(echoes) for _ in range(5)]
        right.send(b"late")
        return codes
    if "greq" in os.environ.get("LD_PRELOAD", ""):
        waited, codes = all_of(wait, fork)
    else:
        codes, waited = all_of(fork, wait)
    fact("forked beside a wait", waited, codes)


def twice(number):
    time.sleep(0.01)
    return 2 * number


def with_multiprocessing():
    def process(method):
        context = multiprocessing.get_context(method)
        child = context.Process(target=time.sleep, args=(0.01,))
        child.start()
        child.join()
        return child.exitcode

    def pool():
        with multiprocessing.get_context("fork").Pool(2) as workers:
            return workers.map(twice, range(5))
    fact("multiprocessing", all_of(lambda: process("fork"), lambda: process("spawn"), pool))
    multiprocessing.resource_tracker._resource_tracker._stop()  # it would end a little after us


def with_subprocess():
    def through():
        return subprocess.run(["cat"], input=b"text" * 50000, capture_output=True,
                              check=True).stdout == b"text" * 50000

    def too_long():
        return fails_with(lambda: subprocess.run(["sleep", "5"], timeout=0.05, check=True))

    def shell():
        return subprocess.getoutput("echo hi; sleep 0.01"), os.system("sleep 0.01; exit 3") >> 8

    def piped():
        with os.popen("sleep 0.02; echo popen") as pipe:
            return pipe.read()
    fact("subprocess", all_of(through, through, too_long, shell, piped))


# ---- signals ----

def signal_handlers():
    """Handlers that wait themselves, while greenlets wait."""
    seen = []
    left, right = socket.socketpair()

    def sleeps(number, frame):
        time.sleep(0.01)
        seen.append("slept")

    def receives(number, frame):
        right.send(b"x")
        seen.append(left.recv(1))
    signal.signal(signal.SIGALRM, sleeps)
    signal.signal(signal.SIGUSR1, receives)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.03)

    def work():
        for _ in range(10):
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(0.01)
        return "done"
    results = all_of(work, work, work)
    signal.setitimer(signal.ITIMER_REAL, 0)
    time.sleep(0.02)
    fact("handlers", results, seen.count(b"x") >= 10, "slept" in seen)


def signal_exception():
    """An exception of a handler ends the wait of whoever it interrupted, in the main thread."""
    class Alarm(Exception):
        pass

    def handler(number, frame):
        raise Alarm
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    fact("a handler's exception", fails_with(time.sleep, 2))
    left, _right = socket.socketpair()
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    fact("in recv", fails_with(left.recv, 1))
    fact("afterwards", all_of(lambda: time.sleep(0.01)))


def signals_wake():
    """As PEP 475 has it: a wait goes on after a handler."""
    seen = []
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    fact("slept on", elapsed(time.sleep, 0.1) >= 0.1, seen == [signal.SIGALRM])


# ---- ends ----

def parked(seconds=60):
    gevent.spawn(time.sleep, seconds)
    left, right = socket.socketpair()
    gevent.spawn(lambda: (left.recv(1), right))
    return left, right


def start_parked():
    """Greenlets that would wait for ever, and have begun to where they do not block all others."""
    kept = parked()
    if "greq" in os.environ.get("LD_PRELOAD", ""):
        gevent.sleep(0.02)
    return kept


def exit_with_parked():
    kept = start_parked()
    atexit.register(lambda: (time.sleep(0.02), fact("atexit waited")))
    fact("ends", len(kept))


def sys_exit_in_greenlet():
    atexit.register(fact, "atexit")

    def work():
        time.sleep(0.01)
        sys.exit(5)
    gevent.spawn(work)
    fact("exit:", fails_with(gevent.sleep, 1))
    code = subprocess.run([sys.executable, "-c", "import gevent, sys, time\n"
                           "def work():\n time.sleep(0.01)\n sys.exit(5)\n"
                           "gevent.spawn(work)\ngevent.sleep(1)"], check=False).returncode
    fact("exit code", code)


def os_exit_with_parked():
    kept = start_parked()
    fact("ends at once", len(kept))
    os._exit(0)


def daemon_threads():
    """They wait while the interpreter ends, with and without a hub of their own."""
    def without_hub():
        while True:
            time.sleep(0.001)

    def with_hub():
        gevent.spawn(time.sleep, 60)
        while True:
            gevent.sleep(0.001)
            time.sleep(0.001)
    for target in [without_hub, with_hub] * 3:
        threading.Thread(target=target, daemon=True).start()
    kept = start_parked()
    time.sleep(0.05)
    fact("daemons", threading.active_count(), len(kept))


# ---- threads ----

def threads_with_hubs():
    def run(results, number):
        results[number] = sum(all_of(*[lambda: echoes()] * 5))
    results = [0] * 4
    threads = [threading.Thread(target=run, args=(results, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fact("threads with hubs", results)


def threads_without_hubs():
    results = []
    threads = [threading.Thread(target=lambda: results.append(echoes())) for _ in range(4)]
    for thread in threads:
        thread.start()
    all_of(echoes, echoes)
    for thread in threads:
        thread.join()
    fact("threads without hubs", results)


def thread_pool():
    """gevent's own: what it runs must block its thread, not the greenlets."""
    pool = gevent.get_hub().threadpool
    jobs = [pool.spawn(echoes) for _ in range(5)]
    fact("thread pool", [job.get() for job in jobs], pool.apply(twice, (4,)))
    fact("own resolver", all_of(lambda: gevent.socket.getaddrinfo("localhost", 80)[0][4][1]))


# ---- sockets that are shared, and closed ----

def second_reader():
    left, right = socket.socketpair()

    def read():
        return left.recv(1)

    def write():
        time.sleep(0.02)
        right.send(b"ab")
    fact("two readers", sorted(all_of(write, read, read)[1:]))


def hub_waits():
    """Callbacks run in the hub, which must not wait through itself."""
    done = []

    def callback():
        time.sleep(0.01)
        left, right = socket.socketpair()
        right.send(b"x")
        done.append(left.recv(1))
    gevent.get_hub().loop.run_callback(callback)
    timer = gevent.get_hub().loop.timer(0.01)
    timer.start(callback)
    gevent.sleep(0.1)
    fact("hub", done)


if __name__ == "__main__":  # multiprocessing imports this file
    run_case([fork_in_greenlet, fork_beside_waits, with_multiprocessing, with_subprocess,
              signal_handlers, signal_exception, signals_wake, exit_with_parked,
              sys_exit_in_greenlet, os_exit_with_parked, daemon_threads, threads_with_hubs,
              threads_without_hubs, thread_pool, second_reader, hub_waits])
