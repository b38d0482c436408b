"""A read that never returns, some functions deep: another thread ends the process after a while."""

import os
import socket
import threading
import time

LIFE_S = 5


def end():
    time.sleep(LIFE_S)
    os._exit(0)


def read_byte(end):
    return end.recv(1)


def wait(depth):
    if depth:
        return wait(depth - 1)
    return read_byte(ends[0])


ends = socket.socketpair()
threading.Thread(target=end).start()
print("stack recv read_byte wait wait <module>", flush=True)
wait(1)
