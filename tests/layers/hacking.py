"""Follows the recipes of HACKING.md in a copy of the shim, and uses the hook and the host that they make.

Usage: hacking.py TOP COMPILER

Each block of code goes where the line before it says: a row behind the other rows, a function to the
end of its file, or into a new one. A program in one of whose tasks the function waits for another task then ends under
the new library, and never under one without the hook.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from faults import tell

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(greq VERSION 0.1.0 LANGUAGES C ASM)
include(GNUInstallDirs)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_VISIBILITY_PRESET hidden)
add_compile_options(-Wall -Wextra -Werror)
set(GREQ_OUTPUT_DIR ${CMAKE_BINARY_DIR})
add_subdirectory(shim)
"""

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

LONGEST_RECIPE = {"A hook": 15, "A host": 35}  # lines of code


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def recipe(top, name):
    """(file, code) of each block of the recipe."""
    text = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", read(os.path.join(top, "HACKING.md")),
                     re.MULTILINE | re.DOTALL).group(1)
    blocks = re.findall(r"`(shim/\S+)`:\n +```c\n(.*?) +```", text, re.DOTALL)
    return [(file, re.sub(r"^   ", "", code, flags=re.MULTILINE)) for file, code in blocks]


def apply(copy, file, code):
    path = os.path.join(copy, file)
    text = read(path) if os.path.exists(path) else ""
    if file.endswith(".def"):
        last = list(re.finditer(r"^(HOOK|HOST)\(.*\n", text, re.MULTILINE))[-1]
        write(path, text[:last.end()] + code + text[last.end():])
    else:
        write(path, text + "\n" + code)


def build(copy, compiler):
    folder = os.path.join(copy, "build")
    subprocess.run(["cmake", "-G", "Ninja", "-S", copy, "-B", folder, f"-DCMAKE_C_COMPILER={compiler}"],
                   check=True, stdout=subprocess.DEVNULL)
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
    if {file.endswith(".def") for file, _ in blocks} != {True, False} or len(blocks) != 2:
        yield f"HACKING.md: the recipe of {name} is a row and a block of C"
    if sum(code.count("\n") for _, code in blocks) > LONGEST_RECIPE[name]:
        yield f"HACKING.md: the recipe of {name} has more than {LONGEST_RECIPE[name]} lines"


def check(top, compiler, copy):
    faults = [fault for name in LONGEST_RECIPE for fault in check_form(top, name)]
    if faults:
        yield from faults
        return
    shutil.copytree(os.path.join(top, "shim"), os.path.join(copy, "shim"))
    write(os.path.join(copy, "CMakeLists.txt"), PROJECT)
    for name in LONGEST_RECIPE:
        for file, code in recipe(top, name):
            apply(copy, file, code)
    library = build(copy, compiler)
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


def main():
    top, compiler = sys.argv[1:]
    with tempfile.TemporaryDirectory() as copy:
        tell([*check(top, compiler, copy)])


main()
