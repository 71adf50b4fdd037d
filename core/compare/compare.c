/* compare.c: the reference first; it is closed before the others are opened, one after the
 * other. */
#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "compare/against.h"
#include "compare/input.h"
#include "compare/loaded.h"
#include "compare/losses.h"
#include "compare/machine.h"
#include "compare/trace_hash.h"
#include "config/config_record.h"
#include "io/file.h"

#define TIMED_STEPS 20
#define TIMED_MS 2000.0 /* no further step after this: a reference may be slow */

typedef struct run {
    const rn_config *config;
    rn_registry *registry;
    const rn_compare_options *options; /* these: */
    rn_compare_options own;            /* those given, and what a trace decides */
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

/* ---- A side ---- */

/* Keeps the hash, or checks that this side has the weights of the trace. */
static rn_status hash_weights(const run *r, const rn_opened *opened)
{
    char text[RN_SHA256_TEXT];
    rn_comparison *c = r->comparison;
    rn_status status = rn_trace_hash_weights(opened->session->store, text);
    if (status)
        return status;
    if (!c->weights_hash)
        c->weights_hash = strdup(text);
    if (!c->weights_hash)
        return no_memory();
    return r->options->load_trace ? rn_loaded_check_weights(r->reference.trace, r->options, text)
                                  : RN_OK;
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
        .steps = r->options->steps,
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

/* Measures on the first backend, in fp32, what the trace does not tell. Whether the backend
 * declines is told when it is compared. */
static rn_status complete_trace(run *r)
{
    rn_opened opened = { 0 };
    rn_config config = r->sides[1].config;
    rn_trace_header header = *rn_trace_header_of(r->reference.trace);
    header.detail = RN_TRACE_FULL;
    config.backend.precision = RN_PRECISION_FP32;
    rn_status status = rn_opened_open(&config, r->registry, r->options, &r->input.batch,
                                      RN_OPENED_REFERENCE, &opened);
    if (!status)
        status = hash_weights(r, &opened);
    if (!status)
        status = rn_loaded_complete(&opened, r->options, &header, r->comparison);
    rn_opened_close(&opened);
    if (rn_status_exit(status) != rn_status_exit(RN_E_UNSUPPORTED))
        return status;
    rn_fail_clear();
    return RN_OK;
}

static rn_status take_trace(run *r)
{
    rn_compare_side *side = &r->comparison->sides[0];
    const rn_trace_header *header = rn_trace_header_of(r->reference.trace);
    side->about =
        json_pack("{s:o, s:o, s:o, s:o}", "backend", rn_json_text(header->label), "trace",
                  rn_json_text(r->options->load_trace), "library", rn_json_text(header->versions),
                  "precision", rn_json_text(header->precision));
    if (!side->about)
        return no_memory();
    rn_status status =
        rn_reference_take(r->reference.trace, r->options, r->comparison, &r->reference);
    if (status || !rn_loaded_is_incomplete(r->comparison))
        return status;
    return complete_trace(r);
}

static rn_status run_reference(run *r)
{
    rn_opened opened = { 0 };
    if (r->options->load_trace)
        return take_trace(r);
    rn_status status = rn_opened_open(&r->sides[0].config, r->registry, r->options, &r->input.batch,
                                      trains(r) ? RN_OPENED_STEPS : RN_OPENED_REFERENCE, &opened);
    if (!status)
        status = hash_weights(r, &opened);
    if (!status)
        status = rn_opened_about(&opened, &r->comparison->sides[0].about);
    if (!status)
        status = trains(r) ? rn_losses_of_reference(&opened, r->options,
                                                    rn_sides_precision(r->sides, r->n_sides),
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

/* Declines plugins that are not there; without any other, before the reference computes, which may
 * take long. */
static rn_status find_plugins(run *r)
{
    int32_t n_found = 0;
    rn_status status = RN_OK;
    for (int32_t i = 1; i < r->n_sides && !status; i++) {
        const rn_backend *backend = NULL;
        status = rn_registry_backend(r->registry, r->sides[i].config.backend.name, &backend);
        n_found += !status;
        if (status)
            status = decline(&r->comparison->sides[i], status);
    }
    for (int32_t i = 1; i < r->n_sides && n_found > 0; i++)
        if (r->comparison->sides[i].declined)
            rn_log(RN_LOG_WARNING, "compare goes on without %s: %s", r->sides[i].label,
                   r->comparison->sides[i].sentence);
    if (status || n_found > 0 || r->n_sides < 2)
        return status;
    return rn_fail(r->comparison->sides[1].declined, "%s", r->comparison->sides[1].sentence);
}

static rn_status compare_opened(const run *r, int32_t i, rn_opened *opened)
{
    rn_compare_side *side = &r->comparison->sides[i];
    rn_status status = hash_weights(r, opened);
    if (!status)
        status = rn_opened_about(opened, &side->about);
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

/* The trace becomes the first side, and decides phase, steps, batch and modes. */
static rn_status load_trace(run *r)
{
    rn_side *side = &r->sides[0];
    rn_trace_reader **trace = &r->reference.trace;
    rn_status status = rn_loaded_open(r->config, r->options, trace);
    if (!status)
        status = rn_loaded_modes(*trace, r->options, r->own.modes);
    if (status)
        return status;
    const rn_trace_header *header = rn_trace_header_of(*trace);
    const char *label = *header->label ? header->label : r->options->load_trace;
    r->own.batch = header->batch;
    r->own.steps = header->steps;
    r->own.phase = strcmp(header->phase, RN_TRACE_STEP) == 0 ? RN_COMPARE_STEP : RN_COMPARE_INFER;
    *side =
        (rn_side){ .label = strdup(label), .config = *r->config, .trace = r->options->load_trace };
    r->n_sides = 1;
    return side->label ? RN_OK : no_memory();
}

/* What cannot be asked for together. */
static rn_status check_options(const rn_compare_options *o)
{
    if (o->save_trace && o->phase == RN_COMPARE_TRAIN)
        return rn_fail(RN_E_USAGE,
                       "--save-trace: a trace is of one step; give --phase=" RN_TRACE_INFER
                       " or " RN_TRACE_STEP);
    if (o->save_trace && o->load_trace)
        return rn_fail(RN_E_USAGE, "--save-trace is of the first backend's results, in whose place "
                                   "--load-trace is; give one of them");
    return o->save_trace ? rn_file_check(o->save_trace) : RN_OK;
}

static rn_status read_sides(run *r)
{
    const rn_compare_options *o = r->options;
    rn_status status = check_options(o);
    if (!status && o->load_trace)
        status = load_trace(r);
    if (!status && o->backends)
        status = rn_sides_read(o->backends, r->config, r->sides, &r->n_sides);
    for (int32_t i = o->load_trace ? 1 : 0; i < r->n_sides && !status; i++)
        status = rn_side_load(&r->sides[i], r->registry);
    if (status || r->n_sides >= 2 || (r->n_sides == 1 && o->save_trace))
        return status;
    return rn_fail(RN_E_USAGE,
                   "compare needs at least two backends, found %d: --backends=reference,cpu_blas; "
                   "with --save-trace or --load-trace one suffices",
                   (int)r->n_sides);
}

static rn_status check_trace(const run *r)
{
    const rn_comparison *c = r->comparison;
    if (!r->options->load_trace)
        return RN_OK;
    rn_status status = rn_loaded_check_input(r->reference.trace, r->options, c->input_hash);
    return status ? status
                  : rn_loaded_check_cfg(r->reference.trace, r->options, r->config, c->cfg_hash);
}

static rn_status run_all(run *r)
{
    rn_status status = find_plugins(r);
    if (!status)
        status = run_reference(r);
    for (int32_t i = 1; i < r->n_sides && !status; i++)
        if (!r->comparison->sides[i].declined)
            status = run_side(r, i);
    return status;
}

rn_status rn_compare_run(const rn_config *config, rn_registry *registry,
                         const rn_compare_options *options, rn_comparison *comparison)
{
    run r = { .config = config, .registry = registry, .own = *options, .comparison = comparison };
    *comparison = (rn_comparison){ 0 };
    r.options = &r.own;
    rn_status status = read_sides(&r);
    if (!status)
        status = name_sides(&r);
    if (!status)
        status = open_input(&r);
    if (!status)
        status = describe(&r);
    if (!status)
        status = check_trace(&r);
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
