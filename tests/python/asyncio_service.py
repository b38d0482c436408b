"""Runs examples/asyncio_service: with the word ten requests that block take less than half as long.

Usage: asyncio_service.py TOP BUILD
"""

import re
import subprocess
import sys

top, build = sys.argv[1:]
said = subprocess.run([f"{top}/examples/asyncio_service/run", "--build-dir", build], check=True,
                      capture_output=True, text=True).stdout
seconds = [float(found) for found in re.findall(r"^/(?:sleep|child|thread|database) +([\d.]+) s", said, re.MULTILINE)]
routes = 3 if "/database is left out" in said else 4
plain, word = seconds[:routes], seconds[routes:]
if len(seconds) != 2 * routes or min(plain) < 5 or any(2 * b > a for a, b in zip(plain, word)):
    sys.exit(said)
