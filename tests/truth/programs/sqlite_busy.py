"""A process waits for a lock of sqlite's that another one has: sqlite sleeps and tries again."""

import os
import sqlite3
import time

HELD_S = 0.6


def hold(ready):
    connection = sqlite3.connect("busy.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    os.write(ready, b"x")
    time.sleep(HELD_S)
    connection.execute("COMMIT")


def main():
    begun, ready = os.pipe()
    child = os.fork()
    if child == 0:
        hold(ready)
        os._exit(0)
    connection = sqlite3.connect("busy.db", timeout=5, isolation_level=None)
    os.read(begun, 1)
    start = time.monotonic()
    connection.execute("BEGIN IMMEDIATE")
    waited = time.monotonic() - start
    connection.execute("COMMIT")
    os.waitpid(child, 0)
    print(f"~waited {waited:.6f}")


main()
