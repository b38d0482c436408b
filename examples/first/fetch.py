"""Fetches a page five times at once, or so it seems.  Usage: fetch.py URL"""

import asyncio
import sys
import time
from urllib.request import urlopen


async def fetch(url):
    with urlopen(url) as page:  # blocks the thread, and with it all other coroutines
        return len(page.read())


async def main():
    start = time.monotonic()
    sizes = await asyncio.gather(*(fetch(sys.argv[1]) for _ in range(5)))
    print(f"{len(sizes)} pages in {time.monotonic() - start:.2f} s")


asyncio.run(main())
