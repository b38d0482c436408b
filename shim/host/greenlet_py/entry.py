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


# module: what it has once it is imported, and what makes the two functions of its host
_unloaded = {"gevent.hub": ("get_hub", _gevent), "eventlet.hubs": ("get_hub", _eventlet)}
if WITH_ASYNCIO:
    _unloaded["asyncio.base_events"] = "BaseEventLoop", _asyncio
    _unloaded["uvloop"] = "Loop", _uvloop
_waits = []
_closes = []

# The function that waits, as _wait(): where there is one host, its own.
entry = [_wait]


def load():
    """Takes up what the program has imported since; READY: there is something new."""
    before = len(_waits)
    for name, (mark, make) in list(_unloaded.items()):
        if hasattr(sys.modules.get(name), mark):
            del _unloaded[name]
            functions = make()
            if functions is not None:
                _waits.append(functions[0])
                _closes.append(functions[1])
    if len(_waits) == before:
        return NO_HUB
    entry[0] = _waits[0] if len(_waits) == 1 else _wait
    return READY


def closing(first, last):
    """The program is about to close the descriptors from first to last."""
    for each in _closes:
        each(first, last)
    return READY
