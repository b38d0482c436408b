"""Checks all shell scripts with shellcheck, where there is one. Usage: shell.py TOP"""

import os
import re
import shutil
import subprocess
import sys

from faults import files

SKIPPED = 77


def is_script(path):
    with open(path, "rb") as text:
        return re.match(rb"#!.*\b(ba|da)?sh\b", text.readline()) is not None


top = sys.argv[1]
if not shutil.which("shellcheck"):
    print("there is no shellcheck here")
    sys.exit(SKIPPED)
scripts = [name for name in files(top) if is_script(os.path.join(top, name))]
sys.exit(subprocess.run(["shellcheck", "-x", *scripts], cwd=top, check=False).returncode)
