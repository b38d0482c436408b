"""Checks a profile that protoc has decoded, and prints it in a form that a test can look at.

Usage: protoc --decode=Profile profile.proto <FILE | pprof.py

Checked: what readers rely on. Text 0 is empty, no text, function or location is there twice, what
is referred to exists, each sample has a value of each type. Printed: the types, the default, and a
line for each sample, outermost function first, with the values that are not 0 and its labels.
"""

import sys

from decoded import only, parse


def number(message, field):
    return int(only(message, field, "0"))  # proto3: 0 is not written


def by_id(entries):
    table = {only(entry, "id"): entry for entry in entries}
    assert len(table) == len(entries) and "0" not in table and None not in table
    return table


class Profile:
    def __init__(self, message):
        self.texts = message["string_table"]
        assert self.texts[0] == "" and len(set(self.texts)) == len(self.texts)
        self.functions = by_id(message["function"])
        self.locations = by_id(message["location"])
        self.types = [f"{self.text(entry, 'type')}/{self.text(entry, 'unit')}"
                      for entry in message["sample_type"]]
        self.default = self.text(message, "default_sample_type")
        self.samples = message["sample"]
        assert self.default in [name.split("/")[0] for name in self.types]

    def text(self, message, field):
        return self.texts[number(message, field)]

    def place(self, location_id):
        line = only(self.locations[location_id], "line")
        function = self.functions[only(line, "function_id")]
        at = self.text(function, "filename")
        return self.text(function, "name") + (f" ({at}:{number(line, 'line')})" if at else "")

    def sample(self, sample):
        assert len(sample["value"]) == len(self.types)
        values = [f"{name.split('/')[0]}={value}"
                  for name, value in zip(self.types, sample["value"]) if value != "0"]
        labels = [f"[{self.text(label, 'key')}: {self.text(label, 'str')}]" for label in sample.get("label", ())]
        return " ".join([";".join(map(self.place, reversed(sample["location_id"]))), *values, *labels])


profile = Profile(parse(sys.stdin))
print("types:", *profile.types)
print("default:", profile.default)
for one in profile.samples:
    print(profile.sample(one))
