"""greq top on terminals, and piped, of a process with 10,000 tasks. Usage: terminal.py OUTPUT VICTIMS

A terminal is a pty: what is drawn is what it gets, a frame from each "home" to the next.
"""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

PATIENCE_S = 60
TASKS, FEW = 10000, 10
WRITE = "1", "64"  # its number on x86-64 and on AArch64
SEQUENCE = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


class Terminal:
    def __init__(self, argv, rows, columns, **environment):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            time.sleep(0.05)  # its size is set meanwhile
            os.execve(argv[0], argv, {"TERM": "xterm", "LC_ALL": "C.UTF-8", **environment})
        self.resize(rows, columns)
        self.text = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        try:
            got = os.read(self.fd, 65536) if select.select([self.fd], [], [], 0.2)[0] else b""
        except OSError:
            return False
        self.text += got.decode(errors="replace")
        return True

    def frames(self):
        """The lines of each that is complete."""
        return [SEQUENCE.sub("", frame).split("\r\n") for frame in self.text.split("\x1b[H")[1:]
                if "q quit" in frame]

    def wait_for(self, what, matches):
        """Returns the first frame from now on that matches."""
        begin, until = len(self.frames()), time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.read():
            for frame in self.frames()[begin:]:
                if matches(frame):
                    return frame
        sys.exit(f"no frame with {what}: {self.text[-3000:]!r}")

    def key(self, key):
        os.write(self.fd, key.encode())

    def end(self):
        while self.read():
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def expect(condition, what, text):
    if not condition:
        sys.exit(f"{what}: {text!r}")


def expect_fits(frame, rows, columns):
    expect(len(frame) <= rows, f"more than {rows} lines", frame)
    expect(all(len(line) <= columns for line in frame), f"wider than {columns}", frame)


def has_tasks(frame, count=TASKS):
    return any(re.match(rf" *{count} .*wait_in_task", line) for line in frame)


def check_terminal(argv):
    terminal = Terminal(argv, 24, 80)
    expect_fits(terminal.wait_for("the tasks", has_tasks), 24, 80)
    expect("\x1b[7m" in terminal.text, "no colour", terminal.text)
    terminal.resize(50, 200)
    wide = terminal.wait_for("more than 80 columns", lambda frame: any(len(line) > 80 for line in frame))
    expect_fits(wide, 50, 200)
    terminal.wait_for("the balance", lambda frame: re.match(r"last \d+ s: .* asleep", frame[2]))
    terminal.key(" ")
    terminal.wait_for("PAUSED", lambda frame: "PAUSED" in frame[1])
    terminal.key("l")
    terminal.key(" ")
    terminal.wait_for("no PAUSED", lambda frame: "PAUSED" not in frame[1])
    terminal.key("q")
    status = terminal.end()
    expect(status == 0, "its status", status)
    expect(terminal.text.endswith("\x1b[?25h\x1b[?1049l"), "it leaves no cursor", terminal.text[-100:])


def check_small(argv):
    """One line and three columns are enough not to scroll."""
    for rows, columns in (5, 20), (1, 3):
        terminal = Terminal(argv, rows, columns)
        until = time.monotonic() + PATIENCE_S
        while terminal.text.count("\x1b[H") < 2 and time.monotonic() < until and terminal.read():
            pass
        frame = SEQUENCE.sub("", terminal.text.split("\x1b[H")[1]).split("\r\n")
        expect_fits(frame, rows, columns)
        terminal.key("q")
        expect(terminal.end() == 0, "its status", terminal.text)


def check_without_colour(argv):
    terminal = Terminal(argv, 24, 80, NO_COLOR="1")
    terminal.wait_for("the tasks", lambda frame: has_tasks(frame, FEW))
    os.kill(terminal.pid, signal.SIGTERM)
    expect(terminal.end() == 0, "ended by SIGTERM", terminal.text)
    expect(not re.search(r"\x1b\[[0-9;]*m", terminal.text), "colours", terminal.text)


def echoes(terminal):
    return bool(termios.tcgetattr(terminal.fd)[3] & termios.ECHO)


def read_until(terminal, text, begin):
    until = time.monotonic() + PATIENCE_S
    while text not in terminal.text[begin:] and time.monotonic() < until and terminal.read():
        pass
    expect(text in terminal.text[begin:], f"no '{text}'", terminal.text[begin:])


def check_suspended(argv):
    """Under a shell, which goes on with it when it gets a line."""
    terminal = Terminal(["/bin/bash", "-c", 'set -m; "$@"; echo "shell 1"; read -r; fg; echo "shell 2"', "bash", *argv],
                        24, 80)
    terminal.wait_for("the tasks", lambda frame: has_tasks(frame, FEW))
    expect(not echoes(terminal), "keys are shown", terminal.text[-100:])
    terminal.key("\x1a")
    read_until(terminal, "shell 1", 0)
    frames, rest = terminal.text.split("shell 1")[0].rsplit("q quit", 1)
    expect("\x1b[?25h\x1b[?1049l" in rest, "the screen is not given back", frames[-100:] + rest)
    expect(echoes(terminal), "keys are not shown any more", terminal.text[-100:])
    begin = len(terminal.text)
    terminal.key("\n")
    terminal.wait_for("the tasks", lambda frame: has_tasks(frame, FEW))
    expect("\x1b[?1049h" in terminal.text[begin:], "the screen is not taken again", terminal.text[begin:])
    expect(not echoes(terminal), "keys are shown again", terminal.text[-100:])
    terminal.key("q")
    read_until(terminal, "shell 2", begin)
    expect(terminal.end() == 0, "its status", terminal.text)


def wait_until_stuck(pid):
    """It sleeps in a write to its standard output."""
    call, until = [], time.monotonic() + PATIENCE_S
    while call[1:2] != ["0x1"] or call[0] not in WRITE:
        expect(time.monotonic() < until, "it does not wait for the terminal", call)
        with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
            call = file.read().split()


def check_stopped(argv, number):
    """Ctrl-S keeps it in a write, which must not keep it from ending."""
    script = 'exec 3<&0; "$@" <&3 & echo "number $!."; wait; echo "shell 2"; read -r'
    terminal = Terminal(["/bin/bash", "-c", script, "bash", *argv], 24, 80)
    read_until(terminal, "number ", 0)
    terminal.wait_for("the tasks", lambda frame: has_tasks(frame, FEW))
    pid = int(re.search(r"number (\d+)\.", terminal.text)[1])
    terminal.key("\x13")
    wait_until_stuck(pid)
    begin = len(terminal.text)
    os.kill(pid, number)
    read_until(terminal, "shell 2", begin)
    rest = terminal.text.split("shell 2")[0]
    expect(rest.endswith("\x1b[?25h\x1b[?1049l"), "the screen is not given back", rest[-200:])
    expect(echoes(terminal), "keys are not shown any more", rest[-200:])
    terminal.key("\n")
    expect(terminal.end() == 0, "its status", terminal.text)


def check_killed_while_suspended(argv):
    """A shell's `kill %1` ends it in the background, where it may not touch the terminal."""
    script = 'set -m; "$@"; echo "shell 1"; kill -TERM %1; wait %1; echo "shell 2"'
    terminal = Terminal(["/bin/bash", "-c", script, "bash", *argv], 24, 80)
    terminal.wait_for("the tasks", lambda frame: has_tasks(frame, FEW))
    terminal.key("\x1a")
    read_until(terminal, "shell 2", 0)
    expect(terminal.end() == 0, "its status", terminal.text)


def check_piped(argv):
    text = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True,
                          timeout=PATIENCE_S).stdout
    expect("\x1b" not in text and has_tasks(text.splitlines(), FEW), "piped", text)


def check_connections(greq):
    """Of this process: one question is not answered, and one is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        first, second = (socket.create_connection(listener.getsockname()) for _ in range(2))
        left, right = listener.accept()[0], listener.accept()[0]
        with first, second, left, right:
            for asks in first, second:
                asks.sendall(b"question")
            right.recv(100)
            time.sleep(0.05)  # the kernel tells times in milliseconds
            right.sendall(b"answer")
            second.recv(100)
            text = subprocess.run([greq, "top", str(os.getpid())], stdin=subprocess.DEVNULL, capture_output=True,
                                  check=True, text=True, timeout=PATIENCE_S).stdout
    some = r" \(\d+\.\d s\)"
    expect(re.search(f"^TCP: 4 open, 1 in flight{some}, 1 to be answered{some}, 1 unread{some}$", text, re.MULTILINE),
           "connections", text)


def main():
    output, victims = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/greq", 0o700)
        environment = {"XDG_RUNTIME_DIR": folder, "LD_PRELOAD": f"{output}/libgreq.so", "GREQ_STACK_SIZE": "64K"}
        many, few = (subprocess.Popen([f"{victims}/lives", "tasks", str(count)], env=environment,
                                      stdout=subprocess.PIPE, text=True) for count in (TASKS, FEW))
        try:
            for victim in many, few:
                while not victim.stdout.readline().startswith("old "):
                    expect(victim.poll() is None, "the victim has ended", victim.returncode)
            check_terminal([f"{output}/greq", "top", str(many.pid)])
            check_connections(f"{output}/greq")
            check_piped([f"{output}/greq", "top", str(few.pid)])
            check_small([f"{output}/greq", "top", str(few.pid)])
            check_suspended([f"{output}/greq", "top", str(few.pid)])
            check_killed_while_suspended([f"{output}/greq", "top", str(few.pid)])
            check_stopped([f"{output}/greq", "top", str(few.pid)], signal.SIGTERM)
            check_stopped([f"{output}/greq", "top", str(few.pid)], signal.SIGINT)
            check_without_colour([f"{output}/greq", "top", str(few.pid)])
        finally:
            for victim in many, few:
                victim.terminate()
                victim.wait()


main()
