"""A budget for each test: a test that holds up a loop, a connection or a lock fails, with the line.

    greq run --patch none -- pytest --greq
    greq run --patch none -- pytest --greq --greq-budget budget.ini

Each test is recorded for itself (greq on, greq off) and held to the budget by greq check; see
greq-check(1) for what may be in one. Without one, 0.2 s of each figure are allowed. A test has its
own by a marker, which replaces the file:

    @pytest.mark.greq_budget(loop_blocked_s=0.5, min_coverage=0.9)

With --greq-marks each test is a part of one recording of all, for budgets with [mark NAME]:

    greq check --budget budget.ini -- pytest --greq-marks

A recording of its own costs a test some 0.1 s. Fixtures are not part of it. Of a test of a few milliseconds too
little may be seen to judge it, which is a warning: min_coverage in the budget says how much is enough.
"""

import ctypes
import os
import shutil
import tempfile
import time
import warnings
# What is called while a test's own monkeypatch holds is bound before it.
from subprocess import DEVNULL, Popen
from time import monotonic, sleep

import pytest

TIMEOUT_S = 30
LOOK_S = 0.002
YOUNG_S = 5  # so long a process that cannot be recorded yet is asked again
WITHIN, OVER = 0, 1  # statuses of greq check


class Unavailable(Exception):
    """This process cannot be recorded."""


def call_greq(*command):
    """The status and the output of a command about this process, which must make calls meanwhile:
    it learns of the command by them."""
    with tempfile.TemporaryFile() as out:
        with Popen(command, stdin=DEVNULL, stdout=out, stderr=out) as running:
            deadline = monotonic() + TIMEOUT_S
            while running.poll() is None:
                sleep(LOOK_S)
                if monotonic() > deadline:
                    running.kill()
                    raise Unavailable(f"{' '.join(command)}: no answer")
        out.seek(0)
        return running.returncode, out.read().decode(errors="replace")


def offending(verdict):
    """The part of a verdict that says what was over budget, and where."""
    shown, is_over = [], False
    for line in verdict.splitlines():
        if not line.startswith(" "):
            is_over = line.startswith("over budget ")
        if is_over:
            shown.append(line)
    return "\n".join(shown)


class Recorder:
    """Records tests, and judges what was recorded."""

    def __init__(self, greq, budget):
        self.greq = greq
        self.budget = budget  # the path of a file, or None
        self.pid = str(os.getpid())

    def begin(self, trace):
        """Begins to record. A process can be recorded from its second second on."""
        while True:
            status, text = call_greq(self.greq, "on", "-o", trace, self.pid)
            if not status:
                return
            if time.clock_gettime(time.CLOCK_BOOTTIME) > self.started() + YOUNG_S:
                raise Unavailable(text.strip())
            sleep(0.05)

    @staticmethod
    def started():
        """When this process began, in seconds since the machine did."""
        with open("/proc/self/stat", encoding="utf-8") as stat:
            ticks = int(stat.read().rpartition(")")[2].split()[19])
        return ticks / os.sysconf("SC_CLK_TCK")

    def end(self):
        status, text = call_greq(self.greq, "off", self.pid)
        if status:
            raise Unavailable(text.strip())

    def judge(self, trace, budget):
        """The status of greq check, and what it says."""
        path = budget or self.budget
        return call_greq(self.greq, "check", *(["--budget", path] if path else []), trace)


def budget_of(item, folder):
    """The budget file of a test's own marker, or None."""
    marker = item.get_closest_marker("greq_budget")
    if not marker:
        return None
    path = os.path.join(folder, "budget.ini")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[budget]\n")
        file.writelines(f"{key} = {value}\n" for key, value in marker.kwargs.items())
    return path


def pytest_addoption(parser):
    group = parser.getgroup("greq")
    group.addoption("--greq", action="store_true", help="hold each test to a budget of greq's")
    group.addoption("--greq-marks", action="store_true", help="name the test in a recording of all by greq_mark")
    group.addoption("--greq-budget", metavar="FILE", help="what a test may cost; see greq-check(1)")
    group.addoption("--greq-command", metavar="GREQ", default="greq", help="the command greq")


def is_preloaded():
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        return any("/libgreq.so" in line for line in maps)


def pytest_configure(config):
    config.addinivalue_line("markers", "greq_budget(key=value, ...): what the test may cost, by "
                                       "the keys of a budget of greq-check(1)")
    if config.getoption("--greq-marks"):
        if not is_preloaded():
            raise pytest.UsageError("libgreq.so is not preloaded: run `greq check -- pytest --greq-marks`")
        config.pluginmanager.register(Marks())
    if not config.getoption("--greq"):
        return
    greq = shutil.which(config.getoption("--greq-command"))
    if not greq:
        raise pytest.UsageError("there is no command greq: name it with --greq-command")
    if not is_preloaded():
        raise pytest.UsageError("libgreq.so is not preloaded: run `greq run --patch none -- pytest --greq`")
    budget = config.getoption("--greq-budget")
    config.pluginmanager.register(Plugin(Recorder(os.path.abspath(greq), budget and os.path.abspath(budget))))


class Marks:
    """Each test is a part of its thread's that has the test's name."""

    def __init__(self):
        self.mark = ctypes.CDLL(None).greq_mark

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item):
        self.mark(item.nodeid.encode())
        yield
        self.mark(None)


class Plugin:
    """What is done with each test, if it is asked for."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.over = {}  # what greq check says, by test

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item):
        with tempfile.TemporaryDirectory(prefix="greq-") as folder:
            trace = os.path.join(folder, "trace")
            try:
                self.recorder.begin(trace)
            except Unavailable as reason:
                warnings.warn(f"greq: not recorded: {reason}")
                yield
                return
            yield
            try:
                self.recorder.end()
                self.judge(item, trace, budget_of(item, folder))
            except Unavailable as reason:
                warnings.warn(f"greq: not judged: {reason}")

    def judge(self, item, trace, budget):
        status, text = self.recorder.judge(trace, budget)
        if status == OVER:
            self.over[item.nodeid] = offending(text)
        elif status != WITHIN:
            warnings.warn(f"greq: not judged: {text.strip().splitlines()[0]}")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        over = self.over.pop(item.nodeid, None) if call.when == "call" else None
        if over and report.passed:
            report.outcome = "failed"
            report.longrepr = over
        elif over:
            report.sections.append(("greq", over))
