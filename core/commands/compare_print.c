/* compare_print.c: measures and prints differences. */
#include "commands/compare_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"

double rn_compare_rms(const float *a, const float *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double x = (double)a[i] - (b ? (double)b[i] : 0);
        sum += x * x;
    }
    return sqrt(sum / (double)count);
}

/* Noise that is not finite excuses no difference. */
static rn_verdict judge(const rn_trace_tensor *reference, double difference, double limit)
{
    double rms = rn_compare_rms(reference->values, NULL, reference->count);
    bool is_noise = isfinite(reference->noise) && difference <= reference->noise;
    if (is_noise && rms <= reference->noise)
        return RN_VERDICT_ZERO;
    if (difference == 0 || difference / rms <= limit)
        return RN_VERDICT_WITHIN;
    return is_noise ? RN_VERDICT_NOISE : RN_VERDICT_OVER;
}

rn_difference rn_compare_tensors(const rn_trace_tensor *reference, const rn_trace_tensor *other,
                                 double limit)
{
    rn_difference d = { 0 };
    for (int64_t i = 0; i < reference->count; i++) {
        float a = reference->values[i], b = other->values[i];
        double difference = fabs((double)a - (double)b);
        if (isnan(difference) && !(isnan(a) && isnan(b)))
            difference = INFINITY;
        d.max_abs = difference > d.max_abs ? difference : d.max_abs;
    }
    double rms = rn_compare_rms(reference->values, other->values, reference->count);
    d.relative_rms = rms == 0 ? 0 : rms / rn_compare_rms(reference->values, NULL, reference->count);
    d.verdict = judge(reference, rms, limit);
    return d;
}

static const rn_trace_tensor *counterpart(const rn_trace *trace, const rn_trace_tensor *t)
{
    for (int32_t i = 0; i < trace->n_tensors; i++) {
        const rn_trace_tensor *other = &trace->tensors[i];
        if (other->kind == t->kind && other->count == t->count && strcmp(other->name, t->name) == 0)
            return other;
    }
    return NULL;
}

int32_t rn_compare_first_beyond(const rn_trace *reference, const rn_trace *other, double limit)
{
    for (int32_t i = 0; i < reference->n_tensors; i++) {
        const rn_trace_tensor *t = &reference->tensors[i];
        const rn_trace_tensor *o = counterpart(other, t);
        if (!o)
            continue;
        if (rn_compare_tensors(t, o, limit).verdict == RN_VERDICT_OVER)
            return i;
    }
    return -1;
}

static const char *kind_name(rn_trace_kind kind)
{
    return kind == RN_TRACE_FORWARD ? "forward" : "gradient";
}

static const char *const verdict_names[] = { "", "within", "zero", "noise", "over" };
static const char *const verdict_marks[] = { "", "", "zero", "noise", "OVER" };

static void print_tensor(const rn_trace *traces, int n, int32_t i, double limit)
{
    const rn_trace_tensor *t = &traces[0].tensors[i];
    rn_print(stdout, "%-9s %-32s %10lld", kind_name(t->kind), t->name, (long long)t->count);
    for (int k = 1; k < n; k++) {
        const rn_trace_tensor *o = counterpart(&traces[k], t);
        if (!o) {
            rn_print(stdout, "   %-26s", "(merged)");
            continue;
        }
        rn_difference d = rn_compare_tensors(t, o, limit);
        rn_print(stdout, "   %9.2e  %9.2e %-5s", d.max_abs, d.relative_rms,
                 verdict_marks[d.verdict]);
    }
    putchar('\n');
}

rn_status rn_compare_print(const rn_trace *traces, int n, double limit)
{
    rn_print(stdout, "Differences from %s: largest, and RMS relative to the tensor's (limit %g)\n",
             traces[0].label, limit);
    rn_print(stdout, "%-9s %-32s %10s", "pass", "tensor", "elements");
    for (int k = 1; k < n; k++)
        rn_print(stdout, "   %-26s", traces[k].label);
    putchar('\n');
    for (int32_t i = 0; i < traces[0].n_tensors; i++)
        print_tensor(traces, n, i, limit);
    rn_print(stdout,
             "\nzero: 0 in theory, what both have is rounding.  noise: no further away "
             "than rounding moves\n%s itself.  OVER: an error.\n",
             traces[0].label);
    rn_print(stdout, "\n%-20s %12s %10s\n", "backend", "ms a step", "ratio");
    for (int k = 0; k < n; k++)
        rn_print(stdout, "%-20s %12.2f %10.3f\n", traces[k].label, traces[k].step_ms,
                 traces[k].step_ms / traces[0].step_ms);
    return RN_OK;
}

static json_t *tensor_json(const rn_trace *traces, int n, int32_t i, double limit)
{
    const rn_trace_tensor *t = &traces[0].tensors[i];
    json_t *backends = json_object();
    for (int k = 1; k < n; k++) {
        const rn_trace_tensor *o = counterpart(&traces[k], t);
        if (!o)
            continue;
        rn_difference d = rn_compare_tensors(t, o, limit);
        bool is_number = isfinite(d.max_abs) && isfinite(d.relative_rms);
        rn_json_set(backends, traces[k].label,
                    json_pack("{s:o, s:o, s:b, s:s}", "max_abs",
                              is_number ? json_real(d.max_abs) : json_null(), "relative_rms",
                              is_number ? json_real(d.relative_rms) : json_null(), "within",
                              d.verdict != RN_VERDICT_OVER, "verdict", verdict_names[d.verdict]));
    }
    return json_pack("{s:s, s:o, s:I, s:o}", "pass", kind_name(t->kind), "tensor",
                     rn_json_text(t->name), "elements", (json_int_t)t->count, "differences",
                     backends);
}

rn_status rn_compare_print_json(const rn_trace *traces, int n, double limit)
{
    json_t *tensors = json_array(), *steps = json_object();
    for (int32_t i = 0; i < traces[0].n_tensors; i++)
        json_array_append_new(tensors, tensor_json(traces, n, i, limit));
    for (int k = 0; k < n; k++)
        rn_json_set(steps, traces[k].label, json_real(traces[k].step_ms));
    json_t *all = json_pack("{s:o, s:f, s:o, s:o}", "reference", rn_json_text(traces[0].label),
                            "limit", limit, "tensors", tensors, "step_ms", steps);
    if (!all)
        return rn_fail(RN_E_NOMEM, "no memory for the comparison");
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
    return RN_OK;
}
