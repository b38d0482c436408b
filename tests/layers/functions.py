"""Checks that every function of libc and libssl has a class. Usage: functions.py TOP LIBC LIBSSL

A function waits and is patched or logged (a row of hooks.def), waits and is neither, with a reason, or
does not wait (functions.txt). What is in neither file is new, and somebody has to think about it.
"""

import fnmatch
import os
import re
import subprocess
import sys

from faults import hooks, tell

# What a heading begins with.
CLASSES = ("waits: ", "does not wait: ")


def exported(library):
    """Functions that programs can be linked against."""
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    for kind, symbol in (line.split()[-2:] for line in lines):
        name, _, version = symbol.partition("@")
        is_old = version and not version.startswith("@")
        if kind in "TWi" and not is_old and not version.endswith("GLIBC_PRIVATE"):
            yield name


def read_classes(top):
    """(heading, patterns) of each group."""
    with open(os.path.join(top, "tests", "layers", "functions.txt"), encoding="utf-8") as text:
        groups = re.findall(r"^\[(.*)\]\n((?:[^\[#\n].*\n)+)", text.read(), re.MULTILINE)
    return [(heading, names.split()) for heading, names in groups]


def check_waiting(top):
    """What greq doctor lists as waiting unhooked is not patched."""
    patched = {row[0] for row in hooks(top) if not row[5].startswith("LOGGED")}
    path = os.path.join("tracer", "doctor", "waiting.c")
    with open(os.path.join(top, path), encoding="utf-8") as text:
        table = text.read().split("waiting_groups[] =")[1]
    groups = re.findall(r'\{"\w+", "[^"]*",\s*((?:"[^"]*"\s*)+)\}', table)
    for name in sorted(set(re.findall(r"\w+", " ".join(groups))) & patched):
        yield f"{path}: {name} is patched, says hooks.def"


def check(top, libraries):
    hooked = {row[0] for row in hooks(top)}
    others = {name for library in libraries for name in exported(library)} - hooked
    classed = set()
    for heading, patterns in read_classes(top):
        if not heading.startswith(CLASSES):
            yield f"functions.txt: [{heading}] is no class"
        for pattern in patterns:
            if pattern in hooked:
                yield f"functions.txt: {pattern} is a row of hooks.def"
            classed.update(fnmatch.filter(others, pattern))
    for name in sorted(others - classed):
        yield f"{name} has no class: make it a row of hooks.def, or name it in functions.txt"


def main():
    top, *libraries = sys.argv[1:]
    tell([*check_waiting(top), *check(top, libraries)])


main()
