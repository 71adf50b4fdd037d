/* against.c: compares each tensor as soon as it is computed, so that one of each side is in
 * memory. */
#include "compare/against.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/walk.h"
#include "report/ranking.h"

typedef struct against {
    rn_opened *opened;
    const rn_compare_options *options;
    const rn_reference *reference;
    rn_comparison *comparison;
    int32_t side;
    rn_compare_mode mode;
    int64_t repeat;   /* of the walk in progress */
    uint64_t *hashes; /* by row: of the bits in the first walk of this mode */
} against;

/* ---- Agreement ---- */

/* The share of the rows whose most likely class is among the `n` most likely ones of the
 * reference. */
static double agreement(const float *logits, const float *reference, int64_t rows, int64_t classes,
                        bool among_five)
{
    int64_t n = 0;
    for (int64_t i = 0; i < rows; i++) {
        const float *of_reference = reference + i * classes;
        int64_t found = rn_ranking_first(logits + i * classes, classes);
        n += among_five ? rn_ranking_in_top5(of_reference, classes, found)
                        : rn_ranking_first(of_reference, classes) == found;
    }
    return (double)n / (double)rows;
}

/* Compares the classes that both find, if the tensor is the network's scores. */
static void compare_classes(const against *a, const rn_traced *tensor, const float *of_reference)
{
    const rn_value *logits = a->opened->plans->by_rank[0]->dag->logits;
    rn_compare_side *side = &a->comparison->sides[a->side];
    if (a->mode != RN_COMPARE_CHAINED || a->repeat || tensor->kind != RN_TRACED_FORWARD ||
        !logits || strcmp(logits->name, tensor->name) != 0)
        return;
    int64_t rows = tensor->shape[0], classes = tensor->count / rows;
    side->top1_agreement = agreement(tensor->values, of_reference, rows, classes, false);
    side->top5_agreement = agreement(tensor->values, of_reference, rows, classes, true);
}

/* ---- A tensor ---- */

/* FNV-1a. */
static uint64_t hash_of(const float *values, int64_t count)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
    }
    return hash;
}

/* Has it other bits than in the first walk of this mode? */
static bool has_changed(const against *a, int32_t row, const rn_traced *tensor)
{
    if (a->options->repeats == 1)
        return false;
    uint64_t hash = hash_of(tensor->values, tensor->count);
    if (a->repeat == 0)
        a->hashes[row] = hash;
    return a->hashes[row] != hash;
}

/* Merged operators round more often than the last of them alone. */
static double limit_of(const against *a, const rn_traced *reference, const rn_traced *tensor)
{
    const rn_compare_options *o = a->options;
    int32_t precision = a->opened->session->config->backend.precision;
    if (o->limit > 0)
        return o->limit;
    double limit = rn_limits_of(reference, precision, o->rules, o->n_rules);
    double own = rn_limits_of(tensor, precision, o->rules, o->n_rules);
    return own > limit ? own : limit;
}

/* The row of the operator that computed the tensor: merged ones have the first one's name. */
static int32_t row_of_operator(const against *a, int32_t row, const rn_traced *tensor)
{
    if (strcmp(tensor->layer, a->comparison->rows[row].tensor.layer) == 0)
        return row;
    int32_t by = rn_reference_row(a->reference, RN_TRACED_FORWARD, tensor->layer);
    return by < 0 ? row : by;
}

/* What cancels out in a merged operator does so in its first part, too. */
static double noise_of(const against *a, int32_t row, int32_t by, rn_compare_mode mode)
{
    return fmax(a->comparison->rows[row].noise[mode], a->comparison->rows[by].noise[mode]);
}

/* Judges a tensor, of which the reference has `count` values. */
static void judge(const against *a, int32_t row, const rn_traced *tensor, const float *values,
                  const float *of_reference, int64_t count)
{
    const rn_compare_row *r = &a->comparison->rows[row];
    int32_t by = row_of_operator(a, row, tensor);
    rn_compare_mode mode = tensor->reads_own ? RN_COMPARE_CHAINED : a->mode;
    rn_compared *compared = &a->comparison->rows[row].sides[a->side][a->mode];
    rn_judged judged = { .tensor = &r->tensor,
                         .limit = limit_of(a, &r->tensor, tensor),
                         .noise = noise_of(a, row, by, mode),
                         .precision = a->opened->session->config->backend.precision,
                         .isolated = mode == RN_COMPARE_ISOLATED,
                         .repeats = has_changed(a, row, tensor) };
    rn_measures_take(of_reference, values, count, &judged.measures);
    rn_verdict found = rn_verdict_of(&judged), before = compared->verdict;
    rn_verdict verdict = a->repeat ? rn_verdict_of_repeats(before, found) : found;
    if (a->repeat && verdict == before)
        return;
    *compared = (rn_compared){ .verdict = verdict,
                               .measures = judged.measures,
                               .limit = judged.limit,
                               .tolerance = rn_verdict_tolerance(&judged),
                               .by = by };
}

/* A layer whose result has another size is not that of the reference: PyTorch's, say, where a
 * stride is another one. What a layer has decided is kept in forms of each backend's own. */
static void take_other_size(const against *a, int32_t row, const rn_traced *tensor)
{
    const double far = INFINITY;
    if (tensor->kind != RN_TRACED_MASK)
        a->comparison->rows[row].sides[a->side][a->mode] =
            (rn_compared){ .verdict = RN_VERDICT_WRONG,
                           .by = row_of_operator(a, row, tensor),
                           .measures = { .count = tensor->count,
                                         .max_abs = far,
                                         .max_relative = far,
                                         .rms_difference = far,
                                         .nmse = far,
                                         .n_differing = tensor->count,
                                         .rounding_bits = NAN } };
}

static rn_status take_tensor(void *context, const rn_traced *tensor)
{
    const against *a = context;
    const float *values = NULL, *of_reference = NULL;
    int64_t count = 0;
    rn_trace_reader *trace = a->reference->trace;
    int32_t i = rn_trace_find(trace, tensor->kind, tensor->name);
    int32_t row = i < 0 ? -1 : a->reference->rows[i];
    if (row < 0)
        return RN_OK;
    if (rn_trace_at(trace, i, NULL)->count != tensor->count) {
        take_other_size(a, row, tensor);
        return RN_OK;
    }
    rn_status status = rn_trace_sample(trace, i, tensor->values, &values, &of_reference, &count);
    if (status || count == 0)
        return status;
    judge(a, row, tensor, values, of_reference, count);
    if (count == tensor->count)
        compare_classes(a, tensor, of_reference);
    return RN_OK;
}

static rn_status fetch(void *context, rn_traced_kind kind, const char *name, int64_t count,
                       float *values)
{
    const against *a = context;
    rn_trace_reader *trace = a->reference->trace;
    int32_t i = rn_trace_find(trace, kind, name);
    if (i < 0 || rn_trace_at(trace, i, NULL)->count != count)
        return rn_fail(RN_E_UNSUPPORTED, "the reference has no tensor \"%s\" of that size", name);
    return rn_trace_read(trace, i, values);
}

/* ---- Walks ---- */

/* Isolated, the last step begins where the reference's did; chained, this backend takes the steps
 * before it, too. */
static rn_status begin(const against *a)
{
    bool starts_there = a->mode == RN_COMPARE_ISOLATED && a->reference->state;
    rn_status status = rn_opened_rewind(a->opened, starts_there ? a->reference->state : NULL);
    return status || starts_there ? status
                                  : rn_opened_steps(a->opened, a->options->steps - 1, NULL);
}

static rn_status walk(against *a)
{
    const rn_step_params params =
        rn_opened_params(a->opened->session->config, a->options->steps - 1);
    const rn_walk walk = { .session = a->opened->session,
                           .plans = a->opened->plans,
                           .batch = a->opened->batch,
                           .params = &params,
                           .layers = a->options->layers,
                           .fetch = a->mode == RN_COMPARE_ISOLATED ? fetch : NULL,
                           .visit = take_tensor,
                           .context = a };
    rn_status status = begin(a);
    return status ? status : rn_walk_run(&walk);
}

rn_status rn_against_run(rn_opened *opened, const rn_compare_options *options,
                         const rn_reference *reference, rn_comparison *comparison, int32_t side)
{
    against a = { .opened = opened,
                  .options = options,
                  .reference = reference,
                  .comparison = comparison,
                  .side = side,
                  .hashes = calloc((size_t)comparison->n_rows + 1, sizeof *a.hashes) };
    rn_status status = a.hashes ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the comparison");
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        for (a.repeat = 0; options->modes[mode] && a.repeat < options->repeats && !status;
             a.repeat++) {
            a.mode = (rn_compare_mode)mode;
            status = walk(&a);
        }
    free(a.hashes);
    return status;
}
