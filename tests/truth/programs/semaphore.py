"""Ten threads that each do four jobs, of which three may be at it at once: most often the one that
has done a job goes on to its next one before those that it lets in."""

import threading
import time

THREADS, JOBS, JOB_S, PLACES = 10, 4, 0.04, 3

places = threading.Semaphore(PLACES)
times = []


def work():
    for _ in range(JOBS):
        with places:
            start = time.monotonic()
            time.sleep(JOB_S)
            times.append((start, time.monotonic()))


def main():
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"~busy {max(end for _, end in times) - min(start for start, _ in times):.6f}")
    print(f"~longest {max(end - start for start, end in times):.6f}")


main()
