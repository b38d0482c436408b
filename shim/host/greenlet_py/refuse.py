"""Which greenlets must not wait through the hub, but make the real call."""

import os

from greenlet import getcurrent

# ---- places that take all greenlets of a thread for one; see python/exclusive.h ----

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
