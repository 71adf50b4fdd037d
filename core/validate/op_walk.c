/* op_walk.c: the operators of small networks, one at a time, on operands of the reference. */
#include "validate/op_walk.h"

#include <math.h>
#include <resnet/random.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/bisect_fault.h"
#include "graph/op.h"
#include "train/build.h"

#define MOST_KINDS 4096 /* of operators and their operands */

/* ---- Devices ---- */

rn_status rn_pair_open(rn_checking *c, bool deterministic, rn_bench_pair *pair)
{
    rn_device_params params = { .backend = "reference",
                                .device = "",
                                .precision = RN_PRECISION_FP32,
                                .tuning = RN_TUNING_OFF };
    *pair = (rn_bench_pair){ .checking = c };
    rn_status status = rn_device_open(c->registry, &params, &pair->reference);
    params.backend = c->plugin->backend.name;
    params.deterministic = deterministic;
    return status ? status : rn_device_open(c->registry, &params, &pair->tested);
}

void rn_pair_close(rn_bench_pair *pair)
{
    rn_device_close(pair->tested);
    rn_device_close(pair->reference);
    *pair = (rn_bench_pair){ 0 };
}

rn_status rn_op_ask(rn_bench_pair *pair, const rn_case *c, rn_op_answer *answer, bool *accepts)
{
    rn_case_node described;
    rn_case_describe(c, &described);
    rn_status status = rn_device_query(pair->tested, &described.node, answer);
    *accepts = status == RN_OK;
    return status == RN_E_UNSUPPORTED ? RN_OK : status;
}

const char *rn_op_text(const rn_case *c, char text[RN_OP_TEXT])
{
    char shapes[RN_OP_TEXT - 64];
    rn_fault_shapes(c, shapes, sizeof shapes);
    snprintf(text, RN_OP_TEXT, "%s (%s)", c->op->name, shapes);
    return text;
}

#define CLOSE 1e-5 /* relative RMS */

bool rn_op_is_close(const rn_case *c, const rn_case_results *a, const rn_case_results *b)
{
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        rn_measures measures;
        if (!a->data[i] || c->tensors[i].desc.dtype != RN_F32)
            continue;
        rn_measures_take(a->data[i], b->data[i], rn_desc_count(&c->tensors[i].desc), &measures);
        if (!(measures.rms_difference <= CLOSE * measures.rms))
            return false;
    }
    return true;
}

/* ---- Values ---- */

/* One walk: the values of the graph at hand, by their index. */
typedef struct walk {
    rn_bench_pair *pair;
    rn_op_visit *visit;
    void *context;
    const rn_dag *dag;
    void **values; /* dag->n_values; plain, masks as bytes */
    uint64_t kinds[MOST_KINDS];
    int n_kinds;
} walk;

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

/* Numbers that the engine itself puts there. */
static bool set_known(const rn_dag *dag, const rn_value *value, float *to)
{
    const struct {
        const rn_value *value;
        float numbers[2];
    } known[] = {
        { dag->loss_scale, { 8, 0 } },
        { dag->update_scale, { 8, 0 } },
        { dag->square_sum, { 0 } },
        { dag->sum_factors, { 1, 1 } },
        { dag->average_factors, { 0.9f, 0.1f } },
        { dag->corrections[0], { 0.1f, 0.001f } },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (value == known[i].value) {
            memcpy(to, known[i].numbers, value->desc.size_bytes);
            return true;
        }
    for (int32_t i = 0; i < dag->n_rates; i++)
        if (value == dag->rates[i].input) {
            *to = 0.05f;
            return true;
        }
    return false;
}

/* Shares of the classes, of which each row has 1. */
static void make_shares(const rn_value *value, float *to)
{
    int64_t classes = value->desc.shape[1];
    for (int64_t n = 0; n < value->desc.shape[0]; n++) {
        float sum = 0;
        for (int64_t k = 0; k < classes; k++)
            sum += to[n * classes + k] = fabsf(to[n * classes + k]);
        for (int64_t k = 0; k < classes; k++)
            to[n * classes + k] /= sum;
    }
}

static void fill_floats(const rn_dag *dag, const rn_value *value, float *to)
{
    int64_t count = rn_desc_count(&value->desc);
    bool is_weight = value->init == RN_INIT_WEIGHT && value->fan_in > 0;
    bool is_positive = ends_with(value->name, "square") || value->init == RN_INIT_ONE;
    float scale = is_weight ? sqrtf(3.0f / (float)value->fan_in) : value->init ? 0.3f : 1.0f;
    for (int64_t i = 0; i < count; i++) {
        float u = scale * (2 * rn_random_uniform(3, (uint32_t)value->index, 0, (uint64_t)i) - 1);
        to[i] = value->init == RN_INIT_ONE ? 1 + u : is_positive ? fabsf(u) + 1e-3f : u;
    }
    if (value == dag->labels)
        make_shares(value, to);
    set_known(dag, value, to);
}

static void fill_integers(const rn_dag *dag, const rn_value *value, int32_t *to)
{
    for (int64_t i = 0; i < rn_desc_count(&value->desc); i++)
        to[i] = value == dag->labels ? (int32_t)((i * 7 + 3) % dag->n_classes) : (int32_t)(5 + i);
}

static void fill_bytes(const rn_value *value, uint8_t *to)
{
    for (int64_t i = 0; i < rn_desc_count(&value->desc); i++)
        to[i] = (uint8_t)(i * 151 + i / 256);
}

static rn_tensor_desc plain_of(const rn_value *value)
{
    return rn_desc_like(&value->desc, value->desc.dtype == RN_BIT ? RN_U8 : value->desc.dtype);
}

static void *values_of(walk *w, rn_value *value);

/* The values of a run are those of its parts. */
static void *gather(walk *w, const rn_value *run)
{
    char *all = malloc(run->desc.size_bytes), *to = all;
    for (int32_t i = 0; all && i < run->n_parts; i++) {
        const void *part = values_of(w, run->parts[i]);
        uint64_t bytes = run->parts[i]->desc.size_bytes;
        if (part)
            memcpy(to, part, bytes);
        to += part ? bytes : 0;
    }
    return all;
}

static void scatter(walk *w, const rn_value *run)
{
    const char *from = w->values[run->index];
    for (int32_t i = 0; i < run->n_parts; i++) {
        void *part = values_of(w, run->parts[i]);
        if (part)
            memcpy(part, from, run->parts[i]->desc.size_bytes);
        from += run->parts[i]->desc.size_bytes;
    }
}

/* The values of a tensor; what nothing has computed gets its own. */
static void *values_of(walk *w, rn_value *value)
{
    const rn_value *storage = rn_value_storage(value);
    void **at = &w->values[storage->index];
    if (storage->parts) {
        free(*at);
        *at = gather(w, storage);
    }
    if (*at)
        return *at;
    rn_tensor_desc plain = plain_of(storage);
    *at = calloc(1, plain.size_bytes);
    if (*at && storage->desc.dtype == RN_F32)
        fill_floats(w->dag, storage, *at);
    else if (*at && storage->desc.dtype == RN_I32)
        fill_integers(w->dag, storage, *at);
    else if (*at && storage == w->dag->bytes)
        fill_bytes(storage, *at);
    return *at;
}

/* ---- One operator ---- */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return hash;
}

static uint64_t kind_of(const rn_case *c)
{
    uint64_t hash = hash_bytes(14695981039346656037u, c->op->name, strlen(c->op->name));
    if (c->attrs)
        hash = hash_bytes(hash, c->attrs, c->op->attrs_size);
    for (int32_t i = 0; i < rn_case_n_operands(c); i++)
        hash = hash_bytes(hash, c->tensors[i].desc.shape, sizeof c->tensors[i].desc.shape);
    return hash;
}

static bool is_new(walk *w, const rn_case *c)
{
    uint64_t kind = kind_of(c);
    for (int i = 0; i < w->n_kinds; i++)
        if (w->kinds[i] == kind)
            return false;
    if (w->n_kinds < MOST_KINDS)
        w->kinds[w->n_kinds++] = kind;
    return true;
}

static rn_status take_inputs(walk *w, const rn_node *node, rn_case *c)
{
    for (int32_t i = 0; i < node->n_inputs; i++) {
        if (!node->inputs[i])
            continue;
        uint64_t bytes = c->tensors[i].desc.size_bytes;
        const void *values = values_of(w, node->inputs[i]);
        c->tensors[i].data = malloc(bytes);
        if (!values || !c->tensors[i].data)
            return rn_fail(RN_E_NOMEM, "no memory for the operands of %s", node->op->name);
        memcpy(c->tensors[i].data, values, bytes);
    }
    return RN_OK;
}

/* The reference's results become the inputs of the operators after it. */
static rn_status run_reference(walk *w, const rn_node *node, const rn_case *c)
{
    rn_alone *alone = NULL;
    rn_case_results results;
    bool outside;
    rn_status status = rn_case_results_make(c, &results);
    if (!status)
        status = rn_alone_prepare(w->pair->reference, c, &alone);
    if (!status)
        status = rn_alone_run(alone, &results, &outside);
    for (int32_t i = 0; i < rn_case_n_operands(c) && !status; i++) {
        if (!results.data[i])
            continue;
        rn_value *value = i < c->n_inputs ? node->inputs[i] : node->outputs[i - c->n_inputs];
        void **at = &w->values[rn_value_storage(value)->index];
        free(*at);
        *at = results.data[i];
        results.data[i] = NULL;
        if (value->parts)
            scatter(w, value);
    }
    rn_alone_destroy(alone);
    rn_case_results_clear(&results);
    return status;
}

static rn_status visit_node(walk *w, const rn_node *node)
{
    rn_case c;
    char text[RN_OP_TEXT];
    rn_status status = rn_case_of_node(node, &c);
    if (!status)
        status = take_inputs(w, node, &c);
    if (!status && is_new(w, &c)) {
        rn_check_at(w->pair->checking, "%s", rn_op_text(&c, text));
        status = w->visit(w->pair, &c, w->context);
    }
    if (!status)
        status = run_reference(w, node, &c);
    rn_case_clear(&c);
    return status;
}

static rn_status walk_graph(walk *w, const rn_dag *dag)
{
    rn_status status = RN_OK;
    w->dag = dag;
    w->values = calloc((size_t)dag->n_values + 1, sizeof *w->values);
    if (!w->values)
        return rn_fail(RN_E_NOMEM, "no memory for the operands");
    for (int32_t i = 0; i < dag->n_nodes && !status; i++)
        if (!rn_node_is_view(dag->nodes[i]))
            status = visit_node(w, dag->nodes[i]);
    for (int32_t i = 0; i < dag->n_values; i++)
        free(w->values[i]);
    free(w->values);
    return status;
}

/* ---- All of them ---- */

static rn_status walk_pass(walk *w, const rn_small_network *network, const rn_config *config,
                           rn_pass pass)
{
    bool takes_bytes;
    rn_status status = rn_device_takes_bytes(w->pair->tested, &takes_bytes);
    if (status)
        return status;
    const rn_build_params params = { .config = config,
                                     .registry = w->pair->checking->registry,
                                     .device = w->pair->tested,
                                     .pass = pass,
                                     .batch = network->batch,
                                     .n_ranks = 1,
                                     .bytes = takes_bytes && network->of_bytes,
                                     .soft_labels = network->has_shares };
    rn_dag *dag = NULL;
    status = rn_build_graph(&params, &dag);
    if (status)
        return status;
    status = walk_graph(w, dag);
    rn_dag_destroy(dag);
    return status;
}

static rn_status walk_network(walk *w, const rn_small_network *network)
{
    static const rn_pass passes[] = { RN_PASS_TRAIN, RN_PASS_ACCUMULATE, RN_PASS_EVALUATE,
                                      RN_PASS_PREDICT };
    rn_config *config = NULL;
    const rn_loaded_plugin *needed = NULL;
    if (network->needs &&
        rn_registry_load(w->pair->checking->registry, network->needs, &needed) != RN_OK) {
        rn_fail_clear();
        return RN_OK;
    }
    rn_status status = rn_small_network_config(network, &config);
    for (size_t i = 0; i < sizeof passes / sizeof *passes && !status; i++)
        if (passes[i] != RN_PASS_ACCUMULATE || config->train.accumulate > 1)
            status = walk_pass(w, network, config, passes[i]);
    rn_config_destroy(config);
    return status;
}

rn_status rn_op_walk(rn_bench_pair *pair, rn_family family, rn_op_visit *visit, void *context)
{
    rn_status status = RN_OK;
    walk *w = calloc(1, sizeof *w);
    if (!w)
        return rn_fail(RN_E_NOMEM, "no memory for the operators");
    *w = (walk){ .pair = pair, .visit = visit, .context = context };
    for (const rn_small_network *n = rn_small_networks; n->family && !status; n++)
        if (!family || n->family == family)
            status = walk_network(w, n);
    free(w);
    return status;
}
