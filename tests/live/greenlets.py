"""greq dump and greq top of greenlets that do not run. Usage: greenlets.py GREQ [LIBGREQ]

With LIBGREQ also of an asyncio program whose tasks run on greenlets of libgreq.so.

Skipped (77) where there is no gevent, or a Python that greq does not read.
"""

import os
import re
import shutil
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

def tick():
    while True:
        gevent.sleep(0.05)  # tick

for _ in range(3):
    gevent.spawn(tick)
greenlets = [gevent.spawn(outer) for _ in range(5)] + [gevent.spawn(read)]
never = gevent.spawn_later(1000, outer)
gevent.joinall(greenlets)  # main
"""

# The first forty tasks leave greenlets for later ones; a task that awaits leaves its own.
TASKS = """
import asyncio, time

def block():
    time.sleep(1000)  # block

async def pause(seconds):
    await asyncio.sleep(seconds)

async def call():
    block()

async def main():
    await asyncio.gather(*(pause(0) for _ in range(40)))
    await asyncio.gather(*(call() for _ in range(3)), *(pause(1000) for _ in range(4)))

asyncio.run(main())
"""

OBJECTS = """
import time
objects = [[] for _ in range(100000)]
print(flush=True)
time.sleep(1000)
"""


def line_of(word, program=PROGRAM):
    return next(number for number, line in enumerate(program.splitlines(), 1) if line.endswith(f"# {word}"))


def run(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=PATIENCE_S).stdout


def expected():
    """What must be said: each greenlet, from its innermost line to its outermost."""
    inner, outer, read, main, tick = (rf"\S*program\.py:{line_of(word)} "
                                      for word in ("inner", "outer", "read", "main", "tick"))
    library = r"(      \S+/gevent/.*\n)+"
    return (rf"5 greenlets are suspended in the same place\n    Python:\n{library}      {inner}inner\n      {outer}outer\n\n",
            rf"a greenlet is suspended\n    Python:\n{library}      {read}read\n\n",
            rf"a greenlet is suspended\n    Python:\n({library})?      {main}<module>\n\n",
            rf"3 greenlets are suspended in the same place\n    Python:\n{library}      {tick}tick\n\n",
            # The hub's C stack has not those that wait for it behind it.
            r"\n      greenlet::UserGreenlet::g_initialstub .*\n    Python:\n      \S+/gevent/hub.py:\d+ run\n")


def check_top(greq, pid):
    """The program's own lines, though the innermost are gevent's, and the hub's for the thread that runs it. Those
    that have run between the two looks come last."""
    hung = r">[1-9]\d*\.\d s .* suspended"
    wanted = [rf"^ +5 +{hung} +inner \(program\.py:{line_of('inner')}\)$",
              rf"^ +1 +{hung} +read \(program\.py:{line_of('read')}\)$", "; 10 tasks parked; CPU [0-9]+ %$",
              rf"^ +3 +>0\.0 s .* suspended +tick \(program\.py:{line_of('tick')}\)\n\Z"]
    missing, until = wanted, time.monotonic() + PATIENCE_S
    while missing and time.monotonic() < until:
        said = run(greq, "top", str(pid))
        missing = [part for part in wanted if not re.search(part, said, re.MULTILINE)]
    return missing and f"top: missing {missing} in:\n{said}"


def check(greq, folder):
    path = f"{folder}/program.py"
    with open(path, "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    said, until = "", time.monotonic() + PATIENCE_S
    with subprocess.Popen([sys.executable, path]) as program:
        while time.monotonic() < until and program.poll() is None:
            said = run(greq, "dump", str(program.pid))
            if all(re.search(part, said) for part in expected()):
                break
            time.sleep(0.1)
        fault = check_top(greq, program.pid)
        program.kill()
    missing = [part for part in expected() if not re.search(part, said)]
    if missing or said.count("suspended") != 4:  # neither the hub, which runs, nor what has not begun
        return f"missing {missing} in:\n{said}"
    return fault or None


def check_tasks(greq, library, folder):
    """Those that block, and no greenlet in which no task is."""
    path = f"{folder}/tasks.py"
    with open(path, "w", encoding="utf-8") as file:
        file.write(TASKS)
    blocked = rf"^ +3 +\S.* suspended +block \(tasks\.py:{line_of('block', TASKS)}\)$"
    said, until = "", time.monotonic() + PATIENCE_S
    environment = {**os.environ, "LD_PRELOAD": library, "GREQ_PATCH": "all,asyncio"}
    with subprocess.Popen([sys.executable, path], env=environment) as program:
        while time.monotonic() < until and not re.search(blocked, said, re.MULTILINE):
            said = run(greq, "top", str(program.pid))
        dumped = run(greq, "dump", str(program.pid))
        program.kill()
    if not re.search(blocked, said, re.MULTILINE) or re.search(r"suspended .*<libgreq>", said):
        return f"top: {said}"
    of_none = re.search(r"suspended.*\n    Python:\n(      <libgreq>:.*\n)+\n", dumped)
    return of_none and f"dump: {of_none[0]}in {dumped}"


def check_objects(greq, folder):
    """They are not read where nothing makes greenlets."""
    counts = f"{folder}/counts"
    with subprocess.Popen([sys.executable, "-c", OBJECTS], stdout=subprocess.PIPE) as program:
        program.stdout.readline()
        run("strace", "-f", "-qq", "-c", "-o", counts, greq, "dump", str(program.pid))
        program.kill()
    with open(counts, encoding="utf-8") as file:
        reads = [int(line.split()[3]) for line in file if line.endswith(" process_vm_readv\n")]
    return None if reads and reads[0] < 50000 else f"reads of memory: {reads}"


def main():
    greq, *library = sys.argv[1:]
    if sys.version_info[:2] != (3, 11) or subprocess.run([sys.executable, "-c", "import gevent"], check=False,
                                                         capture_output=True, timeout=PATIENCE_S).returncode:
        print("there is no gevent here, or another Python")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        fault = check(greq, folder)
        if library:
            fault = fault or check_tasks(greq, library[0], folder)
        if shutil.which("strace"):
            fault = fault or check_objects(greq, folder)
        sys.exit(fault)


main()
