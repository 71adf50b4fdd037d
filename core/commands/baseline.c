/* baseline.c: reads an earlier report, and tells whether it is of the same work on the same
 * machine. */
#include "commands/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "commands/bench_print.h"
#include "compare/leaderboard.h"
#include "io/json_file.h"

/* What both reports should have in common. Versions may differ: what an upgrade costs is a question
 * that a baseline answers. */
static const struct row {
    const char *key;
    bool is_needed; /* else the difference is only told */
} rows[] = {
    { "network", true },     { "phase", true },         { "batch", true },    { "input", true },
    { "macs", true },        { "backend", true },       { "device", true },   { "precision", true },
    { "convolution", true }, { "deterministic", true }, { "threads", true },  { "processor", true },
    { "processors", true },  { "version", false },      { "library", false }, { "system", false },
};

static rn_status check_kind(const rn_baseline *b)
{
    const char *kind = json_string_value(json_object_get(b->report, "kind"));
    const json_t *schema = json_object_get(b->report, "schema");
    if (!kind || strcmp(kind, RN_BENCH_KIND) != 0 || !json_is_integer(schema))
        return rn_fail(RN_E_DATA, "%s: no report of bench; expected what bench --json prints",
                       b->path);
    if (json_integer_value(schema) != RN_BENCH_SCHEMA)
        return rn_fail(RN_E_DATA,
                       "%s: its schema is %lld, and this resnet-run reads %d; make it anew by "
                       "bench --json",
                       b->path, (long long)json_integer_value(schema), RN_BENCH_SCHEMA);
    return RN_OK;
}

static rn_status read_times(rn_baseline *b)
{
    const json_t *list = json_object_get(b->report, "times_ms");
    size_t n = json_array_size(list);
    b->times_ms = calloc(n + 1, sizeof *b->times_ms);
    if (!b->times_ms)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    for (; b->n_steps < (int64_t)n; b->n_steps++) {
        double ms = json_number_value(json_array_get(list, (size_t)b->n_steps));
        if (!(ms > 0))
            break;
        b->times_ms[b->n_steps] = ms;
    }
    if (n == 0 || b->n_steps < (int64_t)n)
        return rn_fail(RN_E_DATA,
                       "%s: \"times_ms\" should be a list of milliseconds, each above 0; make "
                       "the file anew by bench --json",
                       b->path);
    return RN_OK;
}

rn_status rn_baseline_read(const char *path, rn_baseline *baseline)
{
    *baseline = (rn_baseline){ .path = path };
    rn_status status =
        rn_json_file_read(baseline->path, "expected what bench --json prints", &baseline->report);
    if (status)
        return status;
    status = check_kind(baseline);
    return status ? status : read_times(baseline);
}

void rn_baseline_clear(rn_baseline *baseline)
{
    json_decref(baseline->report);
    free(baseline->times_ms);
    *baseline = (rn_baseline){ 0 };
}

static const char *or_nothing(const char *text)
{
    return text ? text : "nothing";
}

/* Tells a difference, or fails because of it. */
static rn_status report(const rn_baseline *b, const struct row *row, const json_t *before,
                        const json_t *now, bool is_strict)
{
    char *old_text = json_dumps(before, JSON_ENCODE_ANY);
    char *new_text = json_dumps(now, JSON_ENCODE_ANY);
    rn_status status = RN_OK;
    if (row->is_needed && is_strict)
        status = rn_fail(RN_E_DATA,
                         "%s: its \"%s\" is %s, and here it is %s; compare with a baseline of "
                         "the same, or leave --fail-above out",
                         b->path, row->key, or_nothing(old_text), or_nothing(new_text));
    else
        rn_log(RN_LOG_WARNING, "%s: its \"%s\" is %s, and here it is %s", b->path, row->key,
               or_nothing(old_text), or_nothing(new_text));
    free(old_text);
    free(new_text);
    return status;
}

rn_status rn_baseline_check(const rn_baseline *baseline, const json_t *about, bool is_strict)
{
    rn_status status = RN_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !status; i++) {
        const json_t *before = json_object_get(baseline->report, rows[i].key);
        const json_t *now = json_object_get(about, rows[i].key);
        if (!json_equal(before, now))
            status = report(baseline, &rows[i], before, now, is_strict);
    }
    return status;
}
