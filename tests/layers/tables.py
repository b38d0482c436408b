"""Checks the names in tables.ld. Usage: tables.py TOP NM LIBRARY

The linker takes a section that is not there for none, and the function that it was for stands among
the others. So each name must be that of a function which stands where the script puts it. The list
is that of a release build by gcc: another one makes other functions a part of their callers. Exit
status 77 where the linker took no script.
"""

import os
import re
import subprocess
import sys

from faults import tell

LINE = re.compile(r"^ +\*\(\.text\.(\w+) \.text\.(\w+)\.\*\)$", re.MULTILINE)
SECTION = ".text_of_processes"


def functions(nm, library):
    """Those in the section. A part of a function has a suffix: name.part.0."""
    lines = subprocess.run([nm, "-f", "sysv", library], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    fields = ([field.strip() for field in line.split("|")] for line in lines)
    return {row[0].split(".")[0] for row in fields if row[-1] == SECTION}


def faults(names, known):
    for name, again in names:
        if name != again:
            yield f"tables.ld: one line names {name} and {again}"
        if name not in known:
            yield f"tables.ld: no function {name} in {SECTION}: take the line out"
    if not names:
        yield "tables.ld: no names"


def main():
    top, nm, library = sys.argv[1:]
    with open(os.path.join(top, "shim", "tables.ld"), encoding="utf-8") as script:
        names = LINE.findall(script.read())
    known = functions(nm, library)
    if not known:
        sys.exit(77)
    tell([*faults(names, known)])


main()
