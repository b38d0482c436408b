"""Programs of others do the same alone, preloaded and recorded. Usage: same.py LIBRARY [--full] [NAME...]

programs.txt has a row for each: what it needs, and a script. Compared are output, complaints, exit
status, the files that it leaves in its folder, and the processes that outlive it. A row whose commands are not here
is left out, with a word. Exit status: 0 the same, 1 a row differs, 77 no row could be run.
"""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT_S = 60
GRACE_S = 3
SKIPPED = 77
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games"

# What all scripts begin with. `await PORT` waits for a listener, `await_file FILE` for a file.
PRELUDE = r"""
await() { for _ in {1..200}; do (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null && return; sleep 0.05; done; echo "nobody listens"; }
await_file() { for _ in {1..200}; do [ -e "$1" ] && return; sleep 0.05; done; echo "no file $1"; }
end() { kill "$@" 2>/dev/null; wait "$@" 2>/dev/null; true; }
"""


def rows():
    text = (HERE / "programs.txt").read_text(encoding="utf-8")
    for name, words, script in re.findall(
            r"^\[(\w+)\]([^\n]*)\n(.*?)(?=^\[\w+\]|\Z)", text, re.MULTILINE | re.DOTALL):
        needs = words.split()
        full = "full" in needs
        yield name, full, [need for need in needs if need != "full"], script


def is_here(need):
    return Path(need).exists() if need.startswith("/") else shutil.which(need, path=PATH)


def free_ports():
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [str(holder.getsockname()[1]) for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def files_of(folder):
    """Their names and what regular ones hold; sockets and the like by name."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
            for path in sorted(folder.rglob("*")) if not path.is_symlink()}


def children():
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in task.read_text().split()]


def children_that_stay():
    """Who is about to end gets the time to."""
    give_up = time.monotonic() + GRACE_S
    while (left := children()) and time.monotonic() < give_up:
        while left and os.waitpid(-1, os.WNOHANG)[0]:
            left = children()
        time.sleep(0.05)
    return left


def run(script, environment):
    """Everything that is compared, in one value that can be printed."""
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: whom it leaves behind comes here
    with tempfile.TemporaryDirectory(prefix="greq-real-") as place:
        folder = Path(place, "home")
        folder.mkdir()
        names = dict(zip(("PORT", "PORT2", "PORT3"), free_ports()))
        variables = {"PATH": PATH, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb",
                     "TMPDIR": place, **names, **{key: value.replace("PLACE", place)
                                                  for key, value in environment.items()}}
        with subprocess.Popen(["/bin/bash", "-c", PRELUDE + script], cwd=folder, env=variables,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True) as process:
            try:
                out, err = process.communicate(timeout=LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                err += b"-- it did not end"
        left = children_that_stay()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        plain = [text.replace(place.encode(), b"PLACE") for text in (out, err)]
        for name, port in names.items():
            plain = [re.sub(rb"\b%s\b" % port.encode(), name.encode(), text) for text in plain]
        plain[1] = re.sub(rb"(line \d+: +|pid=|-daemon\[)\d+", rb"\1PID", plain[1])
        return {"output": plain[0], "complaints": plain[1], "status": process.returncode,
                "files": files_of(folder), "left behind": len(left)}


def shown(value):
    return repr(value)[:1500]


def ways(library):
    trace = {"GREQ_TRACE": "PLACE/trace", "GREQ_PATCH": "none"}
    yield "preloaded", {"LD_PRELOAD": library}
    yield "recorded", {"LD_PRELOAD": library} | trace


def does_something(result):
    return result["output"] or result["files"]


def judge(row, library):
    """What differs, "" when nothing."""
    name, _, _, script = row
    alone = run(script, {})
    if not does_something(alone):
        alone = run(script, {})  # a server that starts late on a busy machine
    if not does_something(alone):
        return f"{name}: alone it does nothing\n{shown(alone)}\n"
    for way, environment in ways(library):
        seen = run(script, environment)
        differing = [key for key in alone if alone[key] != seen[key]]
        if differing:
            return "".join(f"{name}, {way}: {key}\n  alone: {shown(alone[key])}\n"
                           f"  now:   {shown(seen[key])}\n" for key in differing)
    return ""


def judge_in_a_process(row, library):
    """Whom a row leaves behind is then this row's."""
    command = [sys.executable, "-B", __file__, library, "--one", row[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return row[0], done.returncode, done.stdout + done.stderr


def main():
    library, *words = sys.argv[1:]
    names = [word for word in words if not word.startswith("--")]
    table = [row for row in rows() if row[0] in names or not names]
    if "--one" in words:
        wrong = judge(table[0], library)
        print(wrong, end="")
        return 1 if wrong else 0
    wanted = [row for row in table if names or "--full" in words or not row[1]]
    able = [row for row in wanted if all(is_here(need) for need in row[2])]
    for row in wanted:
        if row not in able:
            print(f"{row[0]}: left out, for want of {[n for n in row[2] if not is_here(n)]}")
    wrong = 0
    with ThreadPoolExecutor(3) as pool:
        for name, status, text in pool.map(lambda row: judge_in_a_process(row, library), able):
            print(text or f"{name}: the same", end="" if text else "\n", flush=True)
            wrong += status != 0
    print(f"{len(able)} programs, {wrong} differ")
    return SKIPPED if not able else 1 if wrong else 0


sys.exit(main())
