/* operator.c: tests of operators that a plugin brings: shapes, what `run` writes, the gradient by
 * finite differences, and the other kernels. */
#include "validate/operator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/measures.h"
#include "graph/custom.h"
#include "validate/op_case.h"
#include "validate/present.h"
#include "validate/slope.h"

#define CLOSE 1e-4 /* relative RMS: forms of an operator agree within rounding */

static rn_status each(rn_checking *c, rn_status (*check)(rn_op_case *))
{
    rn_status status = RN_OK;
    rn_op_case *found = calloc(1, sizeof *found);
    if (!found)
        return rn_fail(RN_E_NOMEM, "no memory for an operator");
    for (uint32_t i = 0; i < c->plugin->n_ops && !status; i++) {
        char text[RN_OP_CASE_TEXT];
        rn_check_at(c, "operator %s", c->plugin->ops[i].name);
        if (rn_op_case_find(c, &c->plugin->ops[i], found)) {
            rn_check_skip(c, "operator %s takes none of the inputs that were tried; the last: %s",
                          c->plugin->ops[i].name, rn_fail_text());
            continue;
        }
        rn_check_at(c, "%s", rn_op_case_text(found, text));
        status = check(found);
    }
    free(found);
    return status;
}

/* ---- operator.shapes ---- */

/* Every input as large; it builds or is refused with a reason and a status for that. */
static rn_status check_shapes(rn_op_case *c)
{
    static const int64_t shapes[][4] = {
        { 1, 1, 1, 1 }, { 1, 7, 5, 3 }, { 3, 1000, 1, 1 }, { 1, 1 << 20, 40, 40 }, { 5, 2, 0, 0 }
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char text[RN_OP_CASE_TEXT];
        rn_op_graph graph;
        for (int32_t k = 0; k < c->n_inputs; k++)
            c->inputs[k] = rn_desc_make(RN_F32, shapes[i][2] ? 4 : 2, shapes[i]);
        rn_check_at(c->checking, "%s", rn_op_case_text(c, text));
        rn_status status = rn_op_case_build(c, -1, &graph);
        rn_dag_destroy(graph.dag);
        if (status && status != RN_E_SHAPE && status != RN_E_CONFIG && status != RN_E_UNSUPPORTED)
            rn_check_found(c->checking,
                           "%s: it fails with %s (%s), not with RN_E_SHAPE or "
                           "RN_E_CONFIG",
                           text, rn_status_name(status), rn_fail_text());
    }
    return RN_OK;
}

rn_status rn_check_op_shapes(rn_checking *c)
{
    return each(c, check_shapes);
}

/* ---- operator.run ---- */

#define GUARD 256 /* bytes before and after what `run` may write */

/* Its memory: guards round each part, all of it garbage before. */
typedef struct memory {
    float *inputs[RN_CUSTOM_MAX_INPUTS];
    unsigned char *outputs[RN_CUSTOM_MAX_OUTPUTS], *workspace;
    uint64_t sizes[RN_CUSTOM_MAX_OUTPUTS], workspace_bytes;
} memory;

static void run_parts(const rn_custom_call *call, int64_t count, rn_custom_work work,
                      void *argument)
{
    int64_t n = call->n_threads < count ? call->n_threads : count;
    for (int64_t i = 0; i < n; i++)
        work(argument, count * i / n, count * (i + 1) / n, (int32_t)i);
}

static unsigned char *make_guarded(uint64_t size, int garbage)
{
    size_t bytes = (size_t)(size + 2 * GUARD + 63) / 64 * 64;
    unsigned char *at = aligned_alloc(64, bytes);
    if (at)
        memset(at, garbage, bytes);
    return at;
}

static bool is_touched(const unsigned char *guarded, uint64_t size, int garbage)
{
    for (uint64_t i = 0; i < GUARD; i++)
        if (guarded[i] != garbage || guarded[GUARD + size + i] != garbage)
            return true;
    return false;
}

static bool make_memory(const rn_node *node, uint64_t workspace_bytes, int garbage, memory *m)
{
    bool is_made = true;
    m->workspace_bytes = workspace_bytes;
    m->workspace = make_guarded(workspace_bytes, garbage);
    for (int32_t i = 0; i < node->n_inputs; i++) {
        int64_t count = rn_desc_count(&node->inputs[i]->desc);
        m->inputs[i] = aligned_alloc(64, ((size_t)count * sizeof(float) + 63) / 64 * 64);
        for (int64_t k = 0; m->inputs[i] && k < count; k++)
            m->inputs[i][k] = rn_op_number(i, k);
        is_made &= m->inputs[i] != NULL;
    }
    for (int32_t i = 0; i < node->n_outputs; i++) {
        m->sizes[i] = node->outputs[i]->desc.size_bytes;
        m->outputs[i] = make_guarded(m->sizes[i], garbage);
        is_made &= m->outputs[i] != NULL;
    }
    return is_made && m->workspace;
}

static void free_memory(memory *m)
{
    for (int i = 0; i < RN_CUSTOM_MAX_INPUTS; i++)
        free(m->inputs[i]);
    for (int i = 0; i < RN_CUSTOM_MAX_OUTPUTS; i++)
        free(m->outputs[i]);
    free(m->workspace);
}

/* One run with so many threads; what was there before is `garbage`. */
static rn_status run_once(rn_op_case *c, const rn_node *node, int n_threads, int garbage, memory *m)
{
    char text[RN_OP_CASE_TEXT];
    rn_custom_described d;
    float *outputs[RN_CUSTOM_MAX_OUTPUTS];
    rn_custom_describe(node, &d);
    const rn_custom_op *op = &c->loaded->op;
    if (!make_memory(node, op->workspace ? op->workspace(&d.desc) : 0, garbage, m))
        return rn_fail(RN_E_NOMEM, "no memory for an operator");
    for (int32_t i = 0; i < node->n_outputs; i++)
        outputs[i] = (float *)(void *)(m->outputs[i] + GUARD);
    const rn_custom_call call = { .size = sizeof call,
                                  .n_threads = n_threads,
                                  .op = &d.desc,
                                  .inputs = (const float *const *)m->inputs,
                                  .outputs = outputs,
                                  .workspace = m->workspace_bytes ? m->workspace + GUARD : NULL,
                                  .parallel = run_parts };
    rn_status status = op->run(&call);
    if (status)
        return status;
    for (int32_t i = 0; i < node->n_outputs; i++)
        if (is_touched(m->outputs[i], m->sizes[i], garbage))
            rn_check_found(c->checking,
                           "%s: run writes outside of output %d, which has the shape "
                           "%s",
                           rn_op_case_text(c, text), (int)i,
                           RN_DESC_STRING(&node->outputs[i]->desc));
    if (is_touched(m->workspace, m->workspace_bytes, garbage))
        rn_check_found(c->checking, "%s: run writes outside of its workspace of %llu bytes",
                       rn_op_case_text(c, text), (unsigned long long)m->workspace_bytes);
    for (int32_t i = 0; i < node->n_inputs; i++)
        for (int64_t k = 0; k < rn_desc_count(&node->inputs[i]->desc); k++)
            if (m->inputs[i][k] < rn_op_number(i, k) || m->inputs[i][k] > rn_op_number(i, k)) {
                rn_check_found(c->checking, "%s: run changes input %d", rn_op_case_text(c, text),
                               (int)i);
                break;
            }
    return RN_OK;
}

/* The same bits with one thread and several, whatever was in the memory before. */
static rn_status check_run(rn_op_case *c)
{
    char text[RN_OP_CASE_TEXT];
    rn_op_graph graph;
    memory first = { 0 }, again = { 0 };
    rn_status status = rn_op_case_build(c, -1, &graph);
    if (!status)
        status = run_once(c, graph.node, 1, 0xFF, &first);
    if (!status)
        status = run_once(c, graph.node, 3, 0x4B, &again);
    for (int32_t i = 0; !status && i < graph.node->n_outputs; i++)
        if (memcmp(first.outputs[i] + GUARD, again.outputs[i] + GUARD, first.sizes[i]) != 0)
            rn_check_found(c->checking,
                           "%s: output %d has other bits with three threads and other numbers in "
                           "its memory before: write every element, and read none that is not "
                           "written",
                           rn_op_case_text(c, text), (int)i);
    free_memory(&first);
    free_memory(&again);
    rn_dag_destroy(graph.dag);
    return status;
}

rn_status rn_check_op_run(rn_checking *c)
{
    return each(c, check_run);
}

/* ---- operator.gradient ---- */

/* What is differentiated: sum(dy * y) of an output, by an input. */
typedef struct weighed {
    rn_op_ready *ready;
    int32_t output, input;
    float *y;
} weighed;

static rn_status weigh(void *context, int direction, double by, double *value)
{
    const weighed *w = context;
    const rn_op_move move = { w->input, direction, by };
    const rn_value *y = w->ready->graph.node->outputs[w->output];
    rn_status status = rn_op_ready_run(w->ready, &move);
    if (!status)
        status = rn_plan_download(w->ready->plan, y, w->y);
    *value = 0;
    for (int64_t i = 0; i < rn_desc_count(&y->desc) && !status; i++)
        *value += (double)w->y[i] * (double)rn_op_number(-1, i);
    return status;
}

static rn_status compare_input(rn_op_case *c, weighed *w, const float *dx)
{
    char text[RN_OP_CASE_TEXT];
    const rn_node *node = w->ready->graph.node;
    int64_t count = rn_desc_count(&node->inputs[w->input]->desc);
    double y_count = (double)rn_desc_count(&node->outputs[w->output]->desc);
    rn_slope slope = { .at = weigh, .context = w, .rounding = 1e-7 * sqrt(y_count) };
    for (int64_t i = 0; i < count; i++)
        slope.norm += (double)dx[i] * (double)dx[i];
    slope.norm = sqrt(slope.norm);
    for (int direction = 0; direction < RN_SLOPE_DIRECTIONS; direction++) {
        double off;
        bool too_far;
        slope.expected = 0;
        for (int64_t i = 0; i < count; i++)
            slope.expected += (double)dx[i] * (double)rn_slope_sign(direction, i);
        rn_status status = rn_slope_measure(&slope, direction, &off, &too_far);
        if (status)
            return status;
        if (!too_far)
            continue;
        rn_check_found(
            c->checking,
            "%s: the gradient of input %d from output %d differs from finite differences "
            "by %.3g; its norm is %.3g",
            rn_op_case_text(c, text), (int)w->input, (int)w->output, off, slope.norm);
        break;
    }
    return RN_OK;
}

static rn_status compare_gradients(rn_op_case *c, rn_op_ready *ready, int32_t output)
{
    const rn_node *node = ready->graph.node;
    weighed w = { .ready = ready, .output = output };
    w.y = malloc(node->outputs[output]->desc.size_bytes);
    rn_status status = w.y ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for a gradient");
    for (w.input = 0; w.input < node->n_inputs && !status; w.input++) {
        const rn_value *gradient = node->inputs[w.input]->gradient;
        float *dx = gradient ? malloc(gradient->desc.size_bytes) : NULL;
        if (!dx)
            continue;
        status = rn_op_ready_run(ready, NULL);
        if (!status)
            status = rn_plan_download(ready->plan, gradient, dx);
        if (!status)
            status = compare_input(c, &w, dx);
        free(dx);
    }
    free(w.y);
    return status;
}

static rn_status check_gradient(rn_op_case *c)
{
    rn_status status = RN_OK;
    for (int32_t k = 0; k < c->loaded->op.n_outputs && c->loaded->op.gradient && !status; k++) {
        rn_op_ready ready;
        status = rn_op_ready_open(c, "reference", k, &ready);
        if (!status)
            status = compare_gradients(c, &ready, k);
        rn_op_ready_close(&ready);
    }
    return status;
}

rn_status rn_check_op_gradient(rn_checking *c)
{
    return each(c, check_gradient);
}

/* ---- operator.kernels ---- */

static rn_status download_output(rn_op_ready *ready, int32_t output, float **to)
{
    const rn_value *y = ready->graph.node->outputs[output];
    *to = malloc(y->desc.size_bytes);
    return *to ? rn_plan_download(ready->plan, y, *to) : rn_fail(RN_E_NOMEM, "no memory");
}

static rn_status compare_outputs(rn_op_case *c, const char *backend, rn_op_ready *reference,
                                 rn_op_ready *other)
{
    char text[RN_OP_CASE_TEXT];
    rn_status status = RN_OK;
    for (int32_t i = 0; i < c->loaded->op.n_outputs && !status; i++) {
        float *expected = NULL, *found = NULL;
        rn_measures m = { 0 };
        status = download_output(reference, i, &expected);
        if (!status)
            status = download_output(other, i, &found);
        if (!status) {
            rn_measures_take(expected, found,
                             rn_desc_count(&reference->graph.node->outputs[i]->desc), &m);
            if (!(m.rms_difference <= CLOSE * m.rms))
                rn_check_found(c->checking,
                               "%s: on %s, output %d differs from that of run by an RMS of %.3g; "
                               "its own is %.3g",
                               rn_op_case_text(c, text), backend, (int)i, m.rms_difference, m.rms);
        }
        free(expected);
        free(found);
    }
    return status;
}

static rn_status compare_backend(rn_op_case *c, const char *backend, rn_op_ready *reference)
{
    rn_op_ready other;
    rn_check_at(c->checking, "operator %s on %s", c->loaded->name, backend);
    rn_status status = rn_op_ready_open(c, backend, -1, &other);
    if (!status)
        status = rn_op_ready_run(&other, NULL);
    if (!status)
        status = compare_outputs(c, backend, reference, &other);
    rn_op_ready_close(&other);
    if (status)
        rn_check_found(c->checking, "operator %s fails on %s: %s", c->loaded->name, backend,
                       rn_fail_text());
    return RN_OK;
}

static rn_status check_kernels(rn_op_case *c)
{
    char list[RN_PRESENT_TEXT], *rest = NULL;
    rn_op_ready reference = { 0 };
    rn_status status = rn_present_backends(c->checking, list);
    if (!status)
        status = rn_op_ready_open(c, "reference", -1, &reference);
    if (!status)
        status = rn_op_ready_run(&reference, NULL);
    for (char *name = strtok_r(list, ",", &rest); name && !status;
         name = strtok_r(NULL, ",", &rest))
        if (strcmp(name, "reference") != 0)
            status = compare_backend(c, name, &reference);
    rn_op_ready_close(&reference);
    return status;
}

rn_status rn_check_op_kernels(rn_checking *c)
{
    return each(c, check_kernels);
}
