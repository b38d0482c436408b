"""Checks that includes go one way. Usage: includes.py TOP

Each folder of shim/ and tracer/ has a list of those that it may include from, itself aside. Headers, also those
of one folder, do not include each other in a circle.
"""

import os
import re
import sys

from faults import files, tell

SHIM = {
    "sys": [],
    "real": ["sys"],
    "child": ["unwind", "sys"],
    "config": ["real", "sys"],
    "python": ["sys"],
    "unwind": ["sys"],
    "log": ["unwind", "python", "config", "real", "sys"],
    "task": ["log", "config", "real", "sys"],
    "host": ["task", "log", "unwind", "python", "config", "real", "sys"],
    "call": ["host", "task", "log", "unwind", "python", "config", "real", "sys"],
    "life": ["call", "child", "host", "task", "log", "unwind", "python", "config", "real", "sys"],
    "hook": ["call", "child", "life", "host", "task", "log", "python", "config", "real", "sys"],
    "include": [],
}

TRACER = {
    "base": [],
    "trace": ["base"],
    "symbol": ["trace", "base"],
    "model": ["symbol", "trace", "base"],
    "account": ["model", "symbol", "trace", "base"],
    "blame": ["account", "model", "symbol", "trace", "base"],
    "render": ["blame", "account", "model", "symbol", "trace", "base"],
    "check": ["render", "base"],
    "launch": ["base"],
    "live": ["launch", "symbol", "trace", "base"],
    "doctor": ["render", "launch", "trace", "base"],
    "cmd": ["live", "doctor", "check", "launch", "render", "blame", "account", "model", "symbol", "trace",
            "base"],
    "main.c": ["cmd"],
}

# All that the tracer may know of the shim. Its table of hooks has one reader: what `greq doctor` says
# is hooked is what is hooked, because it is compiled from the same rows.
CONTRACT = ("greq/trace_format.h", "greq/live_page.h", "greq/cpython.h")
TABLE = "hooks.def"
TABLE_READER = "doctor/catalogue.c"


def included(path):
    with open(path, encoding="utf-8") as text:
        return re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', text.read(), re.MULTILINE)


def check(top, part, rules):
    for name in files(os.path.join(top, part), (".c", ".h", ".S")):
        folder = name.split("/")[0]
        if folder not in rules:
            yield f"{part}/{name}: no rule for the folder {folder}; add one to {__file__}"
            continue
        for header in included(os.path.join(top, part, name)):
            target = header.split("/")[0]
            if target in rules and target != folder and target not in rules[folder]:
                yield f"{part}/{name}: {folder} must not include from {target}: {header}"
            if part == "tracer" and target == "greq" and header not in CONTRACT:
                yield f"{part}/{name}: of the shim only {' and '.join(CONTRACT)} may be included: {header}"
            if part == "tracer" and header == TABLE and name != TABLE_READER:
                yield f"{part}/{name}: only {TABLE_READER} may include {TABLE}"


def check_circles(top, part):
    """Takes away the headers that include none of those that are left, or that none of them includes."""
    left = {name: set(included(os.path.join(top, part, name))) for name in files(os.path.join(top, part), ".h")}
    ends = left.keys()
    while ends:
        wanted = set().union(*left.values())
        ends = [name for name, headers in left.items() if not headers & left.keys() or name not in wanted]
        for name in ends:
            del left[name]
    for name in left:
        yield f"{part}/{name}: in a circle of headers"


def check_preloading(top):
    for name in files(os.path.join(top, "tracer"), (".c", ".h")):
        with open(os.path.join(top, "tracer", name), encoding="utf-8") as text:
            if not name.startswith("launch/") and re.search(r"LD_PRELOAD", text.read()):
                yield f"tracer/{name}: only launch/ knows about preloading"


def main():
    top = sys.argv[1]
    tell([*check(top, "shim", SHIM), *check(top, "tracer", TRACER), *check_circles(top, "shim"),
          *check_circles(top, "tracer"), *check_preloading(top)])


main()
