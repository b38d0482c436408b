"""Runs examples/asyncio_service: with the word ten requests that block take less than half as long.

Usage: asyncio_service.py TOP BUILD
"""

import re
import subprocess
import sys

top, build = sys.argv[1:]
said = subprocess.run([f"{top}/examples/asyncio_service/run", "--build-dir", build], check=True,
                      capture_output=True, text=True).stdout
seconds = [float(found) for found in re.findall(r"^/(?:sleep|child|thread) +([\d.]+) s", said, re.MULTILINE)]
plain, word = seconds[:3], seconds[3:]
if len(seconds) != 6 or min(plain) < 5 or any(2 * b > a for a, b in zip(plain, word)):
    sys.exit(said)
