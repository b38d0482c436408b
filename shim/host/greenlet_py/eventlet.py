"""eventlet: the same two functions as of gevent."""

from greenlet import getcurrent

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
