"""greq dump and greq top of greenlets that do not run. Usage: greenlets.py GREQ

Skipped (77) where there is no gevent, or a Python that greq does not read.
"""

import re
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE_S = 60

PROGRAM = """
import gevent
from gevent import socket

ends = socket.socketpair()

def inner():
    gevent.sleep(1000)  # inner

def outer():
    inner()  # outer

def read():
    ends[0].recv(1)  # read

greenlets = [gevent.spawn(outer) for _ in range(5)] + [gevent.spawn(read)]
never = gevent.spawn_later(1000, outer)
gevent.joinall(greenlets)  # main
"""


def line_of(word):
    return next(number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith(f"# {word}"))


def expected():
    """What must be said: each greenlet, from its innermost line to its outermost."""
    inner, outer, read, main = (rf"\S*program\.py:{line_of(word)} " for word in ("inner", "outer", "read", "main"))
    library = r"(      \S+/gevent/.*\n)+"
    return (rf"5 greenlets are suspended in the same place\n    Python:\n{library}      {inner}inner\n      {outer}outer\n\n",
            rf"a greenlet is suspended\n    Python:\n{library}      {read}read\n\n",
            rf"a greenlet is suspended\n    Python:\n({library})?      {main}<module>\n\n")


def check_top(greq, pid):
    """The program's own lines, though the innermost are gevent's, and the hub's for the thread that runs it."""
    said = subprocess.run([greq, "top", str(pid)], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=PATIENCE_S).stdout
    own = [rf"^ +5 +- .* suspended +inner \(program\.py:{line_of('inner')}\)$",
           rf"^ +1 +- .* suspended +read \(program\.py:{line_of('read')}\)$", "; 7 tasks parked; CPU [0-9]+ %$"]
    return [part for part in own if not re.search(part, said, re.MULTILINE)] and f"top: missing {own} in:\n{said}"


def check(greq, folder):
    path = f"{folder}/program.py"
    with open(path, "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    said, until = "", time.monotonic() + PATIENCE_S
    with subprocess.Popen([sys.executable, path]) as program:
        while time.monotonic() < until and program.poll() is None:
            said = subprocess.run([greq, "dump", str(program.pid)], check=False, capture_output=True, text=True,
                                  timeout=PATIENCE_S).stdout
            if all(re.search(part, said) for part in expected()):
                break
            time.sleep(0.1)
        fault = check_top(greq, program.pid)
        program.kill()
    missing = [part for part in expected() if not re.search(part, said)]
    if missing or said.count("suspended") != 3:  # neither the hub, which runs, nor what has not begun
        return f"missing {missing} in:\n{said}"
    return fault or None


def main():
    greq, = sys.argv[1:]
    if sys.version_info[:2] != (3, 11) or subprocess.run([sys.executable, "-c", "import gevent"], check=False,
                                                         capture_output=True, timeout=PATIENCE_S).returncode:
        print("there is no gevent here, or another Python")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(check(greq, folder))


main()
