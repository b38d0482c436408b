"""asyncio, where the user asks for it: a task's coroutine runs in a greenlet of its own.

A task of asyncio steps an object of ours in the place of its coroutine (_Coroutine), whose send and
throw switch to that greenlet (_Strand). A blocking call below switches back with a future to wait
for, exactly as an `await` would, and the next step switches into the middle of the code that
blocked. So the task knows nothing of it: it is cancelled, named and shown as ever.

send and throw are in C (asyncio.c): they add no line to a traceback. What a step comes to is handed
over in the strand's list `outcome`, because what a switch is given lives on in the frame that
switched. So a strand whose task awaits holds nothing of it, and garbage collection, which does not
see what lies on a greenlet's stack, finds a task that everybody has forgotten. Only the middle of
code that blocks is bound to the strand: a task that awaits may go on in the loop's next thread, or
step without a strand where its loop is run by a greenlet that is not the thread's first.

A strand takes the context of the loop's greenlet at a task's first step, which is the task's own,
also where the task copied it. Strands are used again, since the first frame of a greenlet maps 16
KiB, as long as the loop runs. A loop that ran before all this was loaded, as one without epoll may,
is taken up where it blocks next; its tasks of before make the real calls. A loop that runs in a
greenlet that has a parent is left alone. The loop's own epoll_wait is known
after it was asked for once, as a hub's. A descriptor that the program has in the loop, and each one
of uvloop's, is waited for through an epoll descriptor of ours. Only Python 3.11 was run, so only
that is accepted.
"""

import atexit
import sys
from collections import abc
from types import CoroutineType
from weakref import ref

from greenlet import GreenletExit, getcurrent, greenlet

# What is in an outcome: how the step ended; the result, the exception, or a future of ours; who made
# the step; whether nobody has the task any more, which was parked; and the task, weakly.
_KIND, _VALUE, _HOME, _IS_DROPPED, _TASK = range(5)
_RETURNED, _RAISED, _PARKED = None, True, False


class _LoopState:
    """What we know of a loop. `home`: the greenlet that runs it, and makes the steps; or None.
    `lane`: that greenlet, what makes a strand, and strands that have no task; or empty. asyncio.c
    takes strands from there. `run`: weakly, what lives as long as a run that is not ours.
    """

    def __init__(self, loop):
        self.loop = ref(loop)
        self.home = None
        self.lane = []
        self.run = None

    def enter(self, home):
        self.home = home
        self.lane[:] = home, self.make_strand

    def leave_with(self, run):
        """Leaves when that object is gone."""
        self.run = ref(run, lambda _: self.leave())

    def leave(self):
        self.home = self.run = None
        self.lane.clear()

    def make_strand(self):
        strand = _Strand(_run)
        strand.state = self
        strand.outcome = [_RETURNED, None, None, False, None]
        strand.switch()
        return strand.switch


class _Coroutine:
    """What a task has instead of its coroutine."""

    __slots__ = ("coroutine", "is_parked", "send", "throw", "__weakref__")

    def __init__(self, coroutine, state):
        self.coroutine = coroutine
        self.is_parked, self.send, self.throw = _make_steps(
            state.lane, coroutine.send, coroutine.throw
        )

    def close(self):
        if not self.is_parked():
            return self.coroutine.close()
        try:
            self.throw(GeneratorExit)
        except (GeneratorExit, StopIteration):
            return None
        raise RuntimeError("coroutine ignored GeneratorExit")

    def __getattr__(self, name):
        return getattr(self.coroutine, name)

    def __await__(self):
        return self.coroutine.__await__()

    def __repr__(self):
        return repr(self.coroutine)


abc.Coroutine.register(_Coroutine)


class _Strand(greenlet):
    """Runs one task's coroutine after the other. `outcome`: see above."""


def _run():
    """A strand's. Nothing here refers to it or to a task while it is switched away, for they would be
    kept for ever. So its first switch, whose arguments are kept, is none of a task.
    """
    outcome = getcurrent().outcome
    # What arrives: the greenlet that makes the step, the coroutine's send or throw, its arguments.
    arrival = getcurrent().parent.switch()
    while True:
        # The loop runs the step in the task's context, which is to be this greenlet's.
        getcurrent().gr_context = arrival[0].gr_context
        outcome[_KIND], outcome[_TASK] = _RETURNED, _current_task()
        try:
            while True:
                outcome[_HOME] = arrival[0]
                if len(arrival) == 3:
                    outcome[_VALUE] = arrival[1](arrival[2])
                else:
                    outcome[_VALUE] = arrival[1](*arrival[2:])
                if outcome[_IS_DROPPED]:
                    return
                arrival = None
                arrival = outcome[_HOME].switch(outcome)
        except BaseException as exception:
            # Else it is of the task, or of a signal's handler that ran as a switch returned.
            if outcome[_IS_DROPPED] or (arrival is None and type(exception) is GreenletExit):
                return
            _fail(outcome, exception)
        arrival = None
        arrival = outcome[_HOME].switch(outcome)


def _fail(outcome, exception):
    """`_run` is not in the traceback."""
    exception.__traceback__ = exception.__traceback__ and exception.__traceback__.tb_next
    outcome[_KIND], outcome[_VALUE] = _RAISED, exception
    getcurrent().gr_context = None


def _current_task():
    loop = sys.modules["asyncio.events"]._get_running_loop()
    task = None if loop is None else sys.modules["asyncio.tasks"].current_task(loop)
    return task and ref(task)


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
        return _Coroutine(coroutine, _state_of(loop))

    def create_task_in_strand(self, coro, **named):
        task = create_task(self, wrapped(self, coro), **named)
        if getattr(task, "_source_traceback", None):
            del task._source_traceback[-1]
        return task

    def run_forever_at_home(self):
        current = getcurrent()
        state = _state_of(self)
        if self.is_running():
            return run_forever(self)
        state.leave()
        # A loop in one greenlet of several is left alone: others would take it for their own.
        if current.parent is not None:
            return run_forever(self)
        _adopt_thread()
        state.enter(current)
        try:
            return run_forever(self)
        finally:
            state.leave()

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
            # Its run_forever is not ours, but takes this away at its end, and nobody else has it.
            hook = sys.get_asyncgen_hooks().firstiter
            if getattr(hook, "__self__", None) is loop:
                state = _state_of(loop)
                state.enter(current)
                state.leave_with(hook)
        return IN_HUB if state is not None and state.home is current else NO_HUB

    def wait(descriptor, events, seconds, watched):
        current = getcurrent()
        if type(current) is not _Strand:
            return refuse(current)
        if _outstanding and _is_cancelled(events):
            return CANCELLED
        state, outcome = current.state, current.outcome
        loop = state.loop()
        if state.home is None or loop is None or loop.is_closed() or outcome[_IS_DROPPED]:
            return IN_HUB
        if _current_task() != outcome[_TASK]:
            return RUNTIME_LOOP  # of a loop that the task runs, as nest_asyncio lets it
        code = _refusal_in_task(current, events)
        if code:
            return code
        if descriptor >= 0 and watched is None and not is_free(loop, descriptor):
            return NEEDS_EPOLL
        future = loop.create_future()
        future._asyncio_future_blocking = True
        try:
            begin(loop, future, descriptor, events, seconds, watched)
            outcome[_KIND], outcome[_VALUE] = _PARKED, future
            current = None  # as in _run
            outcome[_HOME], _, thrown = outcome[_HOME].switch(outcome)[:3]
            if thrown is None:
                return future.result()
            return _cancel(thrown if isinstance(thrown, BaseException) else thrown(), events)
        except GreenletExit as exception:
            outcome[_IS_DROPPED] = True
            return _cancel(exception, events)
        finally:
            outcome[_KIND] = _RETURNED
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
