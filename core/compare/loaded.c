/* loaded.c: whether a trace of another machine can be compared with, and what it does not tell. */
#include "compare/loaded.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "config/config_record.h"

#define SHOWN 12 /* digits of a hash in messages */

static rn_status check_phase(const rn_trace_header *header, const rn_compare_options *o)
{
    const char *phase = o->phase == RN_COMPARE_STEP ? RN_TRACE_STEP : RN_TRACE_INFER;
    if (o->phase == RN_COMPARE_TRAIN)
        return rn_fail(RN_E_USAGE, "--load-trace: a trace has no losses for --phase=train; give "
                                   "--phase=" RN_TRACE_INFER " or " RN_TRACE_STEP);
    if (o->phase && strcmp(header->phase, phase) != 0)
        return rn_fail(RN_E_USAGE, "--load-trace=%s: it is of phase %s; give --phase=%s",
                       o->load_trace, header->phase, header->phase);
    if (o->steps && header->steps != o->steps)
        return rn_fail(RN_E_USAGE,
                       "--load-trace=%s: it is of step %" PRId64 ", not %" PRId64
                       "; give --steps=%" PRId64,
                       o->load_trace, header->steps, o->steps, header->steps);
    if (o->batch && header->batch != o->batch)
        return rn_fail(RN_E_USAGE,
                       "--load-trace=%s: it is of %" PRId64 " images, not %" PRId64
                       "; leave --batch out",
                       o->load_trace, header->batch, o->batch);
    return RN_OK;
}

static rn_status check_images(const rn_trace_reader *trace, const rn_compare_options *o,
                              const rn_config *config)
{
    const int64_t *shape = rn_trace_input_shape(trace);
    if (!shape || (shape[1] == config->network.channels && shape[2] == config->network.height &&
                   shape[3] == config->network.width))
        return RN_OK;
    return rn_fail(RN_E_USAGE,
                   "--load-trace=%s: its images are %" PRId64 " x %" PRId64 " x %" PRId64
                   ", but network.input is %" PRId64 " x %" PRId64 " x %" PRId64
                   "; compare with the network that the trace is of",
                   o->load_trace, shape[1], shape[2], shape[3], config->network.channels,
                   config->network.height, config->network.width);
}

rn_status rn_loaded_open(const rn_config *config, const rn_compare_options *options,
                         rn_trace_reader **out)
{
    rn_status status = rn_trace_open(options->load_trace, out);
    if (!status)
        status = check_phase(rn_trace_header_of(*out), options);
    return status ? status : check_images(*out, options, config);
}

rn_status rn_loaded_modes(const rn_trace_reader *trace, const rn_compare_options *options,
                          bool modes[RN_N_COMPARE_MODES])
{
    const rn_trace_header *header = rn_trace_header_of(trace);
    const char *reason = header->detail != RN_TRACE_FULL ? "it has not all values"
                         : header->steps > 1             ? "it is not of the first step"
                                                         : NULL;
    if (!reason || !modes[RN_COMPARE_ISOLATED])
        return RN_OK;
    modes[RN_COMPARE_ISOLATED] = false;
    if (!modes[RN_COMPARE_CHAINED])
        return rn_fail(RN_E_USAGE, "--load-trace=%s: %s, so --mode=isolated is not possible",
                       options->load_trace, reason);
    rn_log(RN_LOG_INFO, "%s: %s, so the comparison is chained alone", options->load_trace, reason);
    return RN_OK;
}

static rn_status check_hash(const char *of_trace, const char *here, const char *what,
                            const char *remedy, const rn_compare_options *o)
{
    if (!*of_trace || strcmp(of_trace, here) == 0)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "--load-trace=%s: made with other %s: their SHA-256 begins with %.*s there and "
                   "with %.*s here; %s",
                   o->load_trace, what, SHOWN, of_trace, SHOWN, here, remedy);
}

rn_status rn_loaded_check_input(const rn_trace_reader *trace, const rn_compare_options *options,
                                const char *input_hash)
{
    return check_hash(rn_trace_header_of(trace)->input_hash, input_hash, "images or labels",
                      rn_trace_input_shape(trace) ? "those in the file were changed"
                                                  : "give the same --input and --seed",
                      options);
}

rn_status rn_loaded_check_weights(const rn_trace_reader *trace, const rn_compare_options *options,
                                  const char *weights_hash)
{
    return check_hash(rn_trace_header_of(trace)->weights_hash, weights_hash, "weights",
                      "give the same --weights, or, without them, the same --seed", options);
}

rn_status rn_loaded_check_cfg(const rn_trace_reader *trace, const rn_compare_options *options,
                              const rn_config *config, const char *cfg_hash)
{
    const rn_trace_header *header = rn_trace_header_of(trace);
    if (!*header->cfg_hash || !*header->cfg || strcmp(header->cfg_hash, cfg_hash) == 0)
        return RN_OK;
    rn_status status =
        rn_config_check_record(config, header->cfg, RN_CONFIG_COMPARE, options->load_trace);
    if (status == RN_E_DATA)
        rn_log(RN_LOG_WARNING, "%s", rn_fail_text());
    rn_fail_clear();
    return status == RN_E_DATA ? RN_OK : status;
}

/* ---- What a trace does not tell ---- */

static bool lacks(const rn_compare_row *row)
{
    return !*row->tensor.op ||
           (isnan(row->noise[RN_COMPARE_CHAINED]) && isnan(row->noise[RN_COMPARE_ISOLATED]));
}

bool rn_loaded_is_incomplete(const rn_comparison *comparison)
{
    for (int32_t i = 0; i < comparison->n_rows; i++)
        if (lacks(&comparison->rows[i]))
            return true;
    return false;
}

/* Replaces *text where it is empty. */
static rn_status complete_text(const char **text, const char *other)
{
    char *copy = **text ? NULL : strdup(other);
    if (**text)
        return RN_OK;
    if (!copy)
        return rn_fail(RN_E_NOMEM, "no memory for the comparison");
    free((void *)(uintptr_t)*text);
    *text = copy;
    return RN_OK;
}

static rn_status complete_row(rn_compare_row *row, const rn_compare_row *other)
{
    rn_status status = complete_text(&row->tensor.op, other->tensor.op);
    if (!status)
        status = complete_text(&row->tensor.layer, other->tensor.layer);
    if (!row->tensor.sum_length)
        row->tensor.sum_length = other->tensor.sum_length;
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        if (isnan(row->noise[mode]))
            row->noise[mode] = other->noise[mode];
    return status;
}

rn_status rn_loaded_complete(rn_opened *opened, const rn_compare_options *options,
                             const rn_trace_header *header, rn_comparison *comparison)
{
    rn_comparison own = { 0 };
    rn_reference reference = { 0 };
    rn_status status = rn_reference_make(opened, options, header, &own, &reference);
    for (int32_t i = 0; i < comparison->n_rows && !status; i++) {
        rn_compare_row *row = &comparison->rows[i];
        int32_t found = rn_reference_row(&reference, row->tensor.kind, row->tensor.name);
        if (found >= 0 && lacks(row))
            status = complete_row(row, &own.rows[found]);
    }
    rn_reference_close(&reference);
    rn_comparison_clear(&own);
    return status;
}
