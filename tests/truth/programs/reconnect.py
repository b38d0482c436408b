"""A client that makes ten requests over TLS one after another. Usage: reconnect.py each | keep: a connection
for each, or one for all."""

import http.client
import os
import ssl
import sys
import time

COUNT = 10
keeps = sys.argv[1:2] == ["keep"]
context = ssl._create_unverified_context()
opened = []


def connect():
    begun = time.monotonic()
    connection = http.client.HTTPSConnection(os.environ["TRUTH_SERVER"], context=context)
    connection.connect()
    opened.append(time.monotonic() - begun)
    return connection


connection = connect()
for number in range(COUNT):
    connection.request("GET", "/delay/0.01")
    connection.getresponse().read()
    if not keeps and number < COUNT - 1:
        connection.close()
        connection = connect()
connection.close()
print(f"~opened {sum(opened[1:]):.4f}")
