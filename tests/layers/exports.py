"""Checks what libgreq.so shows and needs. Usage: exports.py TOP LIBRARY

It exports the rows of hooks.def and greq_*, all of them and nothing else, without a version; it
needs no library but libc, and its stack is not executable.
"""

import re
import subprocess
import sys

from faults import hooks, tell

# A sanitizer's build needs its runtime.
NEEDED = r"libc\.so\.6|ld-linux-.*|lib[amtu]b?san\.so\..*"
SANITIZER = r"libgcc_s\.so\.1|libm\.so\.6|libstdc\+\+\.so\.6"


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check_exports(top, library):
    lines = output_of("nm", "-D", "--defined-only", library).splitlines()
    exported = {line.split()[2] for line in lines}
    rows = {row[0] for row in hooks(top)}
    for name in sorted(rows - exported):
        yield f"{name} is a row of hooks.def and not exported"
    for name in sorted(exported - rows):
        if "@" in name:
            yield f"{name} is exported with a version: no caller would be bound to it"
        elif not name.startswith("greq_"):
            yield f"{name} is exported and no row of hooks.def"
    if "greq_map" not in exported:
        yield "greq_map is not exported"


def check_needs(library):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-dW", library))
    sanitized = any("san.so" in name for name in needed)
    for name in needed:
        if not re.fullmatch(NEEDED, name) and not (sanitized and re.fullmatch(SANITIZER, name)):
            yield f"{library} needs {name}"


def check_form(library):
    if "Version definition" in output_of("readelf", "-VW", library):
        yield f"{library} defines symbol versions"
    if re.search(r"GNU_STACK.*RWE", output_of("readelf", "-lW", library)):
        yield f"{library} asks for an executable stack"
    if "TEXTREL" in output_of("readelf", "-dW", library):
        yield f"{library} has text relocations"


def main():
    top, library = sys.argv[1:]
    tell([*check_exports(top, library), *check_needs(library), *check_form(library)])


main()
