#!/usr/bin/env python3
"""Prints what is wrong with the files that test_reports has written, which say the same in four forms.

    python3 tests/compare/check_reports.py FOLDER share/doc/comparing.md

The page of the manual names every field of the JSON.
"""
import csv
import json
import math
import sys
import xml.etree.ElementTree as tree
from collections import Counter

folder = sys.argv[1]
wrong = []


def check(right, what):
    if not right:
        wrong.append(what)


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


with open(f"{folder}/made.json", encoding="utf-8") as file:
    report = json.load(file, parse_constant=refuse)
check(report["schema"] == 1 and report["kind"] == "compare", "schema or kind")
check(len(report["tensors"]) == 60 and len(report["sides"]) == 3, "the size of the JSON")
bad = report["tensors"][report["sides"][2]["first_row"]]
check((bad["kind"], bad["name"], bad["op"]) == ("forward", "layer3.0.conv1", "conv2d"), "the first row")



def keys(value):
    """The names of all fields; what a backend tells of itself has any names."""
    if isinstance(value, dict):
        for key in value:
            yield key
            yield from keys(None if key == "about" else value[key])
    for item in value if isinstance(value, list) else []:
        yield from keys(item)


with open(sys.argv[2], encoding="utf-8") as file:
    manual = file.read()
for key in sorted(set(keys(report)) - {"schema", "kind"}):
    check(f"`{key}`" in manual, f"the manual lacks {key}")

with open(f"{folder}/made.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file, strict=True))
entries = [(tensor, entry) for tensor in report["tensors"] for entry in tensor["sides"]]
check(len(rows) == len(entries) == 4 * 60 - 1, f"{len(rows)} rows of CSV, {len(entries)} entries of JSON")
by_place = {(row["side"], row["mode"], row["index"]): row for row in rows}
for tensor, entry in entries:
    place = (report["sides"][entry["side"]]["label"], entry["mode"], str(tensor["index"]))
    row = by_place.get(place, {})
    check(row.get("shape") == "x".join(map(str, tensor["shape"])), f"{place}: shape")
    check(row.get("verdict") == entry["verdict"], f"{place}: verdict")
    for key in ("limit", "tolerance", "rms", "max_abs", "nmse", "cosine", "n_differing", "share_far"):
        expected = entry[key]
        found = float(row.get(key) or "nan")
        if expected is None:
            check(not math.isfinite(found), f"{place}: {key} is {found}, null in JSON")
        else:
            check(math.isclose(found, expected, rel_tol=1e-8), f"{place}: {key}: {found}, {expected}")

suites = tree.parse(f"{folder}/made.xml").getroot()
check(suites.tag == "testsuites" and len(suites) == 2, "one suite per side but the reference")
total = Counter()
for suite in suites:
    cases = suite.findall("testcase")
    found = Counter(child.tag for case in cases for child in case)
    check(suite[0].tag == "properties", "the properties come first")
    check(int(suite.get("tests")) == len(cases) == 121, f"{len(cases)} tests")
    check(int(suite.get("failures")) == found["failure"], "failures")
    check(int(suite.get("skipped")) == found["skipped"], "skipped")
    check(suite.get("errors") == "0" and float(suite.get("time")) == 0, "errors or time")
    check(set(found) <= {"failure", "skipped"}, f"elements in tests: {found}")
    names = Counter((case.get("classname"), case.get("name")) for case in cases)
    check(max(names.values()) == 1, f"two tests of one name: {names.most_common(1)}")
    check(all(case.get("time") for case in cases), "a test without time")
    total += Counter(tests=len(cases), failures=found["failure"])
check(all(int(suites.get(key)) == total[key] for key in ("tests", "failures")), f"the sums are not {total}")
check([suite.get("failures") for suite in suites] == ["0", str(1 + 39 + 1)], "how many fail")
whole = suites[1].find("testcase[@name='conclusion']/failure")
check(whole is not None and whole.get("message") == report["sides"][2]["sentence"], "the conclusion")
check(suites[1].get("name") == report["sides"][2]["label"], "the name of a side with <, & and quotes")

print("\n".join(wrong), end="\n" if wrong else "")
