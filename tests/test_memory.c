/* test_memory.c: the plan of the arena, judged by playing a step through it: every byte that an
 * operator reads must still belong to what it means to read. On random graphs and on real networks;
 * and a random graph computes the same bits in a tight arena as with room for everything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"
#include "net_harness.h"
#include "op.h"
#include "op_oracle.h"
#include "random_graph.h"
#include "status.h"

#define N_GRAPHS 60
#define UNIT RN_MEMORY_ALIGNMENT

/* ---- Playing a step ---- */

/* Who wrote each unit of the arena last: 1 + index of a value, or -1 - index of a node for its
 * workspace. */
typedef struct play {
    const rn_dag *dag;
    const rn_memory *memory;
    const uint64_t *workspace_bytes;
    int32_t *owner;
    uint64_t n_units;
    const char *name; /* of the graph */
} play;

static uint64_t units(uint64_t bytes)
{
    return (bytes + UNIT - 1) / UNIT;
}

static uint64_t offset_of(const play *p, const rn_value *value)
{
    return p->memory->value_offsets[value->index];
}

static bool in_arena(const rn_value *value)
{
    return value && !value->is_constant &&
           (value->role == RN_ROLE_ACTIVATION || value->role == RN_ROLE_INPUT);
}

static void claim(play *p, uint64_t offset, uint64_t bytes, int32_t owner)
{
    bool fits = offset % UNIT == 0 && offset / UNIT + units(bytes) <= p->n_units;
    op_check(fits, "%s: owner %d lies outside of the arena", p->name, (int)owner);
    for (uint64_t i = 0; fits && i < units(bytes); i++)
        p->owner[offset / UNIT + i] = owner;
}

static bool owns(const play *p, const rn_value *value)
{
    uint64_t offset = offset_of(p, value);
    for (uint64_t i = 0; i < units(value->desc.size_bytes); i++)
        if (p->owner[offset / UNIT + i] != 1 + value->index)
            return false;
    return true;
}

static int32_t times_read(const rn_node *node, rn_value *storage)
{
    int32_t n = 0;
    for (int32_t k = 0; k < node->n_inputs; k++)
        n += node->inputs[k] && rn_value_storage(node->inputs[k]) == storage;
    return n;
}

static uint32_t inplace_inputs(const rn_node *node)
{
    return node->op->inplace_inputs | node->inplace_inputs;
}

/* May output 0 overwrite input k, as far as this operator goes? */
static bool may_overwrite(const play *p, const rn_node *node, int32_t k)
{
    rn_value *input = rn_value_storage(node->inputs[k]);
    const rn_value *output = node->outputs[0];
    return (inplace_inputs(node) >> k & 1) && output && !output->base &&
           offset_of(p, input) == offset_of(p, output) && times_read(node, input) == 1;
}

static void check_inputs(const play *p, const rn_node *node, bool after)
{
    for (int32_t k = 0; k < node->n_inputs; k++) {
        if (!in_arena(node->inputs[k]) || (after && may_overwrite(p, node, k)))
            continue;
        const rn_value *storage = rn_value_storage(node->inputs[k]);
        op_check(owns(p, storage), "%s: %s (%s): input %d, %s, was overwritten %s", p->name,
                 node->name, node->op->name, (int)k, storage->name,
                 after ? "by this operator" : "before");
    }
}

static void play_node(play *p, int32_t i)
{
    const rn_node *node = p->dag->nodes[i];
    check_inputs(p, node, false);
    if (p->workspace_bytes[i])
        claim(p, p->memory->workspace_offsets[i], p->workspace_bytes[i], -1 - i);
    for (int32_t k = 0; k < node->n_outputs; k++)
        if (in_arena(node->outputs[k]) && !node->outputs[k]->base)
            claim(p, offset_of(p, node->outputs[k]), node->outputs[k]->desc.size_bytes,
                  1 + node->outputs[k]->index);
    check_inputs(p, node, true);
    for (int32_t k = 0; k < node->n_outputs; k++)
        if (in_arena(node->outputs[k]))
            op_check(owns(p, rn_value_storage(node->outputs[k])), "%s: %s: results overlap",
                     p->name, node->name);
    bool is_whole = true;
    for (uint64_t k = 0; k < units(p->workspace_bytes[i]); k++)
        is_whole = is_whole && p->owner[p->memory->workspace_offsets[i] / UNIT + k] == -1 - i;
    op_check(is_whole, "%s: %s: a result lies on the workspace", p->name, node->name);
}

static void play_step(play *p)
{
    const rn_dag *dag = p->dag;
    p->n_units = p->memory->arena_bytes / UNIT;
    p->owner = calloc(p->n_units + 1, sizeof *p->owner);
    if (!p->owner)
        abort();
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_INPUT)
            claim(p, p->memory->value_offsets[i], dag->values[i]->desc.size_bytes, 1 + i);
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_INPUT)
            op_check(owns(p, dag->values[i]), "%s: inputs overlap", p->name);
    for (int32_t i = 0; i < dag->n_nodes; i++)
        play_node(p, i);
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->pinned && in_arena(dag->values[i]) && dag->values[i]->producer)
            op_check(owns(p, rn_value_storage(dag->values[i])), "%s: %s is pinned, but overwritten",
                     p->name, dag->values[i]->name);
    free(p->owner);
}

/* What an operator needs at once, results on its inputs where they may be. */
static uint64_t need_of(const play *p, int32_t i)
{
    const rn_node *node = p->dag->nodes[i];
    uint64_t sum = units(p->workspace_bytes[i]);
    for (int32_t k = 0; k < node->n_inputs; k++) {
        rn_value *storage = node->inputs[k] ? rn_value_storage(node->inputs[k]) : NULL;
        bool again = false;
        for (int32_t m = 0; m < k; m++)
            again = again || (node->inputs[m] && rn_value_storage(node->inputs[m]) == storage);
        if (in_arena(storage) && !again)
            sum += units(storage->desc.size_bytes);
    }
    for (int32_t k = inplace_inputs(node) ? 1 : 0; k < node->n_outputs; k++)
        if (in_arena(node->outputs[k]) && !node->outputs[k]->base)
            sum += units(node->outputs[k]->desc.size_bytes);
    return sum * UNIT;
}

static void check_memory(play *p)
{
    uint64_t least = 0;
    play_step(p);
    for (int32_t i = 0; i < p->dag->n_nodes; i++)
        least = need_of(p, i) > least ? need_of(p, i) : least;
    op_check(p->memory->lower_bound_bytes >= least, "%s: an operator needs %llu, the bound is %llu",
             p->name, (unsigned long long)least, (unsigned long long)p->memory->lower_bound_bytes);
    op_check(p->memory->arena_bytes >= p->memory->lower_bound_bytes,
             "%s: the arena is smaller than what is alive at once", p->name);
}

/* ---- Random graphs ---- */

static void test_random(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (uint32_t seed = 1; seed <= N_GRAPHS; seed++) {
        char name[32];
        op_random random = { .seed = seed + 1000 };
        rn_memory *memory = NULL;
        rn_dag *dag = random_graph(seed, false);
        uint64_t *workspace_bytes = dag ? calloc((size_t)dag->n_nodes, sizeof(uint64_t)) : NULL;
        if (!workspace_bytes)
            abort();
        for (int32_t i = 0; i < dag->n_nodes; i++)
            if (op_pick(&random, 0, 2) == 0)
                workspace_bytes[i] = (uint64_t)op_pick(&random, 1, 5000);
        op_check(!rn_memory_plan(dag, workspace_bytes, &memory), "%s", rn_fail_text());
        snprintf(name, sizeof name, "graph %u", seed);
        if (memory)
            check_memory(&(play){ .dag = dag, .memory = memory, .name = name,
                                  .workspace_bytes = workspace_bytes });
        rn_memory_destroy(memory);
        free(workspace_bytes);
        rn_dag_destroy(dag);
    }
}

/* ---- The same bits ---- */

/* Fills tensors with numbers that depend on the name alone. */
static void fill(float *values, int64_t count, const char *name)
{
    uint32_t seed = 5381;
    for (; *name; name++)
        seed = seed * 33 + (uint8_t)*name;
    op_random random = { .seed = seed };
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)op_pick(&random, -512, 512) / 512;
}

static rn_status fill_store(rn_store *store)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        float *values = malloc(entry->desc.size_bytes);
        if (!values)
            abort();
        fill(values, rn_desc_count(&entry->desc), entry->name);
        for (int64_t k = 0; k < rn_desc_count(&entry->desc) && entry->role == RN_ROLE_STATE; k++)
            values[k] += 2; /* a variance */
        status = rn_store_upload(store, entry, values);
        free(values);
    }
    return status;
}

static rn_status upload_inputs(rn_plan *plan)
{
    static float images[3 * 4 * 6 * 5];
    const int32_t labels[3] = { 4, 0, 2 }, random[2] = { 3, 1 };
    const float learning_rate = 0.125f;
    fill(images, sizeof images / sizeof *images, "images");
    rn_status status = rn_plan_upload(plan, plan->dag->images, images);
    if (!status)
        status = rn_plan_upload(plan, plan->dag->labels, labels);
    if (!status)
        status = rn_plan_upload(plan, plan->dag->learning_rate, &learning_rate);
    if (!status && plan->dag->random)
        status = rn_plan_upload(plan, plan->dag->random, random);
    return status;
}

/* All kept tensors after two steps; freed by the caller. */
static uint8_t *train_graph(const op_backend *backend, uint32_t seed, bool keep_all, uint64_t *size)
{
    rn_device device = { .backend = backend->table, .context = backend->context,
                         .label = (char[]){ "device" } };
    rn_plan *plan = NULL;
    rn_store *store = NULL;
    rn_buffer *arena = NULL;
    uint8_t *result = NULL;
    rn_dag *dag = random_graph(seed, keep_all);
    rn_status status = dag ? rn_plan_create(&device, dag, &plan) : RN_E_NOMEM;
    if (!status)
        status = rn_store_create(&device, plan->dag, &store);
    if (!status)
        status = backend->table->buffer_create(backend->context, plan->memory->arena_bytes, &arena);
    if (!status)
        status = rn_plan_bind(plan, store, arena);
    if (!status)
        status = fill_store(store);
    for (int step = 0; step < 2 && !status; step++) {
        status = upload_inputs(plan);
        if (!status)
            status = rn_plan_run(plan);
    }
    if (op_accepted(backend, status, "a random graph")) {
        *size = store->size_bytes;
        result = calloc(1, *size);
        for (int32_t i = 0; result && i < store->n_entries; i++)
            op_check(!rn_store_download(store, &store->entries[i],
                                        result + store->entries[i].offset_bytes), "download");
    }
    rn_plan_destroy(plan);
    rn_store_destroy(store);
    if (arena)
        backend->table->buffer_destroy(backend->context, arena);
    return result;
}

static void test_same_bits(const op_backend *backend, const void *subject)
{
    (void)subject;
    for (uint32_t seed = 1; seed <= N_GRAPHS; seed++) {
        uint64_t size[2] = { 0, 0 };
        uint8_t *tight = train_graph(backend, seed, false, &size[0]);
        uint8_t *wide = train_graph(backend, seed, true, &size[1]);
        op_check(tight && wide && size[0] == size[1] && memcmp(tight, wide, size[0]) == 0,
                 "%s: graph %u: parameters differ where memory is shared", backend->label, seed);
        free(tight);
        free(wide);
    }
}

/* ---- Networks ---- */

static void test_network(const op_backend *backend, const void *subject)
{
    const char *cfg = subject;
    net_trial trial = { 0 };
    rn_status status = net_open(&trial, backend, cfg, 2, false);
    if (op_accepted(backend, status, cfg)) {
        const rn_plan *plans[] = { trial.train, trial.evaluate };
        for (int i = 0; i < 2; i++) {
            const rn_memory *memory = plans[i]->memory;
            check_memory(&(play){ .dag = plans[i]->dag, .memory = memory, .name = cfg,
                                  .workspace_bytes = plans[i]->workspace_bytes });
            op_check((double)memory->arena_bytes <= 1.05 * (double)memory->lower_bound_bytes,
                     "%s: %s: the arena of %llu bytes is more than 5 %% above the bound, %llu",
                     backend->label, cfg, (unsigned long long)memory->arena_bytes,
                     (unsigned long long)memory->lower_bound_bytes);
        }
    }
    net_close(&trial);
}

int main(void)
{
    op_backends_open();
    op_tests_add_once("random graphs", test_random, NULL);
    op_tests_add("sharing memory changes no bit", test_same_bits, NULL);
    op_tests_add("dropout.cfg", test_network, "tests/config/nets/dropout.cfg");
    op_tests_add("fashion_mnist_small.cfg", test_network, "share/models/fashion_mnist_small.cfg");
    op_tests_add("cifar_resnet20.cfg", test_network, "share/models/cifar_resnet20.cfg");
    int result = op_tests_run("memory");
    net_registry_close();
    return result;
}
