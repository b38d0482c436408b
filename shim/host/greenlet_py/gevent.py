"""gevent: a function that waits, as _wait() in entry.py does, and one that ends the waits for
descriptors which the program is about to close.
"""

from greenlet import getcurrent

def _gevent():
    from gevent._hub_local import get_hub_if_exists
    from gevent._waiter import Waiter
    from gevent.exceptions import InvalidSwitchError

    parked = {}  # watcher: its hub
    both = READ | WRITE
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
        loop = None if hub is None else hub.loop
        if loop is None:
            return NO_HUB
        current = getcurrent()
        code = _refusal(current, hub, events)
        if code:
            return code
        watcher = None
        if descriptor >= 0:
            watcher = loop.io(descriptor, events & both)
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
