"""Checks that each file of the library and the command opens with its idea. Usage: openings.py TOP

A comment comes first: in a header, a table, a file in assembler or Python; in a .c file, or in the header of
the same name.
"""

import os
import sys

from faults import files, tell

COMMENTS = {".c": "/*", ".h": "/*", ".def": "/*", ".S": ("/*", "//", "#"), ".py": '"""'}


def opens(path):
    with open(path, encoding="utf-8") as file:
        return file.read(8).startswith(COMMENTS[os.path.splitext(path)[1]])


def check(top, part):
    for name in files(os.path.join(top, part), tuple(COMMENTS)):
        path = os.path.join(top, part, name)
        header = os.path.splitext(path)[0] + ".h"
        if not opens(path) and not (path.endswith(".c") and os.path.exists(header)):
            yield f"{part}/{name} does not open with a comment that says its idea"


tell([*check(sys.argv[1], "shim"), *check(sys.argv[1], "tracer")])
