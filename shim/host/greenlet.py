"""What libgreq.so runs inside a program that uses gevent or eventlet: waiting through their hubs.

It is compiled once per process into a module that only greenlet.c knows. Every function is called
by a thread that has the GIL and no exception on its way. Each is written so that what goes wrong
before the switch to the hub is an exception, after which the real call is made, and what happens
after it is a code.
"""

import _signal
import _thread
import os
import sys
import weakref

from greenlet import getcurrent

# What greenlet.c expects.
READY = 0  # or a spurious wake-up
TIMED_OUT = 1
CLOSED = 2  # the descriptor, by the program
INTERRUPTED = 3  # an exception is to be raised by the handler of a signal: number << 8
CANCELLED = 4  # the same, as soon as the call has returned to Python
NEEDS_EPOLL = 5  # the hub cannot wait for this by itself
NO_HUB = 6
IN_HUB = 7
EXCLUSIVE = 8
FORKED = 9

READ = 1
WRITE = 2
TO_THE_END = 4  # the call has no way to fail: an exception has to wait until it has returned
FOR_LOCK = 8  # the call waits for a lock, which another greenlet may have


# ---- exceptions that are thrown into a wait ----
#
# C code between here and Python's next line cannot carry an exception: it gets an error, and the
# exception is raised where the C code returns to Python, in place of whatever it makes of the error.
# In the main thread a signal is reported as arrived, whose handler raises it: C code that looks for
# signals after EINTR (PEP 475) then fails with the exception itself. In any thread the frame that
# made the call is traced, until its next instruction or exception.

_outstanding = {}  # greenlet: _Cancellation

# A C library that does not give up when it gets ECANCELED may wait again in the end.
_MOST_REFUSALS = 100


class _Cancellation:
    """An exception on its way past C code. `frame` made the call; None: a C function did."""

    def __init__(self, exception, frame):
        self.exception = exception
        self.frame = frame
        self.instruction = frame.f_lasti if frame is not None else None
        self.refusals = 0
        self.is_tracing = False

    def trace(self):
        """Has the frame traced. A debugger's own tracing is left alone."""
        if self.frame is None or sys.gettrace() not in (None, _ignore_calls):
            return
        self.is_tracing = True
        self.frame.f_trace = _on_event
        self.frame.f_trace_opcodes = True
        sys.settrace(_ignore_calls)

    def is_lost(self):
        """Whether the call is over all the same: nothing raised the exception under a debugger."""
        frame = sys._getframe()
        while frame is not None and frame is not self.frame:
            frame = frame.f_back
        return self.frame is not None and (frame is None or frame.f_lasti != self.instruction)

    def stop_tracing(self):
        if self.is_tracing:
            self.frame.f_trace_opcodes = False
            del self.frame.f_trace
            sys.settrace(None)


def _trace_again():
    """After a switch: tracing is the thread's, and another greenlet's exception has ended it."""
    cancellation = _outstanding.get(getcurrent())
    if cancellation is not None:
        cancellation.trace()


def _take(frame):
    """The cancellation that is to be raised in this frame of the current greenlet, or None."""
    current = getcurrent()
    cancellation = _outstanding.get(current)
    if cancellation is None or cancellation.frame is not frame:
        return None
    del _outstanding[current]
    cancellation.stop_tracing()
    return cancellation.exception


def _ignore_calls(frame, event, argument):
    return None


def _on_event(frame, event, argument):
    exception = _take(frame)
    if exception is not None:
        raise exception
    return _on_event


def _unused_signal():
    """The number of a signal that the program takes no notice of."""
    for number in range(_signal.NSIG - 1, 32, -1):
        if _signal.getsignal(number) == _signal.SIG_DFL:
            return number
    raise ValueError("every signal has a handler")


def _on_signal(number, frame):
    _signal.signal(number, _signal.SIG_DFL)
    exception = _take(frame)
    if exception is not None:
        raise exception


def _take_signal():
    """The number of a signal whose handler is ours now, or 0: another thread handles signals."""
    if sys.version_info < (3, 10):
        return 0  # there is no way to report it
    try:
        number = _unused_signal()
        _signal.signal(number, _on_signal)
    except ValueError:
        return 0
    return number


def _calling_frame():
    """The frame of the program that made the call, or None."""
    frame = sys._getframe()
    while frame is not None and frame.f_globals is globals():
        frame = frame.f_back
    return frame


def _arrange(exception, events):
    cancellation = _Cancellation(exception, _calling_frame())
    _outstanding[getcurrent()] = cancellation
    cancellation.trace()
    if events & TO_THE_END:
        return READY
    number = _take_signal()
    return INTERRUPTED + (number << 8) if number else CANCELLED


def _cancel(exception, events):
    """Sees to it that an exception is raised where the call was made. Returns the code."""
    try:
        return _arrange(exception, events)
    except BaseException:  # the interpreter is taking its modules apart
        return CANCELLED


def _is_cancelled(events):
    """Whether the current greenlet has an exception outstanding: it must not wait then."""
    cancellation = _outstanding.get(getcurrent())
    if cancellation is None or events & TO_THE_END:
        return False
    if cancellation.is_lost():
        del _outstanding[getcurrent()]
        return False
    cancellation.refusals += 1
    return cancellation.refusals <= _MOST_REFUSALS


# ---- places that take all greenlets of a thread for one; see exclusive.h ----

exclusive = {}  # greenlet: how often it is in one


def watch_imports(count):
    """Has count(1) and count(-1) called before and after a module's body is run."""
    import _frozen_importlib

    manager = getattr(_frozen_importlib, "_ModuleLockManager", None)
    if manager is None:
        return
    enter, leave = manager.__enter__, manager.__exit__

    def enter_counted(self):
        enter(self)
        count(1)

    def leave_counted(self, *arguments, **named):
        count(-1)
        return leave(self, *arguments, **named)

    manager.__enter__, manager.__exit__ = enter_counted, leave_counted


# ---- forked children ----
#
# The hub of a forked child is a copy. To wait through it would let the copies of all other greenlets
# go on, so the greenlet that forked makes real calls, until the program itself has let others run.

_forker = []  # that greenlet, in the child


def _note_fork():
    _forker[:] = [getcurrent()]


os.register_at_fork(after_in_child=_note_fork)


# ---- who must not wait ----


def _refusal(current, hub, events):
    """The code that says why a greenlet must make the real call, or READY."""
    if current is not hub and _forker and _forker[0] is current:
        return FORKED
    _forker.clear()
    if current is hub:
        return IN_HUB
    return EXCLUSIVE if current in exclusive and not events & FOR_LOCK else READY


# ---- numbers for the trace ----

_numbers = {}  # weak reference to a greenlet: its number
_free_numbers = []


def _free_number(reference):
    _free_numbers.append(_numbers.pop(reference))


def number():
    """The number of the current greenlet, from 1; free for another one when it is gone."""
    reference = weakref.ref(getcurrent(), _free_number)
    if reference not in _numbers:
        _numbers[reference] = _free_numbers.pop() if _free_numbers else len(_numbers) + 1
    return _numbers[reference]


# ---- the hosts: each has a function that waits, as _wait() below, and one that ends the waits for
# descriptors which the program is about to close ----


class _Closed(BaseException):
    """Ends a wait."""


def _gevent():
    from gevent._hub_local import get_hub_if_exists
    from gevent._waiter import Waiter
    from gevent.exceptions import InvalidSwitchError

    parked = {}  # watcher: its hub
    sets = {}  # watcher of an epoll descriptor of ours: the descriptors in it

    def wait_limited(hub, watcher, seconds):
        waiter = Waiter(hub)
        # The loop's idea of now may be old.
        hub.loop.update_now()
        timer = hub.loop.timer(seconds)
        timer.start(waiter.switch, TIMED_OUT)
        if watcher is not None:
            watcher.start(waiter.switch, READY)
        try:
            return waiter.get()
        finally:
            timer.close()

    def wait(descriptor, events, seconds, watched):
        if _outstanding and _is_cancelled(events):
            return CANCELLED
        hub = get_hub_if_exists()
        if hub is None or hub.loop is None:
            return NO_HUB
        current = getcurrent()
        if current is hub or exclusive or _forker:
            code = _refusal(current, hub, events)
            if code:
                return code
        watcher = None
        if descriptor >= 0:
            watcher = hub.loop.io(descriptor, events & (READ | WRITE))
            parked[watcher] = hub
            if watched is not None:
                sets[watcher] = watched
        try:
            if seconds is not None:
                return wait_limited(hub, watcher, seconds)
            hub.wait(watcher)
        except _Closed:
            return CLOSED
        except InvalidSwitchError:
            return READY
        except BaseException as exception:
            return _cancel(exception, events)
        finally:
            if watcher is not None:
                del parked[watcher]
                if watched is not None:
                    del sets[watcher]
                watcher.close()
            if _outstanding:
                _trace_again()
        return READY

    def close(first, last):
        for watcher, hub in list(parked.items()):
            watched = sets.get(watcher) or (watcher.fd,)
            if not any(first <= each <= last for each in watched):
                continue
            # Of another thread's hub it has to be by way of its loop.
            if hub is get_hub_if_exists():
                hub.cancel_wait(watcher, _Closed)
            else:
                hub.loop.run_callback_threadsafe(hub.cancel_wait, watcher, _Closed)

    return wait, close


def _eventlet():
    from eventlet.hubs import _threadlocal

    timed_out = object()
    parked = {}  # greenlet: its hub and the descriptors

    def wait(descriptor, events, seconds, watched):
        if _outstanding and _is_cancelled(events):
            return CANCELLED
        hub = getattr(_threadlocal, "hub", None)
        current = getcurrent()
        if hub is None:
            return NO_HUB
        if current is hub.greenlet or exclusive or _forker:
            code = _refusal(current, hub.greenlet, events)
            if code:
                return code
        listener = timer = None
        if descriptor >= 0:
            kind = hub.READ if events & READ else hub.WRITE
            # The hub has one listener for each descriptor and direction.
            if events & READ and events & WRITE or descriptor in hub.listeners[kind]:
                return NEEDS_EPOLL
            listener = hub.add(kind, descriptor, current.switch, current.throw, lambda: None)
        if seconds is not None:
            timer = hub.schedule_call_global(seconds, current.switch, timed_out)
        parked[current] = hub, watched or (descriptor,)
        try:
            return TIMED_OUT if hub.switch() is timed_out else READY
        except _Closed:
            return CLOSED
        except BaseException as exception:
            return _cancel(exception, events)
        finally:
            del parked[current]
            if listener is not None:
                hub.remove(listener)
            if timer is not None:
                timer.cancel()
            if _outstanding:
                _trace_again()

    def close(first, last):
        for greenlet, (hub, watched) in list(parked.items()):
            # A hub's timers are its own thread's; of another thread's it would not take notice.
            if hub is getattr(_threadlocal, "hub", None):
                if any(first <= each <= last for each in watched):
                    hub.schedule_call_global(0, greenlet.throw, _Closed)

    return wait, close


# ---- whichever is there ----


def _wait(descriptor, events, seconds, watched):
    """Leaves the thread to others until the descriptor is ready.

    descriptor: -1 for none; events: READ, WRITE or both, and TO_THE_END and FOR_LOCK; seconds: a
    float, or None for no limit; watched: None, or the descriptors that it stands for. Returns one
    of the codes above.
    """
    code = NO_HUB
    for each in _waits:
        code = each(descriptor, events, seconds, watched)
        if code != NO_HUB:
            break
    return code


_unloaded = {"gevent.hub": _gevent, "eventlet.hubs": _eventlet}
_waits = []
_closes = []

# The function that waits, as _wait(): where there is one host, its own.
entry = [_wait]


def load():
    """Takes up what the program has imported since; READY: there is something new."""
    names = [name for name in _unloaded if hasattr(sys.modules.get(name), "get_hub")]
    for name in names:
        wait_in, close_in = _unloaded.pop(name)()
        _waits.append(wait_in)
        _closes.append(close_in)
    if names:
        entry[0] = _waits[0] if len(_waits) == 1 else _wait
    return READY if names else NO_HUB


def closing(first, last):
    """The program is about to close the descriptors from first to last."""
    for each in _closes:
        each(first, last)
    return READY
