"""runs.py: starts and ends the programs of the story: delay_server, fetch.py, greq.

Whatever ends the story, no process is left: each is the leader of a group of its own, which is told
to end unless it has, and killed if it does not.
"""

import asyncio
import contextlib
import os
import re
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE

PYTHON = "/usr/bin/python3"  # the one that Debian's packages are for
FETCH = Path(__file__).resolve().parent / "fetch.py"
DELAY_S = 1  # how long each answer lets one wait
PATIENCE_S = 30  # more than a program takes that does not wait


class Failure(Exception):
    """A program did not do what it was started for; the message says which, and what it said."""


@dataclass(frozen=True)
class Runs:
    """Where the programs are, and what is fetched."""

    build: Path
    url: str
    certificates: Path

    async def fetch(self, stage, requests, preload=False):
        """The seconds that fetch.py measured."""
        environment = {"LD_PRELOAD": str(self.build / "libgreq.so")} if preload else {}
        output = await run(*self._fetch_command(stage, requests), environment=environment,
                           patience_s=PATIENCE_S + requests * DELAY_S)
        return float(output)

    async def trace(self, stage, requests, folder):
        """The report on a run, which is recorded in the folder."""
        await run(self.build / "greq", "trace", "-q", "-o", folder, "--",
                  *self._fetch_command(stage, requests), patience_s=PATIENCE_S + requests * DELAY_S)
        return await run(self.build / "greq", "report", folder)

    def _fetch_command(self, stage, requests):
        return (PYTHON, FETCH, "--stage", str(stage), "--requests", str(requests),
                "--cacert", self.certificates, self.url)


@contextlib.asynccontextmanager
async def runs_of(build):
    """Runs against a delay_server that lives as long as the block."""
    with tempfile.TemporaryDirectory() as folder:
        certificates = Path(folder) / "certificates.pem"
        async with started(build / "examples" / "delay_server", "--https", "0", "--cert-out",
                           certificates, "--exit-with-parent") as server:
            line = await asyncio.wait_for(server.stdout.readline(), PATIENCE_S)
            listening = re.match(rb"listening https=(\S+)", line)
            if not listening:
                said = await server.stderr.read()
                raise Failure(f"delay_server did not start: {said.decode()}")
            yield Runs(build, f"https://{listening[1].decode()}/delay/{DELAY_S}", certificates)


async def run(*command, environment=None, patience_s=PATIENCE_S):
    """Runs a program to its end, and returns what it wrote to its standard output."""
    async with started(*command, environment=environment) as process:
        try:
            output, errors = await asyncio.wait_for(process.communicate(), patience_s)
        except asyncio.TimeoutError:
            raise Failure(f"given up after {patience_s} s: {describe(command)}") from None
    if process.returncode != 0:
        raise Failure(f"exit status {process.returncode}: {describe(command)}\n{errors.decode()}")
    return output.decode()


def describe(command):
    return " ".join(map(str, command))


@contextlib.asynccontextmanager
async def started(*command, environment=None):
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True,
        env={**clean_environment(), **(environment or {})})
    try:
        yield process
    finally:
        await end(process)


async def end(process):
    for how, patience_s in ((signal.SIGTERM, 5), (signal.SIGKILL, PATIENCE_S)):
        with contextlib.suppress(ProcessLookupError, asyncio.TimeoutError):
            if process.returncode is None:
                os.killpg(process.pid, how)
                await asyncio.wait_for(process.wait(), patience_s)


def clean_environment():
    """Ours, without what would change how Python or libgreq.so behaves."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("GREQ_", "LD_PRELOAD", "PYTHON"))}
