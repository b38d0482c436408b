"""MariaDB and PostgreSQL on data directories of their own.

Both accept any user without a password, over TCP, Unix sockets and TLS. Neither works as root, so
that root makes them run as a user without rights; since the directory may lie in a place that is
closed to others, that user keeps the one right to pass through.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

START_S = 40
NOBODY = 65534
POSTGRES_VERSIONS = Path("/usr/lib/postgresql")


def unprivileged(command):
    """The command as it must be started; it dies with this process."""
    user = [] if os.geteuid() else [
        f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ["setpriv", *user, "--pdeathsig=KILL", "--", *map(str, command)]


def start(name, directory, command):
    with open(directory / f"{name}.log", "wb") as log:
        return subprocess.Popen(unprivileged(command), cwd=directory, stdin=subprocess.DEVNULL,
                                stdout=log, stderr=subprocess.STDOUT)


def run(name, directory, command):
    if start(name, directory, command).wait(START_S) != 0:
        fail(name, directory)


def fail(name, directory):
    sys.exit(f"databases.py: {name} failed\n{(directory / f'{name}.log').read_text()[-3000:]}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def make_certificate(directory):
    run("certificate", directory, [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", "key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])


# ---- MariaDB: without privilege tables it needs no installation, which takes seconds ----

def start_mariadb(directory, port):
    data = directory / "mariadb"
    data.mkdir()
    give_away(data)
    return start("mariadbd", directory, [
        shutil.which("mariadbd", path="/usr/sbin:/usr/bin"), "--no-defaults", f"--datadir={data}",
        "--skip-grant-tables", "--skip-log-bin", "--bind-address=127.0.0.1", f"--port={port}",
        "--skip-networking=0", f"--socket={directory / 'mariadb.sock'}",
        f"--pid-file={directory / 'mariadb.pid'}", f"--ssl-cert={directory / 'ca.pem'}",
        f"--ssl-key={directory / 'key.pem'}", "--innodb-buffer-pool-size=8M",
        "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0"])


# ---- PostgreSQL ----

def postgres_program(name):
    found = sorted(POSTGRES_VERSIONS.glob(f"*/bin/{name}"))
    if not found:
        sys.exit(f"databases.py: there is no {name} below {POSTGRES_VERSIONS}")
    return found[-1]


def start_postgres(directory, port):
    """Its shared memory is in its data directory, so that nothing is left in /dev/shm."""
    run("initdb", directory, [
        postgres_program("initdb"), "--no-sync", "--auth=trust", "--username=tester", "--locale=C",
        "--encoding=UTF8", "-D", directory / "postgres"])
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": directory,
        "ssl": "on", "ssl_cert_file": directory / "ca.pem", "ssl_key_file": directory / "key.pem",
        "fsync": "off", "max_connections": 60, "shared_buffers": "8MB",
        "dynamic_shared_memory_type": "mmap"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return start("postgres", directory, [
        postgres_program("postgres"), "-D", directory / "postgres", *options])


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def wait_for(name, directory, process, ready):
    deadline = time.monotonic() + START_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            fail(name, directory)
        time.sleep(0.02)


def postgres_ready(directory, port):
    """It listens before it serves."""
    return subprocess.run([postgres_program("pg_isready"), "-q", "-h", directory, "-p", str(port)],
                          check=False).returncode == 0


# ---- both ----

def give_away(path):
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def start_both(directory, processes):
    """Starts both, appending their processes, so that who calls can stop what has been started.
    Returns what their clients need to know, by the names of environment variables."""
    give_away(directory)
    make_certificate(directory)
    mariadb_port, postgres_port = free_port(), free_port()
    mariadb = start_mariadb(directory, mariadb_port)
    processes.append((mariadb, signal.SIGKILL))
    postgres = start_postgres(directory, postgres_port)
    processes.append((postgres, signal.SIGQUIT))  # it must clear up its shared memory
    wait_for("mariadbd", directory, mariadb, lambda: answers(mariadb_port))
    wait_for("postgres", directory, postgres, lambda: postgres_ready(directory, postgres_port))
    return {
        "MARIADB_PORT": mariadb_port, "MARIADB_SOCKET": directory / "mariadb.sock",
        "POSTGRES_PORT": postgres_port, "POSTGRES_SOCKET": directory,
        "DATABASE_CA": directory / "ca.pem"}
