"""Checks that what the documents refer to is there. Usage: references.py TOP

Links within the tree, and the files that NOTES.md says a decision is in, which begin with a comment that says
it. NOTES.md has a length that can be read.
"""

import os
import re
import sys

LONGEST = {"NOTES.md": 150}  # lines


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def documents(top):
    yield from ("README.md", "NOTES.md", "HACKING.md")
    yield from sorted(os.path.join("docs", name) for name in os.listdir(os.path.join(top, "docs"))
                      if name.endswith(".md"))


def anchors(text):
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def check_links(top, name):
    for link in re.findall(r"\]\(([^)]+)\)", read(os.path.join(top, name))):
        file, _, anchor = link.partition("#")
        if "://" in link:
            continue
        path = os.path.join(top, os.path.dirname(name), file) if file else os.path.join(top, name)
        if not os.path.exists(path):
            yield f"{name}: there is no {link}"
        elif anchor and anchor not in anchors(read(path)):
            yield f"{name}: there is no heading for {link}"


def check_places(top, text):
    """The last column of the table of decisions: paths below shim/ or tracer/."""
    rows = re.findall(r"^\|[^|]*\|[^|]*\| ([^|]+) \|$", text, re.MULTILINE)[2:]
    if not rows:
        yield "NOTES.md: there is no table of decisions"
    for name in re.findall(r"[\w./]+\.(?:def|map|[chS]|py)\b", " ".join(rows)):
        paths = [os.path.join(top, part, name) for part in ("", "shim", "tracer")]
        there = [path for path in paths if os.path.isfile(path)]
        if not there:
            yield f"NOTES.md: there is no {name}"
        elif not read(there[0]).startswith(("/*", '"""')):
            yield f"{name} does not open with a comment, though NOTES.md says that a decision is there"


def check(top):
    for name in documents(top):
        yield from check_links(top, name)
    for name, longest in LONGEST.items():
        if read(os.path.join(top, name)).count("\n") > longest:
            yield f"{name} has more than {longest} lines"
    yield from check_places(top, read(os.path.join(top, "NOTES.md")))


faults = list(check(sys.argv[1]))
print("\n".join(faults))
sys.exit(1 if faults else 0)
