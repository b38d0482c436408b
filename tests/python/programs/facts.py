"""What all programs of this folder share: how they tell what they saw, and where the servers are.

A fact is a line that is the same in every run; a timing starts with '~' and is left out when runs
are compared.
"""

import os
import sys
import time


def fact(*words):
    print(*words, flush=True)


def timing(name, seconds):
    fact(f"~{name} {seconds:.4f}")


def elapsed(function, *arguments):
    start = time.monotonic()
    function(*arguments)
    return time.monotonic() - start


def fails_with(function, *arguments):
    """The name of the exception that a call raises, or "nothing"."""
    try:
        function(*arguments)
    except BaseException as error:
        return type(error).__name__
    return "nothing"


def run_case(cases):
    """Runs the case that the command line names: the functions given, by their names."""
    name, *arguments = sys.argv[1:]
    {case.__name__: case for case in cases}[name](*arguments)


def address(name):
    """(host, port) of a server of HTTP or HTTPS."""
    host, port = os.environ[name].split(":")
    return host, int(port)


def https(path):
    return f"https://{os.environ['HTTPS']}/{path}"


def http(path):
    return f"http://{os.environ['HTTP']}/{path}"


# ---- databases: how to connect in the way that is named ----

def mysql_connect(way):
    import MySQLdb
    if way == "unix":
        return MySQLdb.connect(unix_socket=os.environ["MARIADB_SOCKET"], user="tester")
    tls = {"ssl": {"ca": os.environ["DATABASE_CA"]}} if way == "tls" else {}
    return MySQLdb.connect(host="127.0.0.1", port=int(os.environ["MARIADB_PORT"]), user="tester",
                           **tls)


def postgres_connect(way="unix"):
    import psycopg2
    where = {
        "tcp": {"host": "127.0.0.1", "sslmode": "disable"},
        "unix": {"host": os.environ["POSTGRES_SOCKET"]},
        "tls": {"host": "127.0.0.1", "sslmode": "verify-full",
                "sslrootcert": os.environ["DATABASE_CA"]},
    }[way]
    return psycopg2.connect(port=os.environ["POSTGRES_PORT"], user="tester", dbname="postgres",
                            **where)
