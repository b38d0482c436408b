"""asyncio, where the user asks for it: a task's coroutine runs in a greenlet of its own.

A task of asyncio steps an object of ours in the place of its coroutine (_Coroutine), whose send and
throw switch to that greenlet (_Strand). A blocking call below switches back with a future to wait
for, exactly as an `await` would, and the next step switches into the middle of the code that
blocked. So the task knows nothing of it: it is cancelled, named and shown as ever.

send and throw are in C (asyncio.c): they add no line to a traceback. A step that ends with an
exception hands it over in _ending, because what a switch is given lives on in the frame that
switched.

A strand takes the context of the loop's greenlet at a task's first step, which is the task's own,
also where the task copied it. Strands are used again, since the first frame of a greenlet maps 16
KiB. A task made before its loop runs gets its strand when it runs, in the thread that runs it. A
loop that ran before all this was loaded, as one without epoll may, is taken up where it blocks
next; its tasks of before make the real calls. A loop that runs in a greenlet that has a parent is
left alone. The loop's own epoll_wait is known
after it was asked for once, as a hub's. A descriptor that the program has in the loop, and each one
of uvloop's, is waited for through an epoll descriptor of ours. Only Python 3.11 was run, so only
that is accepted.
"""

import atexit
import sys
from collections import abc
from types import CoroutineType
from weakref import ref

from _thread import get_ident
from greenlet import GreenletExit, getcurrent, greenlet

_ending = []  # the exception that the step ends with, on its way out
_MOST_FREE = 256  # strands that a loop keeps for its next tasks


class _LoopState:
    """What we know of a loop. `home`: the greenlet that runs it, and makes the steps; or None."""

    def __init__(self, loop):
        self.loop = ref(loop)
        self.home = None
        self.thread = 0
        self.free = []
        self.waiting = []  # of tasks made before it runs: they get strands of the thread that runs it


class _Coroutine:
    """What a task has instead of its coroutine. Until it has a strand it is only handed through."""

    __slots__ = ("coroutine", "strand", "send", "throw", "__weakref__")

    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.release()

    def release(self):
        self.strand = None
        self.send = self.coroutine.send
        self.throw = self.coroutine.throw

    def equip(self, state):
        strand = state.free.pop() if state.free else _Strand()
        strand.state = state
        strand.coroutine = self.coroutine
        strand.owner = ref(self)
        self.strand = strand
        self.send, self.throw = _make_steps(strand.switch)

    def close(self):
        if self.strand is None or not self.strand.is_parked:
            return self.coroutine.close()
        state = self.strand.state
        home, state.home = state.home, getcurrent()
        try:
            self.throw(GeneratorExit)
        except (GeneratorExit, StopIteration):
            return None
        finally:
            state.home = home
        raise RuntimeError("coroutine ignored GeneratorExit")

    def __getattr__(self, name):
        return getattr(self.coroutine, name)

    def __await__(self):
        return self.coroutine.__await__()

    def __repr__(self):
        return repr(self.coroutine)


abc.Coroutine.register(_Coroutine)


class _Strand(greenlet):
    """Runs one task's coroutine after the other."""

    is_parked = False

    def run(self, *arrival):
        # None: the next step; else a tuple: what is thrown, behind a None.
        arrival = arrival if len(arrival) > 1 else None
        while True:
            state, coroutine = self.state, self.coroutine
            send = coroutine.send
            # The loop runs the step in the task's context, which is to be this greenlet's.
            self.gr_context = state.home.gr_context
            try:
                while True:
                    if arrival is None:
                        arrival = state.home.switch(send(None))
                    else:
                        result = coroutine.throw(*arrival[1:])
                        arrival = None
                        arrival = state.home.switch(result)
                        result = None
            except GreenletExit as exception:
                if self.owner() is None:
                    return  # nobody has the task any more
                self.end_with(exception)
            except BaseException as exception:
                self.end_with(exception)
            arrival = result = coroutine = send = None
            arrival = state.home.switch(_ending)

    def end_with(self, exception):
        """The step's last: `run` is not in its traceback, and keeps nothing of the task."""
        exception.__traceback__ = exception.__traceback__ and exception.__traceback__.tb_next
        _ending.append(exception)
        owner = self.owner()
        if owner is not None:
            owner.release()
        self.coroutine = self.owner = self.gr_context = None
        if len(self.state.free) < _MOST_FREE:
            self.state.free.append(self)


def _state_of(loop):
    state = loop.__dict__.get("_libgreq_state")
    if state is None:
        state = loop._libgreq_state = _LoopState(loop)
    return state


def _wrap_loop(kind):
    """Has tasks of such loops step objects of ours."""
    create_task, run_forever = kind.create_task, kind.run_forever

    def wrapped(loop, coroutine):
        if type(coroutine) is not CoroutineType and (
            type(coroutine) is _Coroutine or not isinstance(coroutine, abc.Coroutine)
        ):
            return coroutine
        state = _state_of(loop)
        wrapper = _Coroutine(coroutine)
        if not loop.is_running():
            state.waiting.append(ref(wrapper))
        elif state.home is not None and state.thread == get_ident():
            wrapper.equip(state)
        return wrapper

    def create_task_in_strand(self, coro, **named):
        task = create_task(self, wrapped(self, coro), **named)
        if getattr(task, "_source_traceback", None):
            del task._source_traceback[-1]
        return task

    def run_forever_at_home(self):
        current = getcurrent()
        state = _state_of(self)
        # A loop in one greenlet of several is left alone: others would take it for their own.
        if self.is_running():
            return run_forever(self)
        state.home = None
        if current.parent is not None:
            return run_forever(self)
        _adopt_thread()
        state.home, state.thread = current, get_ident()
        for reference in state.waiting:
            wrapper = reference()
            if wrapper is not None:
                wrapper.equip(state)
        wrapper = None
        state.waiting.clear()
        try:
            return run_forever(self)
        finally:
            state.home = None

    for function, original in (
        (create_task_in_strand, create_task),
        (run_forever_at_home, run_forever),
    ):
        function.__name__, function.__qualname__ = original.__name__, original.__qualname__
        function.__doc__, function.__wrapped__ = original.__doc__, original
        function.__module__ = getattr(original, "__module__", None)
    kind.create_task, kind.run_forever = create_task_in_strand, run_forever_at_home


def _uvloop():
    _wrap_loop(sys.modules["uvloop"].Loop)
    return None


def _asyncio():
    from asyncio.base_events import BaseEventLoop
    from asyncio.events import _get_running_loop

    run_code = BaseEventLoop.run_forever.__code__
    parked = {}  # future: its loop, descriptor, events, timer and the descriptors that it is for

    def release(future):
        """The loop has nothing more to do with a wait that is over."""
        found = parked.pop(future, None)
        if found is None:
            return
        loop, descriptor, events, timer, watched = found
        if timer is not None:
            timer.cancel()
        if descriptor >= 0 and not loop.is_closed():
            if events & READ:
                loop.remove_reader(descriptor)
            if events & WRITE:
                loop.remove_writer(descriptor)

    def wake(future, code):
        release(future)
        if not future.done():
            future.set_result(code)

    def begin(loop, future, descriptor, events, seconds, watched):
        timer = None
        if seconds is not None:
            timer = loop.call_later(seconds, wake, future, TIMED_OUT)
        parked[future] = loop, descriptor, events, timer, watched or (descriptor,)
        if descriptor >= 0:
            if events & READ:
                loop.add_reader(descriptor, wake, future, READY)
            if events & WRITE:
                loop.add_writer(descriptor, wake, future, READY)

    def is_free(loop, descriptor):
        """Whether the loop has nothing of the program's for it. Not every loop can be asked."""
        selector = getattr(loop, "_selector", None)
        taken = getattr(selector, "_fd_to_key", None)
        return taken is not None and descriptor not in taken

    def runs(loop):
        """Whether the calling greenlet is in its run_forever."""
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code is run_code and frame.f_locals["self"] is loop:
                return True
            frame = frame.f_back
        return False

    def refuse(current):
        """Who is not in a task: the loop itself and its callbacks, or nothing of a loop."""
        loop = _get_running_loop()
        state = getattr(loop, "_libgreq_state", None)
        if (state is None or state.home is None) and current.parent is None and runs(loop):
            state = _state_of(loop)
            state.home, state.thread = current, get_ident()
        return IN_HUB if state is not None and state.home is current else NO_HUB

    def wait(descriptor, events, seconds, watched):
        current = getcurrent()
        if type(current) is not _Strand:
            return refuse(current)
        if _outstanding and _is_cancelled(events):
            return CANCELLED
        state = current.state
        loop = state.loop()
        if state.home is None or loop is None or loop.is_closed():
            return IN_HUB
        code = _refusal_in_task(current, events)
        if code:
            return code
        if descriptor >= 0 and watched is None and not is_free(loop, descriptor):
            return NEEDS_EPOLL
        future = loop.create_future()
        future._asyncio_future_blocking = current.is_parked = True
        try:
            begin(loop, future, descriptor, events, seconds, watched)
            arrival = state.home.switch(future)
            if arrival is None:
                return future.result()
            thrown = arrival[1]
            return _cancel(thrown if isinstance(thrown, BaseException) else thrown(), events)
        except GreenletExit as exception:
            return _cancel(exception, events)
        finally:
            current.is_parked = False
            release(future)
            if _outstanding:
                _trace_again()

    def close(first, last):
        for future, (loop, _, _, _, watched) in list(parked.items()):
            if not any(first <= each <= last for each in watched):
                continue
            # Another thread's loop has to do it itself.
            if loop is _get_running_loop():
                wake(future, CLOSED)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(wake, future, CLOSED)

    def end():
        """What is kept of asyncio would be found by the next interpreter of the process."""
        _waits.remove(wait)
        _closes.remove(close)
        entry[0] = _wait

    _wrap_loop(BaseEventLoop)
    atexit.register(end)
    return wait, close
