"""What an embedder runs, twice: with gevent where it can be had."""

import socket
import threading
import time


def work():
    left, right = socket.socketpair()
    thread = threading.Thread(target=lambda: (time.sleep(0.02), right.send(b"x")))
    thread.start()
    got = left.recv(1)
    thread.join()
    left.close()
    right.close()
    return got


print("embedded", work())
try:
    import gevent
except (ImportError, TypeError):  # a second interpreter cannot have it
    print("without gevent")
else:
    greenlets = [gevent.spawn(work) for _ in range(5)]
    gevent.joinall(greenlets, raise_error=True)
    print("with gevent", [greenlet.value for greenlet in greenlets])
time.sleep(0.01)
