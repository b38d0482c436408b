"""A server of asyncio that computes for each request: 50 ms by its own clock of the CPU. It ends when
all clients have gone, and tells when it computed, and for which byte. Usage: asyncio_computing.py CLIENTS"""

import asyncio
import sys
import time

COMPUTE_S = 0.05
left = int(sys.argv[1])
answers = []


def compute(client):
    begin, begun = time.monotonic(), time.thread_time()
    while time.thread_time() - begun < COMPUTE_S:
        sum(range(100))
    answers.append((client, begin, time.monotonic(), time.thread_time() - begun))


async def serve(reader, writer):
    global left
    while request := await reader.read(1):
        compute(request.decode())
        writer.write(request)
        await writer.drain()
    writer.close()
    left -= 1
    if not left:
        done.set()


async def main():
    global done
    done = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await done.wait()
    for client, begin, end, cpu in answers:
        print(f"computed for {client} from {begin:.6f} to {end:.6f}: {cpu:.6f}")


asyncio.run(main())
