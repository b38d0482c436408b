"""What is said of ordinary programs is so, by a second recorder. Usage: judged.py GREQ [--table] [NAME...]

Each program of judged.txt runs once, recorded by greq and by strace -f -T at the same time, against servers
here whose delays are known. A finding that its row does not allow is wrong; one that the row wants must be
there. The time that a finding names must also be in strace's record of the kernel calls that its function
makes. A row whose commands are not here is left out. --table prints what is said of each.

Exit status: 0 all is so, 1 something is not, 77 no row could be run.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT_S = 120
SKIPPED = 77
BUSY_SHARE = 0.1  # of the run that threads stood in the run queue: what is missing then may be the machine's
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TRACED = ("%network,poll,ppoll,select,pselect6,epoll_wait,epoll_pwait,epoll_pwait2,read,readv,pread64,write,"
          "writev,nanosleep,clock_nanosleep,wait4,waitid,futex,flock,fcntl")

# The kernel's calls behind the functions that findings name; of any other function all of them.
FAMILIES = {
    "sleep": {"nanosleep", "clock_nanosleep"},
    "poll": {"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"},
    "lock": {"flock", "fcntl"},
    "wait": {"wait4", "waitid"},
    "read": {"read", "readv", "recvfrom", "recvmsg", "pread64"},
}


def family_of(function):
    for word, family in (("sleep", "sleep"), ("poll", "poll"), ("select", "poll"), ("flock", "lock"),
                         ("fcntl", "lock"), ("wait", "wait"), ("read", "read"), ("recv", "read")):
        if word in function and "sem_" not in function and "cond_" not in function:
            return FAMILIES[family]
    return None


class Answers(BaseHTTPRequestHandler):
    """/delay/S answers after S seconds; the folder's files are an index of packages."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = self.path.split("?")[0].split("/")
        if parts[1] == "delay":
            time.sleep(float(parts[2]))
        body = b"x" * 2000
        if parts[1] == "simple":
            body = b'<a href="/files/tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>'
        elif parts[1] == "files":
            body = (Path(self.server.folder) / parts[2]).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/html" if parts[1] == "simple" else "application/octet-stream")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def rows():
    """NAME, what it needs, the findings that it allows and their truth, its script."""
    text = (HERE / "judged.txt").read_text(encoding="utf-8")
    for name, needs, script in re.findall(r"^\[(\w+)\]([^\n]*)\n(.*?)(?=^\[\w+\]|\Z)", text,
                                          re.MULTILINE | re.DOTALL):
        truths = [line.split(None, 2)[1:] for line in script.splitlines() if line.startswith("#= ")]
        yield name, needs.split(), truths, script


def is_here(need):
    return Path(need).exists() if need.startswith("/") else shutil.which(need, path=PATH)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def strace_times(path):
    """Seconds in each kernel call of 1 ms or more, but for those of the first process, which is greq."""
    times, first = {}, None
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        found = re.match(r"(\d+) +(?:<\.\.\. )?(\w+)", line)
        took = re.search(r"<(\d+\.\d+)>$", line)
        if not found:
            continue
        first = first or found[1]
        if took and found[1] != first and float(took[1]) >= 0.001:
            times[found[2]] = times.get(found[2], 0) + float(took[1])
    return times


def record(greq, script, folder, port):
    """Runs a script whose `traced COMMAND...` is recorded twice. Returns its exit status and output."""
    environment = {"PATH": PATH, "HOME": str(folder), "LANG": "C", "GREQ": greq, "HTTP": str(port),
                   "PORT": str(free_port()), "PORT2": str(free_port())}
    prelude = f"""
traced() {{ strace -f -T -qq --seccomp-bpf -e trace={TRACED} -e signal=none -o strace.txt "$GREQ" trace -q -o trace -- "$@"; }}
await() {{ for _ in {{1..1000}}; do (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null && return; sleep 0.05; done; echo "nobody listens"; }}
end() {{ kill -TERM "$@" 2>/dev/null; wait "$@" 2>/dev/null; true; }}
serve() {{ traced "$@" & served=$!; }}
# greq and its program end when the program is asked to; strace with them.
end_served() {{ kill -TERM $(cat strace.txt | sed -n '1s/ .*//p') 2>/dev/null; wait $served 2>/dev/null; true; }}
"""
    with subprocess.Popen(["bash", "-c", prelude + script], cwd=folder, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True) as shell:
        try:
            output, _ = shell.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            output, _ = shell.communicate()
            return 1, output + "\nit took too long"
    return shell.returncode, output


def report_of(greq, folder):
    made = subprocess.run([greq, "report", "-f", "json", "trace"], cwd=folder, capture_output=True, text=True,
                          check=False)
    return json.loads(made.stdout) if made.returncode == 0 else None


def name_of(report, finding):
    return "" if finding["call"] is None else report["calls"][finding["call"]]["call"]


def seconds_in_strace(times, function):
    family = family_of(function)
    return sum(took for name, took in times.items() if family is None or name in family)


def wrong(report, finding, truths, times):
    """What is wrong with a finding, or None."""
    function, seconds = name_of(report, finding), finding["seconds"]
    allowed = [truth for truth in truths if truth[0].rstrip("?") == finding["kind"]]
    if not allowed:
        return "nothing of the kind is so"
    limits = allowed[0][1] if len(allowed[0]) > 1 else ""
    for name, low, high in re.findall(r"(\w+)=(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?", limits):
        value = seconds if name == "seconds" else finding["facts"].get(name)
        if value is None or not float(low) - 1e-9 <= value <= float(high or low) + 1e-9:
            return f"{name} is {value}, and not {low} to {high or low}"
    wanted_call = re.search(r"call=(\w+)", limits)
    if wanted_call and wanted_call[1] not in function:
        return f"it is not {wanted_call[1]}"
    waits_in = finding["facts"].get("waiter", function)
    if finding["kind"].startswith("interpreter"):
        waits_in = "pthread_cond_wait"
    if waits_in and finding["kind"] != "serial":
        known = seconds_in_strace(times, waits_in)
        if seconds > 1.05 * known + 0.03:
            return f"strace has {known:.3f} s in its kernel calls"
    return None


def judge(report, truths, times):
    """The faults of a report."""
    faults = []
    queued = report["trust"]["run_queue_s"]
    is_busy = queued > BUSY_SHARE * report["wall_s"]
    for finding in report["findings"]:
        fault = wrong(report, finding, truths, times)
        if fault and finding["seconds"] < queued and finding["kind"] in ("stall", "loop", "loops", "woken", "woken_loops", "convoy"):
            print(f"  not judged, the machine was busy: {finding['kind']} {finding['seconds']:.3f} s", flush=True)
        elif fault:
            faults.append(f"{finding['kind']}: {finding['evidence']}\n    {fault}")
    kinds = {finding["kind"] for finding in report["findings"]}
    missing = [truth[0] for truth in truths if not truth[0].endswith("?") and truth[0] not in kinds]
    if missing and is_busy:
        print(f"  not judged, the machine was busy: {', '.join(missing)} not found", flush=True)
    else:
        faults += [f"{kind} is not found" for kind in missing]
    return faults


def tell(name, report, times, table):
    if not table:
        return
    said = "; ".join(f"{finding['kind']} {finding['seconds']:.2f} s"
                     + (f" in {name_of(report, finding)}" if finding["call"] is not None else "")
                     for finding in report["findings"]) or "nothing was held up"
    most = sorted(times.items(), key=lambda item: -item[1])[:3]
    print(f"{name:18} {said:70} {', '.join(f'{call} {took:.2f}' for call, took in most)}", flush=True)


def run(greq, name, truths, script, table):
    """Returns the faults of one row."""
    with tempfile.TemporaryDirectory(prefix="greq-judged-") as folder, \
            ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads, server.folder = True, folder
        threading.Thread(target=server.serve_forever, daemon=True).start()
        status, output = record(greq, script, Path(folder), server.server_address[1])
        server.shutdown()
        report = report_of(greq, folder)
        if status != 0 or report is None:
            return [f"it could not be recorded: status {status}\n{output}"]
        times = strace_times(Path(folder) / "strace.txt")
        tell(name, report, times, table)
        return judge(report, truths, times)


def can_trace():
    return shutil.which("strace", path=PATH) and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def main():
    greq, *words = sys.argv[1:]
    table, names = "--table" in words, [word for word in words if not word.startswith("-")]
    if not can_trace():
        print("no strace here")
        return SKIPPED
    done = failed = 0
    for name, needs, truths, script in rows():
        if names and name not in names:
            continue
        missing = [need for need in needs if not is_here(need)]
        if missing:
            print(f"{name}: left out, no {', '.join(missing)}")
            continue
        faults = run(greq, name, truths, script, table)
        done += 1
        failed += bool(faults)
        for fault in faults:
            print(f"{name}: {fault}", flush=True)
    return 1 if failed else 0 if done else SKIPPED


sys.exit(main())
