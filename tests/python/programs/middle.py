"""Greenlets that wait in the middle of code which takes all greenlets of a thread for one.

    middle.py CASE [FOLDER]

FOLDER has the modules that are built for it. Every case tells what came out; it is the same when
nothing is parked.
"""

import ctypes
import sys
import threading
import time

import gevent

from facts import fact, run_case

NAPS_MS = (40, 20, 60)  # the second one ends first


def outcome(greenlet):
    return greenlet.value if greenlet.exception is None else type(greenlet.exception).__name__


def each(function):
    """What function(number, ms) comes to in three greenlets that wait at the same time."""
    greenlets = [gevent.spawn(function, number, ms) for number, ms in enumerate(NAPS_MS)]
    gevent.joinall(greenlets)
    return [outcome(greenlet) for greenlet in greenlets]


# ---- state per thread ----

def scopes(kind):
    """Modelled on what is kept so: a stack of memory pools (PyO3 #3668), the current error context
    (boostorg/leaf #5), the runtime that is entered (PyO3/pyo3-async-runtimes #39), the bounds of
    the stack (bdwgc #362), the guard of a mode (pytorch)."""
    library = ctypes.CDLL(f"{folder}/libscopes_{kind}.so")
    call = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda ms: time.sleep(ms / 1000))
    fact(kind, "nap", each(lambda number, ms: library.scope_nap(ms)))
    fact(kind, "callback", each(lambda number, ms: library.scope_call(call, ms)))


def scopes_variable():
    scopes("variable")


def scopes_foreign():
    ctypes.CDLL(f"{folder}/libelsewhere.so", mode=ctypes.RTLD_GLOBAL)
    scopes("foreign")


def scopes_key():
    scopes("key")


def scopes_tss():
    scopes("tss")


def no_tables():
    """Behind code that no table tells of there may be anything: here it is what keeps a scope."""
    import mmap
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # push %rbx; mov %edi, %ebx; mov %rsi, %rax; call *%rax; pop %rbx; ret: f(ms, call)
    code.write(bytes.fromhex("53 89fb 4889f0 ffd0 5b c3"))
    start = ctypes.addressof(ctypes.c_char.from_buffer(code))
    library = ctypes.CDLL(f"{folder}/libscopes_variable.so")
    nap = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda ms: time.sleep(ms / 1000))
    through = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p)(start)
    order = []
    call = ctypes.CFUNCTYPE(None, ctypes.c_int)(
        lambda ms: through(ms, ctypes.cast(nap, ctypes.c_void_p)))

    def work(number, ms):
        is_own = library.scope_call(call, ms)
        order.append(number)
        return is_own
    fact("no tables", each(work), order)


def naps():
    """pybind11's loader_life_support (pybind/pybind11 #3237)."""
    sys.path.insert(0, folder)
    import naps as module
    fact("free", each(lambda number, ms: module.free(f"name {number}", ms)))
    fact("locked", each(lambda number, ms: module.locked(f"name {number}", ms)))
    fact("view", each(lambda number, ms: module.view(f"name {number}", ms)))
    fact("calling", each(lambda number, ms: module.calling(f"name {number}",
                                                           lambda: time.sleep(ms / 1000))))


# ---- the interpreter's lock ----

def statics():
    """One buffer for all (free-threaded-compatibility #339, jampp/sharedbuffers #63)."""
    sys.path.insert(0, folder)
    import statics as module
    fact("statics", each(module.name))
    for function in module.square, module.ticket, module.table, module.sum:
        fact(function.__name__, each(function))


def statics_of_library():
    """The same by a library of C that is called without the lock being let go."""
    libc = ctypes.PyDLL(None)
    libc.strtok.restype = ctypes.c_char_p
    steps = []

    def work(number, ms):
        steps.append(("in", number))
        libc.usleep(ms * 1000)
        steps.append(("out", number))
    each(work)
    fact("one at a time", steps)


# ---- runtimes with one loop a thread ----

def asyncio_run():
    """gfmio/asyncio-gevent #16."""
    import asyncio

    async def work(number, ms):
        await asyncio.sleep(ms / 1000)
        return number
    fact("asyncio", each(lambda number, ms: asyncio.run(work(number, ms))))


def asyncio_loops():
    """One loop for each greenlet, made by hand (gfmio/asyncio-gevent #12), and a call that blocks in
    a coroutine."""
    import asyncio

    async def work(number, ms):
        await asyncio.sleep(ms / 2000)
        time.sleep(ms / 2000)
        return number

    def run(number, ms):
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(work(number, ms))
        finally:
            loop.close()
    fact("loops", each(run))


def asyncio_request():
    """A server's handlers, each with a loop of its own (benoitc/gunicorn #1899), with several
    coroutines (gfmio/asyncio-gevent #28), of which one blocks."""
    import asyncio

    async def part(number, ms):
        await asyncio.sleep(ms / 4000)
        time.sleep(ms / 4000)
        return asyncio.get_running_loop(), number

    async def whole(number, ms):
        parts = await asyncio.gather(*(part(number, ms) for _ in range(3)))
        return len({loop for loop, _ in parts}), [found for _, found in parts]

    def handle(number, ms):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(whole(number, ms))
        finally:
            loop.close()
    fact("requests", each(handle))


def asyncio_threads():
    """A loop in each of several threads (gevent #2026), beside greenlets that wait and another
    thread's loop that runs for ever (getsentry/sentry-python #1892)."""
    import asyncio
    background = asyncio.new_event_loop()
    ticker = threading.Thread(target=background.run_forever)
    ticker.start()
    answers = {}

    async def work(number):
        await asyncio.sleep(0.02)
        time.sleep(0.02)
        return number

    def run(number):
        loop = asyncio.new_event_loop()
        answers[number] = loop.run_until_complete(work(number))
        loop.close()

    def ask(number, ms):
        time.sleep(ms / 1000)
        return asyncio.run_coroutine_threadsafe(work(number), background).result(10)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    fact("asked", each(ask))
    for thread in threads:
        thread.join()
    background.call_soon_threadsafe(background.stop)
    ticker.join()
    background.close()
    fact("threads", sorted(answers.items()))


def asyncio_executor():
    """A coroutine that waits for a thread."""
    import asyncio

    async def work(number, ms):
        await asyncio.to_thread(time.sleep, ms / 1000)
        return number
    fact("executor", each(lambda number, ms: asyncio.run(work(number, ms))))


def uvloop_run():
    import asyncio
    import uvloop

    async def work(number, ms):
        await asyncio.sleep(ms / 1000)
        return number

    def run(number, ms):
        loop = uvloop.new_event_loop()
        try:
            return loop.run_until_complete(work(number, ms))
        finally:
            loop.close()
    fact("uvloop", each(run))


def trio_run():
    import trio

    async def work(number, ms):
        await trio.sleep(ms / 1000)
        return number
    fact("trio", each(lambda number, ms: trio.run(work, number, ms)))


def loop_of_thread():
    """A loop in another thread keeps nobody here from being parked."""
    import asyncio
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    order = []

    def work(number, ms):
        time.sleep(ms / 1000)
        order.append(number)
    each(work)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    fact("in all", sorted(order))


# ---- gRPC, without its own mode for gevent ----

def grpc_calls():
    """grpc/grpc #4629."""
    import grpc
    from concurrent import futures

    def answer(request, context):
        time.sleep(0.1)
        return request + b"!"
    handler = grpc.method_handlers_generic_handler(
        "s", {"m": grpc.unary_unary_rpc_method_handler(answer)})
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary("/s/m")
        greenlets = [gevent.spawn(call, b"%d" % number, timeout=10) for number in range(5)]
        gevent.joinall(greenlets)
        fact("grpc", [outcome(greenlet) for greenlet in greenlets])
    server.stop(None).wait()


folder = sys.argv.pop() if len(sys.argv) > 2 else None
run_case((scopes_variable, scopes_foreign, scopes_key, scopes_tss, no_tables, naps, statics,
          statics_of_library, asyncio_run, asyncio_loops, asyncio_request, asyncio_threads,
          asyncio_executor, uvloop_run, trio_run, loop_of_thread, grpc_calls))
