"""Reads what protoc --decode prints."""

import collections
import re


def parse(lines):
    """A message: a list of values by field. A field that the .proto does not know is a number."""
    lines = iter(lines)
    message = collections.defaultdict(list)
    for line in lines:
        line = line.rstrip("\n")
        opening = re.fullmatch(r"\s*(\w+) \{", line)
        if opening:
            message[opening[1]].append(parse(lines))
        elif line.strip() == "}":
            return message
        else:
            field, value = re.fullmatch(r"\s*(\w+): (.*)", line).groups()
            message[field].append(value.strip('"') if value.startswith('"') else value)
            assert not field.isdigit(), f"unknown field {field}"
    return message


def only(message, field, default=None):
    values = message.get(field, [])
    assert len(values) <= 1, f"{field} is there {len(values)} times"
    return values[0] if values else default
