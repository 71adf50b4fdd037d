#!/usr/bin/env python3
"""Prints where a page of tests/bench/report differs from the results that it draws.

    python3 tests/report/check_ratios.py ratios.html RESULT.json...

Numbers are read from the table. Those of the drawing are found from where its parts are, between
two marks of the axis.
"""
import json
import math
import statistics
import sys
from html.parser import HTMLParser

NEAR = 2e-3  # of a ratio: the page gives hundredths of a percent of the width


def percent(value):
    return float(value.rstrip("%"))


class Page(HTMLParser):
    """cells: of the table's rows. tracks: heading of the section, and the ratios of the dots, of the
    bar's ends and of the target."""

    def __init__(self):
        super().__init__()
        self.cells, self.tracks = [], []
        self.tag, self.heading, self.marks = None, None, []

    def ratio(self, x):
        (x0, r0), (x1, r1) = self.marks[0], self.marks[-1]
        return r0 * (r1 / r0) ** ((percent(x) - x0) / (x1 - x0))

    def handle_starttag(self, tag, attributes):
        self.tag, at = tag, dict(attributes)
        if tag == "section":
            self.marks = []
        elif tag == "text":
            self.mark = percent(at["x"])
        elif tag == "tr":
            self.cells.append([])
        elif tag == "td" or tag == "th":
            self.cells[-1].append("")
        elif tag == "svg" and at.get("role") == "img":
            self.tracks.append({"quantity": self.heading, "rounds": [], "target": None})
        elif self.marks and tag == "circle":
            self.tracks[-1]["rounds"].append(self.ratio(at["cx"]))
        elif self.marks and tag == "rect":
            end = f"{percent(at['x']) + percent(at['width'])}%"
            self.tracks[-1]["bar"] = [self.ratio(at["x"]), self.ratio(end)]
        elif self.marks and tag == "line" and at["class"] == "target":
            self.tracks[-1]["target"] = self.ratio(at["x1"])

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_data(self, data):
        if self.tag == "h2" and data.strip():
            self.heading = data.lower()
        elif self.tag == "text" and data.strip():
            self.marks.append((self.mark, float(data)))
        elif self.tag in ("td", "th"):
            self.cells[-1][-1] += data.rstrip("\n")


def is_near(found, expected):
    return abs(math.log(found / expected)) < NEAR


def is_track(track, row):
    ends = sorted([1.0, row["ratio"]])
    target = row.get("target")
    return (track["quantity"] == row["quantity"] and len(track["rounds"]) == len(row["rounds"])
            and all(map(is_near, track["rounds"], row["rounds"]))
            and all(map(is_near, track["bar"], ends))
            and (track["target"] is None) == (target is None)
            and (target is None or is_near(track["target"], target)))


def is_told(cells, result, row):
    wanted = {row["quantity"], result["how"], result["date"][:10], result["processor"],
              f"{row['ours']:.2f} {row['unit']}", f"{row['peer']:.2f} {row['unit']}", row["best"],
              f"{statistics.median(row['rounds']):.3f}",
              " ".join(f"{value:.3f}" for value in row["rounds"])}
    if "target" in row:
        wanted |= {row["workload"], f"{row['target']:g}"}
    return wanted <= set(cells)


def main():
    page = Page()
    page.feed(open(sys.argv[1], encoding="utf-8").read())
    tracks, told = page.tracks, page.cells[1:]
    for path in sys.argv[2:]:
        found = json.load(open(path))
        for result in found if isinstance(found, list) else [found]:
            for row in result["rows"]:
                what = f"{path}: {result['network']}, {row['quantity']}, {row['ratio']}"
                track = next((t for t in tracks if is_track(t, row)), None)
                cells = next((c for c in told if is_told(c, result, row)), None)
                if track is None or cells is None:
                    print(f"{what}: not {'drawn' if track is None else 'in the table'}")
                    continue
                tracks.remove(track)
                told.remove(cells)
    for more in tracks + told:
        print(f"in the page alone: {more}")


main()
