"""Checks the rows of hooks.def against libc, libssl and libstdc++, and against the tests.

Usage: symbols.py TOP LIBC LIBSSL LIBCXX

Every row must exist, and no other name of a function that is hooked may be missing: a program that
uses it would not be seen. Every function that a program can name in GREQ_PATCH has an overlap test.
"""

import os
import re
import subprocess
import sys

from faults import hooks, tell

# Functions that wait for nothing, and so cannot be seen to overlap.
NOT_OVERLAPPING = {"close"}

# Functions of a glibc that is newer than the oldest one that is built for.
NEWER = "__isoc23_"


def is_for_programs(symbol):
    """Not private, and not there for the sake of old programs alone: `name@VERSION`."""
    return not symbol.endswith("GLIBC_PRIVATE") and ("@@" in symbol or "@" not in symbol)


def names_of(library):
    """Dynamic symbols that programs can be linked against."""
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    symbols = (line.split()[-1] for line in lines)
    return {name.split("@")[0] for name in symbols if is_for_programs(name)}


def other_names(function):
    return {f"__{function}", f"__{function}_chk", f"{function}64", f"__{function}64",
            f"__libc_{function}"}


def check_rows(rows, libraries):
    for symbol, _, _, library, _, _ in rows:
        if symbol not in libraries[library] and not symbol.startswith(NEWER):
            yield f"hooks.def: {library} has no {symbol}"


def check_other_names(rows, libc):
    hooked = {row[0] for row in rows}
    for function in sorted({covered_by for _, covered_by, _, library, _, _ in rows if library == "LIBC"}):
        for name in sorted(other_names(function) & libc - hooked):
            yield f"hooks.def: {name}, another name of {function}, is missing"


def check_tests(rows, top):
    with open(os.path.join(top, "tests", "hook", "overlap.c"), encoding="utf-8") as text:
        tested = set(re.findall(r'\{"overlap_\w+", "(\w+)"', text.read()))
    for function in sorted({covered_by for _, covered_by, family, _, _, _ in rows if family != "own"}):
        if function not in tested | NOT_OVERLAPPING:
            yield f"tests/hook/overlap.c: no test of {function}"


def main():
    top, libc, libssl, libcxx = sys.argv[1:]
    rows = hooks(top)
    libraries = {"LIBC": names_of(libc), "LIBSSL": names_of(libssl),
                 "LIBCXX": names_of(libcxx)}
    tell([*check_rows(rows, libraries), *check_other_names(rows, libraries["LIBC"]),
          *check_tests(rows, top)])


main()
