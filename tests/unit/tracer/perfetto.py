"""Checks a Perfetto trace that protoc has decoded, and prints it in a form that a test can look at.

Usage: protoc --decode=Trace perfetto.proto <FILE | perfetto.py

Checked: what ui.perfetto.dev relies on. Every slice ends, those of a track are nested, tracks and
texts that are referred to exist, each flow has two ends. Printed: a line for each track and, below
it, for each slice and instant, in the order of their begin, with times in ns since the first.
"""

import collections
import sys

from decoded import only, parse

BEGIN, END, INSTANT = "TYPE_SLICE_BEGIN", "TYPE_SLICE_END", "TYPE_INSTANT"
TABLES = {"category_iids": "event_categories", "name_iid": "event_names"}


class Trace:
    def __init__(self, packets):
        self.texts = collections.defaultdict(dict)
        self.tracks, self.events, self.flows = {}, collections.defaultdict(list), {}
        for number, packet in enumerate(packets):
            self.add(number, packet)

    def add(self, number, packet):
        assert only(packet, "trusted_packet_sequence_id") == "1"
        if number == 0:
            assert only(packet, "sequence_flags") == "1", "state is not cleared"
            assert only(packet, "first_packet_on_sequence") == "true"
            assert only(only(packet, "trace_packet_defaults"), "timestamp_clock_id") == "3"
        for table, entries in only(packet, "interned_data", {}).items():
            for entry in entries:
                assert only(entry, "iid") not in self.texts[table], "a number is used twice"
                self.texts[table][only(entry, "iid")] = only(entry, "text")
        if "track_descriptor" in packet:
            track = only(packet, "track_descriptor")
            self.tracks[only(track, "uuid")] = track
        if "track_event" in packet:
            assert only(packet, "sequence_flags") == "2"
            event = only(packet, "track_event")
            self.events[only(event, "track_uuid")].append((int(only(packet, "timestamp")), event))

    def name(self, event):
        category = self.texts["event_categories"][only(event, "category_iids")]
        return f"{category}/{self.texts['event_names'][only(event, 'name_iid')]}"

    def arguments(self, event):
        for annotation in event.get("debug_annotations", []):
            key = self.texts["debug_annotation_names"][only(annotation, "name_iid")]
            iid = only(annotation, "string_value_iid")
            yield key, (self.texts["debug_annotation_string_values"][iid] if iid else
                        only(annotation, "int_value", only(annotation, "string_value")))

    def title(self, uuid):
        track = self.tracks[uuid]
        if "process" in track:
            process = only(track, "process")
            return f"process {only(process, 'pid')} {only(process, 'process_name')}"
        parent = only(track, "parent_uuid")
        assert parent in self.tracks, f"track {uuid} has no parent"
        if "thread" in track:
            own = f"thread {only(only(track, 'thread'), 'tid')}"
        else:
            own = only(track, "name")
        return f"{self.title(parent)} / {own}"

    def take_flows(self, event, time):
        for flow in event.get("flow_ids", []):
            assert flow not in self.flows, f"flow {flow} begins twice"
            self.flows[flow] = [time]
        for flow in event.get("terminating_flow_ids", []):
            assert len(self.flows[flow]) == 1 and self.flows[flow][0] <= time, flow
            self.flows[flow].append(time)

    def slices(self, uuid):
        """(begin, end, depth, event), in the order of their begin."""
        found, stack = [], []
        for time, event in sorted(self.events[uuid], key=lambda pair: pair[0]):
            kind = only(event, "type")
            if kind == END:
                assert stack, f"track {uuid}: an end without a begin at {time}"
                stack.pop()[1] = time
                continue
            found.append([time, time, len(stack), event])
            if kind == BEGIN:
                stack.append(found[-1])
            else:
                assert kind == INSTANT
        assert not stack, f"track {uuid}: a slice does not end"
        return found

    def print(self):
        origin = min((time for events in self.events.values() for time, _ in events), default=0)
        lines, flows = [], []
        for uuid in sorted(self.tracks, key=int):
            lines.append(self.title(uuid))
            for begin, end, depth, event in self.slices(uuid):
                arguments = " ".join(f"{key}={value}" for key, value in self.arguments(event))
                lines.append(f"{'  ' * (depth + 1)}{begin - origin}-{end - origin} "
                             f"{self.name(event)} {arguments}".rstrip())
                flows.append((begin, "terminating_flow_ids" in event, event))
        for begin, _, event in sorted(flows, key=lambda flow: flow[:2]):
            self.take_flows(event, begin)
        assert all(len(ends) == 2 for ends in self.flows.values()), "a flow has one end"
        assert not set(self.events) - set(self.tracks), "a track is not described"
        print(*lines, f"{len(self.flows)} flows", sep="\n")


Trace(parse(sys.stdin)["packet"]).print()
