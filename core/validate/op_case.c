/* op_case.c: an operator that a plugin brings, in a graph of its own, on a device. */
#include "validate/op_case.h"

#include <resnet/random.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "device/calls.h"
#include "passes/autodiff.h"
#include "validate/slope.h"

/* ---- Inputs and attributes ---- */

static void set_required(rn_op_case *c, double number)
{
    const rn_custom_op *op = &c->loaded->op;
    c->n_settings = 0;
    for (uint32_t i = 0; i < op->n_attrs && i < RN_OP_MOST_ATTRS; i++) {
        const rn_attr *row = rn_attr_row(op->attrs, i);
        rn_setting *to = &c->settings[c->n_settings];
        if (row->default_text)
            continue;
        c->n_settings++;
        switch (row->type) {
            case RN_ATTR_FLOAT: *to = rn_set_float(row->name, number / 4); break;
            case RN_ATTR_BOOL: *to = rn_set_bool(row->name, 1); break;
            case RN_ATTR_CHOICE:
            case RN_ATTR_STRING: *to = rn_set_text(row->name, "a"); break;
            default: *to = rn_set_int(row->name, (int64_t)number); break;
        }
    }
}

/* The forms of an input beside the first one: as that, per channel in some forms, or one number. */
enum { N_FORMS = 6 };

static rn_tensor_desc form_of(const rn_tensor_desc *x, int form)
{
    int64_t n = x->shape[0], c = x->rank > 1 ? x->shape[1] : 1;
    const struct {
        int32_t rank;
        int64_t shape[4];
    } forms[N_FORMS] = { { x->rank, { x->shape[0], x->shape[1], x->shape[2], x->shape[3] } },
                         { 1, { c } },
                         { 4, { 1, c, 1, 1 } },
                         { 4, { n, c, 1, 1 } },
                         { 2, { n, c } },
                         { 1, { 1 } } };
    return rn_desc_make(RN_F32, forms[form].rank, forms[form].shape);
}

static rn_status try_case(rn_op_case *c)
{
    rn_op_graph graph;
    rn_status status = rn_op_case_build(c, -1, &graph);
    rn_dag_destroy(graph.dag);
    return status;
}

/* All forms of the second input, and of the others together. */
static rn_status try_forms(rn_op_case *c)
{
    rn_status status = RN_OK;
    int most = c->n_inputs > 1 ? N_FORMS : 1;
    for (int second = 0; second < most; second++)
        for (int rest = 0; rest < (c->n_inputs > 2 ? N_FORMS : 1); rest++) {
            for (int32_t i = 1; i < c->n_inputs; i++)
                c->inputs[i] = form_of(&c->inputs[0], i == 1 ? second : rest);
            status = try_case(c);
            if (!status)
                return RN_OK;
        }
    return status;
}

rn_status rn_op_case_find(rn_checking *c, const rn_loaded_op *loaded, rn_op_case *found)
{
    static const int64_t shapes[][4] = {
        { 4, 8, 6, 5 }, { 4, 9, 6, 6 }, { 4, 16, 8, 8 }, { 4, 8, 0, 0 }, { 2, 4, 32, 32 }
    };
    static const double numbers[] = { 1, 2, 3, 8 };
    rn_status status = RN_OK;
    *found = (rn_op_case){ .checking = c, .loaded = loaded, .n_inputs = loaded->op.n_inputs };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            found->inputs[0] = rn_desc_make(RN_F32, shapes[i][2] ? 4 : 2, shapes[i]);
            set_required(found, numbers[k]);
            status = try_forms(found);
            if (!status)
                return RN_OK;
        }
    return status;
}

const char *rn_op_case_text(const rn_op_case *c, char text[RN_OP_CASE_TEXT])
{
    int n = snprintf(text, RN_OP_CASE_TEXT, "%s on", c->loaded->name);
    for (int32_t i = 0; i < c->n_inputs && n < RN_OP_CASE_TEXT; i++)
        n += snprintf(text + n, RN_OP_CASE_TEXT - (size_t)n, "%s %s", i ? "," : "",
                      RN_DESC_STRING(&c->inputs[i]));
    return text;
}

/* ---- The graph ---- */

static rn_status find_custom(void *context, const char *name, const rn_loaded_op **op)
{
    return rn_registry_op(context, name, op);
}

static rn_status find_block(void *context, const char *name, const rn_block **block)
{
    return rn_registry_block(context, name, block);
}

static rn_status add_operator(const rn_op_case *c, rn_dag *dag, rn_op_graph *graph)
{
    rn_value *inputs[RN_CUSTOM_MAX_INPUTS];
    for (int32_t i = 0; i < c->n_inputs; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", (int)i);
        inputs[i] = rn_dag_input(dag, name, &c->inputs[i]);
        if (inputs[i])
            inputs[i]->needs_gradient = true;
    }
    const rn_custom_use use = { .size = sizeof use,
                                .op = c->loaded->name,
                                .name = "op",
                                .settings = c->settings,
                                .n_settings = c->n_settings,
                                .inputs = inputs,
                                .n_inputs = c->n_inputs };
    if (dag->status)
        return dag->status;
    rn_value *y = dag->builder.custom(&dag->builder, &use);
    if (y)
        graph->node = y->producer;
    return dag->status;
}

static rn_status add_gradient(rn_dag *dag, int32_t output, rn_op_graph *graph)
{
    rn_value *y = graph->node->outputs[output];
    graph->dy = rn_dag_input(dag, "dy", &y->desc);
    rn_autodiff_mark(dag);
    rn_status status = dag->status ? dag->status : rn_autodiff_append(dag, y, graph->dy);
    for (int32_t i = 0; i < graph->node->n_inputs && !status; i++)
        if (graph->node->inputs[i]->gradient)
            graph->node->inputs[i]->gradient->pinned = true;
    return status;
}

rn_status rn_op_case_build(const rn_op_case *c, int32_t gradient_of, rn_op_graph *graph)
{
    *graph = (rn_op_graph){ 0 };
    rn_dag *dag = NULL;
    rn_status status = rn_dag_create(true, RN_U8, &dag);
    if (status)
        return status;
    dag->plugin = "";
    dag->find_block = find_block;
    dag->find_custom = find_custom;
    dag->find_block_context = c->checking->registry;
    dag->n_classes = 5;
    status = add_operator(c, dag, graph);
    if (!status && gradient_of >= 0)
        status = add_gradient(dag, gradient_of, graph);
    for (int32_t i = 0; i < dag->n_values; i++)
        dag->values[i]->pinned = true;
    if (status)
        rn_dag_destroy(dag);
    else
        graph->dag = dag;
    return status;
}

/* ---- On a device ---- */

rn_status rn_op_ready_open(const rn_op_case *c, const char *backend, int32_t gradient_of,
                           rn_op_ready *ready)
{
    const rn_device_params params = {
        .backend = backend, .device = "", .precision = RN_PRECISION_FP32, .tuning = RN_TUNING_OFF
    };
    *ready = (rn_op_ready){ 0 };
    rn_status status = rn_device_open(c->checking->registry, &params, &ready->device);
    if (!status)
        status = rn_op_case_build(c, gradient_of, &ready->graph);
    if (status)
        return status;
    status = rn_store_create(&ready->device, 1, ready->graph.dag, &ready->store);
    if (status) {
        rn_dag_destroy(ready->graph.dag);
        return status;
    }
    status = rn_plan_create(ready->device, ready->graph.dag, &ready->plan);
    if (!status)
        status = rn_device_buffer(ready->device, ready->plan->memory->arena_bytes, &ready->arena);
    return status ? status : rn_plan_bind(ready->plan, ready->store, 0, ready->arena);
}

void rn_op_ready_close(rn_op_ready *ready)
{
    rn_plan_destroy(ready->plan);
    rn_store_destroy(ready->store);
    if (ready->arena)
        ready->device->backend->buffer_destroy(ready->device->context, ready->arena);
    rn_device_close(ready->device);
    *ready = (rn_op_ready){ 0 };
}

float rn_op_number(int32_t input, int64_t i)
{
    return 2 * rn_random_uniform(11, (uint32_t)(input + 1), 0, (uint64_t)i) - 1;
}

static rn_status fill(rn_op_ready *ready, const rn_value *value, int32_t input,
                      const rn_op_move *move)
{
    int64_t count = rn_desc_count(&value->desc);
    float *numbers = malloc((size_t)count * sizeof *numbers);
    if (!numbers)
        return rn_fail(RN_E_NOMEM, "no memory for an operand");
    for (int64_t i = 0; i < count; i++) {
        numbers[i] = rn_op_number(input, i);
        if (move && move->input == input)
            numbers[i] += (float)move->by * rn_slope_sign(move->direction, i);
    }
    rn_status status = rn_plan_upload(ready->plan, value, numbers);
    free(numbers);
    return status;
}

rn_status rn_op_ready_run(rn_op_ready *ready, const rn_op_move *move)
{
    const rn_node *node = ready->graph.node;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < node->n_inputs && !status; i++)
        status = fill(ready, node->inputs[i], i, move);
    if (!status && ready->graph.dy)
        status = fill(ready, ready->graph.dy, -1, NULL);
    return status ? status : rn_plan_run_each(ready->plan);
}
