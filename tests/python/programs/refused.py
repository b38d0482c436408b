"""One call of 0.2 s that must not be parked, beside a greenlet that it holds up.

    refused.py CASE FOLDER

FOLDER has the modules that are built for it.
"""

import ctypes
import os
import sys
import threading
import time

import gevent

from facts import run_case

PAUSE_S = 0.2


def beside(function):
    """Another greenlet is there to be held up."""
    gevent.joinall([gevent.spawn(time.sleep, 0.01), gevent.spawn(function)], raise_error=True)


def rlock():
    lock = threading.RLock()

    def work():
        with lock:
            time.sleep(PAUSE_S)
    beside(work)


def recursive_mutex():
    """As sqlite sleeps when its file is busy."""
    libc = ctypes.CDLL(None)
    mutex, attributes = ctypes.create_string_buffer(64), ctypes.create_string_buffer(16)
    recursive = 1

    def work():
        libc.pthread_mutexattr_init(attributes)
        libc.pthread_mutexattr_settype(attributes, recursive)
        libc.pthread_mutex_init(mutex, attributes)
        libc.pthread_mutex_lock(mutex)
        time.sleep(PAUSE_S)
        libc.pthread_mutex_unlock(mutex)
    beside(work)


def thread_start():
    """The new thread takes its time to begin."""
    class Late(threading.Thread):
        def _bootstrap_inner(self):
            time.sleep(PAUSE_S)
            super()._bootstrap_inner()
    beside(Late(target=lambda: None).start)


def initialiser():
    libc, control = ctypes.CDLL(None), ctypes.c_int(0)
    routine = ctypes.CFUNCTYPE(None)(lambda: time.sleep(PAUSE_S))
    beside(lambda: libc.pthread_once(ctypes.byref(control), routine))


def system():
    beside(lambda: os.system(f"sleep {PAUSE_S}"))


def standard_stream():
    """Standard input is a pipe that somebody writes to later."""
    beside(lambda: None)  # imports what it needs, which may take longer than the pause
    out, into = os.pipe()
    os.dup2(out, 0)
    threading.Timer(PAUSE_S, os.write, (into, b"x")).start()
    beside(lambda: os.read(0, 1))


def in_hub():
    def call_in_hub():
        gevent.get_hub().loop.run_callback(time.sleep, PAUSE_S)
        gevent.sleep(0.01)
    beside(call_in_hub)


def forked():
    child = os.fork()
    if not child:
        time.sleep(PAUSE_S)
        os._exit(0)
    os.waitpid(child, 0)


def forked_in_greenlet():
    beside(forked)


def thread_state():
    library = ctypes.CDLL(f"{folder}/libscopes_variable.so")
    beside(lambda: library.scope_nap(int(PAUSE_S * 1000)))


def holds_gil():
    sys.path.insert(0, folder)
    import statics
    beside(lambda: statics.name(1, int(PAUSE_S * 1000)))


def runtime_loop():
    import asyncio
    beside(lambda: asyncio.run(asyncio.sleep(PAUSE_S)))


def not_patched():
    beside(lambda: time.sleep(PAUSE_S))


folder = sys.argv.pop()
run_case((rlock, recursive_mutex, system, standard_stream, in_hub, forked_in_greenlet,
          thread_state, holds_gil, runtime_loop, not_patched, thread_start, initialiser))
