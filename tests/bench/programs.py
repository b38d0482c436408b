"""programs.py: runs one program of the benchmark and returns what it printed.

It starts and ends processes and knows what a result looks like. It compares nothing.
"""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

# The programs end themselves by an alarm; this is for one that is stuck in the kernel.
TIME_LIMIT_S = 150
LOOK_EVERY_S = 0.02
BYTES_PER_RECORD = 70  # of a generated trace; a few more than there are


class Failure(Exception):
    """A program did not do what it was started for; the message is one line."""


class Missing(Failure):
    """It, or what it needs, is not installed here."""


@dataclass(frozen=True)
class Program:
    label: str
    command: tuple  # the name in the build folder, then its arguments
    preload: bool = False
    environment: dict = field(default_factory=dict)
    trace: bool = False
    peer: bool = False  # somebody else's, and left out where it is not installed
    instead: str = ""  # preloaded instead of libgreq.so: a library in the build folder
    in_memory: bool = False  # what it writes goes into MEMORY, not onto a disk


MEMORY = Path("/dev/shm")

MISSING = 77  # the exit status of a peer that is not installed

class Bench:
    """Where the programs are, and what they write as long as all of them run: on a file system without a
    journal, ext4 looks at each file that was deleted in the last minutes before it makes one, so that who deletes
    measures that."""

    def __init__(self, build_dir, kept=None):
        self._kept = kept  # an ExitStack, for those that write
        self.programs = Path(build_dir) / "tests" / "bench"
        self.shim = Path(build_dir) / "libgreq.so"
        self.greq = Path(build_dir) / "greq"
        self.delay_server = Path(build_dir) / "examples" / "delay_server"

    def run(self, program, extra=(), wrapper=()):
        """Runs it once; the result is a dictionary of numbers."""
        with self._started(program, extra, wrapper) as process:
            output, errors = process.communicate(timeout=TIME_LIMIT_S)
        return _result(process.returncode, output, errors)

    def run_ping_pong(self, program, connections, rounds):
        """Each run has a server of its own, so that nothing is left over from the one before."""
        with self._server(connections) as port:
            return self.run(program, (port, connections, rounds))

    def run_waiting(self, program, connections, delay_ms):
        """Runs it twice: looking at its memory would disturb its timing."""
        with self._server(connections, delay_ms) as port:
            result = self.run(program, (port, connections, 1))
        with self._server(connections, delay_ms) as port:
            result |= self._peak_memory(program, (port, connections, 1))
        return result

    def run_https(self, program, count, delay_s):
        """Runs it, and what it is compared with: one such request alone, and as many handshakes one after the
        other, of which both sides' CPU counts."""
        with self._https_server(count) as (server, port, certificate):
            common = (port, certificate, f"/delay/{delay_s}")
            alone = self.run(Program("", ("client_https", "threads")), (*common, 1))
            before = _cpu_s(server)
            shaken = self.run(Program("", ("client_https", "handshakes")), (*common, count))
            theirs = _cpu_s(server) - before
            result = self.run(program, (*common, count))
        return result | {"alone_s": alone["wall_s"], "client_s": shaken["cpu_s"], "server_s": theirs}

    def count_system_calls(self, program, connections, rounds):
        """System calls for one request, by strace, of all threads. The difference of two runs leaves out what a
        run costs whatever its length."""
        few, many = (self._system_calls(program, connections, count) for count in rounds)
        return {"calls": (many - few) / (connections * (rounds[1] - rounds[0]))}

    def _system_calls(self, program, connections, rounds):
        if not shutil.which("strace"):
            raise Missing("strace is not installed")
        with tempfile.NamedTemporaryFile("r") as log, self._server(connections) as port:
            strace = ("strace", "-f", "-qq", "-c", "-o", log.name)
            self.run(program, (port, connections, rounds), strace)
            total = re.search(r"^\s*100\.00\s.*?(\d+)(?:\s+\d+)?\s+total$", log.read(), re.MULTILINE)
        if not total:
            raise Failure("strace gave no count")
        return int(total[1])

    def _folder(self, program):
        """A new one, which stays until the last program has run."""
        if program.in_memory and not os.access(MEMORY, os.W_OK):
            raise Missing(f"there is no {MEMORY}")
        where = MEMORY if program.in_memory else None
        return self._kept.enter_context(tempfile.TemporaryDirectory(prefix="greq-bench-", dir=where))

    def run_files(self, program, count):
        return self.run(program, (self._folder(program), count))

    def run_forks(self, program):
        """With the bytes of trace that are on the disk for each child."""
        folder = Path(self._folder(program)) / "trace"
        wanted = {"GREQ_TRACE": str(folder)} if program.trace else {}
        environment = program.environment | wanted
        result = self.run(replace(program, trace=False, environment=environment))
        files = folder.iterdir() if program.trace else ()
        used = sum(file.stat().st_blocks * 512 for file in files)
        return result | {"trace_bytes": used}

    def run_starts(self, program, count):
        """Starts `true`, preloaded if the program says so; its command stands before `true`."""
        folder = self._folder(program)
        library = self.programs / program.instead if program.instead else self.shim
        words = [f"LD_PRELOAD={library}", "GREQ_QUIET=1"] if program.preload else []
        words += [f"TMPDIR={folder}"] if program.command else []
        words += [f"GREQ_TRACE={folder}/trace.%u"] if program.trace else []
        words += [self.greq if word == "greq" else word for word in program.command]
        words = [str(word).replace("FOLDER", folder) for word in words]
        return self.run(Program("", ("starts", count, *words, shutil.which("true"))))

    def run_report(self, program):
        """Has the program write a trace, and `greq report` read it twice: looking at its memory
        would disturb its timing. What was just written is in memory, so no disk is measured."""
        with tempfile.TemporaryDirectory(prefix="greq-bench-") as parent:
            _check_room(parent, int(program.command[1]) * BYTES_PER_RECORD)
            folder = Path(parent) / "trace"
            count = self.run(program, (folder,))["count"]
            report = Program("", (self.greq, "report", "--format=json", "-o", "/dev/null", folder))
            result = self._time_from_outside(report)
            result |= self._peak_memory(report, ())
        return result | {"count": count}

    def _time_from_outside(self, program):
        started, used = time.monotonic(), _children_cpu_s()
        self.run(program)
        return {"wall_s": time.monotonic() - started, "cpu_s": _children_cpu_s() - used}

    def count_instructions(self, program):
        """Instructions in user space for one call. The difference of two runs leaves out what a
        run costs whatever its length."""
        few, many = 1000, 11000
        short, long = self.instructions(program, few), self.instructions(program, many)
        return {"instructions": (long - short) / (2 * (many - few))}

    def instructions(self, program, count, apart=()):
        """Of one run, in user space. `apart`: functions that are not counted, with what they call;
        then nothing outside of main is."""
        with tempfile.NamedTemporaryFile("r") as log:
            toggles = [f"--toggle-collect={name}" for name in ("main", *apart)] if apart else []
            valgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *toggles)
            self.run(program, (count,), (*valgrind, f"--log-file={log.name}"))
            collected = re.search(r"Collected : (\d+)", log.read())
        if not collected:
            raise Failure("callgrind gave no count")
        return int(collected[1])

    def report_instructions(self, program):
        """How many events a trace has that the program writes, and the instructions of a report on it."""
        with tempfile.TemporaryDirectory(prefix="greq-bench-") as parent:
            folder = Path(parent) / "trace"
            events = self.run(program, (folder,))["count"]
            report = Program("", (self.greq, "report", "--format=json", "-o", "/dev/null"))
            return events, self.instructions(report, folder)

    def _peak_memory(self, program, extra):
        """The greatest resident set and page tables seen, in KiB. Looked at from outside: ru_maxrss survives
        an exec, so that it would be that of this script, and before Linux 6.2 the kernel's counters lack the
        first 64 page faults of each thread."""
        resident = tables = 0
        with self._started(program, extra) as process:
            while process.poll() is None:
                resident = max(resident, _kib_of(process.pid, "smaps_rollup", "Rss"))
                tables = max(tables, _kib_of(process.pid, "status", "VmPTE"))
                time.sleep(LOOK_EVERY_S)
            _result(process.returncode, *process.communicate())
        return {"peak_kib": resident, "tables_kib": tables}

    @contextlib.contextmanager
    def _started(self, program, extra=(), wrapper=()):
        name, *arguments = program.command
        if program.peer and not (self.programs / name).exists():
            raise Missing("not installed")
        command = [*wrapper, self.programs / name, *map(str, (*arguments, *extra))]
        with _trace_folder(program.trace) as folder:
            environment = self._environment(program, folder)
            process = subprocess.Popen(
                command, env=environment, text=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with _ended(process):
                yield process

    def _environment(self, program, trace_folder):
        """Without what was set for another purpose: it would change what is measured."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name != "LD_PRELOAD" and not name.startswith("GREQ_")
        }
        if program.preload:
            environment["LD_PRELOAD"] = str(self.shim)
        if trace_folder:
            environment["GREQ_TRACE"] = str(trace_folder)
        return environment | program.environment

    @contextlib.contextmanager
    def _server(self, *arguments):
        """A server; yields its port. It ends when its standard input is closed."""
        command = [self.programs / "server", *map(str, arguments)]
        server = subprocess.Popen(
            command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with _ended(server):
            line = server.stdout.readline()
            if not line.startswith("port="):
                raise Failure("the server did not start")
            yield int(line.removeprefix("port="))
            server.stdin.close()
            if server.wait(TIME_LIMIT_S) != 0:
                raise Failure("the server failed")


    @contextlib.contextmanager
    def _https_server(self, connections):
        """The example that answers late; yields its process, its port and the file with its certificate."""
        with tempfile.TemporaryDirectory(prefix="greq-bench-") as folder:
            certificate = Path(folder) / "certificate"
            command = [self.delay_server, "--https=0", f"--cert-out={certificate}", "--exit-with-parent"]
            server = subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            with _ended(server):
                _allow_descriptors(server.pid, connections + 100)
                line = server.stdout.readline()
                if not line.startswith("listening https="):
                    raise Failure("the server did not start")
                yield server.pid, int(line.rpartition(":")[2]), certificate
                server.terminate()
                if server.wait(TIME_LIMIT_S) != 0:
                    raise Failure("the server failed")


@contextlib.contextmanager
def _ended(process):
    """Whatever happens, the process is gone afterwards."""
    with process:
        try:
            yield
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failure(f"took more than {TIME_LIMIT_S} s") from None
        except BaseException:
            process.kill()
            raise


@contextlib.contextmanager
def _trace_folder(wanted):
    """A folder for one run's trace; that something was recorded is checked at the end."""
    if not wanted:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="greq-bench-") as parent:
        folder = Path(parent) / "trace"
        yield folder
        if not folder.is_dir() or not any(folder.iterdir()):
            raise Failure("no trace was written")


def _allow_descriptors(pid, count):
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    if hard < count:
        raise Failure(f"{count} descriptors are needed and the hard limit is {hard}: raise it (ulimit -Hn)")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(soft, count), hard))


def _cpu_s(pid):
    """What a running process has used, in ticks of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _check_room(folder, needed):
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Failure(f"{folder} has room for {free >> 20} MiB, and {needed >> 20} are needed: "
                      "set TMPDIR")


def _children_cpu_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _kib_of(pid, name, key):
    try:
        text = Path(f"/proc/{pid}/{name}").read_text()
    except OSError:  # it has just ended
        return 0
    found = re.search(rf"^{key}:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _result(status, output, errors):
    """Complaints on standard error are failures too: the loader only warns when it cannot preload,
    and the program then runs without the shim."""
    if status == MISSING:
        raise Missing("not installed")
    if status < 0:
        raise Failure(f"died of {signal.Signals(-status).name}")
    if status or errors:
        raise Failure(errors.strip().split("\n")[0] or f"exit code {status}")
    return {key: float(value) for key, value in re.findall(r"(\w+)=(\S+)", output)}


def have_valgrind():
    return shutil.which("valgrind") is not None
