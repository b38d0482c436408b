"""Checks that the tree speaks only of itself. Usage: words.py TOP

No path of the machine that it is on or was written on, and nothing left for later.
"""

import os
import re
import sys

from faults import files, tell

THIS = os.path.basename(__file__)


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


tell(list(check(sys.argv[1])))
