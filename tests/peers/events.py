#!/usr/bin/env python3
"""Prints where the events of a run, as TensorBoard reads them, differ from its metrics.jsonl.

    python3 tests/peers/events.py FOLDER                                   (with tensorboard)
"""
import json
import math
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

TAGS = {
    "learning rate/last step": "learning_rate",
    "loss/train": "train_loss",
    "top-1/train": "train_accuracy",
    "loss/validation": "validation_loss",
    "top-1/validation": "validation_accuracy",
    "top-5/train": "train_top5",
    "top-5/validation": "validation_top5",
    "speed/images a second": "images_per_s",
}


def main(folder):
    with open(f"{folder}/metrics.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    events = EventAccumulator(folder)
    events.Reload()
    for tag, column in TAGS.items():
        found = [(event.step, event.value) for event in events.Scalars(tag)]
        expected = [(row["step"], row[column]) for row in rows]
        same = len(found) == len(expected) and all(
            f[0] == e[0] and math.isclose(f[1], e[1], rel_tol=1e-6)
            for f, e in zip(found, expected))
        if not same:
            print(f"{tag}: found {found}, expected {expected}")


main(sys.argv[1])
