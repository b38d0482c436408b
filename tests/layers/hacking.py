"""Follows the recipes of HACKING.md in a copy of the tree, and uses what they make.

Usage: hacking.py TOP COMPILER [--all]      without --all: those of the shim, a hook and a host

Each block of code goes where the line before it says: a row of a .def behind the other rows, before or after
a line, to the end of what a line begins, else to the end of its file, or into a new one. Then each is used,
and what uses it fails without it:
- A task that is in the hook waits for another one; a program reads what only the host's wait writes.
- A program that sleeps has the finding and the figure, and is over a budget of it.
- Another reader finds the record.
The recipe of an architecture names every file that asks for one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from faults import files, tell

# The reader waits before the writer has run.
PROGRAM = """
#include <greq/greq.h>
#include <stdint.h>
#include <sys/eventfd.h>
static int fd;
static void *reader(void *none) { uint64_t value; return eventfd_read(fd, &value) ? &fd : none; }
static void *writer(void *none) { eventfd_write(fd, 7); return none; }
int main(void)
{
    void *failed = &fd;
    fd = eventfd(0, 0);
    greq_task *one = greq_spawn(reader, 0), *other = greq_spawn(writer, 0);
    return greq_join(one, &failed) || greq_join(other, 0) || failed;
}
"""

# Nobody writes but in the host's own way to wait.
HOST_PROGRAM = """
#include <sys/epoll.h>
#include <unistd.h>
static int ends[2];
__attribute__((visibility("default"))) int turns_take(int fd)
{
    return fd != ends[0] || write(ends[1], "x", 1) != 1;
}
int main(void)
{
    char byte = 0;
    return pipe(ends) || epoll_create1(0) < 0 || read(ends[0], &byte, 1) != 1 || byte != 'x';
}
"""

SLEEPER = """
#include <unistd.h>
int main(void) { return usleep(300 * 1000); }
"""

SHIM, TRACER = ["A hook", "A host"], ["A finding", "A figure", "A record"]
LONGEST = 15  # lines of code of a recipe
BLOCK = re.compile(r"`((?:shim|tracer)/[^`]+)`(?:, (before|after|at the end of) `([^`]+)`)?:\n +```c\n(.*?) +```",
                   re.DOTALL)
ROW = re.compile(r"^(?:HOOK|HOST|FIGURE)\(.*\n(?: +.*\n)*", re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def text_of(top, name):
    return re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", read(os.path.join(top, "HACKING.md")),
                     re.MULTILINE | re.DOTALL).group(1)


def recipe(top, name):
    """(file, where, line, code) of each block of the recipe."""
    return [(file, where, line.replace("\\n", "\n"), re.sub(r"^   ", "", code, flags=re.MULTILINE))
            for file, where, line, code in BLOCK.findall(text_of(top, name))]


def place(text, file, where, line):
    """Where in the text of the file the code goes, or -1."""
    if not where:
        rows = list(ROW.finditer(text)) if file.endswith(".def") else []
        return rows[-1].end() if rows else len(text)
    begin = text.find(line)
    if begin < 0 or where == "before":
        return begin
    if where == "after":
        return text.index("\n", begin + len(line)) + 1
    return text.index("\n}", begin) + 1


def apply(copy, file, where, line, code):
    """Returns whether the line is there."""
    path = os.path.join(copy, file)
    text = read(path) if os.path.exists(path) else ""
    at = place(text, file, where, line)
    if at < 0:
        return False
    write(path, text[:at] + ("" if where or file.endswith(".def") else "\n") + code + text[at:])
    return True


def number_record(copy):
    """The next free number of a record, which is not the same for long."""
    events = re.search(r"enum trace_event_id \{(.*?)\n\}", read(os.path.join(copy, "shim/include/greq/trace_format.h")),
                       re.DOTALL).group(1)
    path = os.path.join(copy, "shim/log/metadata.tsdl")
    write(path, read(path).replace("id = NEXT;", f"id = {len(re.findall(r'^ +TRACE_', events, re.MULTILINE))};"))


def copy_parts(top, copy, parts):
    """A tree that has these parts alone, besides what they need to be built."""
    for folder in [*parts, "cmake", "docs"]:
        shutil.copytree(os.path.join(top, folder), os.path.join(copy, folder))
    text = read(os.path.join(top, "CMakeLists.txt"))
    write(os.path.join(copy, "CMakeLists.txt"), re.sub(
        r"^add_subdirectory\((\w+)\)\n", lambda line: line.group() if line.group(1) in parts else "", text,
        flags=re.MULTILINE))


def build(copy, compiler):
    folder = os.path.join(copy, "build")
    subprocess.run(["cmake", "-G", "Ninja", "-S", copy, "-B", folder, f"-DCMAKE_C_COMPILER={compiler}",
                    "-DBUILD_TESTING=OFF", "-DGREQ_WERROR=ON"], check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run(["cmake", "--build", folder, "-j", "2"], capture_output=True, text=True)
    if made.returncode:
        tell([made.stdout + made.stderr])
    return os.path.join(folder, "libgreq.so")


def compile_program(copy, compiler, name, text):
    source, program = os.path.join(copy, name + ".c"), os.path.join(copy, name)
    write(source, text)
    subprocess.run([compiler, "-rdynamic", "-I", os.path.join(copy, "shim", "include"), source, "-o", program],
                   check=True)
    return program


def status_of(program, library, words):
    environment = {**os.environ, "LD_PRELOAD": library, "GREQ_PATCH": words}
    try:
        return subprocess.run([program], env=environment, timeout=5).returncode
    except subprocess.TimeoutExpired:
        return "still waiting"


def check_form(top, name):
    blocks = recipe(top, name)
    if not blocks:
        yield f"HACKING.md: there is no recipe of {name}"
    if sum(code.count("\n") for *_, code in blocks) > LONGEST:
        yield f"HACKING.md: the recipe of {name} has more than {LONGEST} lines"


def check_architecture(top):
    named = set(re.findall(r"`((?:shim|tracer)/[^`]+\.[chS])`", text_of(top, "An architecture")))
    for name in files(top, (".c", ".h", ".S")):
        if not re.match(r"(shim|tracer)/", name):
            continue
        asks = re.search(r"__(x86_64|aarch64)__", read(os.path.join(top, name)))
        pattern = re.sub(r"_(x86_64|aarch64)\.", "_*.", name)
        if asks and pattern not in named:
            yield f"HACKING.md: the recipe of an architecture does not have {name}"
        named -= {pattern} if asks and pattern == name else set()
    for name in named:
        if "*" not in name:
            yield f"HACKING.md: {name} does not ask for an architecture"


def use_shim(copy, compiler, library):
    program = compile_program(copy, compiler, "hook", PROGRAM)
    if status_of(program, library, "all") != 0:
        yield "HACKING.md: a task that is in the new hook does not let another one run"
    if status_of(program, library, "all,-fn:eventfd_read") == 0:
        yield "the program of this test ends without the hook, too: it shows nothing"
    program = compile_program(copy, compiler, "host", HOST_PROGRAM)
    if status_of(program, library, "all") != 0:
        yield "HACKING.md: a read does not wait by the new host"
    if status_of(program, library, "all,-read") == 0:
        yield "the program of this test ends without the host, too: it shows nothing"


def use_tracer(copy, compiler, library):
    def run(*words):
        return subprocess.run(words, cwd=copy, capture_output=True, text=True, timeout=60, check=False)

    greq = os.path.join(os.path.dirname(library), "greq")
    program = compile_program(copy, compiler, "sleeper", SLEEPER)
    run(greq, "trace", "-q", "-o", "trace", "--", program)
    report = json.loads(run(greq, "report", "-f", "json", "trace").stdout)
    if "nap" not in [finding["kind"] for finding in report["findings"]]:
        yield "HACKING.md: the new finding is not in the report"
    if not 0.25 < sum(call["slept_s"] for call in report["calls"]) < 30:
        yield "HACKING.md: the new figure is not in the report"
    write(os.path.join(copy, "budget.ini"), "[budget]\nslept_s = 0.1\n")
    if run(greq, "check", "--budget", "budget.ini", "trace").returncode != 1:
        yield "HACKING.md: a budget does not limit the new figure"
    told = run("babeltrace2", "trace").stdout
    if not re.search(rf" session: .*number = {os.getsid(0)}\b", told):
        yield "HACKING.md: the new record is not read by others"


def check(top, compiler, copy, names):
    faults = [*check_architecture(top), *(fault for name in names for fault in check_form(top, name))]
    if faults:
        yield from faults
        return
    copy_parts(top, copy, ["shim"] if names == SHIM else ["shim", "tracer"])
    for name in names:
        for file, where, line, code in recipe(top, name):
            if not apply(copy, file, where, line, code):
                yield f"HACKING.md: {name}: {file} has no line {line}"
                return
    number_record(copy)
    library = build(copy, compiler)
    yield from use_shim(copy, compiler, library)
    if names != SHIM:
        yield from use_tracer(copy, compiler, library)


def main():
    top, compiler = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as copy:
        tell([*check(top, compiler, copy, SHIM + TRACER if "--all" in sys.argv else SHIM)])


main()
