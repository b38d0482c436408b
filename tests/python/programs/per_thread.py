"""What is kept per thread is each greenlet's own, over the waits of C code that knows no greenlets.

    per_thread.py CASE gevent|eventlet [LIBRARY]
"""

import ctypes
import sys

import greenlets
from facts import fact, run_case

GREENLETS = 6
LC_ALL_MASK = 0x1FBF
GLOBAL_LOCALE = ctypes.c_void_p(-1).value

libc = ctypes.CDLL(None, use_errno=True)
for function in libc.newlocale, libc.uselocale:
    function.restype = ctypes.c_void_p
libc.uselocale.argtypes = [ctypes.c_void_p]


def tell(kind, work):
    """The results of work(index) in greenlets at once."""
    host, results = greenlets.named(kind), {}

    def run(index):
        results[index] = work(index)
    for greenlet in [host.spawn(run, index) for index in range(GREENLETS)]:
        host.wait(greenlet)
    fact([results[index] for index in range(GREENLETS)])


def wait(index):
    libc.usleep(1000 * (1 + index * 7 % 5))


def exceptions(kind, library):
    """C++ exceptions in flight; see tests/victims/cxx_plugin.cpp."""
    run = ctypes.CDLL(library).plugin_run
    run.argtypes, run.restype = [ctypes.c_void_p], ctypes.c_long
    tell(kind, run)


def locale(kind):
    """A library that writes its numbers in a locale of its own sets it and puts it back."""
    names = b"C", b"C.UTF-8"
    locales = [libc.newlocale(LC_ALL_MASK, name, None) for name in names]

    def work(index):
        before, right = libc.uselocale(None), 0
        for round in range(4):
            mine = (index + round) % 3
            if mine == 2:
                right += libc.uselocale(None) == before
                wait(index)
                continue
            libc.uselocale(locales[mine])
            wait(index)
            right += libc.uselocale(before) == locales[mine]
        return right, libc.uselocale(None) == before
    tell(kind, work)


def rounding(kind):
    """Upward is 0x800 and towards zero 0xc00 on x86; the control words go with the greenlet."""
    libm = ctypes.CDLL("libm.so.6")
    modes = [mode for mode in (0, 0x400, 0x800, 0xC00, 0x400000, 0x800000, 0xC00000)
             if libm.fesetround(mode) == 0]
    libm.fesetround(0)

    def work(index):
        right = 0
        for round in range(4):
            mode = modes[(index + round) % len(modes)]
            libm.fesetround(mode)
            wait(index)
            right += libm.fegetround() == mode
            libm.fesetround(0)
        return right
    tell(kind, work)


def error_numbers(kind):
    location = libc.__h_errno_location
    location.restype = ctypes.POINTER(ctypes.c_int)

    def work(index):
        right = 0
        for round in range(4):
            location()[0] = 1 + index
            wait(index + round)
            right += location()[0] == 1 + index
        return right
    tell(kind, work)


def addresses(kind):
    """inet_ntoa's result lies in the thread's memory until the next one."""
    libc.inet_ntoa.restype = ctypes.c_void_p
    libc.inet_ntoa.argtypes = [ctypes.c_uint32]

    def work(index):
        right = 0
        for round in range(4):
            text = libc.inet_ntoa(index + 1)
            wait(index + round)
            right += ctypes.string_at(text) == b"%d.0.0.0" % (index + 1)
        return right
    tell(kind, work)


def once(kind):
    """All come to one initialiser, which waits. It runs once, and nobody waits for ever."""
    control, runs = ctypes.c_int(0), []

    @ctypes.CFUNCTYPE(None)
    def initialise():
        runs.append(1)
        wait(1)
        runs.append(2)

    def work(index):
        libc.pthread_once(ctypes.byref(control), initialise)
        return list(runs)
    tell(kind, work)


run_case([exceptions, locale, rounding, error_numbers, addresses, once])
