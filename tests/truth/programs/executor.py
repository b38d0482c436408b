"""Twelve jobs for a pool of threads. Usage: executor.py SIZE [batch], so many at a time, each of these
batches when the last one is done."""

import concurrent.futures
import sys
import time

JOBS, JOB_S = 12, 0.1


def job(_):
    start = time.monotonic()
    time.sleep(JOB_S)
    return start, time.monotonic()


def main():
    size = int(sys.argv[1])
    batch = size if sys.argv[2:] else JOBS
    times = []
    with concurrent.futures.ThreadPoolExecutor(size) as pool:
        for _ in range(0, JOBS, batch):
            times += pool.map(job, range(batch))
    print(f"~busy {max(end for _, end in times) - min(start for start, _ in times):.6f}")
    print(f"~longest {max(end - start for start, end in times):.6f}")


main()
