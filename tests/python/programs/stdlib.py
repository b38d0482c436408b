"""Runs tests of CPython's own test suite and prints each one's outcome.

    stdlib.py plain|greenlet|patched TEST...

TEST: a module, class or test as unittest names it. greenlet: the tests run in a greenlet, and other
greenlets wait meanwhile. patched: gevent patches everything first.
"""

import os
import sys

if sys.argv[1] == "patched":
    from gevent import monkey
    monkey.patch_all()

import tempfile
import unittest

from test import support


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = []

    def addSuccess(self, test):
        self.outcomes.append(f"{test.id()} passed")

    def addSkip(self, test, reason):
        self.outcomes.append(f"{test.id()} skipped")

    def addFailure(self, test, err):
        self.outcomes.append(f"{test.id()} failed")
        super().addFailure(test, err)

    addExpectedFailure = addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err:
            self.addFailure(subtest, err)


def in_greenlet(function, *arguments):
    import gevent

    def others():
        while True:
            gevent.sleep(0.005)
    other = gevent.spawn(others)
    gevent.spawn(function, *arguments).get()
    other.kill()


def main():
    """The tests write what they like; only the outcomes go where the output went."""
    facts = os.fdopen(os.dup(1), "w")
    complaints = os.fdopen(os.dup(2), "w")
    with tempfile.TemporaryFile("w") as noise, tempfile.TemporaryDirectory() as folder:
        os.dup2(noise.fileno(), 1)
        os.dup2(noise.fileno(), 2)
        os.chdir(folder)
        support.use_resources = []  # no network, nothing that takes long
        result = Outcomes()
        tests = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[2:])
        in_greenlet(tests.run, result) if sys.argv[1] == "greenlet" else tests.run(result)
    print(*sorted(result.outcomes), sep="\n", file=facts, flush=True)
    if "STDLIB_WHY" in os.environ:
        print(*(text for _, text in result.failures), file=complaints, flush=True)


main()
