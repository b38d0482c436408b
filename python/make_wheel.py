"""Makes a wheel of a module that is one file. Usage: make_wheel.py SOURCE VERSION WHEEL

The wheel (PEP 427) is the same for the same source: its times are fixed. pytest finds the plug-in by
its entry point.
"""

import base64
import hashlib
import os
import sys
import zipfile

METADATA = """Metadata-Version: 2.1
Name: pytest-greq
Version: {version}
Summary: A budget for each test: what holds up a loop, a connection or a lock fails it
License: MIT
Requires-Python: >=3.8
Requires-Dist: pytest>=7
Classifier: Framework :: Pytest
"""
WHEEL = """Wheel-Version: 1.0
Generator: greq
Root-Is-Purelib: true
Tag: py3-none-any
"""
ENTRY_POINTS = """[pytest11]
greq = pytest_greq
"""


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def main():
    source, version, path = sys.argv[1:]
    info = f"pytest_greq-{version}.dist-info"
    with open(source, "rb") as file:
        files = {"pytest_greq.py": file.read()}
    files[f"{info}/METADATA"] = METADATA.format(version=version).encode()
    files[f"{info}/WHEEL"] = WHEEL.encode()
    files[f"{info}/entry_points.txt"] = ENTRY_POINTS.encode()
    record = "".join(record_line(*each) for each in files.items()) + f"{info}/RECORD,,\n"
    files[f"{info}/RECORD"] = record.encode()
    with zipfile.ZipFile(path + ".new", "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    os.rename(path + ".new", path)


main()
