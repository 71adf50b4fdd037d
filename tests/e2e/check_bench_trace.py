#!/usr/bin/env python3
"""Prints what is wrong with a trace of bench, and where it differs from the report of the same run.

    python3 tests/e2e/check_bench_trace.py trace.json bench.json

The rules are those of the Trace Event Format for complete events and metadata.
"""
import collections
import json
import statistics
import sys

with open(sys.argv[1]) as file:
    trace = json.load(file)
with open(sys.argv[2]) as file:
    bench = json.load(file)

named = collections.defaultdict(set)  # the pid of processes; pid and tid of tracks
tracks = collections.defaultdict(list)
for event in trace["traceEvents"]:
    if not isinstance(event["name"], str) or not all(
            isinstance(event[key], int) for key in ("pid", "tid")):
        print("no name, pid or tid:", event)
    if event["ph"] == "M":
        if not event["args"]["name"]:
            print("no name:", event)
        named[event["name"]].add(event["pid"] if event["name"] == "process_name"
                                 else (event["pid"], event["tid"]))
    elif event["ph"] == "X":
        tracks[event["pid"], event["tid"]].append(event)
        if not (isinstance(event["ts"], float) and event["dur"] >= 0):
            print("no time:", event)
    else:
        print("unknown phase:", event)
if set(named) != {"process_name", "thread_name"}:
    print("metadata:", sorted(named))
for pid, tid in tracks:
    if pid not in named["process_name"] or (pid, tid) not in named["thread_name"]:
        print("no name of track", pid, tid)
    end = float("-inf")
    for event in sorted(tracks[pid, tid], key=lambda event: event["ts"]):
        if event["ts"] < end - 0.01:
            print("overlaps its predecessor:", event)
        end = event["ts"] + event["dur"]


def differ(what, found, expected):
    if len(found) != len(expected) or any(
            abs(a - b) > 1e-6 + 1e-9 * abs(b) for a, b in zip(found, expected)):
        print(what, found[:5], "but in the report", expected[:5])


def ms(events):
    return [event["dur"] / 1e3 for event in events]


steps = tracks[1, 1]
differ("steps", ms(steps), bench["times_ms"])
rounds = collections.defaultdict(list)
for event in tracks[1, 3]:
    rounds[event["args"]["round"]].append(event)
if bench["ranks"] == 1:
    layers = bench["layers"]
    if [(e["name"], e["args"]["operator"]) for e in rounds[0]] != [
            (row["layer"], row["operator"]) for row in layers]:
        print("other operators than in the report")
    differ("operators", [statistics.median(times) for times in zip(*map(ms, rounds.values()))],
           [row["ms"] for row in layers])
    if len(tracks[1, 2]) != len(rounds):
        print(len(tracks[1, 2]), "uploads of", len(rounds), "rounds")
if "kernels" in bench:
    sums = collections.Counter()
    for event in tracks[2, 4]:
        sums[event["args"]["round"]] += event["dur"] / 1e3
    differ("kernels", [statistics.median(sums.values())], [bench["device_ms"]])
    if len(tracks[2, 4]) != len(sums) * sum(row["launches"] for row in bench["kernels"]):
        print("other launches than in the report")
if trace["otherData"]["kind"] != "bench" or trace["displayTimeUnit"] != "ms":
    print("otherData or displayTimeUnit")
