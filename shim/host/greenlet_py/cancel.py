"""Exceptions that are thrown into a wait (kill, Timeout, KeyboardInterrupt), and those that come up
in this code but are not its own.

C code between here and Python's next line cannot carry an exception: it gets an error, and the
exception is raised where the C code returns to Python, in place of whatever it makes of the error.
In the main thread a signal is reported as arrived, whose handler raises it: C code that looks for
signals after EINTR (PEP 475) then fails with the exception itself. In any thread the frame that
made the call is traced, until its next instruction or exception.

So `with gevent.Timeout(1, False): cursor.execute(...)` sees its own Timeout and not an
OperationalError. A greenlet whose function is itself a C function has no frame: outside of the main
thread it sees the error.
"""

import _signal
import sys

from greenlet import getcurrent

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
        try:
            raise exception
        finally:
            del exception  # its traceback has this frame: no circle is to keep what the task had
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
        try:
            raise exception
        finally:
            del exception  # its traceback has this frame: no circle is to keep what the task had


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


def _code_of(handler):
    """The code that a signal's handler begins with, or None: it may be a partial, a method, or any
    object that can be called.
    """
    for name in ("func", "__func__"):
        handler = getattr(handler, name, handler)
    if not hasattr(handler, "__code__"):
        handler = getattr(type(handler), "__call__", None)
    return getattr(handler, "__code__", None)


def _is_ours(exception, traceback):
    """Whether this code failed. What is not an Exception is thrown by others: a signal's handler, or
    another thread that interrupts this one. The handlers of signals throw Exceptions as well.
    """
    if not isinstance(exception, Exception):
        return False
    handlers = {_code_of(_signal.getsignal(number)) for number in range(1, _signal.NSIG)}
    while traceback is not None and traceback.tb_frame.f_code not in handlers:
        traceback = traceback.tb_next
    return traceback is None


def pass_on(kind, value, traceback, events):
    """An exception came up while the shim's functions ran. If it is not theirs it is raised where
    the call was made, as if it had come up there. Returns the code of a wait that it ends.
    """
    exception = value
    if not isinstance(value, BaseException):  # C code need not make it
        exception = kind() if value is None else kind(value)
    if _is_ours(exception, traceback):
        return FAILED
    while traceback is not None and traceback.tb_frame.f_globals is globals():
        traceback = traceback.tb_next
    return _cancel(exception.with_traceback(traceback), events)


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


class _Closed(BaseException):
    """Ends a wait."""
