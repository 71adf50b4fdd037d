/* leaderboard.c: reads reports, ranks their runs, and finds those that cannot be compared. */
#include "compare/leaderboard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "io/json_file.h"
#include "io/path_name.h"

/* ---- Files ---- */

/* Sets what a file is. */
static rn_status recognise(const char *path, const json_t *root, bool *is_comparison)
{
    const char *kind = json_string_value(json_object_get(root, "kind"));
    const json_t *schema = json_object_get(root, "schema");
    *is_comparison = kind && strcmp(kind, RN_COMPARE_KIND) == 0;
    if (!*is_comparison && (!kind || strcmp(kind, RN_BENCH_KIND) != 0))
        return rn_fail(RN_E_DATA,
                       "%s: \"kind\" is neither " RN_COMPARE_KIND " nor " RN_BENCH_KIND
                       "; expected what compare --json or bench --json has printed",
                       path);
    int expected = *is_comparison ? RN_COMPARE_SCHEMA : RN_BENCH_SCHEMA;
    if (!json_is_integer(schema) || json_integer_value(schema) != expected)
        return rn_fail(RN_E_DATA, "%s: \"schema\" is %lld; this version reads %d", path,
                       (long long)json_integer_value(schema), expected);
    return RN_OK;
}

static rn_status read_file(const char *path, rn_report_file *file)
{
    json_t *root = NULL;
    file->path = path;
    rn_status status =
        rn_json_file_read(path, "expected what compare or bench has printed by --json", &root);
    if (status)
        return status;
    status = recognise(path, root, &file->is_comparison);
    if (!status && file->is_comparison)
        return rn_compare_read(path, root, &file->read);
    file->read.root = root;
    return status;
}

/* ---- Runs ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? text : NULL;
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void add_side(rn_leaderboard *board, const rn_report_file *file, int32_t i)
{
    const rn_comparison *c = &file->read.comparison;
    const rn_compare_side *side = &c->sides[i];
    bool timed = side->speed.n_steps > 0;
    const char *hardware = text_of(side->about, "device");
    board->rows[board->n_rows++] = (rn_leader){
        .file = file->path,
        .model = rn_path_name(c->cfg),
        .phase = c->phase,
        .device = side->label,
        .hardware = hardware ? hardware : c->machine,
        .library = text_of(side->about, "library"),
        .precision = text_of(side->about, "precision"),
        .weights_hash = c->weights_hash,
        .cfg_hash = c->cfg_hash,
        .input_hash = c->input_hash,
        .sentence = i ? side->sentence : "the reference",
        .batch = c->batch,
        .images_per_s = timed ? side->speed.images_per_s : NAN,
        .median_ms = timed ? side->speed.median_ms : NAN,
        .gflop_per_s = timed ? side->speed.gflop_per_s : NAN,
        .joules = timed ? side->speed.joules / (double)c->batch : NAN,
        .is_judged = i > 0 && !side->declined,
        .verdict = side->verdict,
    };
}

static rn_status add_bench(rn_leaderboard *board, const rn_report_file *file)
{
    const json_t *root = file->read.root, *batch = json_object_get(root, "batch");
    const char *hardware = text_of(root, "device");
    rn_leader row = { .file = file->path,
                      .model = text_of(root, "network"),
                      .phase = text_of(root, "phase"),
                      .device = text_of(root, "backend"),
                      .hardware = hardware ? hardware : text_of(root, "processor"),
                      .library = text_of(root, "library"),
                      .precision = text_of(root, "precision"),
                      .batch = json_integer_value(batch),
                      .images_per_s = number_of(root, "images_per_s"),
                      .median_ms = number_of(root, "median_ms"),
                      .gflop_per_s = number_of(root, "gflop_per_s"),
                      .joules = number_of(root, "joules") };
    if (!row.model || !row.phase || !row.device || row.batch < 1)
        return rn_fail(RN_E_DATA,
                       "%s: \"network\", \"phase\", \"backend\" or \"batch\" is missing; expected "
                       "what bench --json has printed",
                       file->path);
    row.joules /= (double)row.batch;
    board->rows[board->n_rows++] = row;
    return RN_OK;
}

static rn_status add_file(rn_leaderboard *board, const rn_report_file *file)
{
    if (!file->is_comparison)
        return add_bench(board, file);
    for (int32_t i = 0; i < file->read.comparison.n_sides; i++)
        add_side(board, file, i);
    return RN_OK;
}

/* ---- What can be compared ---- */

static bool differ(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0;
}

/* "resnet18" and "resnet18.cfg" are one model. */
static size_t model_length(const char *model)
{
    size_t length = strlen(model);
    return length > 4 && strcmp(model + length - 4, ".cfg") == 0 ? length - 4 : length;
}

static int by_model(const rn_leader *a, const rn_leader *b)
{
    size_t a_length = model_length(a->model), b_length = model_length(b->model);
    int order = strncmp(a->model, b->model, a_length < b_length ? a_length : b_length);
    if (order == 0 && a_length != b_length)
        order = a_length < b_length ? -1 : 1;
    return order ? order : strcmp(a->phase, b->phase);
}

/* Why a run cannot stand beside one of the same model. Another batch has another input. */
static const char *why_apart(const rn_leader *row, const rn_leader *first)
{
    if (differ(row->weights_hash, first->weights_hash))
        return "other weights";
    if (differ(row->cfg_hash, first->cfg_hash))
        return "another cfg";
    if (row->batch == first->batch && differ(row->input_hash, first->input_hash))
        return "another input";
    return NULL;
}

static void set_apart(rn_leaderboard *board)
{
    for (int32_t i = 0; i < board->n_rows; i++)
        for (int32_t k = 0; k < i && !board->rows[i].apart; k++)
            if (!board->rows[k].apart && by_model(&board->rows[i], &board->rows[k]) == 0)
                board->rows[i].apart = why_apart(&board->rows[i], &board->rows[k]);
}

/* By model and phase; those set apart are the last; then the fastest first. */
static int by_rank(const void *x, const void *y)
{
    const rn_leader *a = x, *b = y;
    int order = by_model(a, b);
    if (order)
        return order;
    if (!a->apart != !b->apart)
        return a->apart ? 1 : -1;
    double a_speed = isfinite(a->images_per_s) ? a->images_per_s : 0;
    double b_speed = isfinite(b->images_per_s) ? b->images_per_s : 0;
    if (a_speed != b_speed)
        return a_speed > b_speed ? -1 : 1;
    return strcmp(a->device, b->device);
}

int32_t rn_leaderboard_end(const rn_leaderboard *board, int32_t i)
{
    int32_t end = i + 1;
    while (end < board->n_rows && by_model(&board->rows[i], &board->rows[end]) == 0)
        end++;
    return end;
}

rn_status rn_leaderboard_read(const char *const *paths, int32_t n, rn_leaderboard *board)
{
    rn_status status = RN_OK;
    *board = (rn_leaderboard){ .files = calloc((size_t)n, sizeof *board->files),
                               .rows = calloc((size_t)n * RN_MAX_SIDES, sizeof *board->rows) };
    if (!board->files || !board->rows)
        return rn_fail(RN_E_NOMEM, "no memory for %d reports", (int)n);
    for (int32_t i = 0; i < n && !status; i++) {
        board->n_files = i + 1;
        status = read_file(paths[i], &board->files[i]);
        if (!status)
            status = add_file(board, &board->files[i]);
    }
    if (status)
        return status;
    set_apart(board);
    qsort(board->rows, (size_t)board->n_rows, sizeof *board->rows, by_rank);
    return RN_OK;
}

void rn_leaderboard_clear(rn_leaderboard *board)
{
    for (int32_t i = 0; i < board->n_files; i++)
        rn_read_comparison_clear(&board->files[i].read);
    free(board->files);
    free(board->rows);
    *board = (rn_leaderboard){ 0 };
}
