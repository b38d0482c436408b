"""Validates what greq report -f otlp writes. Usage: otlp.py GREQ SCHEMA_FOLDER

The rules of OTLP's JSON mapping that its own definitions do not have are checked here: identifiers
are hexadecimal, 64-bit integers texts, enumerations numbers. Then each line is turned into
protobuf's text format, which protoc encodes by the published definitions: it refuses a field that
is not there, or is of another type. Skipped (77) where protoc or the definitions cannot be had.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from schemas import Unavailable, protos

SKIPPED = 77
TIMEOUT_S = 30
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
MESSAGE = "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest"
DEFINITION = "opentelemetry/proto/collector/trace/v1/trace_service.proto"

# A loop that sleeps while an answer lies there, and asks one that nobody answers.
PROGRAM = """
import ctypes, select, socket, threading, time
listener = socket.create_server(("127.0.0.1", 0))
def serve():
    for wait_s in 0.02, 0.02, 0.5:  # the last one is waited for, however late that begins
        peer = listener.accept()[0]
        peer.recv(100)
        asked.wait()  # then the second one waits behind the first, however late it asks
        time.sleep(wait_s)
        peer.sendall(b"answer")
        peer.close()
asked = threading.Event()
thread = threading.Thread(target=serve)
thread.start()
def ask(name):
    client = socket.create_connection(listener.getsockname())
    client.sendall(b"question")
    return client
first, second = ask("a"), ask("b")
asked.set()
select.select([first, second], [], [])
def hold():
    time.sleep(0.15)
ctypes.CDLL(None).greq_mark(b"held")
hold()
ctypes.CDLL(None).greq_mark(None)
for client in first, second, ask("c"):
    client.recv(100)
    client.close()
thread.join()
try:
    socket.create_connection(("127.0.0.1", listener.getsockname()[1] and 1))
except OSError:
    pass
"""

HEX = {"traceId": 32, "spanId": 16, "parentSpanId": 16}
LONG = {"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "intValue"}


def snake(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


class Fault(Exception):
    """A value is not what the mapping says."""


def scalar(key, value):
    """A value in text format."""
    if key in HEX:
        if not re.fullmatch(f"[0-9a-f]{{{HEX[key]}}}", value) or not int(value, 16):
            raise Fault(f"{key} is {value!r}")
        return '"' + "".join(f"\\x{byte:02x}" for byte in bytes.fromhex(value)) + '"'
    if key in LONG:
        if not isinstance(value, str) or not re.fullmatch("[0-9]+", value):
            raise Fault(f"{key} is {value!r}")
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\{byte:03o}" for byte in value.encode()) + '"'
    return repr(value)


def text_format(key, value):
    if isinstance(value, list):
        return "".join(text_format(key, each) for each in value)
    if isinstance(value, dict):
        inner = "".join(text_format(name, each) for name, each in value.items())
        return f"{snake(key)} {{ {inner} }} "
    return f"{snake(key)}: {scalar(key, value)} "


def message_text(message):
    return "".join(text_format(key, value) for key, value in message.items())


def run(*command, **options):
    return subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_S, **options)


def attributes(entry):
    return {each["key"]: next(iter(each["value"].values())) for each in entry["attributes"]}


def export(greq, folder, **environment):
    result = run(greq, "report", "-f", "otlp", folder, env=dict(os.environ, **environment))
    if result.returncode:
        raise Fault(result.stderr)
    return [json.loads(line) for line in result.stdout.splitlines()]


def resources(lines):
    return [resource for line in lines for resource in line["resourceSpans"]]


def spans_of(lines):
    return [span for resource in resources(lines) for scope in resource["scopeSpans"]
            for span in scope["spans"]]


def check_times(spans, by_id):
    for span in spans:
        if int(span["endTimeUnixNano"]) < int(span["startTimeUnixNano"]):
            yield f"{span['name']} ends before it begins"
        parent = by_id.get(span.get("parentSpanId"))
        if parent and not (int(parent["startTimeUnixNano"]) <= int(span["startTimeUnixNano"])
                           and int(span["endTimeUnixNano"]) <= int(parent["endTimeUnixNano"])):
            yield f"{span['name']} is not within {parent['name']}"


def check_requests(spans, by_id):
    asked = [span for span in spans if span["kind"] == 3]
    served = [span for span in spans if span["kind"] == 2]
    if len(asked) != 4 or len(served) != 3:
        yield f"{len(asked)} requests and {len(served)} served, not 4 and 3"
    if [span.get("status") for span in asked].count({"code": 2}) != 1:
        yield "not one request has failed"
    phases = {span["name"] for span in spans if span.get("parentSpanId") in by_id}
    if not {"connect", "send", "wait", "receive"} <= phases:
        yield f"the phases are {phases}"


def check_links(spans, by_id):
    """What was held up is linked to the sleep in hold(), which is a span."""
    links = [link for span in spans for link in span.get("links", [])]
    for link in links:
        target = by_id.get(link["spanId"])
        if not target or target["traceId"] != link["traceId"]:
            yield f"a link leads nowhere: {link}"
        elif "blocked" in attributes(link) or not attributes(link)["code.function"]:
            yield f"a link has no function: {link}"
    behind = [link for link in links if attributes(link)["code.function"] == "hold"]
    if not behind or max(attributes(link)["greq.waited_s"] for link in behind) < 0.05:
        yield f"nothing was held up by hold(): {links}"
    if not all(attributes(link).get("code.lineno", "").isdigit() for link in behind):
        yield f"there is no line: {behind}"
    if not all(attributes(link).get("greq.mark") == "held" for link in behind):
        yield f"the part is not named: {behind}"
    if not any("greq.mark" not in attributes(link) for link in links):
        yield f"links to calls of no part have one: {links}"


def check_events(spans):
    events = [event for span in spans for event in span.get("events", [])]
    if not any("code.function" in attributes(event) for event in events):
        yield "no event of a blocking call"


def check_environment(greq, folder):
    lines = export(greq, folder, TRACEPARENT=f"00-{TRACE}-{PARENT}-01", OTEL_SERVICE_NAME="shop",
                   OTEL_RESOURCE_ATTRIBUTES="service.name=other,team=a%20b,broken, deployment.zone = z ")
    for resource in resources(lines):
        known = attributes(resource["resource"])
        if (known["service.name"], known["team"], known["deployment.zone"]) != ("shop", "a b", "z"):
            yield f"the resource is {known}"
    spans = spans_of(lines)
    by_id = {span["spanId"] for span in spans}
    for span in spans:
        if span["traceId"] != TRACE or span.get("parentSpanId") not in by_id | {PARENT}:
            yield f"{span['name']} is not part of the given trace"
    given = f"00-{TRACE}-{'0' * 16}-01"
    if any(span["traceId"] == TRACE for span in spans_of(export(greq, folder, TRACEPARENT=given))):
        yield f"TRACEPARENT={given} was taken"


def check_names(lines):
    for resource in resources(lines):
        known = attributes(resource["resource"])
        if not known["service.name"].startswith("python") or known["host.name"] != os.uname().nodename:
            yield f"the resource is {known}"


def check_protobuf(lines, folder):
    for line in lines:
        result = run("protoc", f"--encode={MESSAGE}", f"-I{folder}", DEFINITION,
                     input=message_text(line).encode())
        if result.returncode or not result.stdout:
            yield f"protoc: {result.stderr}"


def check(greq, folder, lines):
    if lines != export(greq, folder):
        yield "the same trace gives other spans"
    spans = spans_of(lines)
    by_id = {span["spanId"]: span for span in spans}
    if len(by_id) != len(spans):
        yield "spans have the same identifier"
    for line in lines:
        message_text(line)
    yield from check_times(spans, by_id)
    yield from check_requests(spans, by_id)
    yield from check_links(spans, by_id)
    yield from check_events(spans)
    yield from check_names(lines)
    yield from check_environment(greq, folder)


def main():
    greq, schemas = sys.argv[1:]
    for name in "TRACEPARENT", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES":
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        trace = folder + "/trace"
        run(greq, "trace", "-q", "-o", trace, "--", sys.executable, "-c", PROGRAM)
        lines = export(greq, trace)
        faults = list(check(greq, trace, lines))
        try:
            definitions = protos(schemas) if shutil.which("protoc") else None
        except Unavailable as reason:
            print(f"no definitions: {reason}")
            definitions = None
        if definitions:
            faults += check_protobuf(lines, definitions)
    print("\n".join(faults))
    sys.exit(1 if faults else 0 if definitions else SKIPPED)


main()
