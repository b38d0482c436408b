"""The same by gevent, which was not told to patch anything.  Usage: fetch_gevent.py URL"""

import sys
import time
from urllib.request import urlopen

import gevent


def fetch(url):
    with urlopen(url) as page:
        return len(page.read())


start = time.monotonic()
jobs = [gevent.spawn(fetch, sys.argv[1]) for _ in range(5)]
gevent.joinall(jobs, raise_error=True)
print(f"{len(jobs)} pages in {time.monotonic() - start:.2f} s")
