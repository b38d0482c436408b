"""Tests examples/grequests_stages. Usage: stages.py story|ratio TOP BUILD

story: what the example tells holds for the stages that the preload is for.
ratio: stages 2 and 3, which wait in select.poll, take under the preload at most LIMIT times as long
as stage 4, which was patched by hand, takes without it: the shortest of their runs, for a machine that
does other things as well makes some longer, and none shorter.

Exit status: 0, 1 when it does not hold, 77 when a Python package is missing.
"""

import sys

sys.dont_write_bytecode = True  # nothing is left in the source folder

import asyncio
import importlib.util
import subprocess
from pathlib import Path

LIMIT = 1.05
ROUNDS = 3
ATTEMPTS = 3  # for a machine that is busy for a while
BY_HAND = (4, False)  # stage, preload
PRELOADED = ((2, True), (3, True))
SKIPPED = 77


def story_holds(example, build):
    return subprocess.run(
        [sys.executable, example / "story.py", "--build-dir", build, "--requests", "3,10",
         "--stage", "2", "--stage", "3", "--stage", "4"], check=False).returncode == 0


def ratio_holds(example, build):
    sys.path.insert(0, str(example))
    from runs import runs_of
    return asyncio.run(compare(runs_of(build)))


async def compare(scene):
    async with scene as runs:
        return await is_within(runs, 10) and await is_within(runs, 50)


async def is_within(runs, requests):
    times = {row: [] for row in (BY_HAND, *PRELOADED)}
    for _ in range(ATTEMPTS):
        seconds = await shortest(runs, requests, times)
        tell(requests, seconds)
        if max(seconds[row] for row in PRELOADED) <= LIMIT * seconds[BY_HAND]:
            return True
    return False


async def shortest(runs, requests, times):
    """Seconds by (stage, preload). Rounds go through all of them, so that they share the noise; what
    earlier ones took is in `times`."""
    for _ in range(ROUNDS):
        for (stage, preload), seconds in times.items():
            seconds.append(await runs.fetch(stage, requests, preload))
    return {row: min(seconds) for row, seconds in times.items()}


def tell(requests, seconds):
    by_hand = seconds[BY_HAND]
    print(f"N={requests}: stage {BY_HAND[0]} {by_hand:.3f} s", *(
        f"stage {row[0]} preloaded {seconds[row]:.3f} s ({seconds[row] / by_hand:.3f})"
        for row in PRELOADED), sep=", ", flush=True)


def main():
    name, top, build = sys.argv[1:]
    missing = [package for package in ("gevent", "requests", "urllib3", "OpenSSL")
               if not importlib.util.find_spec(package)]
    if missing:
        print("not installed:", *missing)
        sys.exit(SKIPPED)
    holds = {"story": story_holds, "ratio": ratio_holds}[name]
    sys.exit(0 if holds(Path(top) / "examples" / "grequests_stages", Path(build)) else 1)


main()
