"""zsh's function, in a zsh that has a terminal. Usage: zsh.py GREQ COMPLETIONS; status 77: no zsh"""

import os
import pty
import select
import shutil
import signal
import sys
import tempfile
import time

LIMIT_S = 20


class Zsh:
    def __init__(self, greq, completions, folder):
        environment = {"PATH": os.path.dirname(greq) + ":" + os.environ["PATH"], "TERM": "dumb",
                       "HOME": folder}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], environment)
        self.expect_behind(f"PS1=; unsetopt zle_bracketed_paste prompt_sp; fpath=({completions} $fpath); "
                           "autoload -U compinit; compinit -u -D; print is:$((40 + 2))\n", "is:42")

    def expect_behind(self, typed, wanted):
        """Types, and waits until what is wanted was written."""
        os.write(self.terminal, typed.encode())
        seen, until = "", time.monotonic() + LIMIT_S
        while wanted not in seen:
            ready, _, _ = select.select([self.terminal], [], [], max(0, until - time.monotonic()))
            if not ready:
                sys.exit(f"{typed!r}: no {wanted!r} in {seen!r}")
            seen += os.read(self.terminal, 4096).decode(errors="replace")

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def check(zsh, line, completed):
    """A line becomes another by the tabulator: the end of it is written."""
    zsh.expect_behind(line, line)
    zsh.expect_behind("\t", completed[len(line):])
    zsh.expect_behind("\x15", "")  # away with it


def main(greq, completions):
    if not shutil.which("zsh"):
        print("zsh is not here: skipped")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "trace_directory"))
        with open(os.path.join(folder, "budget.ini"), "w", encoding="utf-8"):
            pass
        zsh = Zsh(greq, completions, folder)
        try:
            check(zsh, "greq rep", "greq report")
            check(zsh, "greq check --j", "greq check --junit")
            check(zsh, "greq report --format=h", "greq report --format=html")
            check(zsh, "greq trace -o tr", "greq trace -o trace_directory")
            check(zsh, "greq check --budget bud", "greq check --budget budget.ini")
            check(zsh, "greq run -- cat bud", "greq run -- cat budget.ini")
        finally:
            zsh.end()


main(*sys.argv[1:])
