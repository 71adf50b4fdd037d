/* evaluation_mistakes.c: the mistakes on the page of an evaluation. */
#include <string.h>

#include "report/evaluation_parts.h"
#include "report/html.h"

const char rn_page_mistakes_style[] =
    ".mistakes { display: grid; gap: 1rem .75rem; padding: 0; margin: 0; list-style: none;\n"
    "  grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)) }\n"
    ".mistakes img { width: 100%; height: auto; display: block; border-radius: .4rem;\n"
    "  background: var(--tint); image-rendering: auto }\n"
    ".mistakes .small { image-rendering: pixelated }\n"
    ".mistakes p { margin: .3rem 0 0; font-size: .85rem; line-height: 1.35 }\n"
    ".mistakes .file { color: var(--soft); font-size: .75rem }\n";

#define SMALL 96 /* pixels: enlarged, not smoothed */

/* "cat/0001.jpg" or "image 7", without the folder of the data set, which the page has named. */
static void print_file(FILE *out, const rn_dataset *dataset, int64_t sample)
{
    char name[4096];
    size_t length = strlen(dataset->folder);
    rn_dataset_describe(dataset, sample, name, sizeof name);
    bool is_below = strncmp(name, dataset->folder, length) == 0;
    if (is_below && name[length] == '/')
        rn_html_text(out, name + length + 1);
    else if (is_below && strncmp(name + length, ": ", 2) == 0)
        rn_html_text(out, name + length + 2);
    else
        rn_html_text(out, name);
}

static void print_mistake(FILE *out, const rn_evaluation_results *r, const rn_mistake *mistake)
{
    const rn_outcome *o = &mistake->outcome;
    fputs("<li>", out);
    if (mistake->png) {
        fputs(r->mistakes.width < SMALL ? "<img class=\"small\"" : "<img", out);
        fputs(" alt=\"\" src=\"", out);
        rn_html_png(out, mistake->png, mistake->png_size);
        fputs("\">", out);
    }
    fprintf(out, "<p><b>%.2f %%</b> ", 100 * (double)o->confidence);
    rn_page_class(out, r->dataset, o->predicted);
    fputs("<br>is ", out);
    rn_page_class(out, r->dataset, o->truth);
    fputs("</p><p class=\"file\">", out);
    print_file(out, r->dataset, o->sample);
    fputs("</p></li>\n", out);
}

void rn_page_mistakes(FILE *out, const rn_evaluation_results *r)
{
    if (!r->mistakes.count)
        return;
    fputs("<h2>The most confident mistakes</h2>\n"
          "<p class=\"note\">Pictures as the network gets them: what it says with which "
          "probability, and what the label says.</p>\n<ul class=\"mistakes\">\n",
          out);
    for (int64_t i = 0; i < r->mistakes.count; i++)
        print_mistake(out, r, &r->mistakes.item[i]);
    fputs("</ul>\n", out);
}
