"""Tasks of asyncio whose lines block.

    tasks.py [uvloop] CASE [ARGUMENT]
"""

import asyncio
import contextvars
import ctypes
import fcntl
import gc
import logging
import operator
import os
import random
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
import weakref
from collections import abc

from facts import elapsed, fact, http, https, mysql_connect, postgres_connect, timing

COUNT = 5
warnings.filterwarnings("ignore", "Unverified HTTPS")
number = contextvars.ContextVar("number", default=None)


# ---- waits that overlap ----

def over_socket(seconds):
    left, right = socket.socketpair()
    with left, right:
        timer = asyncio.get_running_loop().call_later(seconds, right.send, b"x")
        try:
            return left.recv(1)
        finally:
            timer.cancel()


def over_tls(seconds):
    import requests
    return requests.get(https(f"delay/{seconds}"), verify=False, timeout=20).status_code


def over_http(seconds):
    import urllib.request
    with urllib.request.urlopen(http(f"delay/{seconds}"), timeout=20) as answer:
        return answer.status


def over_postgres(seconds):
    connection = postgres_connect()
    try:
        cursor = connection.cursor()
        cursor.execute(f"SELECT pg_sleep({seconds})")
        return cursor.fetchall()
    finally:
        connection.close()  # no rollback: its query may not be over


def over_mysql(seconds):
    cursor = mysql_connect("tcp").cursor()
    cursor.execute(f"SELECT SLEEP({seconds})")
    return cursor.fetchall()


def over_child(seconds):
    return subprocess.run(["sleep", str(seconds)], check=True).returncode


def over_lock(seconds):
    lock = threading.Lock()
    lock.acquire()
    asyncio.get_running_loop().call_later(seconds, lock.release)
    return lock.acquire(timeout=20)


def over_file_lock(seconds):
    with tempfile.TemporaryFile() as first, open(f"/proc/self/fd/{first.fileno()}", "r+b") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        timer = asyncio.get_running_loop().call_later(seconds, fcntl.flock, first.fileno(), fcntl.LOCK_UN)
        try:
            return fcntl.flock(second, fcntl.LOCK_EX)
        finally:
            timer.cancel()


WAITS = {
    "sleep": time.sleep, "socket": over_socket, "tls": over_tls, "http": over_http,
    "postgres": over_postgres, "mysql": over_mysql, "child": over_child, "lock": over_lock,
    "file_lock": over_file_lock,
}


async def overlap(name, count=COUNT, seconds="0.5"):
    """They take about as long as one, and another task goes on meanwhile."""
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1

    async def block():
        return WAITS[name](float(seconds))

    if name == "tls":
        import requests  # takes its time, too
    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0)
    start = time.monotonic()
    answers = await asyncio.gather(*(block() for _ in range(int(count))))
    timing("took", time.monotonic() - start)
    ticker.cancel()
    fact(name, len(answers), "others went on", ticks > 5)


# ---- what must hold in a task that blocks ----

async def facts_of_tasks():
    async def one(i):
        number.set(i)
        own = asyncio.current_task()
        time.sleep(0.02 * (3 - i))
        assert asyncio.current_task() is own and number.get() == i
        assert contextvars.copy_context()[number] == i
        await asyncio.sleep(0)
        time.sleep(0.02)
        assert asyncio.current_task() is own and number.get() == i
        return own.get_name()
    fact("names", await asyncio.gather(*(asyncio.create_task(one(i), name=f"n{i}") for i in range(3))))
    fact("outside", number.get())

    def generator():
        for i in range(3):
            time.sleep(0.01)
            yield i

    async def asynchronous():
        for i in generator():
            yield i
            time.sleep(0.01)
    fact("generators", [i async for i in asynchronous()])
    loop = asyncio.get_running_loop()
    fact("pool", await loop.run_in_executor(None, lambda: time.sleep(0.02) or 7))
    process = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)
    fact("child", (await process.communicate())[0])


async def called_back():
    """C code calls back, and that blocks: sorted, re.sub, a constructor's iterator."""
    def slow(value):
        time.sleep(0.02)
        return -value

    async def one(i):
        ordered = sorted([i, i + 1, i + 2], key=slow)
        text = re.sub("a", lambda match: f"{slow(i)}", "a a")
        return ordered, text, sum(map(slow, range(3)))
    fact(await asyncio.gather(one(1), one(2)))


async def tracebacks():
    async def at_once():
        raise ValueError("at once")

    async def later():
        time.sleep(0.01)
        raise ValueError("later")

    async def awaited():
        await asyncio.sleep(0)
        await later()
    for function in at_once, later, awaited:
        try:
            await asyncio.create_task(function())
        except ValueError as error:
            fact([frame.name for frame in traceback.extract_tb(error.__traceback__)])
    task = asyncio.create_task(asyncio.sleep(9), name="shown")
    await asyncio.sleep(0)
    fact("shown", "sleep() running at" in repr(task), task.get_coro().__name__,
         [frame.f_code.co_name for frame in task.get_stack()])
    task.cancel()


async def cancelled():
    """At once, also in C libraries; what is caught is caught, and what waits in `finally` waits."""
    async def block(name, outcome):
        try:
            WAITS[name](20)
        except asyncio.CancelledError:
            outcome.append("cancelled")
            time.sleep(0.05)
            raise
        finally:
            outcome.append("finally")
    for name in "sleep", "socket", "tls", "postgres", "child", "lock":
        outcome = []
        task = asyncio.create_task(block(name, outcome))
        await asyncio.sleep(0.3)
        start = time.monotonic()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            outcome.append(task.cancelled())
        fact(name, outcome, time.monotonic() - start < 1)


async def nothing_is_kept():
    """What a task had is gone with it, also when it was cancelled."""
    class Thing:
        pass

    async def hold(block, outcome):
        thing = Thing()
        outcome.append(weakref.ref(thing))
        await asyncio.sleep(0)
        if block:
            time.sleep(20)
        else:
            await asyncio.sleep(20)
    for block in False, True:
        outcome = []
        task = asyncio.create_task(hold(block, outcome))
        await asyncio.sleep(0.05)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        del task
        await asyncio.sleep(0)
        fact("kept", outcome[0]() is not None)


def strands():
    gc.collect()
    return sum(type(each).__name__ == "_Strand" for each in gc.get_objects())


def forgotten():
    """A task that nobody has any more is gone, and so is what a closed loop had."""
    class Thing:
        pass

    async def hold(outcome):
        thing = Thing()
        outcome.append(weakref.ref(thing))
        await asyncio.get_running_loop().create_future()

    async def forget():
        outcome = []
        for _ in range(3):
            asyncio.create_task(hold(outcome))
            await asyncio.sleep(0)
        gc.collect()
        fact("kept", [reference() is not None for reference in outcome])

    async def work():
        await asyncio.gather(*(asyncio.sleep(0.01, time.sleep(0.01)) for _ in range(5)), forget())
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it says that they were pending
    for _ in range(2):
        asyncio.run(work())
    fact("strands", strands())


def in_the_next_thread():
    """A task that awaits goes on where its loop runs next, and blocks there."""
    went_on = threading.Event()
    may_block = False

    async def work():
        while not may_block:
            await asyncio.sleep(0.01)
        over_socket(0.02)  # for ever, if the loop does not go on
        went_on.set()

    async def begin():
        task = asyncio.create_task(work())
        await asyncio.sleep(0.05)
        return task
    loop = asyncio.new_event_loop()
    task = loop.run_until_complete(begin())
    may_block = True
    thread = threading.Thread(target=loop.run_until_complete, args=(task,))
    thread.start()
    fact("went on", went_on.wait(20))
    thread.join()
    loop.close()


def a_loop_within():
    """A task that runs its own loop until another one is done, as nest_asyncio has it. What blocks in
    there makes the real call.
    """
    async def inner(i):
        await asyncio.sleep(0.02)
        time.sleep(0.02)
        return i

    async def outer(i):
        loop = asyncio.get_running_loop()
        task = loop.create_task(inner(i))
        own = asyncio.tasks._current_tasks.pop(loop)
        while not task.done():
            loop._run_once()
        asyncio.tasks._current_tasks[loop] = own
        await asyncio.sleep(0.01)
        return task.result()

    async def work():
        return await outer(1), await asyncio.create_task(outer(2))
    loop = asyncio.SelectorEventLoop()
    loop.set_task_factory(lambda loop, coroutine: asyncio.tasks._PyTask(coroutine, loop=loop))
    fact(loop.run_until_complete(work()))
    loop.close()


async def stepped_by_another():
    """A blocked task that another one ends: the other one goes on, and may block."""
    async def block():
        try:
            time.sleep(20)
        finally:
            fact("left")

    async def begin():
        task = asyncio.create_task(block())
        await asyncio.sleep(0)
        tasks.append(task)
        return task.get_coro()
    tasks = []
    fact("closed", (await begin()).close(), over_socket(0.02))
    try:
        (await begin()).throw(ValueError)
    except ValueError:
        fact("thrown", over_socket(0.02))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def signal_at_a_switch():
    """What a signal's handler raises comes out of the step, also if it runs before the task does."""
    class Alarm(BaseException):
        pass

    def on_alarm(number, frame):
        raise Alarm

    async def work():
        await asyncio.sleep(0)

    def step(task):
        # No line of Python between the signal and the step.
        try:
            list(map(operator.call, (alarm, task.get_coro().send), (signal.SIGALRM, None)))
            fact("lost")
        except Alarm:
            fact("raised")

    def steps():
        began = [loop.create_task(work()) for _ in range(2)]
        step(began[0])  # without a strand that is free
        began[1].get_coro().send(None)
        step(began[1])  # where it awaits
        step(loop.create_task(work()))  # with a strand that is free
        done.set_result(None)
    warnings.simplefilter("ignore", RuntimeWarning)  # a coroutine never began
    alarm = ctypes.PyDLL(None)["raise"]
    signal.signal(signal.SIGALRM, on_alarm)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it says that they were pending
    loop = asyncio.new_event_loop()
    done = loop.create_future()
    loop.call_soon(steps)
    loop.run_until_complete(done)
    loop.close()


def loops_of_threads():
    """What a task comes to is its own, wherever the interpreter changes threads."""
    async def one(*what):
        return what

    async def work(thread):
        for _ in range(200):
            answers = await asyncio.gather(*(one(thread, i) for i in range(20)))
            mixed.extend(answer for i, answer in enumerate(answers) if answer != (thread, i))
    mixed = []
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=asyncio.run, args=(work(i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fact("mixed", mixed)


async def limits():
    async def block():
        time.sleep(20)
    start = time.monotonic()
    try:
        async with asyncio.timeout(0.1):
            time.sleep(20)
    except TimeoutError:
        fact("timeout")
    try:
        await asyncio.wait_for(block(), 0.1)
    except TimeoutError:
        fact("wait_for")

    try:
        async with asyncio.timeout(0.1):
            threading.Lock().acquire() and threading.Event().wait()
    except TimeoutError:
        fact("event")

    # Last: 3.11.2 leaves the task cancelled once.
    async def fails():
        time.sleep(0.1)
        raise ValueError
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(block())
            group.create_task(fails())
    except* ValueError:
        fact("group")
    fact("in time", time.monotonic() - start < 5)


async def beside_the_loop():
    """What is not in a task is the real call: callbacks, and other greenlets' code."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def callback():
        time.sleep(0.05)
        done.set_result("callback")
    loop.call_soon(callback)
    fact(await done)

    def own_loop():
        async def both():
            start = time.monotonic()
            await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.1), block(), block()))
            return time.monotonic() - start < 1.5

        async def block():
            time.sleep(0.8)
        return asyncio.run(both())
    fact("thread's own loop", await asyncio.to_thread(own_loop))
    left, right = socket.socketpair()
    left.setblocking(False)
    seen = []
    loop.add_reader(left, lambda: seen.append(left.recv(1)))
    right.send(b"x")
    duplicate = left.dup()
    duplicate.setblocking(False)
    await asyncio.sleep(0.05)
    fact("reader of the program's own", seen)
    loop.remove_reader(left)


async def shared_descriptor():
    """Several tasks wait for one descriptor, as does the program's own reader."""
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    seen = []
    loop.add_reader(left, lambda: seen.append("reader"))
    left.setblocking(True)  # uvloop's add_reader makes it non-blocking

    async def receive():
        return left.recv(1)
    tasks = [asyncio.create_task(receive()) for _ in range(3)]
    await asyncio.sleep(0.05)
    loop.remove_reader(left)
    for byte in b"abc":
        right.send(bytes([byte]))
        await asyncio.sleep(0.02)
    fact("all", b"".join(sorted(await asyncio.gather(*tasks))), "reader", len(seen) == 0)
    task = asyncio.create_task(receive())
    await asyncio.sleep(0.05)
    left.close()
    try:
        await asyncio.wait_for(task, 5)
    except OSError:
        fact("closed")


async def many(count):
    start = time.monotonic()
    before = len(os.listdir("/proc/self/fd"))

    async def block(i):
        time.sleep(1)
        return i
    fact("sum", sum(await asyncio.gather(*(block(i) for i in range(int(count))))))
    timing("took", time.monotonic() - start)
    fact("descriptors", len(os.listdir("/proc/self/fd")) - before)


def descriptors():
    """Those of the program: greq keeps some of its own for the next wait for a lock."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:  # of listdir itself
            pass
    return sorted(name for name in found if "eventfd" not in name)


async def storm(seconds, seed):
    """Tasks that block in whatever, cancelled at any time: each ends once, by what it waited for or
    cancelled, and nothing is left."""
    dice = random.Random(int(seed))
    end = time.monotonic() + float(seconds)
    before = descriptors()
    begun = ended = cancelled = 0

    async def block(kind, length):
        nonlocal ended
        try:
            for _ in range(3):
                WAITS[kind](length)
                await asyncio.sleep(length / 2)
        finally:
            ended += 1

    def begin():
        kind = dice.choice(("sleep", "socket", "lock", "file_lock", "child"))
        return asyncio.create_task(block(kind, dice.uniform(0, 0.02)))

    tasks = set()
    while time.monotonic() < end:
        while len(tasks) < 40:
            tasks.add(begin())
            begun += 1
        await asyncio.sleep(dice.uniform(0, 0.01))
        for task in dice.sample(sorted(tasks, key=id), 5):
            task.cancel()
        done = {task for task in tasks if task.done()}
        tasks -= done
        for task in done:
            cancelled += task.cancelled()
            if not task.cancelled() and task.exception() is not None:
                fact("seed", seed, repr(task.exception()))
    late = asyncio.wait(tasks, timeout=20)
    done, left = await late
    fact("left", len(left), "each ended", 0 <= begun - ended <= cancelled + len(done))
    await asyncio.sleep(0.1)
    del tasks, done, late
    gc.collect()
    fact("descriptors", sorted(set(descriptors()) - set(before)))
    timing("begun", begun)


# ---- without a loop that is given ----

def parked_at_close():
    """A loop that is closed while a task is parked."""
    async def block():
        time.sleep(20)
    loop = asyncio.new_event_loop()
    task = loop.create_task(block())
    loop.run_until_complete(asyncio.sleep(0.1))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    fact("closed", task.cancelled())
    loop = asyncio.new_event_loop()
    task = loop.create_task(block())
    loop.run_until_complete(asyncio.sleep(0.1))
    task._log_destroy_pending = False
    loop.close()
    del task
    fact("left")


def made_before():
    """A loop without epoll is not known before it runs: its first tasks are as without the word."""
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    async def block():
        before = ticks
        time.sleep(0.1)
        return ticks - before

    async def answered():
        return over_socket(0.02)  # for ever, if the loop does not go on

    async def work(old):
        ticker = asyncio.create_task(tick())
        fact("before", await asyncio.gather(*old), "by itself", await block())
        fact("after", await asyncio.create_task(answered()))
        return ticker

    async def work_again(ticker):
        fact("again", await answered(), "goes on", not ticker.done())
        ticker.cancel()
    ticker = loop.run_until_complete(work([loop.create_task(block()) for _ in range(2)]))
    loop.run_until_complete(work_again(ticker))
    loop.close()


def taken_up_and_stopped():
    """Of a loop that greq came to know while it ran, nothing is kept when it stops."""
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())

    async def block(seconds):
        try:
            time.sleep(seconds)
        finally:
            time.sleep(0.01)

    async def work():
        time.sleep(0.01)
        task = asyncio.create_task(block(20))
        await asyncio.gather(*(asyncio.create_task(block(0.01)) for _ in range(5)))
        return task
    task = loop.run_until_complete(work())
    fact("blocked", strands())
    fact("closed", task.get_coro().close(), strands())
    task._log_destroy_pending = False
    loop.close()


class Delegate(abc.Coroutine):
    """A coroutine that is no `async def`, as those of Cython are none."""

    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.send, self.throw, self.close = coroutine.send, coroutine.throw, coroutine.close

    def __await__(self):
        return self.coroutine.__await__()

    send = throw = close = None


def other_coroutines():
    async def generate(seconds):
        try:
            time.sleep(seconds)
        except GeneratorExit:
            fact("left")
            raise
        yield over_socket(0.02)

    def kinds(seconds):
        values = generate(seconds)
        kept.append(values)
        return values.__anext__(), Delegate(generate(seconds).__anext__())
    kept = []
    loop = asyncio.new_event_loop()
    for coroutine in kinds(0.02):  # made before the loop runs
        fact(loop.run_until_complete(coroutine))

    async def work():  # and while it runs
        fact(await asyncio.gather(*kinds(0.02)))
    loop.run_until_complete(work())
    for coroutine in kinds(20):
        task = loop.create_task(coroutine)
        loop.run_until_complete(asyncio.sleep(0.1))
        task.get_coro().close()
        task._log_destroy_pending = False
    loop.close()


def interrupted():
    """Ctrl-C while the main task is parked."""
    async def block():
        try:
            time.sleep(20)
        except asyncio.CancelledError:
            fact("cancelled")
            raise
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        asyncio.run(block())
    except KeyboardInterrupt:
        fact("interrupted")


def under_gevent():
    """A loop in each of several greenlets is as without the word."""
    import gevent

    async def work(i):
        await asyncio.sleep(0)
        time.sleep(0.01)
        return i

    def run(i):
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(work(i))
        finally:
            loop.close()
    jobs = [gevent.spawn(run, i) for i in range(3)]
    gevent.joinall(jobs)
    fact([job.value for job in jobs])


def forked():
    async def work():
        pid = os.fork()
        if pid == 0:
            time.sleep(0.05)
            os._exit(7)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    fact("child", asyncio.run(work()))


def in_debug_mode():
    async def work():
        return await asyncio.gather(*(block() for _ in range(3)))

    async def block():
        return over_socket(0.02)  # for ever, if the loop does not go on
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    fact("debug", asyncio.run(work(), debug=True))


def main():
    name, *arguments = sys.argv[1:]
    if name == "uvloop":
        import uvloop
        uvloop.install()
        name, *arguments = arguments
    case = globals()[name]
    if asyncio.iscoroutinefunction(case):
        asyncio.run(case(*arguments))
    else:
        case(*arguments)


main()
