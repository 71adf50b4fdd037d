/* training_page.c: the page of a training run. */
#include "report/training_page.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/config_origin.h"
#include "config/config_record.h"
#include "io/file.h"
#include "report/charts.h"
#include "report/evaluation_parts.h"
#include "report/plot.h"

static const char page_style[] = "summary { cursor: pointer; margin: .5rem 0; color: var(--accent) "
                                 "}\n"
                                 ".cfg td { font-family: ui-monospace, 'DejaVu Sans Mono', "
                                 "monospace; font-size: .8rem }\n"
                                 ".cfg td + td + td { color: var(--soft) }\n";

static void print_styles(FILE *out)
{
    fputs("<style>\n", out);
    fputs(page_style, out);
    fputs(rn_plot_style, out);
    fputs(rn_charts_style, out);
    fputs(rn_page_confusion_style, out);
    fputs(rn_page_mistakes_style, out);
    fputs("</style>\n", out);
}

/* ---- Figures ---- */

static void print_figure(FILE *out, const char *name, const char *format, double value)
{
    char text[64];
    snprintf(text, sizeof text, format, value);
    rn_print(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, text);
}

static void print_time(FILE *out, double time_s)
{
    int64_t seconds = time_s < 1e12 ? llround(time_s) : 0;
    fprintf(out, "<div><dt>time</dt><dd>%" PRId64 ":%02d:%02d</dd></div>\n", seconds / 3600,
            (int)(seconds / 60 % 60), (int)(seconds % 60));
}

static void print_figures(FILE *out, const rn_training_page *page)
{
    const rn_epoch_metrics *last = &page->rows[page->n_rows - 1];
    fprintf(out,
            "<dl class=\"figures\">\n<div><dt>epoch</dt><dd>%" PRId64 " of %" PRId64
            "</dd></div>\n",
            last->epoch, page->config->train.epochs);
    print_figure(out, "top-1", "%.2f %%", 100 * last->validation_accuracy);
    if (rn_evaluation_has_top5(page->results))
        print_figure(out, "top-5", "%.2f %%", 100 * last->validation_top5);
    print_figure(out, "validation loss", "%.4f", last->validation_loss);
    print_figure(out, "train loss", "%.4f", last->train_loss);
    print_figure(out, "images/s", "%.0f", last->images_per_s);
    print_time(out, last->time_s);
    fputs("</dl>\n", out);
}

/* ---- Epochs as numbers ---- */

static void print_row(FILE *out, const rn_epoch_metrics *row)
{
    char text[RN_CHARTS_TEXT];
    fputs("<tr>", out);
    for (const rn_metric *m = rn_metrics; m->name; m++) {
        double value = rn_metric_value(m, row);
        rn_charts_value(value, text);
        rn_print(out, "<td class=\"n\">%s</td>", isfinite(value) ? text : "&#8211;");
    }
    fputs("</tr>\n", out);
}

static void print_rows(FILE *out, const rn_training_page *page)
{
    fputs("<details><summary>The epochs as numbers</summary>\n<div class=\"wide\"><table>\n"
          "<thead><tr>",
          out);
    for (const rn_metric *m = rn_metrics; m->name; m++)
        rn_print(out, "<th class=\"n\" title=\"%s\">%s</th>", m->help, m->name);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (int64_t i = 0; i < page->n_rows; i++)
        print_row(out, &page->rows[i]);
    fputs("</tbody></table></div></details>\n", out);
}

/* ---- The cfg ---- */

/* Prints "name = value" of rn_config_list as a row, if it is a default or not, as is asked for. */
static void print_setting(FILE *out, const rn_config *config, char *line, bool defaults)
{
    char origin[RN_ORIGIN_SIZE] = "default", *equals = strstr(line, " = ");
    if (!equals)
        return;
    *equals = 0;
    if (rn_config_origin(config, line, origin) != defaults) {
        fputs("<tr><td>", out);
        rn_html_text(out, line);
        fputs("</td><td>", out);
        rn_html_text(out, equals + 3);
        fputs("</td><td>", out);
        rn_html_text(out, origin);
        fputs("</td></tr>\n", out);
    }
    *equals = ' ';
}

static void print_settings(FILE *out, const rn_config *config, char *text, bool defaults)
{
    fputs("<div class=\"wide\"><table class=\"cfg\">\n<thead><tr><th>key</th><th>value</th>"
          "<th>from</th></tr></thead>\n<tbody>\n",
          out);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        print_setting(out, config, line, defaults);
        *end = '\n';
    }
    fputs("</tbody></table></div>\n", out);
}

static void print_config(FILE *out, const rn_config *config, char *text)
{
    fputs("<h2>The configuration</h2>\n<details><summary>What was given</summary>\n", out);
    print_settings(out, config, text, false);
    fputs("</details>\n<details><summary>Defaults</summary>\n", out);
    print_settings(out, config, text, true);
    fputs("</details>\n", out);
}

rn_status rn_training_page_write(const char *path, const rn_training_page *page)
{
    rn_file *file = NULL;
    char *config = NULL;
    rn_status status = rn_config_list(page->config, &config);
    if (!status)
        status = rn_file_create(path, &file);
    if (status)
        goto done;
    FILE *out = rn_file_stream(file);
    rn_html_open(out, page->config->name, print_styles);
    rn_html_facts(out, page->facts);
    print_figures(out, page);
    rn_charts_print(out, page->rows, page->n_rows);
    print_rows(out, page);
    rn_page_confusion(out, page->results);
    rn_page_mistakes(out, page->results);
    print_config(out, page->config, config);
    rn_html_close(out);
    status = rn_file_commit(file);
done:
    free(config);
    return status;
}
