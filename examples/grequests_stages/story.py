"""Fetches in five ways, plain and under libgreq.so, and prints how long each took.

Then it says, from a recording, what one of the slow ones waited for. Every verdict is computed from
what was measured in this run.
"""

import sys

sys.dont_write_bytecode = True  # nothing is left in the source folder

import argparse
import asyncio
import signal
import tempfile
from pathlib import Path

from runs import Failure, runs_of
from stages import STAGES

TOP = Path(__file__).resolve().parents[2]
FAST, SLOW = "fast", "slow"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# What each stage is expected to be: plain, preloaded.
EXPECTED = ((SLOW, SLOW), (FAST, FAST), (SLOW, FAST), (SLOW, FAST), (FAST, FAST))

WHY = {
    0: "There are no greenlets: nothing could run while a request waits, preloaded or not.",
    1: "Python's ssl waits in gevent's hub, which runs other greenlets meanwhile.",
    2: "pyOpenSSL does not wait; urllib3 does, in select.poll, which grequests leaves unpatched.",
    3: "recv waits in the hub, but urllib3 reads answers by recv_into, and waits as before.",
    4: "recv_into waits in the hub as well.",
}

# The seconds of the program that this is about, where it was first seen: a request was 1.05 s of
# waiting and 0.05 s of computing.
FIRST_SEEN = {SLOW: {3: 3.30, 5: 5.50, 10: 11.00}, FAST: {3: 1.20, 5: 1.30, 10: 1.55}}

TRACED = 2  # the stage that is explained
CULPRIT = ("recv_into", "pyopenssl.py:")  # in one line of its report


# ---- options ----

def parse_options():
    parser = argparse.ArgumentParser(
        prog="run", description=__doc__,
        epilog="Exit status: 0 if each stage was what it is expected to be, 1 if not, 2 for wrong "
               "usage.")
    parser.add_argument("--requests", type=counts, default=[3, 5, 10], metavar="N,...",
                        help="how many requests at once (default: 3,5,10)")
    parser.add_argument("--stage", type=int, action="append", choices=range(len(STAGES)),
                        help="only this stage; may be repeated")
    parser.add_argument("--keep", type=Path, metavar="DIR",
                        help=f"leave the recording of stage {TRACED} there, for greq report")
    parser.add_argument("--build-dir", type=Path, default=TOP / "build" / "release", metavar="DIR",
                        help="use what is built there, and build nothing")
    options = parser.parse_args()
    options.stage = sorted(set(options.stage or range(len(STAGES))))
    if options.keep and TRACED not in options.stage:
        parser.error(f"--keep: only stage {TRACED} is recorded, and it is not asked for")
    if not (options.build_dir / "libgreq.so").exists():
        parser.error(f"--build-dir: there is no libgreq.so in {options.build_dir}; build it first")
    options.build_dir = options.build_dir.resolve()
    return options


def counts(text):
    numbers = [int(word) if word.isdecimal() else 0 for word in text.split(",")]
    if min(numbers) < 2 or max(numbers) > 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not numbers of 2 to 1000, such as 3,5,10")
    return sorted(set(numbers))


# ---- measuring ----

async def measure_row(runs, row, requests):
    stage, preload = row
    return [await runs.fetch(stage, count, preload) for count in requests]


async def measure(runs, options):
    """Seconds by (stage, preload), and the report. The slow ones, side by side: they only wait."""
    rows = [(stage, preload) for stage in options.stage for preload in (False, True)]
    slow = [row for row in rows if EXPECTED[row[0]][row[1]] == SLOW]
    *seconds, report = await asyncio.gather(
        *(measure_row(runs, row, options.requests) for row in slow), explain(runs, options))
    measured = dict(zip(slow, seconds))
    for row in rows:
        if row not in measured:
            measured[row] = await measure_row(runs, row, options.requests)
    return measured, report


async def explain(runs, options):
    """The report on the stage that is explained, if it was asked for."""
    if TRACED not in options.stage:
        return None
    with tempfile.TemporaryDirectory() as folder:
        return await runs.trace(TRACED, max(options.requests), options.keep or folder)


def verdict(seconds, requests, one):
    """Where times lie on the way from one request alone to as many in a row: fast if all are in the
    first quarter, slow if all are in the last and beyond."""
    ways = [(time - one) / (count * one - one) for time, count in zip(seconds, requests)]
    return FAST if max(ways) < 0.25 else SLOW if min(ways) > 0.75 else "neither"


# ---- telling ----

def print_heading(requests):
    counted = "".join(f"{f'N={count}':>7}" for count in requests)
    width = len(counted)
    print(f"{'':29}{'first seen':>{width}}{'plain':>{width + 2}}{'preloaded':>{width + 9}}")
    print(f"{'':29}{counted}  {counted}{'':7}  {counted}")


def cells(seconds):
    return "".join(f"{'-':>7}" if time is None else f"{time:7.2f}" for time in seconds)


def print_row(stage, plain, preloaded, got, requests):
    """Returns whether the verdicts are as expected."""
    expected = EXPECTED[stage]
    seen = map(FIRST_SEEN[expected[0]].get, requests)
    print(f"{stage} {STAGES[stage].name:27}{cells(seen)}  {cells(plain)} {got[0]:<6}"
          f"  {cells(preloaded)} {got[1]}", end="")
    print("" if got == expected else f"  expected: {', '.join(expected)}")
    return got == expected


def print_table(measured, options, one):
    """Returns how many stages are not as expected."""
    wrong = 0
    print_heading(options.requests)
    for stage in options.stage:
        plain, preloaded = measured[stage, False], measured[stage, True]
        got = tuple(verdict(row, options.requests, one) for row in (plain, preloaded))
        wrong += not print_row(stage, plain, preloaded, got, options.requests)
    return wrong


def print_reasons(stages):
    print("\nWhy, without the preload:")
    for stage in stages:
        print(f"{stage} {WHY[stage]}")


async def tell(options):
    print("Measuring ...", flush=True)
    async with runs_of(options.build_dir) as runs:
        one = await runs.fetch(0, 1)
        measured, report = await measure(runs, options)
    print(f"{runs.url}, seconds for N requests at once; one alone: {one:.2f}\n")
    wrong = print_table(measured, options, one)
    print_reasons(options.stage)
    if report:
        print(f"\ngreq trace of stage {TRACED}, N={max(options.requests)}:\n\n{report}")
    if wrong:
        raise Failure(f"{wrong} stages did not do what was expected")
    if report and not names_culprit(report):
        raise Failure("the report does not name recv_into of urllib3/contrib/pyopenssl.py")


def names_culprit(report):
    return any(all(word in line for word in CULPRIT) for line in report.splitlines())


def interrupt(number, _):
    """Every way out goes through the blocks that end processes and remove folders, once."""
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    options = parse_options()
    for ending in ENDING:
        if signal.getsignal(ending) != signal.SIG_IGN:
            signal.signal(ending, interrupt)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `run | head`: nothing runs while it prints
    sys.stdout.reconfigure(errors="replace")  # a locale without the timeline's signs gets "?"
    try:
        asyncio.run(tell(options))
    except Failure as failure:
        sys.exit(f"grequests_stages: {failure}")


if __name__ == "__main__":
    main()
