/* page_parts.c: cells, bars and the script of pages. */
#include "compare/page_parts.h"

#include <math.h>

#include "base/text.h"
#include "report/html.h"
#include "report/plot.h"

#define MAX_DEPTH 4 /* of objects in objects */

static const char style[] =
    ":root { --good: #1a7f37; --doubt: #9a5b00 }\n"
    "@media (prefers-color-scheme: dark) { :root { --good: #5fd37a; --doubt: #ffb454 } }\n"
    ".verdict { border: 1px solid; border-radius: 1rem; padding: 0 .55rem; font-size: .8rem;\n"
    "  white-space: nowrap; color: var(--good) }\n"
    ".verdict.doubt { color: var(--doubt) } .verdict.wrong { color: var(--wrong) }\n"
    ".sides { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .6rem }\n"
    ".sides li { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem;\n"
    "  background: var(--tint) }\n"
    ".sides b { margin-right: .5rem } .sides p { margin: .25rem 0 0 }\n"
    ".bars { display: grid; gap: .35rem .75rem; font-size: .9rem; margin: .75rem 0;\n"
    "  grid-template-columns: minmax(6rem, max-content) 1fr max-content; align-items: center }\n"
    ".bars span:last-child { text-align: right }\n"
    ".bars > div { display: contents }\n"
    ".bars i { display: block; height: .9rem; border-radius: .2rem; background: var(--of);\n"
    "  min-width: 2px }\n"
    "summary { cursor: pointer; margin: 1rem 0 .5rem; color: var(--accent) }\n"
    ".facts .facts { font-size: inherit }\n"
    "code { font: .8rem ui-monospace, 'DejaVu Sans Mono', monospace }\n"
    "h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }\n"
    ".sorts td, .sorts th { overflow-wrap: break-word; max-width: 22rem }\n"
    ".sorts th button { all: unset; cursor: pointer; white-space: nowrap }\n"
    ".sorts th button:focus-visible { outline: 2px solid var(--accent) }\n"
    ".sorts [aria-sort=ascending] button::after { content: ' \\2191' }\n"
    ".sorts [aria-sort=descending] button::after { content: ' \\2193' }\n"
    ".filter { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0; align-items: center }\n"
    ".filter input, .filter select { font: inherit; font-size: .9rem; padding: .2rem .5rem;\n"
    "  color: var(--ink); background: var(--paper); border: 1px solid var(--line);\n"
    "  border-radius: .3rem; max-width: 100% }\n"
    "@media (max-width: 30rem) { .bars { grid-template-columns: 1fr max-content }\n"
    "  .bars span:first-child { grid-column: 1 / -1 } }\n"
    "@media (max-width: 40rem) { .page .facts { grid-template-columns: 1fr; gap: 0 }\n"
    "  .page .facts dd { margin-bottom: .35rem } }\n";

static const char script[] =
    "<script>\n"
    "'use strict';\n"
    "const MANY = 8;\n"
    "const keyOf = (row, i) => {\n"
    "  const cell = row.cells[i];\n"
    "  return 'v' in cell.dataset ? Number(cell.dataset.v) : cell.textContent;\n"
    "};\n"
    "const order = (a, b) => typeof a === 'string' || typeof b === 'string' ?\n"
    "  String(a).localeCompare(String(b), undefined, { numeric: true }) :\n"
    "  isNaN(a) ? (isNaN(b) ? 0 : -1) : isNaN(b) ? 1 : a < b ? -1 : a > b ? 1 : 0;\n"
    "const sortBy = (table, th, i) => {\n"
    "  const down = th.classList.contains('n');\n"
    "  const sign = (th.ariaSort === (down ? 'descending' : 'ascending')) === down ? 1 : -1;\n"
    "  for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');\n"
    "  th.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');\n"
    "  const rows = [...table.tBodies[0].rows];\n"
    "  rows.sort((a, b) => sign * order(keyOf(a, i), keyOf(b, i)));\n"
    "  table.tBodies[0].append(...rows);\n"
    "};\n"
    "const addFilter = table => {\n"
    "  const rows = [...table.tBodies[0].rows], box = document.createElement('div');\n"
    "  const words = document.createElement('input'), only = document.createElement('select');\n"
    "  const verdicts = new Set(rows.map(row => row.dataset.verdict).filter(word => word));\n"
    "  const shown = document.createElement('span');\n"
    "  box.className = 'filter';\n"
    "  shown.className = 'note';\n"
    "  words.type = 'search';\n"
    "  words.placeholder = 'filter, as in layer2 conv';\n"
    "  words.ariaLabel = 'show rows with these words';\n"
    "  only.ariaLabel = 'show rows with this verdict';\n"
    "  only.add(new Option('every verdict', ''));\n"
    "  for (const verdict of verdicts) only.add(new Option(verdict));\n"
    "  const apply = () => {\n"
    "    const wanted = words.value.toLowerCase().split(/\\s+/);\n"
    "    let n = 0;\n"
    "    for (const row of rows) {\n"
    "      const text = row.textContent.toLowerCase();\n"
    "      row.hidden = !wanted.every(word => text.includes(word)) ||\n"
    "        only.value !== '' && row.dataset.verdict !== only.value;\n"
    "      n += !row.hidden;\n"
    "    }\n"
    "    shown.textContent = `${n} of ${rows.length}`;\n"
    "  };\n"
    "  words.oninput = only.onchange = apply;\n"
    "  box.append(words, ...(verdicts.size > 1 ? [only] : []), shown);\n"
    "  table.parentElement.before(box);\n"
    "  apply();\n"
    "};\n"
    "for (const table of document.querySelectorAll('table.sorts')) {\n"
    "  [...table.tHead.rows[0].cells].forEach((th, i) => {\n"
    "    const button = document.createElement('button');\n"
    "    button.textContent = th.textContent;\n"
    "    button.onclick = () => sortBy(table, th, i);\n"
    "    th.replaceChildren(button);\n"
    "  });\n"
    "  if (table.tBodies[0].rows.length > MANY) addFilter(table);\n"
    "}\n"
    "</script>\n";

void rn_parts_styles(FILE *out)
{
    fputs("<style>\n", out);
    fputs(rn_plot_style, out);
    fputs(style, out);
    fputs("</style>\n", out);
}

void rn_parts_script(FILE *out)
{
    fputs(script, out);
}

void rn_parts_verdict(FILE *out, rn_verdict verdict)
{
    const char *class = verdict >= RN_VERDICT_DIVERGES ? " wrong"
                        : rn_verdict_fails(verdict)    ? " doubt"
                                                       : "";
    rn_print(out, "<span class=\"verdict%s\" title=\"%s\">%s</span>", class,
             rn_verdict_sentence(verdict), rn_verdict_word(verdict));
}

void rn_parts_number(FILE *out, const char *format, double value)
{
    char text[40] = "\u2013";
    if (isfinite(value))
        snprintf(text, sizeof text, format, value);
    if (isfinite(value))
        rn_print(out, "<td class=\"n\" data-v=\"%.9g\">%s</td>", value, text);
    else
        rn_print(out, "<td class=\"n\" data-v=\"%s\">%s</td>", isnan(value) ? "NaN" : "Infinity",
                 isnan(value) ? text : "\u221e");
}

void rn_parts_text(FILE *out, const char *text)
{
    fputs("<td>", out);
    rn_html_text(out, text);
    fputs("</td>", out);
}

void rn_parts_heading(FILE *out, const char *text)
{
    fputs("<th scope=\"row\" class=\"text\">", out);
    rn_html_text(out, text);
    fputs("</th>", out);
}

void rn_parts_columns(FILE *out, const char *const *columns, int n_texts)
{
    fputs("<thead><tr>", out);
    for (int i = 0; columns[i]; i++)
        rn_print(out, "<th scope=\"col\"%s>%s</th>", i < n_texts ? "" : " class=\"n\"", columns[i]);
    fputs("</tr></thead>\n", out);
}

void rn_parts_bar_print(FILE *out, const rn_parts_bar *bar)
{
    double share = bar->largest > 0 && isfinite(bar->value) ? bar->value / bar->largest : 0;
    fputs("<div><span>", out);
    rn_html_text(out, bar->label);
    rn_print(out, "</span><i class=\"v%d\" style=\"width:%.1f%%\"></i><span>%s</span></div>\n",
             bar->colour % RN_PLOT_COLOURS, 100 * share, bar->text);
}

static void print_about(FILE *out, const json_t *about, int depth);

static void print_value(FILE *out, const json_t *value, int depth)
{
    const json_t *item;
    size_t i;
    if (json_is_object(value) && depth < MAX_DEPTH) {
        print_about(out, value, depth + 1);
    } else if (json_is_array(value) && depth < MAX_DEPTH) {
        json_array_foreach(value, i, item)
        {
            fputs(i ? ", " : "", out);
            print_value(out, item, depth + 1);
        }
    } else if (json_is_string(value)) {
        rn_html_text(out, json_string_value(value));
    } else if (json_is_number(value)) {
        rn_print(out, "%.10g", json_number_value(value));
    } else if (json_is_boolean(value)) {
        fputs(json_is_true(value) ? "yes" : "no", out);
    } else {
        fputs("\u2013", out);
    }
}

static void print_about(FILE *out, const json_t *about, int depth)
{
    const char *key;
    json_t *value;
    fputs("<dl class=\"facts\">\n", out);
    json_object_foreach((json_t *)about, key, value)
    {
        fputs("<dt>", out);
        rn_html_text(out, key);
        fputs("</dt><dd>", out);
        print_value(out, value, depth);
        fputs("</dd>\n", out);
    }
    fputs("</dl>\n", out);
}

void rn_parts_about(FILE *out, const json_t *about)
{
    print_about(out, about, 0);
}
