"""Checks that the tree speaks only of itself. Usage: words.py TOP

No path of a machine that it was written on, no neighbour outside of the tree, and no issue by number,
which means nothing to who has only the sources.
"""

import os
import re
import sys

from faults import files, tell

FORBIDDEN = [re.compile(pattern) for pattern in (
    rb"(?<![\w.])/work/", rb"\.\./shared\b", rb"/tmp/brief", rb"(?i)\bissue \d", rb"\bCEO\b")]

THIS = os.path.basename(__file__)


def check(top):
    for name in files(top):
        path = os.path.join(top, name)
        if os.path.islink(path) or os.path.basename(name) == THIS:
            continue
        with open(path, "rb") as text:
            for number, line in enumerate(text, 1):
                if any(pattern.search(line) for pattern in FORBIDDEN):
                    yield f"{name}:{number}: {line.strip().decode(errors='replace')}"


tell(list(check(sys.argv[1])))
