/* leaderboard_print.c: a leaderboard as a table and as JSON. */
#include <inttypes.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "compare/leaderboard.h"
#include "report/column.h"

/* ---- Text ---- */

/* What was found, in a word. */
static const char *word_of(const rn_leader *row)
{
    if (row->is_judged)
        return rn_verdict_word(row->verdict);
    return row->sentence ? "reference" : "-";
}

static void print_row(FILE *out, const rn_leader *row)
{
    rn_print(out, "  %-24.24s %-9.9s %6" PRId64, row->device, row->precision ? row->precision : "-",
             row->batch);
    rn_column_number(out, 11, "%.1f", row->images_per_s);
    rn_column_number(out, 10, "%.2f", row->median_ms);
    rn_column_number(out, 9, "%.3g", row->joules);
    rn_print(out, "  %-9s %.15s\n", word_of(row), row->hardware ? row->hardware : "");
}

static void print_model(FILE *out, const rn_leaderboard *board, int32_t begin, int32_t end)
{
    rn_print(out, "%s, %s\n", board->rows[begin].model, board->rows[begin].phase);
    rn_print(out, "  %-24s %-9s %6s %10s %9s %8s  %-9s %s\n", "device", "precision", "batch",
             "images/s", "ms", "J/image", "verdict", "hardware");
    for (int32_t i = begin; i < end; i++)
        if (!board->rows[i].apart)
            print_row(out, &board->rows[i]);
    for (int32_t i = begin; i < end; i++)
        if (board->rows[i].apart)
            rn_print(out, "  not comparable: %s of %s: %s\n", board->rows[i].device,
                     board->rows[i].file, board->rows[i].apart);
    fputc('\n', out);
}

void rn_leaderboard_text(FILE *out, const rn_leaderboard *board)
{
    for (int32_t i = 0, end; i < board->n_rows; i = end) {
        end = rn_leaderboard_end(board, i);
        print_model(out, board, i, end);
    }
}

/* ---- JSON ---- */

static json_t *row_json(const rn_leader *row)
{
    json_t *json = json_object();
    rn_json_set(json, "file", rn_json_text(row->file));
    rn_json_set(json, "model", rn_json_text(row->model));
    rn_json_set(json, "phase", rn_json_text(row->phase));
    rn_json_set(json, "device", rn_json_text(row->device));
    rn_json_set(json, "hardware", rn_json_text(row->hardware));
    rn_json_set(json, "library", rn_json_text(row->library));
    rn_json_set(json, "precision", rn_json_text(row->precision));
    rn_json_set(json, "batch", json_integer(row->batch));
    rn_json_set(json, "images_per_s", rn_json_number(row->images_per_s));
    rn_json_set(json, "median_ms", rn_json_number(row->median_ms));
    rn_json_set(json, "gflop_per_s", rn_json_number(row->gflop_per_s));
    rn_json_set(json, "joules_per_image", rn_json_number(row->joules));
    rn_json_set(json, "verdict", rn_json_text(row->is_judged ? word_of(row) : NULL));
    rn_json_set(json, "sentence", rn_json_text(row->sentence));
    rn_json_set(json, "apart", rn_json_text(row->apart));
    return json;
}

rn_status rn_leaderboard_json(FILE *out, const rn_leaderboard *board)
{
    json_t *json = json_object(), *rows = json_array();
    rn_json_set(json, "schema", json_integer(RN_COMPARE_SCHEMA));
    rn_json_set(json, "kind", rn_json_text("leaderboard"));
    for (int32_t i = 0; i < board->n_rows; i++)
        json_array_append_new(rows, row_json(&board->rows[i]));
    rn_json_set(json, "runs", rows);
    bool is_written = !json_dumpf(json, out, JSON_INDENT(2));
    json_decref(json);
    fputc('\n', out);
    return is_written ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the report");
}
