/* html.c: the frame of a page, and text in it. */
#include "report/html.h"

#include "base/text.h"

static const char frame_style[] =
    ":root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --soft: #59636e;\n"
    "  --line: #d8dee4; --tint: #f3f5f8; --accent: #1f61a8; --wrong: #be1e2d }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --paper: #15181d; --ink: #dde3ea; --soft: #98a2ae; --line: #333a43;\n"
    "    --tint: #1e2329; --accent: #6cb6ff; --wrong: #ff7b72 } }\n"
    "* { box-sizing: border-box }\n"
    "body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 68rem; background: "
    "var(--paper);\n"
    "  color: var(--ink); font: 16px/1.5 system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial,\n"
    "  sans-serif; overflow-wrap: anywhere }\n"
    "h1 { margin: 0 0 .75rem; font-size: 1.6rem; line-height: 1.25 }\n"
    "h2 { margin: 2.25rem 0 .5rem; font-size: 1.2rem }\n"
    "p { max-width: 44rem }\n"
    ".note { color: var(--soft); font-size: .875rem; margin: .25rem 0 .75rem }\n"
    ".facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0;\n"
    "  font-size: .9rem }\n"
    ".facts dt, .figures dt { color: var(--soft) }\n"
    ".facts dd, .figures dd { margin: 0 }\n"
    ".figures { display: grid; gap: .75rem; margin: 1.5rem 0 0;\n"
    "  grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)) }\n"
    ".figures div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem;\n"
    "  background: var(--tint) }\n"
    ".figures dt { font-size: .85rem }\n"
    ".figures dd { font-size: 1.5rem; font-variant-numeric: tabular-nums }\n"
    ".wide { overflow-x: auto; max-width: 100% }\n"
    "table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }\n"
    "th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left }\n"
    "th { font-weight: 600; color: var(--soft) }\n"
    "tbody th { color: var(--ink); font-weight: 400 }\n"
    ".n { text-align: right; white-space: nowrap }\n"
    ".text { overflow-wrap: break-word; max-width: 20rem }\n"
    "@media (max-width: 30rem) { th, td { padding: .25rem .35rem } }\n"
    "svg text { fill: var(--soft); font-size: 12px }\n"
    "@media print { body { max-width: none } }\n";

void rn_html_open(FILE *out, const char *title, void (*styles)(FILE *out))
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
          out);
    rn_html_text(out, title);
    fputs("</title>\n<style>\n", out);
    fputs(frame_style, out);
    fputs("</style>\n", out);
    if (styles)
        styles(out);
    fputs("</head>\n<body>\n<h1>", out);
    rn_html_text(out, title);
    fputs("</h1>\n", out);
}

void rn_html_close(FILE *out)
{
    fputs("</body>\n</html>\n", out);
}

void rn_html_text(FILE *out, const char *text)
{
    char printable[4000];
    rn_text_show(printable, sizeof printable, text);
    for (const char *c = printable; *c; c++)
        switch (*c) {
            case '<': fputs("&lt;", out); break;
            case '>': fputs("&gt;", out); break;
            case '&': fputs("&amp;", out); break;
            case '"': fputs("&quot;", out); break;
            default: fputc(*c, out);
        }
}

void rn_html_attribute(FILE *out, const char *name, const char *text)
{
    rn_print(out, " %s=\"", name);
    rn_html_text(out, text);
    fputc('"', out);
}

void rn_html_facts(FILE *out, const rn_html_fact *fact)
{
    fputs("<dl class=\"facts\">\n", out);
    for (; fact->name; fact++) {
        if (!fact->value || !*fact->value)
            continue;
        fputs("<dt>", out);
        rn_html_text(out, fact->name);
        fputs("</dt><dd>", out);
        rn_html_text(out, fact->value);
        fputs("</dd>\n", out);
    }
    fputs("</dl>\n", out);
}

/* Prints 1 to 3 bytes in base 64. */
static void print_group(FILE *out, const uint8_t *bytes, int n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits =
        (uint32_t)bytes[0] << 16 | (n > 1 ? (uint32_t)bytes[1] << 8 : 0) | (n > 2 ? bytes[2] : 0);
    for (int i = 0; i < 4; i++)
        fputc(i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=', out);
}

void rn_html_png(FILE *out, const uint8_t *bytes, uint64_t size)
{
    fputs("data:image/png;base64,", out);
    for (uint64_t i = 0; i < size; i += 3)
        print_group(out, bytes + i, size - i < 3 ? (int)(size - i) : 3);
}
