"""Checks that the tree speaks only of itself, and plainly. Usage: words.py TOP

No path of the machine that it is on or was written on, and nothing left for later. What users read, which
is the tracer's and the shim's texts, the pages of the manual and README, has none of PHRASES: they were
read and not understood.
"""

import os
import re
import sys

from faults import files, tell

THIS = os.path.basename(__file__)
READ_BY_USERS = re.compile(r"man/|README\.md$|docs/|(tracer|shim)/.*\.(c|def|js|html)$")
PHRASES = re.compile(
    r"so long connections waited|by another way|\b(let|lets) \S+ be patched|is no fault"
    r"|are told of\b|\bis told of\b|\bis told(\.|$| in )|[Aa] line tells|made as they are|made as it is"
    r"|in a circle|\bnot when$|in thought|put an end to|come to an end|where one must be|interposes nobody"
    r"|its thread's tasks with it|^The reason is told|\btell of\b")


def texts(name, line):
    """What a user reads of a line: of a source file its strings, else all of it."""
    if re.search(r"\.(c|def|js)$", name):
        return " ".join(a or b for a, b in re.findall(r'"((?:[^"\\]|\\.)*)"|`([^`]*)`', line))
    return line


def check_phrases(top):
    for name in files(top):
        if not READ_BY_USERS.match(name):
            continue
        with open(os.path.join(top, name), encoding="utf-8") as text:
            for number, line in enumerate(text, 1):
                if PHRASES.search(texts(name, line.rstrip("\n"))):
                    yield f"{name}:{number}: {line.strip()}"


def check(top):
    here = re.escape(os.fsencode(os.path.abspath(top))) + rb"(?![\w.-])"
    forbidden = [re.compile(pattern) for pattern in (
        here, rb"(?<![\w.])/(home|root)/\w", rb"\b(TODO|FIXME|XXX)\b")]
    for name in files(top):
        path = os.path.join(top, name)
        if os.path.islink(path) or os.path.basename(name) == THIS:
            continue
        with open(path, "rb") as text:
            for number, line in enumerate(text, 1):
                if any(pattern.search(line) for pattern in forbidden):
                    yield f"{name}:{number}: {line.strip().decode(errors='replace')}"


tell([*check(sys.argv[1]), *check_phrases(sys.argv[1])])
