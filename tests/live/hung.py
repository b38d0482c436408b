"""What greq dump and top say of programs that hang. Usage: hung.py GREQ VICTIMS"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 60


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=PATIENCE_S).stdout


def expect(pattern, text):
    found = re.search(pattern, text)
    return found or sys.exit(f"no {pattern} in {text}")


def check_stripped(greq, victim, folder):
    """Of an installed program (it lies where packages do) without symbols top has the function that is exported, and
    its stack is whole though where it starts has no name."""
    os.mkdir(f"{folder}/site-packages")
    program = shutil.copy(victim, f"{folder}/site-packages")
    with subprocess.Popen([program], stdout=subprocess.PIPE, text=True) as process:
        try:
            process.stdout.readline()
            expect(r" pause +wait_for_ever\n", run(greq, "top", str(process.pid)))
            stack = run(greq, "dump", str(process.pid))
        finally:
            process.kill()
    expect(r"\n      hangs_stripped\+0x[0-9a-f]+\n      wait_for_ever  .*\n", stack)
    expect(r"\n      __libc_start_main.*\n      hangs_stripped\+0x[0-9a-f]+\n\n\Z", stack)


def is_asleep(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().startswith(f"{pid} (sleep) S")


def check_asleep(greq):
    """Each processor has a clock of its own, and they differ: it matters not where greq runs."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    with subprocess.Popen(["sleep", "1000"]) as program:
        try:
            while not is_asleep(program.pid):
                time.sleep(0.01)
            begin = time.monotonic()
            time.sleep(1)
            for cpu in cpus:
                least = time.monotonic() - begin
                said = subprocess.run(["taskset", "-c", str(cpu), greq, "dump", str(program.pid)], check=True,
                                      capture_output=True, text=True, timeout=PATIENCE_S).stdout
                most = time.monotonic() - begin
                found = re.search(r", asleep for (\d+\.\d+) s\n", said)
                # Where it was moved to another one the kernel has forgotten it. What the host took does not count.
                if found and not 0.3 * least < float(found[1]) < most + 0.1:
                    sys.exit(f"asleep for {least} to {most} s: {said}")
        finally:
            program.kill()


def main():
    greq, victims = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        check_stripped(greq, f"{victims}/hangs_stripped", folder)
    check_asleep(greq)


main()
