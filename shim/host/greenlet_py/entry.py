"""What greenlet_module.c calls: whichever host is there."""

import sys

NONE = None


def _wait(descriptor, events, seconds, watched):
    """Leaves the thread to others until the descriptor is ready.

    descriptor: -1 for none; events: READ, WRITE or both, and TO_THE_END, FOR_LOCK and INSISTS; seconds: a
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
