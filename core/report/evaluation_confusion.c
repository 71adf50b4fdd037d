/* evaluation_confusion.c: the confusion matrix on the page of an evaluation. */
#include <inttypes.h>
#include <math.h>

#include "base/text.h"
#include "report/evaluation_parts.h"
#include "report/html.h"

#define MAX_CLASSES 50 /* of a matrix that can be read */
#define PAIRS 20

const char rn_page_confusion_style[] =
    ".matrix { font-size: .75rem; border-collapse: separate; border-spacing: 1px }\n"
    ".matrix th, .matrix td { border: 0; padding: .2rem .3rem; white-space: nowrap }\n"
    ".matrix td { text-align: right; min-width: 2.1rem; border-radius: 2px }\n"
    ".matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left;\n"
    "  max-height: 9rem; overflow: hidden; font-weight: 400; color: var(--ink) }\n"
    ".matrix thead td { min-width: 0; vertical-align: bottom; text-align: right;\n"
    "  color: var(--soft) }\n"
    ".matrix tbody th { position: sticky; left: 0; background: var(--paper); text-align: right;\n"
    "  max-width: 9rem; overflow: hidden; text-overflow: ellipsis }\n"
    ".matrix .right { background: rgb(31 97 168 / var(--a)) }\n"
    ".matrix .wrong { background: rgb(190 30 45 / var(--a)) }\n"
    ".matrix .deep { color: #fff }\n"
    ".matrix .none { color: var(--line) }\n"
    "@media (max-width: 30rem) { .matrix { font-size: .65rem }\n"
    "  .matrix th, .matrix td { padding: .2rem .15rem } .matrix td { min-width: 1.55rem } }\n";

void rn_page_class(FILE *out, const rn_dataset *dataset, int64_t k)
{
    char number[RN_CLASS_NUMBER];
    rn_html_text(out, rn_dataset_class(dataset, k, number));
}

static void print_head(FILE *out, const rn_evaluation_results *r)
{
    fputs("<div class=\"wide\"><table class=\"matrix\">\n<thead><tr><td>is &#8595;<br>taken "
          "for &#8594;</td>",
          out);
    for (int64_t k = 0; k < r->n_classes; k++) {
        fputs("<th scope=\"col\">", out);
        rn_page_class(out, r->dataset, k);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

/* The square root lets rare mistakes show. */
static void print_cell(FILE *out, uint32_t count, int64_t images, bool is_right)
{
    double weight = images ? sqrt((double)count / (double)images) : 0;
    if (!count)
        fputs("<td class=\"none\">0</td>", out);
    else
        rn_print(out, "<td class=\"%s%s\" style=\"--a:%.2f\">%" PRIu32 "</td>",
                 is_right ? "right" : "wrong", weight > 0.6 ? " deep" : "", weight, count);
}

static void print_matrix(FILE *out, const rn_evaluation_results *r)
{
    print_head(out, r);
    for (int64_t t = 0; t < r->n_classes; t++) {
        fputs("<tr><th scope=\"row\">", out);
        rn_page_class(out, r->dataset, t);
        fputs("</th>", out);
        for (int64_t p = 0; p < r->n_classes; p++)
            print_cell(out, r->cells[t * r->n_classes + p], r->score[t].images, p == t);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

static void print_pairs(FILE *out, const rn_evaluation_results *r)
{
    int64_t n = r->n_pairs < PAIRS ? r->n_pairs : PAIRS;
    fprintf(out,
            "<p class=\"note\">The %" PRId64 " most frequent of %" PRId64 " pairs of classes.</p>\n"
            "<div class=\"wide\"><table>\n<thead><tr><th>is</th><th>taken for</th>"
            "<th class=\"n\">images</th><th class=\"n\">share</th></tr></thead>\n<tbody>\n",
            n, r->n_pairs);
    for (int64_t i = 0; i < n; i++) {
        const rn_confusion *pair = &r->pair[i];
        fputs("<tr><th scope=\"row\" class=\"text\">", out);
        rn_page_class(out, r->dataset, pair->truth);
        fputs("</th><td class=\"text\">", out);
        rn_page_class(out, r->dataset, pair->predicted);
        fprintf(out, "</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">%.1f %%</td></tr>\n",
                pair->count, 100 * (double)pair->count / (double)r->score[pair->truth].images);
    }
    fputs("</tbody></table></div>\n", out);
}

void rn_page_confusion(FILE *out, const rn_evaluation_results *r)
{
    bool is_readable = r->cells && r->n_classes <= MAX_CLASSES;
    if (!r->n_pairs)
        return;
    fputs("<h2>What is taken for what</h2>\n", out);
    if (is_readable)
        print_matrix(out, r);
    else
        print_pairs(out, r);
}
