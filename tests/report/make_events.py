#!/usr/bin/env python3
"""Writes events.tfevents, an event file as TensorBoard's own code writes it, for test_events.c.

    python3 tests/report/make_events.py tests/report/events.tfevents      (with tensorboard)
"""
import sys

from tensorboard.compat.proto import event_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

VALUES = [
    (469, "loss/train", 0.5),
    (469, "learning rate/last step", 1e-30),
    (1 << 40, "top-1/validation", 0.1),
]


def main(path):
    events = [event_pb2.Event(wall_time=1795994544.25, step=0, file_version="brain.Event:2")]
    restart = event_pb2.Event(wall_time=1795994544.5, step=938)
    restart.session_log.status = event_pb2.SessionLog.START
    events.append(restart)
    for step, tag, value in VALUES:
        event = event_pb2.Event(wall_time=1795994545.0, step=step)
        event.summary.value.add(tag=tag, simple_value=value)
        events.append(event)
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString(deterministic=True))
        writer.flush()


main(sys.argv[1])
