"""Validates what greq check writes for CI systems. Usage: ci_files.py GREQ SCHEMA_FOLDER

Each run below is checked with --sarif and --junit, and both files are validated against the
published schemas. Skipped (77) where these cannot be had.
"""

import json
import os
import subprocess
import sys
import tempfile

import jsonschema

from schemas import Unavailable, schema

SKIPPED = 77
TIMEOUT_S = 30

# Names that need care in XML, URIs and JSON.
NASTY = ['<a href="x">&\'', "operator[]", "\u00e9\u4e2d\U0001f600", "a]]>b", "%20 #?", "\uffff\x01"]

BUDGET = """[budget]
serialized_s = 0.5
serialized_share = 0.1
loop_blocked_s = 0.1
held_tasks_s = 0.1
lock_wait_s = 0.1
min_concurrency = 4
longest_call_s = 1
[allow]
getaddrinfo@* = once, at the <start> & "never" again
"""


def frame(function, file="", line=0, runtime=False):
    return {"function": function, "file": file, "line": line, "module": "program",
            "runtime": runtime}


def call(name, serialized, *stack):
    return {"call": name, "count": 3, "blocked_s": 2 * serialized, "longest_s": serialized,
            "serialized_s": serialized, "waiting_conn_s": 0, "loop_blocked_s": serialized,
            "held_tasks_s": serialized, "lock_wait_s": serialized,
            "stack": list(stack)}


def report(*calls, **figures):
    total = sum(each["serialized_s"] for each in calls)
    findings = [{"call": number, "evidence": f"<{name}>", "remedy": f"&{name}"}
                for number, name in enumerate(NASTY[:len(calls)])]
    return {"schema": 1, "wall_s": 10, "serialized_s": total, "waiting_conn_s": 0,
            "loop_blocked_s": total, "effective_concurrency": 1, "peak_in_flight": 1,
            "what_if_s": 10, "coverage": 1, "events": 9, "lost": 0, "cut": 0, "pattern": [],
            "calls": list(calls), "findings": findings, **figures}


RUNS = {
    "within": (0, report(effective_concurrency=9)),
    "over": (1, report(call("poll", 2, frame("__poll", runtime=True), frame("wait", "w.c", 3)),
                       call("getaddrinfo", 1, frame("resolve", "/usr/src/d.c", 9)))),
    "nobody": (1, report()),
    "unseen": (2, report(coverage=0.2, lost=7, cut=1)),
    "nasty": (1, report(*(call("recv", 2, frame(name, name, 7)) for name in NASTY))),
}


def run_greq(greq, folder, *arguments):
    return subprocess.run([greq, "check", "--sarif", "out.sarif", "--junit", "out.xml",
                           *arguments], cwd=folder, capture_output=True, text=True, check=False,
                          timeout=TIMEOUT_S)


def check_sarif(path, validator):
    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    for error in validator.iter_errors(log):
        yield f"SARIF: {list(error.absolute_path)}: {error.message}"
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    for result in log["runs"][0]["results"]:
        if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            yield f"SARIF: the index of {result['ruleId']} is that of another rule"
        for location in result["locations"]:
            artifact = location.get("physicalLocation", {}).get("artifactLocation")
            if not artifact:
                yield f"SARIF: a result of {result['ruleId']} has no file"
            elif artifact["uri"].startswith("file:") == ("uriBaseId" in artifact):
                yield f"SARIF: {artifact} is relative to the root and is not"


def check_junit(path, xsd):
    result = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", xsd, path],
                            capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    if result.returncode:
        yield f"JUnit: {result.stderr}"


def check_files(folder, validator, xsd):
    yield from check_sarif(os.path.join(folder, "out.sarif"), validator)
    yield from check_junit(os.path.join(folder, "out.xml"), xsd)


def check_status(result, expected):
    if result.returncode != expected:
        yield f"status {result.returncode}, not {expected}: {result.stdout}{result.stderr}"


def check_run(greq, folder, name, validator, xsd):
    status, document = RUNS[name]
    with open(os.path.join(folder, "run.json"), "w", encoding="utf-8") as file:
        json.dump(document, file)
    yield from check_status(run_greq(greq, folder, "--budget", "budget.ini", "run.json"), status)
    yield from check_files(folder, validator, xsd)
    baseline = run_greq(greq, folder, "--baseline", "within.json", "run.json")
    yield from check_status(baseline, 0 if name == "nobody" else status)
    yield from check_files(folder, validator, xsd)


def check_program(greq, folder, validator, xsd):
    yield from check_status(run_greq(greq, folder, "--", "sh", "-c", "exit 3"), 3)
    yield from check_files(folder, validator, xsd)


def check_all(greq, validator, xsd):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "budget.ini"), "w", encoding="utf-8") as file:
            file.write(BUDGET)
        with open(os.path.join(folder, "within.json"), "w", encoding="utf-8") as file:
            json.dump(RUNS["within"][1], file)
        for name in RUNS:
            for fault in check_run(greq, folder, name, validator, xsd):
                yield f"{name}: {fault}"
        for fault in check_program(greq, folder, validator, xsd):
            yield f"program: {fault}"


def main():
    greq, folder = sys.argv[1:]
    try:
        with open(schema("sarif-2.1.0.json", folder), encoding="utf-8") as file:
            validator = jsonschema.Draft4Validator(json.load(file))
        xsd = schema("junit.xsd", folder)
    except Unavailable as reason:
        print(f"no schemas: {reason}")
        sys.exit(SKIPPED)
    faults = list(check_all(greq, validator, xsd))
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
