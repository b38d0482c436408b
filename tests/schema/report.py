"""Validates JSON reports against the schema that is installed with greq. Usage: report.py GREQ SCHEMA

Programs are recorded that show much of what a report can have. A key that the schema does not have is a
fault here, though readers are to ignore it. Skipped (77) where the package jsonschema is missing.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile

SKIPPED = 77
TIMEOUT_S = 60
SHORT_SIZE = 8192  # of a report with --top 10

SERVER = """
import socket, threading, time
listener = socket.create_server(("127.0.0.1", 0))
def serve():
    for _ in range(3):
        peer = listener.accept()[0]
        peer.recv(100)
        time.sleep(0.05)
        peer.sendall(b"answer")
        peer.close()
threading.Thread(target=serve).start()
"""
CLIENT = """
import ctypes
ctypes.CDLL(None).greq_mark(b"client")
clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
for client in clients:
    client.sendall(b"question")
    client.recv(100)
    client.close()
"""
LOCK = """
lock = threading.Lock()
def hold():
    with lock:
        time.sleep(0.05)
for _ in range(3):
    threading.Thread(target=hold).start()
"""
PROGRAMS = (SERVER + CLIENT, SERVER + CLIENT + LOCK, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "import os; os.execvp('true', ['true'])")


def close_objects(schema):
    """The same schema, by which objects have no other keys than those it names."""
    if isinstance(schema, list):
        return [close_objects(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: close_objects(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed


def record(greq, folder, program):
    subprocess.run([greq, "trace", "-q", "-o", folder, "--", sys.executable, "-c", program],
                   check=False, capture_output=True, timeout=TIMEOUT_S)

def report_of(greq, folder, *options):
    result = subprocess.run([greq, "report", "-f", "json", *options, folder], check=True,
                            capture_output=True, timeout=TIMEOUT_S)
    return result.stdout


def check_origin(report):
    """The report says on which machine it was recorded, and that it was a moment ago."""
    if report["host"] != os.uname().nodename:
        yield f"the host is {report['host']}"
    try:
        start = datetime.datetime.strptime(report["start"], "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        yield f"the start is {report['start']}"
        return
    age = datetime.datetime.now(datetime.timezone.utc) - start.replace(tzinfo=datetime.timezone.utc)
    if not datetime.timedelta(0) <= age < datetime.timedelta(hours=1):
        yield f"it began {age} ago"


def check_run(greq, folder, validator):
    text, short = report_of(greq, folder), report_of(greq, folder, "--top", "10")
    yield from check_origin(json.loads(text))
    for each in text, short:
        for error in validator.iter_errors(json.loads(each)):
            yield f"{list(error.absolute_path)}: {error.message}"
    if len(short) >= SHORT_SIZE:
        yield f"--top 10 has {len(short)} bytes"


def check(greq, validator):
    for number, program in enumerate(PROGRAMS):
        with tempfile.TemporaryDirectory() as folder:
            record(greq, folder + "/trace", program)
            for fault in check_run(greq, folder + "/trace", validator):
                yield f"program {number}: {fault}"


def main():
    greq, path = sys.argv[1:]
    try:
        import jsonschema
    except ImportError:
        print("no jsonschema")
        sys.exit(SKIPPED)
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    faults = list(check(greq, jsonschema.Draft202012Validator(close_objects(schema))))
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
