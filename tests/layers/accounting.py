"""Checks that what is written about figures is true of the sources. Usage: accounting.py TOP

docs/accounting.md: the rules of each account are numbered from 1; each names a function and a test that
exist, and thresholds of the one header; no threshold and no rule that time is booked by is left out.
blame/findings.def: each {fact} in a sentence is one that blame/ adds.
The man pages and the schema of the JSON report: they have every figure of base/figures.def.
"""

import os
import re
import sys

from faults import files, tell

THRESHOLDS = "tracer/model/thresholds.h"
OF_THE_TRACE = {"TRACE_LONG_CALL_NS", "TRACE_COMPUTED_NS"}
NAMES = r"(`\w+`(?:, `\w+`)*)"  # one or several
ROW = re.compile(rf"^\| ([A-Z][A-Z0-9, ]*) \| .* \| {NAMES} \| {NAMES} \| (.*?) ?\|$", re.MULTILINE)


def read(top, name):
    with open(os.path.join(top, name), encoding="utf-8") as text:
        return text.read()


def read_all(top, part, suffix):
    return "\n".join(read(os.path.join(top, part), name)
                     for name in files(os.path.join(top, part), suffix))


def check_numbers(rules):
    for letter in sorted({rule[0] for rule in rules}):
        numbers = [int(rule[1:]) for rule in rules if rule[0] == letter]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"docs/accounting.md: rules of {letter} are {numbers}: number them from 1"


def check_rules(top):
    doc = read(top, "docs/accounting.md")
    tracer = read_all(top, "tracer", ".c")
    tests = read_all(top, "tests", ".c")
    thresholds = {*re.findall(r"^#define (\w+) +[0-9(]", read(top, THRESHOLDS), re.MULTILINE),
                  *OF_THE_TRACE}
    booked = set(re.findall(r"X\(([A-Z]\d+)\)", read(top, "tracer/account/books.h")))
    rules, used = [], set()
    for numbers, functions, named_tests, names in ROW.findall(doc):
        rules += numbers.split(", ")
        for function in re.findall(r"\w+", functions):
            if not re.search(rf"^\w[^\n;]*\b{function}\(", tracer, re.MULTILINE):
                yield f"docs/accounting.md: {numbers}: no function {function}"
        for test in re.findall(r"\w+", named_tests):
            if f"START_TEST({test})" not in tests:
                yield f"docs/accounting.md: {numbers}: no test {test}"
        for name in re.findall(r"`(\w+)`", names):
            used.add(name)
            if name not in thresholds:
                yield f"docs/accounting.md: {numbers}: {name} is not in {THRESHOLDS}"
    for name in sorted(thresholds - used):
        yield f"docs/accounting.md: no rule uses {name}"
    for rule in sorted(booked - set(rules)):
        yield f"docs/accounting.md: no rule {rule}, by which time is booked"
    yield from check_numbers(rules)


def check_sentences(top):
    sentences = "".join(re.findall(r'"([^"\n]*)"', read(top, "tracer/blame/findings.def")))
    added = set(re.findall(r'finding_(?:number|text)\(finding, "(\w+)"',
                           read_all(top, "tracer/blame", ".c"))) | {"call", "site", "seconds"}
    for place in sorted(set(re.findall(r"\{(\w*)[^}]*\}", sentences)) - added):
        yield f"tracer/blame/findings.def: no finding has a fact {place}"


def check_man_pages(top):
    rows = re.findall(r"^FIGURE\((\w+), \w+, (true|false),", read(top, "tracer/base/figures.def"),
                      re.MULTILINE)
    for name, limited in rows:
        if f'"{name}"' not in read(top, "docs/report-1.schema.json"):
            yield f"docs/report-1.schema.json: {name} is missing"
        for page in ["report", "diff"] + (["check"] if limited == "true" else []):
            if not re.search(rf"\b{name}\b", read(top, f"man/greq-{page}.1")):
                yield f"man/greq-{page}.1: {name} is missing"


def main():
    top = sys.argv[1]
    tell([*check_rules(top), *check_sentences(top), *check_man_pages(top)])


main()
