"""Runs the servers of a test program in a directory, with a delay_server.

    serve.py DIRECTORY DELAY_SERVER web|databases...

Prints "NAME=VALUE ..." in one line when all of them answer: the environment of their clients. Ends
with them when its standard input does, and when its parent is gone.
"""

import signal
import subprocess
import sys
from pathlib import Path

import databases

STOP_S = 10


def start_web(directory, program, processes):
    server = subprocess.Popen(
        [program, "--exit-with-parent", "--cert-out", directory / "web.pem", "--https=0",
         "--https-expired=0", "--http=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    processes.append((server, signal.SIGTERM))
    ports = dict(word.split("=") for word in server.stdout.readline().decode().split()[1:])
    return {"HTTPS": ports["https"], "EXPIRED": ports["https-expired"], "HTTP": ports["http"],
            "CA": directory / "web.pem"}


def start(directory, delay_server, parts, processes):
    places = {}
    if "web" in parts:
        places |= start_web(directory, delay_server, processes)
    if "databases" in parts:
        folder = directory / "databases"
        folder.mkdir()
        places |= databases.start_both(folder, processes)
    return places


def stop(processes):
    """Without mercy: their data is thrown away."""
    for process, ending in processes:
        process.send_signal(ending)
    for process, _ in processes:
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    directory, delay_server, *parts = sys.argv[1:]
    processes = []
    try:
        places = start(Path(directory), delay_server, parts, processes)
        print(*(f"{name}={value}" for name, value in places.items()), flush=True)
        sys.stdin.read()
    finally:
        stop(processes)


main()
