"""Fetches one URL several times, in one of the ways of stages.py, and prints the seconds that took.

    fetch.py --stage 2 --requests 10 --cacert cert.pem https://localhost:8443/delay/1

An ordinary Python program: it knows nothing of greq. Python's own start and the imports are not in
the seconds. Exit status: 0 when every answer was what had been asked for, 1 otherwise.
"""

import sys

sys.dont_write_bytecode = True  # nothing is left in the source folder

import argparse
import time
from urllib.parse import urlsplit

from stages import STAGES


def parse_options():
    parser = argparse.ArgumentParser(prog="fetch.py", description=__doc__.splitlines()[0])
    parser.add_argument("--stage", type=int, choices=range(len(STAGES)), required=True)
    parser.add_argument("--requests", type=int, metavar="N", required=True)
    parser.add_argument("--cacert", metavar="FILE", required=True,
                        help="the certificates to trust")
    parser.add_argument("url", help="answers with a JSON text that names the URL's path")
    return parser.parse_args()


def is_right(answer):
    return answer.status_code == 200 and answer.json()["path"] == urlsplit(answer.url).path


def main():
    options = parse_options()
    fetch_all = STAGES[options.stage].prepare(options.cacert)
    begin = time.perf_counter()
    answers = fetch_all([options.url] * options.requests)
    seconds = time.perf_counter() - begin
    right = sum(map(is_right, answers))
    if right != options.requests:
        sys.exit(f"fetch.py: {right} of {options.requests} answers are right")
    print(f"{seconds:.3f}")


if __name__ == "__main__":
    main()
