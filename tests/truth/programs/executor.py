"""Twelve jobs for a pool. Usage: executor.py SIZE [batch | all] [processes | pool], so many at a time, all there at
once or each of these batches when the last one is done. The workers are threads, or processes of an executor or of a
pool of multiprocessing. Jobs differ: workers that go on do not all do so at one time."""

import concurrent.futures
import multiprocessing
import sys
import time

JOBS, JOB_S, MORE_S = 12, 0.1, 0.02


def job(number):
    start = time.monotonic()
    time.sleep(JOB_S + number % 3 * MORE_S)
    return start, time.monotonic()


def main():
    size = int(sys.argv[1])
    batch = size if "batch" in sys.argv else JOBS
    pools = {"processes": concurrent.futures.ProcessPoolExecutor, "pool": multiprocessing.Pool}
    times = []
    with pools.get(sys.argv[-1], concurrent.futures.ThreadPoolExecutor)(size) as pool:
        for first in range(0, JOBS, batch):
            times += pool.map(job, range(first, first + batch))
        if "pool" in sys.argv:
            pool.close()  # or its workers are killed
            pool.join()
    print(f"~busy {max(end for _, end in times) - min(start for start, _ in times):.6f}")
    print(f"~longest {max(end - start for start, end in times):.6f}")


main()
