"""What the checks of the source tree share: how faults are told, and the table of hooks."""

import os
import re
import sys

# Build folders and git's own are no part of the tree.
SKIPPED = {".git", "build"}


def tell(faults):
    """Prints the faults, one a line, and ends the program: status 1 if there is any."""
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


def files(top, suffixes=None):
    """Paths, relative to `top`, of all files of the tree, or those that end so."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            if suffixes is None or name.endswith(suffixes):
                yield os.path.relpath(os.path.join(folder, name), top)


def hooks(top):
    """The rows of shim/hooks.def: (symbol, covered_by, family, library, role, flags)."""
    with open(os.path.join(top, "shim", "hooks.def"), encoding="utf-8") as table:
        return re.findall(r"^HOOK\((\w+), (\w+), (\w+), (\w+), (\w+), (\w+)\)", table.read(), re.MULTILINE)
