/* values.c: the values of an ONNX graph, found by name. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "weights/onnx/import.h"

static int by_name(const void *a, const void *b)
{
    return strcmp(((const rn_onnx_value *)a)->name, ((const rn_onnx_value *)b)->name);
}

rn_onnx_value *rn_onnx_find(const rn_onnx *o, const char *name)
{
    const rn_onnx_value key = { .name = name };
    return bsearch(&key, o->values, o->n_values, sizeof key, by_name);
}

static void add_value(rn_onnx *o, const char *name, rn_onnx_kind kind, const void *from)
{
    rn_onnx_value *value = &o->values[o->n_values];
    if (!name || !*name)
        return;
    *value = (rn_onnx_value){ .name = name, .kind = kind };
    if (kind == RN_ONNX_TENSOR)
        value->tensor = from;
    else
        value->producer = from;
    o->n_values++;
}

/* Initialisers may stand among the inputs, too: the others are those that the user gives. */
static rn_status add_inputs(rn_onnx *o)
{
    const Onnx__GraphProto *graph = o->model->graph;
    size_t n_tensors = o->n_values;
    qsort(o->values, o->n_values, sizeof *o->values, by_name);
    for (size_t i = 0; i < graph->n_input; i++) {
        const char *name = graph->input[i]->name;
        const rn_onnx_value key = { .name = name };
        if (name && !bsearch(&key, o->values, n_tensors, sizeof key, by_name))
            add_value(o, name, RN_ONNX_UNMADE, NULL);
    }
    if (o->n_values - n_tensors != 1)
        return rn_fail(RN_E_DATA, "%s: the model has %zu inputs, expected one, of images", o->path,
                       o->n_values - n_tensors);
    o->input = &o->values[n_tensors];
    return RN_OK;
}

static rn_status check_names(const rn_onnx *o)
{
    for (size_t i = 1; i < o->n_values; i++)
        if (by_name(&o->values[i - 1], &o->values[i]) == 0)
            return rn_fail(RN_E_DATA, "%s: two values are called \"%s\"", o->path,
                           o->values[i].name);
    return RN_OK;
}

rn_status rn_onnx_values_create(rn_onnx *o)
{
    const Onnx__GraphProto *graph = o->model->graph;
    size_t most = graph->n_initializer + graph->n_input;
    for (size_t i = 0; i < graph->n_node; i++)
        most += graph->node[i]->n_output;
    o->values = rn_pool_take_array(o->weights->pool, most + 1, sizeof *o->values);
    if (!o->values)
        return rn_weights_no_memory(o->weights);
    for (size_t i = 0; i < graph->n_initializer; i++)
        add_value(o, graph->initializer[i]->name, RN_ONNX_TENSOR, graph->initializer[i]);
    rn_status status = add_inputs(o);
    if (status)
        return status;
    const char *input = o->input->name;
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_output; k++)
            add_value(o, graph->node[i]->output[k], RN_ONNX_UNMADE, graph->node[i]);
    qsort(o->values, o->n_values, sizeof *o->values, by_name);
    o->input = rn_onnx_find(o, input);
    return check_names(o);
}

rn_onnx_value *rn_onnx_input(const rn_onnx *o, const rn_onnx_node *node, size_t i)
{
    return i < node->n_input && *node->input[i] ? rn_onnx_find(o, node->input[i]) : NULL;
}

rn_onnx_value *rn_onnx_result(const rn_onnx *o, const rn_onnx_node *node)
{
    return rn_onnx_find(o, node->output[0]);
}

const char *rn_onnx_alias(const rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x)
{
    rn_onnx_value *y = rn_onnx_result(o, node);
    rn_onnx_value copy = *x;
    copy.name = y->name;
    copy.producer = y->producer;
    /* What reads the one name reads the other. */
    copy.n_readers = x->n_readers - 1 + y->n_readers;
    *y = copy;
    return NULL;
}

bool rn_onnx_is_plain(const rn_onnx_value *x)
{
    for (int32_t i = 0; i < x->rank; i++)
        if (x->axes[i] != i)
            return false;
    return x->kind == RN_ONNX_IMAGES && !x->is_softmax && !x->padding[0][0] && !x->padding[0][1] &&
           !x->padding[1][0] && !x->padding[1][1];
}

/* NULL if `x` is no constant, or after a failure. */
static const rn_stored *read_stored(rn_onnx *o, rn_onnx_value *x)
{
    if (!x || x->kind != RN_ONNX_TENSOR || o->status)
        return NULL;
    if (!x->stored.type)
        o->status = rn_onnx_stored(o->weights, o->path, x->tensor, &o->files, &x->stored);
    return o->status ? NULL : &x->stored;
}

const rn_stored *rn_onnx_floats(rn_onnx *o, rn_onnx_value *x)
{
    const rn_stored *stored = read_stored(o, x);
    if (!stored || stored->type->dtype != RN_F32)
        return NULL;
    x->stored.name = x->name;
    return stored;
}

static int32_t copy_ints(const rn_stored *stored, int64_t ints[RN_ONNX_MAX_INTS])
{
    int64_t count = stored->rank ? stored->shape[0] : 1;
    if (stored->rank > 1 || count > RN_ONNX_MAX_INTS || stored->type->dtype != RN_I32)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        int32_t narrow = 0;
        const uint8_t *from = stored->data + i * stored->type->size;
        memcpy(stored->type->size == 8 ? (void *)&ints[i] : &narrow, from, stored->type->size);
        if (stored->type->size != 8)
            ints[i] = narrow;
    }
    return (int32_t)count;
}

int32_t rn_onnx_ints(rn_onnx *o, rn_onnx_value *x, int64_t ints[RN_ONNX_MAX_INTS])
{
    if (x && x->kind == RN_ONNX_INTS && x->columns)
        return -1;
    if (x && x->kind == RN_ONNX_INTS) {
        memcpy(ints, x->ints, sizeof x->ints);
        return x->n_ints;
    }
    const rn_stored *stored = read_stored(o, x);
    return stored ? copy_ints(stored, ints) : -1;
}

bool rn_onnx_number(rn_onnx *o, rn_onnx_value *x, double *number)
{
    const rn_stored *stored = rn_onnx_floats(o, x);
    float value = 0;
    int64_t count = 0;
    if (!stored || rn_stored_count(stored, o->path, &count) || count != 1)
        return false;
    o->status = rn_stored_read(stored, o->path, &value);
    *number = value;
    return !o->status;
}

void rn_onnx_set_number(rn_onnx *o, rn_onnx_value *y, float number)
{
    float *kept = rn_pool_take(o->weights->pool, sizeof *kept);
    if (!kept) {
        o->status = rn_weights_no_memory(o->weights);
        return;
    }
    *kept = number;
    y->kind = RN_ONNX_TENSOR;
    y->stored = (rn_stored){ .type = rn_element_by_dtype(RN_F32), .data = (const uint8_t *)kept };
}
