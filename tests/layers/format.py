"""Checks that all C and C++ files are formatted as .clang-format says. Usage: format.py TOP"""

import subprocess
import sys

from faults import files

top = sys.argv[1]
sys.exit(subprocess.run(["clang-format", "--dry-run", "--Werror", "-ferror-limit=1",
                         *files(top, (".c", ".h", ".cpp"))], cwd=top, check=False).returncode)
