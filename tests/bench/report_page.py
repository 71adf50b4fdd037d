"""The page of `report`: for each workload a line for each measurement, on an axis of ratios.

A round is a dot, the median a bar that begins at 1, the target a mark across it.
"""
import datetime
import html
import math
import statistics

# Worse than before is what no round reached then, by more than machines drift in a day.
WORSE = 1.03

# Of an axis, the first ones first, as many as have room.
TICKS = [1, 0.5, 2, 0.1, 10, 0.2, 5, 0.7, 1.5, 0.05, 20, 0.3, 3, 0.8, 0.9, 1.2, 0.6, 1.1, 0.85,
         0.95, 1.05]
ROOM = 0.09  # between two ticks, of the width: four digits on a phone

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --soft: #59636e; --line: #d8dee4;
  --tint: #f3f5f8; --good: #1f61a8; --wrong: #be1e2d; --plain: #7d8590 }
@media (prefers-color-scheme: dark) { :root { --paper: #15181d; --ink: #dde3ea; --soft: #98a2ae;
  --line: #333a43; --tint: #1e2329; --good: #58a6ff; --wrong: #ff7b72; --plain: #8b949e } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 68rem; background: var(--paper);
  color: var(--ink); font: 16px/1.45 system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial,
  sans-serif; overflow-wrap: anywhere }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.25 }
h2 { margin: 2.25rem 0 .25rem; font-size: 1.2rem }
h3 { margin: .6rem 0 0; font-size: .95rem; font-weight: 600 }
h3 span, .note, .about { color: var(--soft); font-weight: 400; font-size: .85rem }
.summary { font-size: 1.1rem }
ul { padding-left: 1.2rem; margin: .25rem 0 }
.wrong { color: var(--wrong) }
.machines { margin: .75rem 0 }
.line { display: grid; grid-template-columns: 17rem 1fr 12.5rem; gap: 0 .75rem; padding: .15rem 0;
  align-items: center; line-height: 1.3 }
.said { font-size: .85rem } .said b { font-size: 1rem; font-variant-numeric: tabular-nums }
.axis { position: sticky; top: 0; background: var(--paper); z-index: 1; padding-top: .25rem }
svg { display: block; width: 100%; height: 24px; overflow: visible }
svg text { fill: var(--soft); font-size: 11px; text-anchor: middle }
.grid { stroke: var(--line) } .one { stroke: var(--soft) }
.target { stroke: var(--ink); stroke-width: 3 }
circle { fill: var(--ink); stroke: var(--paper) }
.met { fill: var(--good) } .missed { fill: var(--wrong) } .none { fill: var(--plain) }
.key { display: inline-block; width: 4.5rem; margin: 0 .4rem 0 1rem; vertical-align: middle }
summary { cursor: pointer; margin: 1rem 0 .25rem; color: var(--soft) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  overflow-wrap: normal }
thead th { color: var(--soft) } tbody th { font-weight: 400; min-width: 9rem }
td:nth-of-type(3), td:nth-of-type(5), td:nth-of-type(6) { white-space: nowrap }
@media (max-width: 42rem) { .line { display: flex; flex-wrap: wrap; gap: 0 .5rem }
  .line > * { flex: 1 0 100% } .line > .said { order: -1 } .said br { display: none } }
"""


def text(value):
    return html.escape(str(value))


class Measurement:
    """A row of a result, and what it says of itself."""

    def __init__(self, result, row):
        self.row, self.result = row, result
        self.date = datetime.datetime.fromisoformat(result["date"])
        self.key = (row["quantity"], result["network"], result["phase"], result["batch"],
                    result["how"])
        self.target = row.get("target")
        self.rounds = row["rounds"]
        self.better_than = None  # the measurement before, if this one is worse

    def label(self):
        result = self.result
        return self.row.get("workload") or (
            f"{result['network']}, {result['phase']}, batch {result['batch']}")

    def day(self):
        return self.date.strftime("%Y-%m-%d")

    def verdict(self):
        if self.target is None:
            return "none"
        return "met" if self.row["ratio"] <= self.target else "missed"

    def words(self):
        """The verdict, with the target."""
        words = [] if self.target is None else [f"target {self.target:g} {self.verdict()}"]
        if self.better_than:
            words.append(f"worse than on {self.better_than.day()}")
        return ", ".join(words)

    def compare(self, before):
        if (min(self.rounds) > max(before.rounds)
                and self.row["ratio"] > WORSE * before.row["ratio"]):
            self.better_than = before


class Axis:
    """Ratios on a logarithmic scale, in percent of the width."""

    def __init__(self, measurements):
        values = [1.0]
        for m in measurements:
            values += m.rounds + [m.row["ratio"], m.target or 1.0]
        low, high = math.log(min(values)), math.log(max(values))
        margin = 0.06 * (high - low) or 0.1
        self.low, self.high = low - margin, high + margin

    def at(self, ratio):
        return 100 * (math.log(ratio) - self.low) / (self.high - self.low)

    def ticks(self):
        taken = []
        for tick in TICKS:
            at = self.at(tick)
            if 3 <= at <= 97 and all(abs(at - self.at(t)) >= 100 * ROOM for t in taken):
                taken.append(tick)
        return sorted(taken)


# ---- The drawing ----

def grid(axis):
    return "".join(f'<line class="{"one" if tick == 1 else "grid"}" x1="{axis.at(tick):.2f}%" '
                   f'x2="{axis.at(tick):.2f}%" y1="0" y2="24"/>' for tick in axis.ticks())


def track(axis, m):
    ratio, begin = m.row["ratio"], axis.at(1)
    end = axis.at(ratio)
    parts = [grid(axis), f'<rect class="{m.verdict()}" x="{min(begin, end):.2f}%" y="6" '
             f'width="{abs(end - begin):.2f}%" height="12"/>']
    for i, value in enumerate(m.rounds):
        parts.append(f'<circle cx="{axis.at(value):.2f}%" cy="12" r="3.5">'
                     f'<title>round {i + 1}: {value:.3f}</title></circle>')
    if m.target is not None:
        parts.append(f'<line class="target" x1="{axis.at(m.target):.2f}%" '
                     f'x2="{axis.at(m.target):.2f}%" y1="1" y2="23">'
                     f'<title>target {m.target:g}</title></line>')
    said = f"{ratio:.3f}, rounds {min(m.rounds):.3f} to {max(m.rounds):.3f}"
    return (f'<svg role="img" aria-label="{text(", ".join(filter(None, [said, m.words()])))}">'
            f'{"".join(parts)}</svg>')


def axis_line(axis):
    ticks = "".join(f'<text x="{axis.at(tick):.2f}%" y="16">{tick:g}</text>'
                    for tick in axis.ticks())
    return ('<div class="line axis" aria-hidden="true"><span class="note">ours / the best other '
            f'library: less is better</span><svg>{ticks}</svg><span></span></div>\n')


def line(axis, m):
    worse = " wrong" if m.better_than or m.verdict() == "missed" else ""
    return (f'<div class="line"><span class="about">{m.day()}, {text(m.result["processor"])}, '
            f'beside {text(m.row["best"])}</span>{track(axis, m)}'
            f'<span class="said{worse}"><b>{m.row["ratio"]:.3f}</b> '
            f'{text(m.words()).replace(", ", ",<br> ")}</span></div>\n')


def workload(axis, measurements):
    last = measurements[-1]
    return (f"<h3>{text(last.label())} <span>{text(last.result['how'])}</span></h3>\n"
            + "".join(line(axis, m) for m in measurements))


def section(quantity, groups):
    """Those with a target, then the others, folded if there are both."""
    axis = Axis([m for group in groups for m in group])
    aimed = [group for group in groups if any(m.target is not None for m in group)]
    others = [group for group in groups if group not in aimed]
    first, rest = ("".join(workload(axis, group) for group in part) for part in (aimed, others))
    if aimed and others:
        rest = f"<details><summary>{len(others)} without a target</summary>\n{rest}</details>\n"
    return (f"<section>\n<h2>{text(quantity.capitalize())}</h2>\n"
            f"{axis_line(axis)}{first}{rest}</section>\n")


LEGEND = ('<p class="note"><svg class="key" aria-hidden="true"><circle cx="50%" cy="12" r="3.5"/>'
          '</svg>a round <svg class="key" aria-hidden="true"><rect class="met" x="10%" y="6" '
          'width="80%" height="12"/></svg>the median, from 1 on <svg class="key" '
          'aria-hidden="true"><line class="target" x1="50%" x2="50%" y1="1" y2="23"/></svg>'
          'the target</p>\n')


# ---- The table ----

COLUMNS = ["workload", "quantity", "how", "date", "processor", "ours", "theirs", "best of them",
           "ratio", "rounds", "target", "verdict"]


def table_row(m):
    row = m.row
    cells = [row["quantity"], m.result["how"], m.day(), m.result["processor"],
             f"{row['ours']:.2f} {row['unit']}", f"{row['peer']:.2f} {row['unit']}", row["best"],
             f"{row['ratio']:.3f}", " ".join(f"{value:.3f}" for value in m.rounds),
             "" if m.target is None else f"{m.target:g}", m.words()]
    return (f'<tr><th scope="row">{text(m.label())}</th>'
            + "".join(f"<td>{text(cell)}</td>" for cell in cells) + "</tr>\n")


def table(groups):
    heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    rows = "".join(table_row(m) for group in groups for m in group)
    return ('<h2 id="numbers">The numbers</h2>\n<div class="wide" tabindex="0" role="region" '
            f'aria-labelledby="numbers"><table><thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{rows}</tbody></table></div>\n")


# ---- The page ----

def grouped(results):
    """Measurements of one thing, the oldest first, and the newest of them on each processor. Each
    knows if it is worse than the one before there."""
    groups, newest = {}, {}
    for result in sorted(results, key=lambda r: datetime.datetime.fromisoformat(r["date"])):
        for row in result["rows"]:
            m = Measurement(result, row)
            groups.setdefault(m.key, []).append(m)
            place = m.key, result["processor"]
            if place in newest:
                m.compare(newest[place])
            newest[place] = m
    return list(groups.values()), list(newest.values())


def machines(results):
    """What measured, and when."""
    days = {}
    for result in results:
        what = (f"{result['processor']}, {result['system']}: resnet-run {result['version']}"
                + (f", {result['library']}" if result["library"] else ""))
        days.setdefault(what, set()).add(result["date"][:10])
    items = "".join(f"<li>{text(what)}; {', '.join(sorted(when))}</li>\n"
                    for what, when in days.items())
    return f'<ul class="note machines">\n{items}</ul>\n'


def summarise(newest):
    """In a line, and those that are missed or worse."""
    aimed = [m for m in newest if m.target is not None]
    met = sum(m.verdict() == "met" for m in aimed)
    worse = [m for m in newest if m.better_than]
    return (f"{met} of {len(aimed)} targets met, {len(worse)} worse than before",
            [m for m in newest if m.better_than or m.verdict() == "missed"])


def attention(measurements, several):
    """several: there are measurements of more than one processor."""
    items = "".join(f"<li>{text(m.label())}, {text(m.row['quantity'])}"
                    f"{' on ' + text(m.result['processor']) if several else ''}: "
                    f'{m.row["ratio"]:.3f} <span class="wrong">{text(m.words())}</span></li>\n'
                    for m in measurements)
    return f"<ul>\n{items}</ul>\n" if items else ""


def make(results):
    """The page, and its first line as a text."""
    groups, newest = grouped(results)
    quantities = list(dict.fromkeys(g[0].row["quantity"] for g in groups))
    summary, wrong = summarise(newest)
    several = len({result["processor"] for result in results}) > 1
    sections = "".join(section(quantity, [g for g in groups if g[0].row["quantity"] == quantity])
                       for quantity in quantities)
    notes = list(dict.fromkeys(note for result in results for note in result["notes"]))
    said = "".join(f"<li>{text(note)}</li>\n" for note in notes)
    page = (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>Ours beside other libraries</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            f'<h1>Ours beside other libraries</h1>\n<p class="summary">{summary}</p>\n'
            f"{attention(wrong, several)}{machines(results)}{LEGEND}{sections}{table(groups)}"
            + (f"<h2>Left out</h2>\n<ul>\n{said}</ul>\n" if said else "")
            + "</body>\n</html>\n")
    return page, summary
