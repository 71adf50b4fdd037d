/* compare.c: the reference first; it is closed before the others are opened, one after the other. */
#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "compare/against.h"
#include "compare/input.h"
#include "compare/losses.h"
#include "compare/machine.h"
#include "compare/trace_hash.h"
#include "config/config_record.h"
#include "plan/algorithms.h"

#define TIMED_STEPS 20
#define TIMED_MS 2000.0 /* no further step after this: a reference may be slow */

typedef struct run {
    const rn_config *config;
    rn_registry *registry;
    const rn_compare_options *options;
    rn_comparison *comparison;
    rn_side sides[RN_MAX_SIDES];
    int32_t n_sides;
    rn_compare_input input;
    rn_reference reference;
    char *record; /* of the cfg */
} run;

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the comparison");
}

static bool trains(const run *r)
{
    return r->options->phase == RN_COMPARE_TRAIN;
}

/* ---- What a report tells of a side ---- */

static rn_status tell_about(const rn_opened *opened, rn_compare_side *side)
{
    const rn_device *device = opened->session->ranks[0].device;
    json_t *algorithms = NULL;
    rn_status status = rn_algorithms_json(opened->plans->by_rank[0], &algorithms);
    if (status)
        return status;
    json_decref(side->about);
    side->about =
        json_pack("{s:o, s:o, s:o, s:s, s:o}", "backend", rn_json_text(device->label), "device",
                  rn_json_text(device->info.name), "library", rn_json_text(device->info.library),
                  "precision", rn_config_word(opened->session->config, "backend.precision"),
                  "algorithms", algorithms);
    return side->about ? RN_OK : no_memory();
}

/* Keeps the hash, or checks that this side has the same weights. */
static rn_status hash_weights(const run *r, const rn_opened *opened)
{
    char text[RN_SHA256_TEXT];
    rn_comparison *c = r->comparison;
    rn_status status = rn_trace_hash_weights(opened->session->store, text);
    if (status)
        return status;
    if (!c->weights_hash)
        c->weights_hash = strdup(text);
    return c->weights_hash ? RN_OK : no_memory();
}

static rn_status time_side(const run *r, int32_t i)
{
    rn_opened opened = { 0 };
    uint64_t start_ns = rn_host_table()->time_ns();
    double open_ms = 0;
    if (!r->options->speed)
        return RN_OK;
    rn_status status = rn_opened_open(&r->sides[i].config, r->registry, r->options, &r->input.batch,
                                      RN_OPENED_STEPS, &opened);
    open_ms = (double)(rn_host_table()->time_ns() - start_ns) * 1e-6;
    if (!status)
        status = rn_speed_measure(opened.session, opened.plans, &r->input.batch, TIMED_STEPS,
                                  TIMED_MS, &r->comparison->sides[i].speed);
    r->comparison->sides[i].speed.open_ms = open_ms;
    rn_opened_close(&opened);
    return status;
}

/* ---- The reference ---- */

/* The caller frees what it allocates, versions and cfg, also on failure. */
static rn_status trace_reference(run *r, rn_opened *opened)
{
    rn_comparison *c = r->comparison;
    char *versions = json_dumps(c->sides[0].about, JSON_COMPACT);
    const rn_trace_header header = {
        .label = r->sides[0].label,
        .weights_hash = c->weights_hash,
        .input_hash = c->input_hash,
        .cfg_hash = c->cfg_hash,
        .cfg = r->record,
        .phase = c->phase,
        .precision = rn_config_word(&r->sides[0].config, "backend.precision"),
        .seed = c->seed,
        .batch = c->batch,
        .versions = versions,
        .detail = RN_TRACE_FULL,
    };
    rn_status status =
        versions ? rn_reference_make(opened, r->options, &header, c, &r->reference) : no_memory();
    free(versions);
    if (status || !r->options->save_trace)
        return status;
    return rn_trace_save(r->reference.trace, r->options->save_trace, r->options->detail);
}

/* The one with the largest rounding errors. */
static int32_t lowest_precision(const run *r)
{
    static const int32_t by_rounding[] = { RN_PRECISION_BF16, RN_PRECISION_FP16,
                                           RN_PRECISION_TF32 };
    for (size_t k = 0; k < sizeof by_rounding / sizeof *by_rounding; k++)
        for (int32_t i = 0; i < r->n_sides; i++)
            if (r->sides[i].config.backend.precision == by_rounding[k])
                return by_rounding[k];
    return RN_PRECISION_FP32;
}

static rn_status run_reference(run *r)
{
    rn_opened opened = { 0 };
    rn_status status = rn_opened_open(&r->sides[0].config, r->registry, r->options, &r->input.batch,
                                      trains(r) ? RN_OPENED_STEPS : RN_OPENED_REFERENCE, &opened);
    if (!status)
        status = hash_weights(r, &opened);
    if (!status)
        status = tell_about(&opened, &r->comparison->sides[0]);
    if (!status)
        status = trains(r) ? rn_losses_of_reference(&opened, r->options, lowest_precision(r),
                                                    r->comparison)
                           : trace_reference(r, &opened);
    rn_opened_close(&opened);
    return status ? status : time_side(r, 0);
}

/* ---- The others ---- */

/* The comparison goes on without a backend that is absent, or declines the network. */
static rn_status decline(rn_compare_side *side, rn_status status)
{
    if (rn_status_exit(status) != rn_status_exit(RN_E_UNSUPPORTED))
        return status;
    side->declined = status;
    side->sentence = strdup(rn_fail_text());
    rn_fail_clear();
    return side->sentence ? RN_OK : no_memory();
}

static rn_status compare_opened(const run *r, int32_t i, rn_opened *opened)
{
    rn_compare_side *side = &r->comparison->sides[i];
    rn_status status = hash_weights(r, opened);
    if (!status)
        status = tell_about(opened, side);
    if (status)
        return status;
    return trains(r) ? rn_losses_of_side(opened, r->options, r->comparison, i)
                     : rn_against_run(opened, r->options, &r->reference, r->comparison, i);
}

static rn_status run_side(const run *r, int32_t i)
{
    rn_opened opened = { 0 };
    rn_status status = rn_opened_open(&r->sides[i].config, r->registry, r->options, &r->input.batch,
                                      trains(r) ? RN_OPENED_STEPS : RN_OPENED_WALK, &opened);
    if (!status)
        status = compare_opened(r, i, &opened);
    rn_opened_close(&opened);
    if (!status)
        status = time_side(r, i);
    return status ? decline(&r->comparison->sides[i], status) : RN_OK;
}

/* ---- The whole ---- */

static const char *phase_name(rn_compare_phase phase)
{
    return phase == RN_COMPARE_INFER  ? RN_TRACE_INFER
           : phase == RN_COMPARE_STEP ? RN_TRACE_STEP
                                      : "train";
}

static rn_status name_sides(run *r)
{
    rn_comparison *c = r->comparison;
    c->n_sides = r->n_sides;
    for (int32_t i = 0; i < r->n_sides; i++) {
        c->sides[i] = (rn_compare_side){ .label = strdup(r->sides[i].label),
                                         .first_row = -1,
                                         .first_step = -1,
                                         .top1_agreement = NAN,
                                         .top5_agreement = NAN };
        if (!c->sides[i].label)
            return no_memory();
    }
    return RN_OK;
}

static rn_status hash_all(run *r)
{
    char text[RN_SHA256_TEXT];
    rn_comparison *c = r->comparison;
    rn_trace_hash_input(r->config, &r->input.batch, text);
    c->input_hash = strdup(text);
    rn_status status = rn_config_record(r->config, &r->record);
    if (status)
        return status;
    rn_trace_hash_cfg(r->record, text);
    c->cfg_hash = strdup(text);
    return c->input_hash && c->cfg_hash ? RN_OK : no_memory();
}

static rn_status open_input(run *r)
{
    const rn_compare_options *o = r->options;
    const int64_t *shape = r->reference.trace ? rn_trace_input_shape(r->reference.trace) : NULL;
    return shape ? rn_compare_input_of_trace(r->config, r->reference.trace, &r->input)
                 : rn_compare_input_open(r->config, o->input, o->batch, &r->input);
}

/* Sets what the comparison is of. */
static rn_status describe(run *r)
{
    const rn_compare_options *o = r->options;
    rn_comparison *c = r->comparison;
    rn_machine machine;
    char text[RN_MACHINE_TEXT];
    c->cfg = r->config->path;
    c->phase = phase_name(o->phase);
    c->seed = r->config->run.seed;
    c->batch = r->input.batch.count;
    c->repeats = o->repeats;
    memcpy(c->modes, o->modes, sizeof c->modes);
    rn_machine_read("", &machine);
    c->machine = strdup(rn_machine_print(&machine, text));
    return c->machine ? hash_all(r) : no_memory();
}

static rn_status read_sides(run *r)
{
    const rn_compare_options *o = r->options;
    rn_status status = RN_OK;
    if (o->backends)
        status = rn_sides_read(o->backends, r->config, r->sides, &r->n_sides);
    for (int32_t i = 0; i < r->n_sides && !status; i++)
        status = rn_side_load(&r->sides[i], r->registry);
    if (status || r->n_sides >= 2 || (r->n_sides == 1 && o->save_trace))
        return status;
    return rn_fail(RN_E_USAGE,
                   "compare needs at least two backends, found %d: --backends=reference,cpu_blas; "
                   "with --save-trace or --load-trace one suffices",
                   (int)r->n_sides);
}

static rn_status run_all(run *r)
{
    rn_status status = run_reference(r);
    for (int32_t i = 1; i < r->n_sides && !status; i++)
        status = run_side(r, i);
    return status;
}

rn_status rn_compare_run(const rn_config *config, rn_registry *registry,
                         const rn_compare_options *options, rn_comparison *comparison)
{
    run r = {
        .config = config, .registry = registry, .options = options, .comparison = comparison
    };
    *comparison = (rn_comparison){ 0 };
    rn_status status = read_sides(&r);
    if (!status)
        status = name_sides(&r);
    if (!status)
        status = open_input(&r);
    if (!status)
        status = describe(&r);
    if (!status)
        status = run_all(&r);
    if (!status)
        status = rn_comparison_conclude(comparison);
    rn_reference_close(&r.reference);
    rn_compare_input_close(&r.input);
    rn_sides_clear(r.sides, r.n_sides);
    free(r.record);
    return status;
}
