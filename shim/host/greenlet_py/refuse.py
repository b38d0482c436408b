"""Which greenlets must not wait through the hub, but make the real call.

gevent's and eventlet's own code, and Thread.start, are not switched away from: they are written for
a world where neither a lock for threads nor a plain socket switches greenlets. eventlet's tpool
sets its queues, sockets and threads up in one go; a greenlet that met them half made lost its
answer for ever. What they wait for comes from threads, never from a greenlet. The innermost Python
frame outside of threading and queue says whose code it is, so a greenlet that waits for a result of
a pool still lets others run.
"""

import os
import sys
import weakref

from greenlet import getcurrent

# ---- places that take all greenlets of a thread for one; see python/exclusive.h ----

exclusive = {}  # greenlet: how often it is in one


def watch_imports(count):
    """Has count(1) and count(-1) called before and after a module's body is run, and runtimes noted."""
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
        if self._name in _runtimes:
            _note_runtime(self._name)
        return leave(self, *arguments, **named)

    manager.__enter__, manager.__exit__ = enter_counted, leave_counted


# ---- runtimes that have one loop a thread ----
#
# Which loop runs is kept per thread. While one runs in a greenlet, another greenlet of the thread
# would take it for its own.

# module: how to ask it whether a loop of its runs in this thread
_runtimes = {
    "asyncio.events": lambda module: module._get_running_loop() is not None,
    "trio._core._run": lambda module: hasattr(module.GLOBAL_RUN_CONTEXT, "runner"),
}
_loops = []  # of those that were imported: how to ask, and a weak reference to the module


def _note_runtime(name):
    module = sys.modules.get(name)
    if module is not None and (_runtimes[name], weakref.ref(module)) not in _loops:
        _loops.append((_runtimes[name], weakref.ref(module)))


def _runs_loop():
    for ask, module in _loops:
        try:
            if ask(module()):
                return True
        except Exception:  # another version, one that is only half imported, or gone
            pass
    return False


for _name in _runtimes:
    _note_runtime(_name)


# ---- forked children ----
#
# The hub of a forked child is a copy. To wait through it would let the copies of all other greenlets
# go on, so the greenlet that forked makes real calls, until the program itself has let others run.

_forker = []  # that greenlet, in the child


def _note_fork():
    _forker[:] = [getcurrent()]


os.register_at_fork(after_in_child=_note_fork)


# ---- code that takes no switch ----
#
# gevent, eventlet and asyncio know where greenlets and tasks are switched: at their own calls, never in a lock for
# threads or in a plain socket. What they use those for, as eventlet's tpool does between its hub and
# its threads, must not be interrupted. And who starts threads, for a pool of his own perhaps, is in
# the middle of it while Thread.start() waits for the new thread to run.

_HOSTS = {"gevent", "eventlet", "asyncio", "uvloop"}
_RUN_OTHERS = {"eventlet.greenthread", "eventlet.greenpool", "gevent.greenlet", "gevent.pool"}
_PASSED_OVER = {"threading", "queue", "contextlib"}
_MOST_ANSWERS = 1000


def _is_hosts(name, answers):
    """Whether a module's code takes no switch. The answer is kept."""
    if len(answers) >= _MOST_ANSWERS:
        answers.clear()
    answers[name] = name.partition(".")[0] in _HOSTS and name not in _RUN_OTHERS
    return answers[name]


def _takes_no_switch(get_frame=sys._getframe, own_names=globals(), answers={}):
    """Asked at every wait: it begins behind its caller, and looks up little."""
    frame = get_frame(2)
    while frame is not None:
        names = frame.f_globals
        if names is not own_names:
            name = names.get("__name__") or ""
            answer = answers.get(name)
            if answer is not None:
                return answer
            if name not in _PASSED_OVER:
                return _is_hosts(name, answers)
            if name == "threading" and frame.f_code.co_name == "start":
                return True
        frame = frame.f_back
    return False


# ---- who must not wait ----


def _refusal(current, hub, events):
    """The code that says why a greenlet must make the real call, or READY."""
    if _forker:
        if current is not hub and _forker[0] is current:
            return FORKED
        _forker.clear()
    if current is hub:
        return IN_HUB
    if current in exclusive and not events & FOR_LOCK:
        return EXCLUSIVE
    if _loops and not events & INSISTS and _runs_loop():
        return RUNTIME_LOOP
    return NO_SWITCH if _takes_no_switch() else READY


def _refusal_in_task(current, events):
    """The same for a task of asyncio's."""
    if _forker and _forker[0] is current:
        return FORKED
    if current in exclusive and not events & FOR_LOCK:
        return EXCLUSIVE
    return NO_SWITCH if _takes_no_switch() else READY
