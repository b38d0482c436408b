"""Runs the commands of a document, in its order, and compares what they print with what it says they print.

Usage: commands.py TOP BUILD OUTPUT DOCUMENT      OUTPUT: where greq is built

A block of ```console has commands behind "$ ", each with its output. In the output "..." stands for anything;
numbers with their units, the lengths of bars and line breaks do not count, but for the line numbers of
fetch.py, which README is about. A block of ```ini is the file that its first line names. Commands that install
are in blocks of ```sh, which may have no other. A command that ends in "&" has its output before the next
one begins, and is ended with the test.

A block that fails is run again, twice at most: a machine that is busy enough makes other findings.
"""

import importlib.util
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

LONGEST = 180          # lines of README
PORT = "8700"          # README's; the test takes a free one
PATIENCE = 60          # seconds for a block
TRIES = 3
INSTALLS = re.compile(r"apt-get |cmake --")
NUMBER = re.compile(r"(?<!fetch\.py:)\b\d[\d.,]*(?: (?:ms|us|ns|s)\b| ?%)?")
BAR = re.compile(r"\S*[█─░]\S+|\S+[█─░]\S*")
END = "-- the command has ended --"


def blocks(text):
    """(language, lines) of each block of code."""
    return [(language, code.splitlines()) for language, code in
            re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def commands(lines):
    """(command, output) of each command of a console."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(output)) for command, output in found]


def plain(text):
    """What counts of an output."""
    return " ".join(BAR.sub("|", NUMBER.sub("#", " ".join(text.split()))).split())


def expectation(output):
    """Matches what counts of the output that README prints."""
    parts = [re.escape(plain(part)) for part in output.split("...")]
    return re.compile(r"\s*.*?\s*".join(parts), re.DOTALL)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


class Console:
    """Where the commands run: a folder that looks as the tree does after it was built there."""

    def __init__(self, folder, top, build, output):
        self.folder, self.port, self.left = folder, free_port(), []
        self.kept = {"build", "examples"}
        os.mkdir(os.path.join(folder, "build"))
        os.symlink(build, os.path.join(folder, "build", "release"))
        os.symlink(os.path.join(top, "examples"), os.path.join(folder, "examples"))
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("GREQ_")}
        self.environment["PATH"] = f"{output}:/usr/bin:/bin"

    def start(self, command, **options):
        return subprocess.Popen(["bash", "-c", command.replace(PORT, self.port)], cwd=self.folder,
                                env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True, **options)

    def leave(self, command, output):
        """Starts what stays, and returns what it says at first."""
        process = self.start("exec " + command.removesuffix("&"))
        self.left.append(process)
        return "".join(process.stdout.readline() for _ in output.splitlines())

    def run(self, block):
        """What each command of the block prints."""
        script = "".join(f"(exit $status)\n{command}\nstatus=$?\necho {shlex.quote(END)}\n" for command in block)
        process = self.start("status=0\n" + script)
        try:
            said = process.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said = process.communicate()[0] + f"\nnot done after {PATIENCE} s"
        return said.split(END + "\n")

    def clear(self):
        """Removes what the commands have made."""
        for made in os.scandir(self.folder):
            if made.name not in self.kept:
                shutil.rmtree(made.path) if made.is_dir() else os.remove(made.path)

    def end(self):
        for process in self.left:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def differences(console, block):
    """(command, expected, what came) of what is not as README says."""
    staying = [(command, output) for command, output in block if command.endswith("&")]
    for command, output in staying:
        came = console.leave(command, output)
        if not expectation(output).fullmatch(plain(came)):
            yield command, output, came
    passing = [(command, output) for command, output in block if not command.endswith("&")]
    said = console.run([command for command, _ in passing]) if passing else []
    for index, (command, output) in enumerate(passing):
        came = said[index] if index < len(said) else "(nothing)"
        if not expectation(output).fullmatch(plain(came)):
            yield command, output, came


def tried(console, block):
    """The differences of a block that differs each time."""
    for _ in range(TRIES):
        console.clear()
        found = list(differences(console, block))
        if not found:
            return []
        block = [(command, output) for command, output in block if not command.endswith("&")] or block
    return found


def check(console, name, text):
    if os.path.basename(name) == "README.md" and text.count("\n") > LONGEST:
        yield f"README.md has more than {LONGEST} lines"
    ran = 0
    for language, lines in blocks(text):
        if language == "sh":
            yield from (f"neither run nor an installation: {line}" for line in lines if not INSTALLS.match(line))
        elif language == "ini":
            name = lines[0].lstrip("; ")
            console.kept.add(name)
            with open(os.path.join(console.folder, name), "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        elif language == "console":
            block = commands(lines)
            ran += len(block)
            for command, output, came in tried(console, block):
                yield f"{name}:\n$ {command}\n--- expected\n{output}\n--- it printed\n{came}"
    if not ran:
        yield f"{name} has no command"


def check_document(name, top, build, output):
    with open(name, encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        console = Console(folder, top, build, output)
        try:
            return list(check(console, name, text))
        finally:
            console.end()


def main():
    top, build, output, document = sys.argv[1:]
    if sys.version_info[:2] != (3, 11) or not importlib.util.find_spec("gevent"):
        print("needs Python 3.11 and gevent")
        sys.exit(77)
    faults = check_document(document, top, build, output)
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
