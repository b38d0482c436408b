"""Twelve jobs for a pool of threads. Usage: executor.py SIZE"""

import concurrent.futures
import sys
import time

JOBS, JOB_S = 12, 0.1


def job(_):
    start = time.monotonic()
    time.sleep(JOB_S)
    return start, time.monotonic()


def main():
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[1])) as pool:
        times = list(pool.map(job, range(JOBS)))
    print(f"~busy {max(end for _, end in times) - min(start for start, _ in times):.6f}")
    print(f"~longest {max(end - start for start, end in times):.6f}")


main()
