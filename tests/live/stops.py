"""A program that stops itself gives the terminal back to the shell, also behind greq. Usage: stops.py GREQ

What a shell sees of a job is what waitpid tells the job's parent, so that is what is asked here.
"""

import os
import pty
import signal
import subprocess
import sys
import time

PATIENCE_S = 60
STATUS = 3
ITSELF = f"kill -STOP $$; exit {STATUS}"
ITS_GROUP = f"kill -TSTP 0; exit {STATUS}"
OWN_GROUP = ("import os, signal; os.setpgid(0, 0); os.kill(os.getpid(), signal.SIGSTOP); "
             f"os._exit({STATUS})")


def wait_for(job):
    """Returns the status of a child that has stopped or ended; it is killed where it does neither."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found, status = os.waitpid(job, os.WNOHANG | os.WUNTRACED)
        if found:
            return status
        time.sleep(0.01)
    os.killpg(job, signal.SIGKILL)
    sys.exit("neither stopped nor ended")


def start_in_foreground(argv):
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if not job:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    return job


def be_a_shell(argv):
    """Stopped once, continued, ended: 0."""
    job = start_in_foreground(argv)
    status = wait_for(job)
    if not os.WIFSTOPPED(status):
        sys.exit(f"ended with {status}, did not stop")
    os.killpg(job, signal.SIGCONT)
    status = wait_for(job)
    sys.exit(0 if os.WIFEXITED(status) and os.WEXITSTATUS(status) == STATUS else f"status {status}")


def on_a_terminal(argv):
    shell, terminal = pty.fork()
    if not shell:
        be_a_shell(argv)
    said = b""
    try:
        while data := os.read(terminal, 4096):
            said += data
    except OSError:
        pass  # the shell has ended
    _, status = os.waitpid(shell, 0)
    os.close(terminal)
    if status:
        sys.exit(f"{argv}: {said.decode()}")


def without_a_terminal(greq):
    """Who continues the child alone finds that greq never stopped."""
    script = f"echo $$; kill -STOP $$; exit {STATUS}"
    job = subprocess.Popen([greq, "run", "sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    child = int(job.stdout.readline())
    until = time.monotonic() + PATIENCE_S
    while state_of(child) != "T":
        if time.monotonic() > until:
            sys.exit("the child did not stop")
        time.sleep(0.01)
    os.kill(child, signal.SIGCONT)
    if job.wait(PATIENCE_S) != STATUS:
        sys.exit(f"without a terminal: {job.returncode}")


def state_of(process):
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def main(greq):
    for program in ["sh", "-c", ITSELF], ["sh", "-c", ITS_GROUP], [sys.executable, "-c", OWN_GROUP]:
        on_a_terminal(program)
        on_a_terminal([greq, "run"] + program)
    without_a_terminal(greq)


main(sys.argv[1])
