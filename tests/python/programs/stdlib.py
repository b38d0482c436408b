"""Runs tests of CPython's own test suite and prints each one's outcome.

    stdlib.py plain|main|greenlet|patched TEST...

TEST: a module, class or test as unittest names it. main, greenlet: the tests run in the main
greenlet, to which handlers of signals throw what they throw, or in another one, and others wait
meanwhile. patched: gevent patches everything first.
"""

import os
import sys

if sys.argv[1] == "patched":
    from gevent import monkey
    monkey.patch_all()

import tempfile
import unittest

from test import support

MORE_TRIES = 2


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = []
        self.failed = []

    def addSuccess(self, test):
        self.outcomes.append(f"{test.id()} passed")

    def addSkip(self, test, reason):
        self.outcomes.append(f"{test.id()} skipped")

    def addFailure(self, test, err):
        self.outcomes.append(f"{test.id()} failed")
        self.failed.append(test)
        super().addFailure(test, err)

    addExpectedFailure = addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err:
            self.addFailure(subtest, err)


def plainly(function, *arguments):
    function(*arguments)


def in_main(function, *arguments):
    import gevent

    def others():
        while True:
            gevent.sleep(0.005)
    other = gevent.spawn(others)
    gevent.sleep(0)
    function(*arguments)
    other.kill()


def in_greenlet(function, *arguments):
    import gevent
    in_main(lambda: gevent.spawn(function, *arguments).get())


WAYS = {"plain": plainly, "patched": plainly, "main": in_main, "greenlet": in_greenlet}


class Aside:
    """The tests write what they like: it goes to a file, which is shown when they cannot be run."""

    def __enter__(self):
        self.kept = [(number, os.dup(number)) for number in (1, 2)]
        self.noise = tempfile.TemporaryFile()
        for number, _ in self.kept:
            os.dup2(self.noise.fileno(), number)

    def __exit__(self, kind, error, trace):
        sys.stdout.flush()
        for number, copy in self.kept:
            os.dup2(copy, number)
            os.close(copy)
        if error:
            self.noise.seek(0)
            sys.stderr.write(self.noise.read().decode(errors="replace")[-5000:])
        self.noise.close()


def try_again(way, result):
    """On a busy machine a test may fail once: a handler's exception goes to whichever greenlet runs."""
    for test in result.failed:
        for _ in range(MORE_TRIES if isinstance(test, unittest.TestCase) else 0):
            once = Outcomes()
            way(unittest.TestSuite([test]).run, once)
            if not once.failed:
                result.outcomes.remove(f"{test.id()} failed")
                result.outcomes += once.outcomes
                break


def main():
    result = Outcomes()
    with Aside(), tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        support.use_resources = []  # no network, nothing that takes long
        tests = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[2:])
        way = WAYS[sys.argv[1]]
        way(tests.run, result)
        try_again(way, result)
        os.chdir("/")
    print(*sorted(result.outcomes), sep="\n")
    if "STDLIB_WHY" in os.environ:
        print(*(text for _, text in result.failures), file=sys.stderr)


main()
