"""cases.py: what is compared with what, in which sizes, and which figures of it are shown.

Data only: `run` goes through it. The first program of a case is the one that the others' ratios
are taken against.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from programs import Bench, Program


@dataclass(frozen=True)
class Column:
    heading: str  # with the unit
    value: Callable[[dict], float]  # of one result
    difference: bool = False  # show it beside the ratio


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    baseline: str  # what the ratios' column is called
    programs: list[Program]
    columns: list[Column]
    measure: Callable[[Bench, Program], dict] = Bench.run
    once: bool = False  # counted, not timed: a second round would give the same


@dataclass(frozen=True)
class Sizes:
    waiting: tuple  # connections
    delay_ms: int
    connections: int
    round_trips: int  # for each of them
    yields: int  # of each of two tasks
    handovers: int  # of each of two threads
    spawned: int
    batch: int
    parked: int
    parked_to_wake: tuple
    wakes: int
    forks: int
    starts: int
    rounds_counted: tuple  # of which the system calls are counted
    calls: int
    exchanges: int  # of two greenlets
    https: tuple  # requests, and how late each is answered in s
    events: tuple  # of a trace


FULL = Sizes(
    waiting=(1000, 10000), delay_ms=1000, connections=100, round_trips=5000, yields=1000000,
    handovers=100000, spawned=20000, batch=100, parked=10000, parked_to_wake=((1000, 1), (10000, 1), (10000, 90000)),
    wakes=50000, forks=500, starts=200, rounds_counted=(20, 120), calls=500000,
    exchanges=100000, https=(1000, 1), events=(10000000,))
QUICK = Sizes(
    waiting=(20, 50), delay_ms=50, connections=10, round_trips=20, yields=1000, handovers=1000,
    spawned=200, batch=20, parked=50, parked_to_wake=((50, 10),), wakes=100, forks=5, starts=3,
    rounds_counted=(2, 6), calls=1000,
    exchanges=500, https=(5, 0.05), events=(20000,))

LONG = replace(FULL, events=(10000000, 100000000))  # several GB, some minutes

THREADS = "pthreads, 64 KiB stacks"
EPOLL = Program("raw epoll loop", ("client_epoll",))
PTHREADS = Program(THREADS, ("client_pthreads",))
GREQ = Program("greq tasks", ("client_greq",), preload=True)
# Of stacks of 1 MiB, the default, two need a page of page tables.
GREQ_64 = Program("greq tasks, 64 KiB stacks", ("client_greq",), preload=True, environment={"GREQ_STACK_SIZE": "64K"})
STATE_THREADS = Program("State Threads", ("client_st",), peer=True)
GEVENT = Program("gevent", ("/usr/bin/python3", "-B", Path(__file__).with_name("client_gevent.py")), peer=True)
CLIENTS = [EPOLL, STATE_THREADS, GREQ, PTHREADS, GEVENT]


def ns_each(result):
    return result["wall_s"] * 1e9 / result["count"]


def us_each(result):
    return ns_each(result) / 1e3


def waiting(connections, sizes):
    return Case(
        f"wait-{connections}",
        f"{connections:,} requests at once, each answered after {sizes.delay_ms / 1000:g} s",
        "epoll",
        [EPOLL, GREQ, GREQ_64, PTHREADS],  # Debian's State Threads wait by select, for 1024 descriptors
        [
            Column("wall, s", lambda result: result["wall_s"]),
            Column("CPU, ms", lambda result: result["cpu_s"] * 1e3),
            Column("peak RSS, MiB", lambda result: result["peak_kib"] / 1024),
            Column("page tables, MiB", lambda result: result["tables_kib"] / 1024),
        ],
        lambda bench, program: bench.run_waiting(program, connections, sizes.delay_ms),
    )


def https(sizes):
    count, delay_s = sizes.https
    return Case(
        "https",
        f"{count:,} requests at once by TLS 1.3, each answered after {delay_s:g} s",
        "first",
        [
            Program("greq tasks", ("client_https", "tasks"), preload=True),
            Program(THREADS, ("client_https", "threads")),
        ],
        [
            Column("wall, s", lambda result: result["wall_s"]),
            Column("longest, s", lambda result: result["longest_s"]),
            Column("one alone, s", lambda result: result["alone_s"]),
            Column("handshakes' CPU, s", lambda result: result["client_s"] + result["server_s"]),
            Column("of which server's", lambda result: result["server_s"]),
            Column("wall / bound", lambda result: result["wall_s"] / https_bound(result)),
        ],
        lambda bench, program: bench.run_https(program, count, delay_s),
    )


def https_bound(result):
    """Nobody is faster than one request alone, nor than what all handshakes compute where both sides share a CPU."""
    return max(result["alone_s"], result["client_s"] + result["server_s"])


def ping_pong(sizes):
    return Case(
        "ping-pong",
        f"ping-pong over {sizes.connections} connections, {sizes.round_trips:,} round trips each",
        "epoll",
        CLIENTS,
        [
            Column("requests per second", lambda result: result["count"] / result["wall_s"]),
            Column("CPU per request, µs", lambda result: result["cpu_s"] * 1e6 / result["count"]),
        ],
        lambda bench, program: bench.run_ping_pong(program, sizes.connections, sizes.round_trips),
    )


def system_calls(sizes):
    return Case(
        "system-calls",
        f"the same, {sizes.rounds_counted[1]} round trips each: system calls, by strace",
        "epoll",
        CLIENTS,
        [Column("calls per request", lambda result: result["calls"])],
        lambda bench, program: bench.count_system_calls(
            program, sizes.connections, sizes.rounds_counted),
        once=True,
    )


def wake(sizes):
    return Case(
        "wake",
        "parked tasks: one is woken and wakes the one that woke it",
        "first",
        [Program(f"{receiving:,} in recv, {sleeping:,} in sleep",
                 ("wake_greq", receiving, sizes.wakes, sleeping), preload=True)
         for receiving, sleeping in sizes.parked_to_wake],
        [
            Column("CPU per wake-up, µs", lambda result: result["cpu_s"] * 1e6 / result["count"]),
            Column("wake-ups in an idle second", lambda result: result["idle_wake_ups"]),
        ],
    )


def forks(sizes):
    programs = called_by("forks", sizes.forks)
    return Case(
        "forks",
        f"{sizes.forks:,} children of a program without tasks, one after the other; each writes a byte",
        "without",
        [*programs, replace(programs[-1], label="the same, the trace in memory", in_memory=True)],
        [
            Column("µs each", us_each, difference=True),
            Column("trace, KiB each", lambda result: result["trace_bytes"] / 1024 / result["count"]),
        ],
        Bench.run_forks,
    )


def starts(sizes):
    by_greq = Program("by greq trace", ("greq", "trace", "-q", "-o", "FOLDER/trace.%u", "--"))
    return Case(
        "starts",
        "a program that does nothing (true), from its start to its end",
        "without",
        [
            Program("without libgreq.so", ()),
            Program("an empty library, preloaded", (), preload=True, instead="libbench_empty.so"),
            Program("preloaded", (), preload=True),
            Program("preloaded, traced", (), preload=True, trace=True),
            Program("the same, the trace in memory", (), preload=True, trace=True, in_memory=True),
            by_greq,
            replace(by_greq, label="the same, its files in memory", in_memory=True),
        ],
        [Column("ms each", lambda result: us_each(result) / 1e3, difference=True)],
        lambda bench, program: bench.run_starts(program, sizes.starts),
    )


def files(sizes):
    return Case(
        "files",
        "a file of 8 KiB is made, allocated, mapped and renamed, as for a trace",
        "in memory",
        [Program("in memory", ("files",), in_memory=True), Program("where temporary files are", ("files",))],
        [Column("µs each", us_each)],
        lambda bench, program: bench.run_files(program, sizes.forks),
    )


def switch(sizes):
    return Case(
        "switch",
        "handing over between two of them on one CPU",
        "condvar",
        [
            Program("pthreads, condvar", ("switch_pthreads", sizes.handovers, "condvar")),
            Program("pthreads, sched_yield", ("switch_pthreads", sizes.handovers, "yield")),
            Program("greq_yield", ("switch_greq", sizes.yields), preload=True),
        ],
        [Column("ns per switch", ns_each)],
    )


def spawn(batch, sizes):
    arguments = (sizes.spawned // batch, batch)
    how = "one at a time" if batch == 1 else f"{batch} at a time"
    return Case(
        f"spawn-{batch}",
        f"spawn and join, {how}",
        "pthreads",
        [
            Program(THREADS, ("spawn_pthreads", *arguments)),
            Program("greq tasks", ("spawn_greq", *arguments), preload=True),
        ],
        [Column("µs each", us_each)],
    )


def park(sizes):
    return Case(
        "park",
        f"memory of each of {sizes.parked:,} that wait in recv (without the kernel's own)",
        "pthreads",
        [
            Program(THREADS, ("park_pthreads", sizes.parked)),
            Program("greq tasks", ("park_greq", sizes.parked), preload=True),
        ],
        [
            Column("RSS, KiB", lambda result: result["resident_kib"] / result["count"]),
            Column("page tables, KiB", lambda result: result["page_tables_kib"] / result["count"]),
        ],
    )


def called(*arguments):
    return called_by("calls", *arguments)


def called_by(*command):
    observed = {"GREQ_PATCH": "none"}
    return [
        Program("without libgreq.so", command),
        Program("preloaded, tracing off", command, preload=True),
        Program("preloaded, tracing on", command, preload=True, environment=observed, trace=True),
    ]


def calls(sizes):
    return Case(
        "calls",
        "a hooked call (send, recv) of a program without tasks",
        "without",
        called(sizes.calls),
        [Column("ns per call", ns_each, difference=True)],
    )


def instructions():
    return Case(
        "instructions",
        "the same, counted by callgrind in user space (which reads clocks by system call)",
        "without",
        called(),
        [Column("instructions per call", lambda result: result["instructions"], difference=True)],
        Bench.count_instructions,
        once=True,
    )


def report(sizes):
    return Case(
        "report",
        "greq report --format json of a generated trace",
        "first",
        [Program(f"{events:,} events", ("make_trace", events)) for events in sizes.events],
        [
            Column("million events per second",
                   lambda result: result["count"] / result["wall_s"] / 1e6),
            Column("per second of CPU", lambda result: result["count"] / result["cpu_s"] / 1e6),
            Column("peak RSS, MiB", lambda result: result["peak_kib"] / 1024),
        ],
        Bench.run_report,
    )


def exchanged(kind, *arguments):
    program = Path(__file__).parents[1] / "python" / "programs" / "exchange.py"
    return ("/usr/bin/python3", "-B", program, kind, *arguments)


def greenlet_wait(call, sizes):
    return Case(
        f"greenlet-{call}",
        f"two greenlets exchange bytes over a socketpair, and wait in {call}",
        "gevent",
        [
            Program("gevent's own", exchanged("patched", call, sizes.exchanges)),
            Program("plain, preloaded", exchanged("plain", call, sizes.exchanges), preload=True),
        ],
        [Column("µs per wait", us_each)],
    )


def all_cases(sizes, with_instructions):
    cases = [waiting(connections, sizes) for connections in sizes.waiting]
    cases += [https(sizes), ping_pong(sizes), system_calls(sizes), wake(sizes), forks(sizes)]
    cases += [starts(sizes), files(sizes)]
    cases += [switch(sizes), spawn(1, sizes), spawn(sizes.batch, sizes)]
    cases += [park(sizes), calls(sizes), report(sizes)]
    cases += [greenlet_wait("recv", sizes), greenlet_wait("poll", sizes)]
    if with_instructions:
        cases.append(instructions())
    return cases
