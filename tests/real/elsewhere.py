"""Names and lines of a program whose files are not where they were. Usage: elsewhere.py GREQ CC

They are looked up below --sysroot, its debugging information below --debug-path, and with a server of
debugging information that the test itself is. Skipped (77) without objcopy; without libdebuginfod the
server is not asked, and the rest is tested.
"""

import ctypes.util
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

SKIPPED = 77
TIMEOUT_S = 30
SOURCE = """#include <time.h>
static void __attribute__((noinline)) hold(void)
{
    struct timespec time = {0, 30000000};
    nanosleep(&time, 0); /* line 5 */
}
int main(void)
{
    hold();
    return 0;
}
"""
PLACE = r"hold \(hold\.c:5\)"


def run(*command, **environment):
    result = subprocess.run(command, env=dict(os.environ, **environment), capture_output=True,
                            text=True, check=False, timeout=TIMEOUT_S)
    if result.returncode:
        raise RuntimeError(f"{command}: {result.stdout}{result.stderr}")
    return result.stdout


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server:
    """Serves a folder on a free port."""

    def __init__(self, folder):
        handler = functools.partial(Quiet, directory=folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def make_program(compiler, folder):
    with open(folder + "/hold.c", "w", encoding="utf-8") as file:
        file.write(SOURCE)
    subprocess.run([compiler, "-g", "-O0", "-Wl,--build-id", "-o", "hold", "hold.c"], cwd=folder,
                   check=True, timeout=TIMEOUT_S)


def build_id(path):
    return re.search("Build ID: ([0-9a-f]+)", run("readelf", "--notes", path))[1]


def split(program, work):
    """Takes the debugging information out of a program. Returns the folders of it: as on a disk, and
    as on a server."""
    identity = build_id(program)
    files = f"{work}/debug/.build-id/{identity[:2]}/{identity[2:]}.debug"
    served = f"{work}/served/buildid/{identity}/debuginfo"
    status = os.stat(program)
    for path in files, served:
        os.makedirs(os.path.dirname(path))
        run("objcopy", "--only-keep-debug", program, path)
    run("objcopy", "--strip-all", program)
    os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))
    return f"{work}/debug", f"{work}/served"


def check_server(report, folder, work):
    cache = work + "/cache"
    with Server(folder) as url:
        text = report(DEBUGINFOD_URLS=url, DEBUGINFOD_CACHE_PATH=cache, DEBUGINFOD_TIMEOUT="10")
    if not re.search(PLACE, text):
        yield f"no line by a server:\n{text}"


def check(greq, compiler, work):
    home, root = work + "/home", work + "/root"
    os.mkdir(home)
    make_program(compiler, home)
    trace = work + "/trace"
    run(greq, "trace", "-q", "-o", trace, "--", home + "/hold")
    os.makedirs(root + os.path.dirname(home))
    os.rename(home, root + home)

    def report(*options, **environment):
        return run(greq, "report", *options, trace, **environment)
    text = report()
    if re.search(PLACE, text) or "hold+0x" not in text:
        yield f"a line without the file:\n{text}"
    sysroot = f"--sysroot={root}"
    text = report(sysroot)
    if not re.search(PLACE, text):
        yield f"no line below the sysroot:\n{text}"
    debug, served = split(root + home + "/hold", work)
    text = report(sysroot)
    if re.search(PLACE, text):
        yield f"a line of a stripped file:\n{text}"
    text = report(sysroot, f"--debug-path={debug}")
    if not re.search(PLACE, text):
        yield f"no line by the debug path:\n{text}"
    if ctypes.util.find_library("debuginfod"):
        yield from check_server(functools.partial(report, sysroot), served, work)
    else:
        print("there is no libdebuginfod: no server was asked")


def main():
    greq, compiler = sys.argv[1:]
    if not shutil.which("objcopy"):
        print("there is no objcopy here")
        sys.exit(SKIPPED)
    os.environ.pop("DEBUGINFOD_URLS", None)
    with tempfile.TemporaryDirectory() as work:
        faults = list(check(greq, compiler, os.path.realpath(work)))
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
