"""Counts what runs of ctest did. Usage: count.py JUNIT-FILE...; prints "PASSED FAILED SKIPPED".

Of a test that several files tell of, the last one counts; a file that is not there tells of none. A
test program of Check runs many tests and says so in its output; any other counts as one, and so does
one that did not come to its end. No test at all is a failure.
"""

import os
import re
import sys
import xml.etree.ElementTree

CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.MULTILINE)


def count(case):
    if case.get("status") in ("disabled", "notrun"):
        return 0, 0, 1
    went_well = case.get("status") == "run"
    said = CHECK.search(case.findtext("system-out") or "")
    if not said:
        return (1, 0, 0) if went_well else (0, 1, 0)
    checks, bad = int(said[1]), int(said[2]) + int(said[3])
    if not went_well:
        bad = max(bad, 1)
    return checks - bad, bad, 0


def main():
    cases = {}
    for path in filter(os.path.exists, sys.argv[1:]):
        for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
            cases[case.get("name")] = case
    counts = [count(case) for case in cases.values()] or [(0, 1, 0)]
    print(*(sum(column) for column in zip(*counts)))


main()
