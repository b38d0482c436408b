"""Runs pytest with the plug-in, out of its wheel. Usage: pytest_plugin.py GREQ WHEEL

Skipped (77) where there is no pytest.
"""

import os
import re
import subprocess
import sys
import tempfile

SKIPPED = 77
TIMEOUT_S = 60

TESTS = '''
import asyncio
import os
import subprocess
import time

import pytest


def block_loop():
    time.sleep(0.3)  # here


async def program(first):
    for step in (first, lambda: None, lambda: None):
        step()
        await asyncio.sleep(0.01)


def test_within():
    asyncio.run(program(lambda: None))


def test_over():
    asyncio.run(program(block_loop))


@pytest.mark.greq_budget(loop_blocked_s=9, min_coverage=0.3)
def test_own_budget():
    asyncio.run(program(block_loop))


def test_replaces(monkeypatch):  # what the plug-in may be using, until after the test
    def refuse(*arguments, **named):
        raise OSError("not to be called")
    asyncio.run(program(lambda: None))
    monkeypatch.chdir("/")
    for module, name in (subprocess, "Popen"), (time, "sleep"), (time, "monotonic"), (os, "getpid"):
        monkeypatch.setattr(module, name, refuse)


@pytest.mark.greq_budget(longest_call_s=0.01, min_coverage=0.3)
def test_own_failure():
    time.sleep(0.1)
    assert False, "its own"
'''
BUDGET = "[budget]\nloop_blocked_s = 0.2\nmin_coverage = 0.3\n"
MARKS = "[budget]\nmin_coverage = 0.3\n[mark *::test_*]\nloop_blocked_s = 0.2\n"
LINE = next(number for number, line in enumerate(TESTS.splitlines(), 1) if "# here" in line)


def run(folder, wheel, *command):
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1",
                       PYTHONPATH=f"{wheel}:{os.environ.get('PYTHONPATH', '')}")
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True,
                            check=False, timeout=TIMEOUT_S)
    return result.returncode, result.stdout + result.stderr


def check_outcomes(said):
    outcomes = dict(re.findall(r"^test_it\.py::(\w+) (\w+)", said, re.MULTILINE))
    expected = {"test_within": "PASSED", "test_over": "FAILED", "test_own_budget": "PASSED",
                "test_replaces": "PASSED",
                "test_own_failure": "FAILED"}
    if outcomes != expected:
        yield f"the outcomes are {outcomes}"


def check_failures(said):
    if not re.search(rf"over budget +loop_blocked_s.*\n.*block_loop.*test_it\.py:{LINE}\b", said):
        yield f"the line {LINE} is not named"
    if "its own" not in said or not re.search(r"over budget +longest_call_s", said):
        yield "a test that fails by itself has not both"


def check(greq, wheel, folder):
    with open(folder + "/test_it.py", "w", encoding="utf-8") as file:
        file.write(TESTS)
    with open(folder + "/budget.ini", "w", encoding="utf-8") as file:
        file.write(BUDGET)
    pytest = (sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "test_it.py")
    status, said = run(folder, wheel, greq, "run", "--patch", "none", "--", *pytest, "--greq",
                       "--greq-command", os.path.relpath(greq, folder), "--greq-budget", "budget.ini")
    faults = list(check_outcomes(said)) + list(check_failures(said))
    if status != 1 or faults:
        yield from [f"status {status}:\n{said}", *faults]
    with open(folder + "/marks.ini", "w", encoding="utf-8") as file:
        file.write(MARKS)
    status, said = run(folder, wheel, greq, "check", "--budget", "marks.ini", "--", *pytest[:-1],
                       "--greq-marks", "test_it.py::test_within", "test_it.py::test_over")
    if status != 1 or not re.search(r"over budget +loop_blocked_s \[test_it\.py::test_over\].*\n.*"
                                    rf"block_loop.*test_it\.py:{LINE}\b", said) or (
            "within          loop_blocked_s [test_it.py::test_within]" not in said):
        yield f"with marks: status {status}:\n{said}"
    status, said = run(folder, wheel, *pytest, "--greq", "--greq-command", greq)
    if status != 4 or "is not preloaded" not in said:
        yield f"without the preload: status {status}:\n{said}"


def main():
    greq, wheel = sys.argv[1:]
    if subprocess.run([sys.executable, "-c", "import pytest"], check=False, capture_output=True,
                      timeout=TIMEOUT_S).returncode:
        print("there is no pytest here")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        faults = list(check(greq, wheel, folder))
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
