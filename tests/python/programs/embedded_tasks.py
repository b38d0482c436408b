"""What an embedder runs, twice: does another task go on while one blocks?"""

import asyncio
import time


async def block():
    time.sleep(0.6)


async def tick():
    while not blocker.done():
        ticks.append(blocker)
        await asyncio.sleep(0.01)


async def main():
    global blocker
    blocker = asyncio.create_task(block())
    await asyncio.create_task(tick())
    await blocker

ticks = []
asyncio.run(main())
print("others went on", len(ticks) > 0)
