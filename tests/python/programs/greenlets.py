"""The two kinds of greenlets under the same names."""


class Gevent:
    def __init__(self):
        import gevent
        self.spawn = gevent.spawn
        self.sleep = gevent.sleep
        self.Timeout = gevent.Timeout
        self.Exit = gevent.GreenletExit
        self.start_timeout = gevent.Timeout.start_new

    @staticmethod
    def kill(greenlet, exception):
        greenlet.kill(exception)

    @staticmethod
    def wait(greenlet):
        greenlet.join()


class Eventlet:
    def __init__(self):
        import eventlet
        import greenlet
        self.spawn = eventlet.spawn
        self.sleep = eventlet.sleep
        self.Timeout = eventlet.Timeout
        self.Exit = greenlet.GreenletExit
        self.start_timeout = eventlet.Timeout  # which starts when it is made

    @staticmethod
    def kill(greenlet, exception):
        greenlet.kill(exception)

    @staticmethod
    def wait(greenlet):
        try:
            greenlet.wait()
        except BaseException:
            pass


def named(name):
    return {"gevent": Gevent, "eventlet": Eventlet}[name]()
