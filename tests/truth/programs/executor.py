"""Twelve jobs for a pool. Usage: executor.py SIZE [batch | all] [processes | pool | forkserver | told], so many at a
time, all there at once or each of these batches when the last one is done. The workers are threads, or processes of an
executor, forked by the program (told: that writes a line for each that is done) or by a server, or of a pool of
multiprocessing. Jobs differ, and compute before they wait: workers that go on do not all do so at one time."""

import concurrent.futures
import functools
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import sys
import time

JOBS, JOB_S, MORE_S, COMPUTES_S = 12, 0.1, 0.02, 0.01


def job(number):
    until = time.process_time() + COMPUTES_S
    while "told" in sys.argv and time.process_time() < until:
        pass
    start = time.monotonic()
    time.sleep(JOB_S + number % 3 * MORE_S)
    return start, time.monotonic()


def busy(times):
    """While at least one was at it."""
    total = until = 0
    for start, end in sorted(times):
        total += max(end - max(start, until), 0)
        until = max(until, end)
    return total


def main():
    size = int(sys.argv[1])
    batch = size if "batch" in sys.argv else JOBS
    processes = concurrent.futures.ProcessPoolExecutor
    by_server = functools.partial(processes, mp_context=multiprocessing.get_context("forkserver"))
    pools = {"processes": processes, "told": processes, "forkserver": by_server, "pool": multiprocessing.Pool}
    times = []
    with pools.get(sys.argv[-1], concurrent.futures.ThreadPoolExecutor)(size) as pool:
        for first in range(0, JOBS, batch):
            for done in pool.map(job, range(first, first + batch)):
                times.append(done)
                if "told" in sys.argv:
                    print("~done", done[0], flush=True)
        if "pool" in sys.argv:
            pool.close()  # or its workers are killed
            pool.join()
    if "forkserver" in sys.argv:  # it would end a little later
        multiprocessing.forkserver._forkserver._stop()
        multiprocessing.resource_tracker._resource_tracker._stop()
    print(f"~busy {busy(times):.6f}")
    print(f"~longest {max(end - start for start, end in times):.6f}")


if __name__ == "__main__":
    main()
