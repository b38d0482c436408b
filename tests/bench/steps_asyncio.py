"""steps_asyncio.py: two tasks of asyncio that yield as often as is said, and do nothing else.

    steps_asyncio.py COUNT
"""

import asyncio
import sys


async def yield_often(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def main(count):
    await asyncio.gather(yield_often(count), yield_often(count))


asyncio.run(main(int(sys.argv[1])))
