#!/usr/bin/env python3
"""Prints what is wrong with a page: elements that are not closed, or whatever it would fetch.

    python3 tests/report/check_page.py [--scripts] training.html

--scripts: the page may have scripts of its own.
"""
import sys
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "href", "data") and not (value or "").startswith("data:"):
                print(f"line {self.getpos()[0]}: {tag} fetches {value}")
        if tag in ("link", "iframe") or tag == "script" and not own_scripts:
            print(f"line {self.getpos()[0]}: <{tag}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            print(f"line {self.getpos()[0]}: </{tag}> closes nothing")

    def handle_data(self, data):
        if self.open[-1:] == ["style"] and ("url(" in data or "@import" in data):
            print(f"line {self.getpos()[0]}: a style that fetches")


own_scripts = "--scripts" in sys.argv
page = Page()
page.feed(open(sys.argv[-1], encoding="utf-8").read())
page.close()
for tag in page.open:
    print(f"<{tag}> is not closed")
