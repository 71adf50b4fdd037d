/* leaderboard_page.c: the page of a leaderboard. */
#include <math.h>

#include "base/text.h"
#include "compare/leaderboard.h"
#include "compare/page_parts.h"
#include "io/file.h"
#include "report/forms.h"
#include "report/html.h"

static void print_bars(FILE *out, const rn_leaderboard *board, int32_t begin, int32_t end)
{
    double largest = 0;
    char text[48], label[256];
    for (int32_t i = begin; i < end; i++)
        if (!board->rows[i].apart)
            largest = fmax(largest, board->rows[i].images_per_s);
    fputs("<div class=\"bars\">\n", out);
    for (int32_t i = begin; i < end && !board->rows[i].apart; i++) {
        const rn_leader *row = &board->rows[i];
        snprintf(label, sizeof label, "%s, batch %lld", row->device, (long long)row->batch);
        snprintf(text, sizeof text, "%.1f images/s", row->images_per_s);
        rn_parts_bar bar = { label, text, row->images_per_s, largest, 0 };
        if (isfinite(row->images_per_s))
            rn_parts_bar_print(out, &bar);
    }
    fputs("</div>\n", out);
}

static void print_verdict(FILE *out, const rn_leader *row)
{
    fputs("<td>", out);
    if (row->is_judged)
        rn_parts_verdict(out, row->verdict);
    else
        fputs(row->sentence ? "reference" : "\u2013", out);
    fputs("</td>", out);
}

static void print_row(FILE *out, const rn_leader *row)
{
    rn_print(out, "<tr data-verdict=\"%s\">", row->is_judged ? rn_verdict_word(row->verdict) : "");
    rn_parts_heading(out, row->device);
    rn_parts_text(out, row->precision ? row->precision : "\u2013");
    print_verdict(out, row);
    rn_parts_text(out, row->hardware ? row->hardware : "\u2013");
    rn_parts_text(out, row->library ? row->library : "\u2013");
    rn_parts_text(out, rn_path_name(row->file));
    rn_parts_number(out, "%.0f", (double)row->batch);
    rn_parts_number(out, "%.1f", row->images_per_s);
    rn_parts_number(out, "%.3f", row->median_ms);
    rn_parts_number(out, "%.1f", row->gflop_per_s);
    rn_parts_number(out, "%.3g", row->joules);
    fputs("</tr>\n", out);
}

static void print_table(FILE *out, const rn_leaderboard *board, int32_t begin, int32_t end)
{
    static const char *const columns[] = { "device",  "precision", "verdict", "hardware",
                                           "library", "file",      "batch",   "images/s",
                                           "ms",      "GFLOP/s",   "J/image", NULL };
    fputs("<div class=\"wide\"><table class=\"sorts\">\n", out);
    rn_parts_columns(out, columns, 6);
    fputs("<tbody>\n", out);
    for (int32_t i = begin; i < end && !board->rows[i].apart; i++)
        print_row(out, &board->rows[i]);
    fputs("</tbody></table></div>\n", out);
}

/* What was found of the runs that are not equal to rounding. */
static void print_sentences(FILE *out, const rn_leaderboard *board, int32_t begin, int32_t end)
{
    for (int32_t i = begin; i < end && !board->rows[i].apart; i++) {
        const rn_leader *row = &board->rows[i];
        if (!row->is_judged || !row->sentence || !rn_verdict_fails(row->verdict))
            continue;
        fputs("<p class=\"note\">", out);
        rn_html_text(out, row->device);
        fputs(": ", out);
        rn_html_text(out, row->sentence);
        fputs("</p>\n", out);
    }
}

static void print_apart(FILE *out, const rn_leaderboard *board, int32_t begin, int32_t end)
{
    if (!board->rows[end - 1].apart)
        return;
    fputs("<h3>Not comparable with these</h3>\n<ul>\n", out);
    for (int32_t i = begin; i < end; i++) {
        const rn_leader *row = &board->rows[i];
        if (!row->apart)
            continue;
        fputs("<li>", out);
        rn_html_text(out, row->device);
        fputs(" of ", out);
        rn_html_text(out, row->file);
        rn_print(out, ": %s; %.1f images/s with a batch of %lld</li>\n", row->apart,
                 row->images_per_s, (long long)row->batch);
    }
    fputs("</ul>\n", out);
}

static void print_hash(FILE *out, const char *name, const char *hash)
{
    if (hash)
        rn_print(out, "%s <code>%.16s</code> ", name, hash);
}

static void print_model(FILE *out, const rn_leaderboard *board, int32_t begin, int32_t end)
{
    const rn_leader *first = &board->rows[begin];
    for (int32_t i = begin; i < end && !first->weights_hash; i++)
        first = &board->rows[i];
    fputs("<h2>", out);
    rn_html_text(out, first->model);
    fputs(", ", out);
    rn_html_text(out, first->phase);
    fputs("</h2>\n<p class=\"note\">", out);
    print_hash(out, "weights", first->weights_hash);
    print_hash(out, "cfg", first->cfg_hash);
    fputs("</p>\n", out);
    print_bars(out, board, begin, end);
    print_table(out, board, begin, end);
    print_sentences(out, board, begin, end);
    print_apart(out, board, begin, end);
}

/* What each comparison tells of its backends: versions, algorithms. */
static void print_files(FILE *out, const rn_leaderboard *board)
{
    fputs("<h2>What computed</h2>\n", out);
    for (int32_t i = 0; i < board->n_files; i++) {
        const rn_report_file *file = &board->files[i];
        const rn_comparison *c = &file->read.comparison;
        for (int32_t side = 0; side < c->n_sides; side++) {
            if (!c->sides[side].about)
                continue;
            fputs("<details><summary>", out);
            rn_html_text(out, c->sides[side].label);
            fputs(" of ", out);
            rn_html_text(out, file->path);
            fputs("</summary>\n", out);
            rn_parts_about(out, c->sides[side].about);
            fputs("</details>\n", out);
        }
    }
}

void rn_leaderboard_html(FILE *out, const rn_leaderboard *board)
{
    rn_html_open(out, "Devices side by side", rn_parts_styles);
    fputs("<div class=\"page\">\n", out);
    for (int32_t i = 0, end; i < board->n_rows; i = end) {
        end = rn_leaderboard_end(board, i);
        print_model(out, board, i, end);
    }
    print_files(out, board);
    fputs("</div>\n", out);
    rn_parts_script(out);
    rn_html_close(out);
}

static rn_status print_html(FILE *out, const void *board)
{
    rn_leaderboard_html(out, board);
    return RN_OK;
}

static rn_status print_json(FILE *out, const void *board)
{
    return rn_leaderboard_json(out, board);
}

rn_status rn_leaderboard_write(const rn_leaderboard *board, const rn_report_options *options)
{
    static const rn_form_of_report forms[] = { { ".html", print_html },
                                               { ".json", print_json },
                                               { 0 } };
    rn_status status = rn_forms_write(forms, options->files, board);
    if (status)
        return status;
    if (options->json)
        return rn_leaderboard_json(stdout, board);
    rn_leaderboard_text(stdout, board);
    return RN_OK;
}
