/* study_page.c: writes the page of a study. */
#include "commands/study_page.h"

#include <inttypes.h>
#include <math.h>

#include "base/text.h"
#include "commands/study_chart.h"
#include "commands/study_results.h"
#include "io/file.h"
#include "report/html.h"
#include "report/plot.h"

static const char page_style[] =
    "summary { cursor: pointer; margin: 1rem 0 .5rem; color: var(--accent) }\n";

static void print_styles(FILE *out)
{
    fputs("<style>\n", out);
    fputs(page_style, out);
    fputs(rn_plot_style, out);
    fputs(rn_study_chart_style, out);
    fputs("</style>\n", out);
}

static void print_name(FILE *out, const rn_study *study, int i)
{
    rn_print(out, "<span class=\"mark v%d\"></span>", i % RN_PLOT_COLOURS);
    rn_html_text(out, study->variants.at[i].name);
}

static void print_about(FILE *out, const rn_study *study)
{
    rn_print(out, "<dl class=\"facts\">\n<dt>cfg</dt><dd>");
    rn_html_text(out, study->config->path);
    fputs("</dd><dt>compared</dt><dd>", out);
    rn_html_text(out, study->series[0]);
    rn_print(out,
             " after the last epoch</dd><dt>runs</dt><dd>%d of %d are complete: %d variants, %d "
             "seeds</dd></dl>\n",
             rn_study_count(study, RN_STUDY_COMPLETE), study->n_runs, study->variants.count,
             (int)study->config->study.n_seeds);
}

static void print_cell(FILE *out, const char *format, double number)
{
    char text[32] = "\u2013";
    if (!isnan(number))
        snprintf(text, sizeof text, format, number);
    rn_print(out, "<td class=\"n\">%s</td>", text);
}

static void print_table(FILE *out, const rn_study *study)
{
    fputs("<div class=\"wide\"><table>\n<thead><tr><th>variant</th><th class=\"n\">runs</th>"
          "<th class=\"n\">mean</th><th class=\"n\">standard deviation</th>"
          "<th class=\"n\">difference</th><th class=\"n\">p</th></tr></thead>\n<tbody>\n",
          out);
    for (int i = 0; i < study->variants.count; i++) {
        rn_study_result result = rn_study_result_of(study, i);
        fputs("<tr><th scope=\"row\" class=\"text\">", out);
        print_name(out, study, i);
        rn_print(out, "</th><td class=\"n\">%d</td>", (int)result.sample.n);
        print_cell(out, "%.4f", result.sample.mean);
        print_cell(out, "%.4f", result.sample.sd);
        print_cell(out, "%+.4f", result.difference);
        print_cell(out, "%.3g", result.test.p);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">Difference: from the mean of the first "
          "variant. p: Welch's test, two-sided: how often chance alone would make a difference at "
          "least as large. With more than one comparison, expect some small p.</p>\n",
          out);
}

static void print_curves(FILE *out, const rn_study *study)
{
    fputs("<h2>Curves</h2>\n<p class=\"note\">The mean over the seeds; the band goes from the "
          "smallest to the largest.</p>\n<div class=\"legend\">",
          out);
    for (int i = 0; i < study->variants.count; i++) {
        fputs("<span>", out);
        print_name(out, study, i);
        fputs("</span>\n", out);
    }
    fputs("</div>\n<div class=\"curves\">\n", out);
    for (int s = 0; s < study->n_series; s++) {
        fputs("<div><h3>", out);
        rn_html_text(out, study->series[s]);
        fputs("</h3>\n", out);
        rn_study_chart(out, study, s);
        fputs("</div>\n", out);
    }
    fputs("</div>\n", out);
}

static void print_runs(FILE *out, const rn_study *study)
{
    fputs("<details><summary>All runs</summary>\n<div class=\"wide\"><table>\n<thead><tr>"
          "<th>variant</th><th class=\"n\">seed</th><th>state</th><th class=\"n\">",
          out);
    rn_html_text(out, study->series[0]);
    fputs("</th><th class=\"n\">time, s</th></tr></thead>\n<tbody>\n", out);
    for (int i = 0; i < study->n_runs; i++) {
        const rn_study_run *run = &study->runs[i];
        fputs("<tr><th scope=\"row\" class=\"text\">", out);
        rn_html_text(out, run->variant);
        rn_print(out, "</th><td class=\"n\">%lld</td><td>%s</td>", (long long)run->seed,
                 rn_study_state_name(run->state));
        print_cell(out, "%.4f", rn_study_run_value(run));
        print_cell(out, "%.0f", run->state == RN_STUDY_COMPLETE ? run->time_s : NAN);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

rn_status rn_study_page(const rn_study *study)
{
    char path[RN_PATH_SIZE];
    rn_file *file = NULL;
    rn_status status = rn_path_join(path, study->config->run.output, RN_STUDY_PAGE_FILE);
    if (!status)
        status = rn_file_create(path, &file);
    if (status)
        return status;
    FILE *out = rn_file_stream(file);
    rn_html_open(out, study->config->name, print_styles);
    print_about(out, study);
    fputs("<h2>Variants</h2>\n", out);
    print_table(out, study);
    rn_study_dots(out, study);
    print_curves(out, study);
    print_runs(out, study);
    rn_html_close(out);
    return rn_file_commit(file);
}
