"""The names that Node.js writes for perf(1) of code that it has made. Usage: made_code.py GREQ [recorded]

With "recorded", as a report has them.
Skipped (77) where there is no Node.js.
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
function inner(words) { Atomics.wait(words, 0, 0, 1000000); }
function outer(words) { inner(words); }
outer(new Int32Array(new SharedArrayBuffer(4)));
"""

def run(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=PATIENCE_S).stdout


def dump_until(greq, pid, wanted):
    said, until = "", time.monotonic() + PATIENCE_S
    while not re.search(wanted, said) and time.monotonic() < until:
        said = run(greq, "dump", str(pid))
    return said if re.search(wanted, said) else sys.exit(f"dump: no {wanted} in {said}")


def rename(maps, path):
    """What is written last counts."""
    found, until = None, time.monotonic() + PATIENCE_S
    while not found and time.monotonic() < until:
        text = ""
        if os.path.exists(maps):
            with open(maps, encoding="utf-8") as file:
                text = file.read()
        found = re.search(rf"^(\w+ \w+) JS:~inner {re.escape(path)}:2:15\n", text, re.MULTILINE)
    with open(maps, "a", encoding="utf-8") as file:
        file.write(f"{found[1]} JS:~a\x1b[31mb {path}:2:15\n")


def check_live(greq, command, path):
    with subprocess.Popen(command, cwd=os.path.dirname(path)) as program:  # it leaves a log there
        maps = f"/tmp/perf-{program.pid}.map"
        try:
            rename(maps, path)
            escaped = re.escape(path)
            dump_until(greq, program.pid, rf"\n +JS:a\?\[31mb {escaped}:2:15\n +JS:outer {escaped}:3:15\n")
            said = run(greq, "top", str(program.pid))
            if not re.search(r" futex +JS:a\?\[31mb /", said):
                sys.exit(f"top: {said}")
            os.utime(maps, (0, 0))  # as if it were left by another process
            dump_until(greq, program.pid, r"\n +0x[0-9a-f]+\n +0x[0-9a-f]+\n")
        finally:
            program.kill()
            program.wait()
            if os.path.exists(maps):
                os.unlink(maps)


def check_recorded(greq, command, trace):
    """The stack of a call that lasts a second or two is in the trace, with addresses alone."""
    said, until = "", time.monotonic() + PATIENCE_S
    with subprocess.Popen([greq, "trace", "-q", "-o", trace, "--", *command],
                          cwd=os.path.dirname(trace)) as recorder:
        while " from JS:inner /" not in said and time.monotonic() < until:
            time.sleep(0.2)
            said = run(greq, "report", trace)
        recorder.terminate()
        recorder.wait(PATIENCE_S)
    pid = next(name.split(".")[0] for name in os.listdir(trace) if name.endswith(".0.0"))
    again = run(greq, "report", trace)
    os.unlink(f"/tmp/perf-{pid}.map")
    without = run(greq, "report", trace)
    if " from JS:inner /" not in said or " from JS:inner /" not in again or "JS:" in without:
        sys.exit(f"report: {said}{again}{without}")


def main():
    greq, *recorded = sys.argv[1:]
    node = shutil.which("node")
    if not node:
        print("there is no Node.js here")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/hang.js"
        with open(path, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        command = [node, "--perf-basic-prof", "--interpreted-frames-native-stack", path]
        if recorded:
            check_recorded(greq, command, f"{folder}/trace")
        else:
            check_live(greq, command, path)


main()
