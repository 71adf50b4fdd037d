/* evaluation_page.c: the page of an evaluation. */
#include "report/evaluation_page.h"

#include <inttypes.h>

#include "io/file.h"
#include "report/evaluation_parts.h"
#include "report/html.h"

#define SHOWN 20 /* classes, before the rest is folded away */

static const char table_style[] =
    ".meter { display: inline-block; width: 5rem; height: .55rem; margin-right: .5rem;\n"
    "  border-radius: .25rem; vertical-align: baseline;\n"
    "  background: linear-gradient(90deg, var(--accent) var(--p), var(--line) var(--p)) }\n"
    "@media (max-width: 30rem) { .meter { display: none } }\n"
    "summary { cursor: pointer; margin: .5rem 0; color: var(--accent) }\n";

static void print_figures(FILE *out, const rn_evaluation_results *r)
{
    fprintf(out, "<dl class=\"figures\">\n<div><dt>top-1</dt><dd>%.2f %%</dd></div>\n",
            100 * r->top1);
    if (rn_evaluation_has_top5(r))
        fprintf(out, "<div><dt>top-5</dt><dd>%.2f %%</dd></div>\n", 100 * r->top5);
    fprintf(out,
            "<div><dt>loss</dt><dd>%.4f</dd></div>\n"
            "<div><dt>calibration error</dt><dd>%.4f</dd></div>\n"
            "<div><dt>images</dt><dd>%" PRId64 "</dd></div>\n"
            "<div><dt>images/s</dt><dd>%.0f</dd></div>\n</dl>\n",
            r->loss, r->calibration.error, r->n_images, r->images_per_s);
}

static void print_share(FILE *out, int64_t part, int64_t whole)
{
    double percent = 100 * (double)part / (double)whole;
    if (whole)
        fprintf(out,
                "<td class=\"n\"><span class=\"meter\" style=\"--p:%.1f%%\"></span>%.1f %%</td>",
                percent, percent);
    else
        fputs("<td class=\"n\">&#8211;</td>", out);
}

static void print_classes(FILE *out, const rn_evaluation_results *r, int64_t first, int64_t end)
{
    fputs("<div class=\"wide\"><table>\n<thead><tr><th>class</th><th class=\"n\">images</th>"
          "<th class=\"n\">recall</th><th class=\"n\">precision</th></tr></thead>\n<tbody>\n",
          out);
    for (int64_t i = first; i < end; i++) {
        const rn_class_score *score = &r->worst[i];
        fputs("<tr><th scope=\"row\" class=\"text\">", out);
        rn_page_class(out, r->dataset, score->index);
        fprintf(out, "</th><td class=\"n\">%" PRId64 "</td>", score->images);
        print_share(out, score->correct, score->images);
        print_share(out, score->correct, score->predicted);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

static void print_class_tables(FILE *out, const rn_evaluation_results *r)
{
    int64_t n = r->n_worst, shown = n > SHOWN + SHOWN / 2 ? SHOWN : n;
    fputs("<h2>Classes</h2>\n<p class=\"note\">The least recall first: recall is the share of a "
          "class that is recognised, precision the share that is right of what is taken for "
          "it.",
          out);
    if (n < r->n_classes)
        fprintf(out, " %" PRId64 " of %" PRId64 " classes have images.", n, r->n_classes);
    fputs("</p>\n", out);
    print_classes(out, r, 0, shown);
    if (shown == n)
        return;
    fprintf(out, "<details><summary>%" PRId64 " more classes</summary>\n", n - shown);
    print_classes(out, r, shown, n);
    fputs("</details>\n", out);
}

static void print_styles(FILE *out)
{
    fputs("<style>\n", out);
    fputs(table_style, out);
    fputs(rn_page_confusion_style, out);
    fputs(rn_page_calibration_style, out);
    fputs(rn_page_mistakes_style, out);
    fputs("</style>\n", out);
}

rn_status rn_evaluation_page(const char *path, const char *title, const rn_html_fact *about,
                             const rn_evaluation_results *r)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    FILE *out = rn_file_stream(file);
    rn_html_open(out, title, print_styles);
    rn_html_facts(out, about);
    print_figures(out, r);
    rn_page_confusion(out, r);
    rn_page_mistakes(out, r);
    print_class_tables(out, r);
    rn_page_calibration(out, &r->calibration);
    rn_html_close(out);
    return rn_file_commit(file);
}
