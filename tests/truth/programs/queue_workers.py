"""Three threads that take jobs from a queue. Usage: queue_workers.py HOW, which is
all     the jobs are there at once
few     one comes now and then
batch   as many as there are threads, and the next ones when these are done"""

import queue
import sys
import threading
import time

WORKERS, JOBS, JOB_S, PAUSE_S = 3, 12, 0.1, 0.05

jobs = queue.Queue()
times = []


def work():
    while jobs.get():
        start = time.monotonic()
        time.sleep(JOB_S)
        times.append((start, time.monotonic()))
        jobs.task_done()


def main():
    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    time.sleep(PAUSE_S)
    for job in range(JOBS):
        jobs.put(True)
        if sys.argv[1] == "few":
            time.sleep(PAUSE_S)
        if sys.argv[1] == "batch" and not (job + 1) % WORKERS:
            jobs.join()
    for _ in workers:
        jobs.put(False)
    for worker in workers:
        worker.join()
    print(f"~busy {max(end for _, end in times) - min(start for start, _ in times):.6f}")
    print(f"~longest {max(end - start for start, end in times):.6f}")


main()
