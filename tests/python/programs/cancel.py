"""Cancels a wait in every form there is, and says for each what came out, and what still works.

    cancel.py gevent|eventlet PLACE [patched]

PLACE: a class of places.py. patched: gevent patches everything first, which shows how it must be.
"""

import _thread
import sys

start_thread = _thread.start_new_thread
SOON_S, SETTLE_S = 0.05, 0.02

host_name, place_name, *options = sys.argv[1:]
if options == ["patched"]:
    from gevent import monkey
    monkey.patch_all()

import subprocess  # after the patching

import gevent
import greenlets
import places
from facts import fact

host = greenlets.named(host_name)


class Mine(Exception):
    """What the program itself throws."""


class Watch:
    """What came out of a wait, and what else happened meanwhile."""

    def __init__(self):
        self.came, self.again = None, None
        self.finals = self.ticks = self.mistakes = 0
        self.over = False

    def mistaken(self):
        self.mistakes += 1

    def tick(self):
        while not self.over:
            host.sleep(0.01)
            self.ticks += 1

    def settle(self):
        """Whatever comes late, comes here."""
        try:
            for _ in range(3):
                host.sleep(SETTLE_S / 3)
                sum(i for i in range(1000))
        except BaseException as error:
            self.again = error

    def wait_in(self, place):
        """Keeps what comes out of the wait. An error of a C library is not to be acted on when the
        wait was cancelled: it is only how the library heard of it."""
        try:
            try:
                place.wait()
            except Exception as error:
                if isinstance(error, Mine):
                    raise
                self.mistaken()
            finally:
                self.finals += 1
        except BaseException as error:
            self.came = error
        self.settle()

    def tell(self, form, wanted, place):
        self.over = True
        came = "it" if self.came is wanted else repr(self.came)
        if isinstance(wanted, type) and isinstance(self.came, wanted):
            came = wanted.__name__
        fact(f"{form}: came {came}, then {self.again}, mistaken {self.mistakes}, "
             f"finally {self.finals}, others {'went on' if self.ticks >= 2 else 'stood still'}, "
             f"works {place.works()}")


# ---- the forms; each prints one line ----

def timeout_bare(watch, place):
    timeout = host.start_timeout(SOON_S)
    watch.wait_in(place)
    timeout.cancel()
    return timeout


def timeout_around(watch, place):
    """Comes out of the block, to whoever made it, as itself."""
    timeout = host.Timeout(SOON_S)
    try:
        with timeout:
            try:
                place.wait()
            except Exception:
                watch.mistaken()
            finally:
                watch.finals += 1
    except host.Timeout as error:
        watch.came = error
    watch.settle()
    return timeout


def timeout_swallowed(watch, place):
    with host.Timeout(SOON_S, False):
        try:
            place.wait()
        except Exception:
            watch.mistaken()
        finally:
            watch.finals += 1
    watch.settle()


def timeout_own_exception(watch, place):
    mine = Mine()
    with host.Timeout(SOON_S, mine):
        watch.wait_in(place)
    return mine


def timeout_inner_and_outer(watch, place):
    """Two at once: the inner one ends the wait, the outer one must not be taken for it."""
    with host.Timeout(10), host.Timeout(SOON_S) as inner:
        watch.wait_in(place)
    return inner


def killed(watch, place):
    return kill(watch, place, host.Exit)


def killed_with_instance(watch, place):
    return kill(watch, place, Mine())


def kill(watch, place, exception):
    victim = host.spawn(watch.wait_in, place)
    host.sleep(SOON_S)
    host.kill(victim, exception)
    host.wait(victim)
    return exception


def interrupted(watch, place):
    """Ctrl-C, while the main greenlet waits."""
    return interrupt(lambda: watch.wait_in(place))


def interrupted_elsewhere(watch, place):
    """Ctrl-C, while another greenlet waits: the main one gets it, the other goes on waiting."""
    waiting = host.spawn(place.wait)

    def main():
        try:
            host.sleep(places.LONG_S)
        except BaseException as error:
            watch.came = error
        watch.finals += 1
        watch.settle()
    wanted = interrupt(main)
    host.kill(waiting, host.Exit)
    host.wait(waiting)
    return wanted


def interrupt(function):
    gevent.get_hub().exception_stream = None  # it would tell of it
    # Its time begins when this one is ready: on a busy machine Popen itself may take as long.
    with subprocess.Popen(["sh", "-c", f"read none; sleep {SOON_S}; kill -INT $PPID"],
                          stdin=subprocess.PIPE) as killer:
        killer.stdin.close()
        function()
    return KeyboardInterrupt


TIMEOUTS = [timeout_bare, timeout_around, timeout_swallowed, timeout_own_exception,
            timeout_inner_and_outer]
KILLS = [killed, killed_with_instance]
INTERRUPTS = [interrupted, interrupted_elsewhere]


def try_form(form, where):
    place, watch = getattr(places, place_name)(host.sleep), Watch()
    ticker = host.spawn(watch.tick)
    host.sleep(0)
    wanted = form(watch, place)
    watch.tell(f"{where} {form.__name__}", wanted, place)
    host.wait(ticker)
    place.close()


def try_forms(forms, where):
    for form in forms:
        try_form(form, where)


def in_a_thread():
    """With a hub of its own."""
    done = []

    def run():
        try_forms(TIMEOUTS + KILLS, "thread")
        done.append(True)
    start_thread(run, ())
    while not done:
        host.sleep(0.01)


def main():
    try_forms(TIMEOUTS, "main")
    for form in TIMEOUTS:
        host.wait(host.spawn(try_form, form, "greenlet"))
    try_forms(KILLS, "main")
    if host_name == "gevent":
        try_forms(INTERRUPTS, "main")
        in_a_thread()


main()
