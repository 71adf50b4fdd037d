/* random_graph.c: generates random graphs. */
#include "plan/random_graph.h"

#include <stdio.h>

#include "base/status.h"
#include "passes/autodiff.h"
#include "passes/optim.h"
#include "support/op_oracle.h"

#define MAX_POOL 40

typedef struct generator {
    op_random random;
    rn_dag *dag;
    rn_value *images[MAX_POOL]; /* images of one shape */
    int n;
} generator;

static rn_value *any_image(generator *m)
{
    return m->images[op_pick(&m->random, 0, m->n - 1)];
}

static rn_value *restore_shape(generator *m, rn_value *x, const char *name)
{
    rn_conv2d_attrs conv = { .channels = 4, .kernel = { 1, 1 } };
    return rn_conv2d(&m->dag->builder, x, name, conv);
}

static rn_value *add_operator(generator *m, int i)
{
    rn_graph *g = &m->dag->builder;
    const rn_conv2d_attrs conv = {
        .channels = 4, .kernel = { 3, 3 }, .padding = { 1, 1 }, .has_bias = i & 1
    };
    const rn_pool_attrs pool = { .kernel = { 3, 3 }, .stride = { 1, 1 }, .padding = { 1, 1 } };
    rn_value *three[] = { any_image(m), any_image(m), any_image(m) };
    char name[16];
    snprintf(name, sizeof name, "n%d", i);
    switch (op_pick(&m->random, 0, 8)) {
        case 0: return rn_relu(g, any_image(m));
        case 1: return rn_add(g, any_image(m), any_image(m));
        case 2: return rn_conv2d(g, any_image(m), name, conv);
        case 3: return rn_dropout(g, any_image(m), 0.25);
        case 4: return rn_max_pool(g, any_image(m), pool);
        case 5: return rn_avg_pool(g, any_image(m), pool);
        case 6: return restore_shape(m, rn_concat(g, three, 3), name);
        default: return rn_batch_norm(g, any_image(m), name, (rn_batch_norm_attrs){ 0 });
    }
}

static rn_status finish_graph(generator *m)
{
    rn_graph *g = &m->dag->builder;
    rn_tensor_desc labels = rn_desc_make(RN_I32, 1, (const int64_t[]){ 3 });
    rn_cross_entropy_attrs loss = { .size = sizeof loss };
    rn_node *node = NULL;
    rn_value *x = m->images[0];
    rn_dag_index(m->dag);
    for (int i = 1; i < m->n; i++)
        if (m->images[i]->n_readers == 0)
            x = rn_add(g, x, m->images[i]);
    x = rn_linear(g, rn_flatten(g, x), "fc", (rn_linear_attrs){ .units = 5, .has_bias = 1 });
    m->dag->labels = rn_dag_input(m->dag, "labels", &labels);
    if (m->dag->status)
        return m->dag->status;
    rn_status status = rn_dag_op(m->dag, "softmax_cross_entropy", "loss", &loss,
                                 (rn_value *[]){ x, m->dag->labels }, 2, &node);
    if (!status)
        m->dag->loss = node->outputs[RN_SOFTMAX_CROSS_ENTROPY_LOSS];
    return status;
}

static rn_status accept(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)op;
    answer->deterministic = 1;
    return RN_OK;
}
static const rn_backend accepting = { .query = accept };
rn_device random_graph_device = { .backend = &accepting };

rn_dag *random_graph(uint32_t seed, bool keep_all, rn_device *device)
{
    generator m = { .random = { .seed = seed } };
    rn_config config = { .train = { .momentum = seed & 1 ? 0.9 : 0 } };
    rn_tensor_desc desc = rn_desc_make(RN_F32, 4, (const int64_t[]){ 3, 4, 6, 5 });
    rn_status status = rn_dag_create(true, seed & 2 ? RN_BIT : RN_U8, &m.dag);
    if (status)
        return NULL;
    m.images[m.n++] = m.dag->images = rn_dag_input(m.dag, "images", &desc);
    int n_operators = (int)op_pick(&m.random, 1, MAX_POOL - 1);
    for (int i = 0; i < n_operators; i++) {
        rn_value *added = add_operator(&m, i);
        m.images[m.n++] = added;
    }
    status = finish_graph(&m);
    if (!status)
        status = rn_autodiff_append(m.dag, m.dag->loss, NULL);
    if (!status)
        status = rn_optim_append(m.dag, &config, device);
    op_check(!status, "graph %u: %s", seed, rn_fail_text());
    for (int32_t i = 0; i < m.dag->n_values; i++)
        m.dag->values[i]->pinned =
            keep_all || m.dag->values[i] == m.dag->loss || op_pick(&m.random, 0, 19) == 0;
    return m.dag;
}
