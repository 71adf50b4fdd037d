/* test_memory.c: checks the plan of the arena by simulating a step: every byte that an operator
 * reads must still belong to its input. On random graphs and on real networks; and a random graph
 * computes the same bits in a tight arena as with memory for every value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "passes/autodiff.h"
#include "passes/optim.h"
#include "plan/arena.h"
#include "plan/memory_check.h"
#include "plan/random_graph.h"
#include "support/net_harness.h"
#include "support/op_oracle.h"

#define N_GRAPHS 60

/* ---- Random graphs ---- */

static void test_random(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (uint32_t seed = 1; seed <= N_GRAPHS; seed++) {
        char name[32];
        op_random random = { .seed = seed + 1000 };
        rn_memory *memory = NULL;
        rn_dag *dag = random_graph(seed, false, &random_graph_device);
        uint64_t *workspace_bytes = dag ? calloc((size_t)dag->n_nodes, sizeof(uint64_t)) : NULL;
        if (!workspace_bytes)
            abort();
        for (int32_t i = 0; i < dag->n_nodes; i++) {
            if (op_pick(&random, 0, 2) == 0)
                workspace_bytes[i] = (uint64_t)op_pick(&random, 1, 5000);
            /* as a backend could answer */
            dag->nodes[i]->inplace_inputs = (uint32_t)op_pick(&random, 0, 7);
        }
        op_check(!rn_memory_plan(dag, workspace_bytes, &memory), "%s", rn_fail_text());
        snprintf(name, sizeof name, "graph %u", seed);
        if (memory)
            check_memory(&(memory_check){
                .dag = dag, .memory = memory, .name = name, .workspace_bytes = workspace_bytes });
        rn_memory_destroy(memory);
        free(workspace_bytes);
        rn_dag_destroy(dag);
    }
}

/* ---- A deep graph, placed in several windows ---- */

enum { N_RESIDUAL = 900 }; /* 12609 blocks of memory; at most 8192 are placed at once (arena.c) */

static rn_dag *deep_graph(void)
{
    rn_dag *dag = NULL;
    rn_config config = { .train = { .momentum = 0.9 } };
    rn_node *node = NULL;
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 8, 4, 4 });
    rn_tensor_desc labels = rn_desc_make(RN_I32, 1, (const int64_t[]){ 2 });
    rn_cross_entropy_attrs loss = { .size = sizeof loss };
    rn_conv2d_attrs conv = { .channels = 8, .kernel = { 3, 3 }, .padding = { 1, 1 } };
    if (rn_dag_create(true, RN_U8, &dag))
        abort();
    rn_graph *g = &dag->builder;
    rn_value *x = dag->images = rn_dag_input(dag, "images", &images);
    for (int i = 0; i < N_RESIDUAL; i++) {
        char name[32];
        snprintf(name, sizeof name, "conv%d", i);
        rn_value *y = rn_conv2d(g, x, name, conv);
        snprintf(name, sizeof name, "bn%d", i);
        x = rn_add(g, x, rn_relu(g, rn_batch_norm(g, y, name, (rn_batch_norm_attrs){ 0 })));
    }
    x = rn_linear(g, rn_flatten(g, x), "fc", (rn_linear_attrs){ .units = 5 });
    dag->labels = rn_dag_input(dag, "labels", &labels);
    rn_dag_op(dag, "softmax_cross_entropy", "loss", &loss, (rn_value *[]){ x, dag->labels }, 2,
              &node);
    dag->loss = node ? node->outputs[RN_SOFTMAX_CROSS_ENTROPY_LOSS] : NULL;
    op_check(!dag->status && !rn_autodiff_append(dag, dag->loss, NULL) &&
                 !rn_optim_append(dag, &config, NULL),
             "%s", rn_fail_text());
    return dag;
}

static void test_deep(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    rn_memory *memory = NULL;
    rn_dag *dag = deep_graph();
    uint64_t *workspace_bytes = calloc((size_t)dag->n_nodes, sizeof(uint64_t));
    for (int32_t i = 0; i < dag->n_nodes; i += 3)
        workspace_bytes[i] = 64u + (uint64_t)(i * 7919 % 4096);
    op_check(!rn_memory_plan(dag, workspace_bytes, &memory), "%s", rn_fail_text());
    if (memory) {
        check_memory(&(memory_check){ .dag = dag,
                                      .memory = memory,
                                      .name = "deep graph",
                                      .workspace_bytes = workspace_bytes });
        op_check((double)memory->arena_bytes <= 1.01 * (double)memory->lower_bound_bytes,
                 "the arena of %llu bytes is more than 1 %% above the bound, %llu",
                 (unsigned long long)memory->arena_bytes,
                 (unsigned long long)memory->lower_bound_bytes);
    }
    rn_memory_destroy(memory);
    free(workspace_bytes);
    rn_dag_destroy(dag);
}

/* ---- In place of an input that the backend names ---- */

/* True if conv2d's result is placed on its input, relu's result, which another operator may
 * read. */
static bool is_in_place(uint32_t inplace_inputs, int64_t channels, bool has_other_reader)
{
    rn_dag *dag = NULL;
    rn_memory *memory = NULL;
    const uint64_t no_workspace[8] = { 0 };
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, (const int64_t[]){ 1, 8, 4, 4 });
    if (rn_dag_create(false, RN_U8, &dag))
        abort();
    rn_graph *g = &dag->builder;
    rn_value *x = rn_relu(g, rn_dag_input(dag, "images", &images));
    rn_value *y =
        rn_conv2d(g, x, "conv", (rn_conv2d_attrs){ .channels = channels, .kernel = { 1, 1 } });
    rn_value *last = rn_relu(g, y);
    op_check(!dag->status, "%s", rn_fail_text());
    y->producer->inplace_inputs = inplace_inputs;
    last->pinned = true;
    if (has_other_reader)
        rn_relu(g, x);
    op_check(!rn_memory_plan(dag, no_workspace, &memory), "%s", rn_fail_text());
    bool in_place = memory && memory->value_offsets[x->index] == memory->value_offsets[y->index];
    rn_memory_destroy(memory);
    rn_dag_destroy(dag);
    return in_place;
}

static void test_inplace(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_check(is_in_place(1u << 0, 8, false), "the result is not in place of the named input");
    op_check(!is_in_place(0, 8, false), "the result is in place of an input that was not named");
    op_check(!is_in_place(1u << 1, 8, false),
             "the result is in place of another input than the named one");
    op_check(!is_in_place(1u << 0, 4, false), "the result is in place of an input of another size");
    op_check(!is_in_place(1u << 0, 8, true),
             "the result is in place of an input that has another reader");
}

/* Sizes that exceed the address space only after alignment. */
static void test_too_large(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    rn_dag *dag = NULL;
    rn_memory *memory = NULL;
    const uint64_t workspace_bytes[2] = { INT64_MAX - 512 - 10 }; /* the images take 512 */
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, (const int64_t[]){ 1, 8, 4, 4 });
    if (rn_dag_create(false, RN_U8, &dag))
        abort();
    rn_relu(&dag->builder, rn_relu(&dag->builder, rn_dag_input(dag, "images", &images)));
    rn_status status = rn_memory_plan(dag, workspace_bytes, &memory);
    op_check(status == RN_E_NOMEM, "status %d instead of RN_E_NOMEM", (int)status);
    rn_memory_destroy(memory);
    rn_dag_destroy(dag);
}

/* ---- Blocks whose best arena is known ---- */

enum { N_RECTANGLES = 200, N_PARTS = 60 };

typedef struct rectangle {
    rn_arena_block parts[N_PARTS];
    int32_t n_parts;
    uint32_t seed;
} rectangle;

static uint64_t any_below(rectangle *r, uint64_t bound)
{
    r->seed = r->seed * 1664525u + 1013904223u;
    return (r->seed >> 8) % bound;
}

/* Cuts a rectangle of time and memory into at most n_parts blocks, which therefore fill it. */
static void cut(rectangle *r, int32_t first, int32_t last, uint64_t size, int32_t n_parts)
{
    if (n_parts < 2 || size < 2 || first == last) {
        r->parts[r->n_parts++] = (rn_arena_block){ .size_bytes = RN_MEMORY_ALIGNMENT * size,
                                                   .first = first,
                                                   .last = last };
        return;
    }
    int32_t n_below = 1 + (int32_t)any_below(r, (uint64_t)n_parts - 1);
    if (any_below(r, 2)) {
        int32_t middle = first + (int32_t)any_below(r, (uint64_t)(last - first));
        cut(r, first, middle, size, n_below);
        cut(r, middle + 1, last, size, n_parts - n_below);
    } else {
        uint64_t below = 1 + any_below(r, size - 1);
        cut(r, first, last, below, n_below);
        cut(r, first, last, size - below, n_parts - n_below);
    }
}

static int by_first(const void *a, const void *b)
{
    const rn_arena_block *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static void test_rectangles(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    double excess = 0;
    for (uint32_t seed = 1; seed <= N_RECTANGLES; seed++) {
        rectangle r = { .seed = seed * 7919 };
        uint64_t least_bytes = 0, arena_bytes = 0;
        int32_t time;
        cut(&r, 0, 60, 1000, N_PARTS);
        qsort(r.parts, (size_t)r.n_parts, sizeof *r.parts, by_first);
        op_check(!rn_arena_most_alive(r.parts, r.n_parts, &least_bytes, &time) &&
                     least_bytes == 1000 * RN_MEMORY_ALIGNMENT &&
                     !rn_arena_place(r.parts, r.n_parts, least_bytes, &arena_bytes),
                 "rectangle %u: %s", seed, rn_fail_text());
        excess += (double)arena_bytes / (double)least_bytes - 1;
    }
    op_check(excess / N_RECTANGLES < 0.03, "the arenas are %.1f %% too long on average",
             100 * excess / N_RECTANGLES);
}

/* ---- Same bits ---- */

/* Fills a tensor with numbers that depend only on its name. */
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
    if (status)
        return status;
    status = rn_plan_upload(plan, plan->dag->labels, labels);
    if (status)
        return status;
    status = rn_plan_upload(plan, plan->dag->rates[0].input, &learning_rate);
    if (status || !plan->dag->random)
        return status;
    return rn_plan_upload(plan, plan->dag->random, random);
}

typedef struct graph_run {
    rn_plan *plan;
    rn_store *store;
    rn_buffer *arena;
} graph_run;

/* Plans the graph and trains it for two steps; the plan owns `dag`. */
static rn_status train_steps(graph_run *t, rn_device *device, rn_dag *dag)
{
    rn_status status = rn_plan_create(device, dag, &t->plan);
    if (status)
        return status;
    status = rn_store_create(&device, 1, t->plan->dag, &t->store);
    if (status)
        return status;
    status =
        device->backend->buffer_create(device->context, t->plan->memory->arena_bytes, &t->arena);
    if (status)
        return status;
    status = rn_plan_bind(t->plan, t->store, 0, t->arena);
    if (status)
        return status;
    status = fill_store(t->store);
    for (int step = 0; step < 2 && !status; step++) {
        status = upload_inputs(t->plan);
        if (status)
            return status;
        status = rn_plan_run(t->plan);
    }
    return status;
}

/* Returns all kept tensors after two steps; the caller frees them. */
static uint8_t *train_graph(const op_backend *backend, uint32_t seed, bool keep_all, uint64_t *size)
{
    rn_device device = { .backend = backend->table,
                         .context = backend->context,
                         .label = (char[]){ "device" } };
    graph_run t = { 0 };
    uint8_t *result = NULL;
    rn_dag *dag = random_graph(seed, keep_all, keep_all ? NULL : &device);
    rn_status status = dag ? train_steps(&t, &device, dag) : RN_E_NOMEM;
    if (op_accepted(backend, status, "a random graph")) {
        *size = t.store->size_bytes;
        result = calloc(1, *size);
        for (int32_t i = 0; result && i < t.store->n_entries; i++)
            op_check(!rn_store_download(t.store, &t.store->entries[i],
                                        result + t.store->entries[i].offset_bytes),
                     "download");
    }
    rn_plan_destroy(t.plan);
    rn_store_destroy(t.store);
    if (t.arena)
        backend->table->buffer_destroy(backend->context, t.arena);
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
        const rn_plan *plans[] = { trial.train->by_rank[0], trial.evaluate->by_rank[0] };
        for (int i = 0; i < 2; i++) {
            const rn_memory *memory = plans[i]->memory;
            check_memory(&(memory_check){ .dag = plans[i]->dag,
                                          .memory = memory,
                                          .name = cfg,
                                          .workspace_bytes = plans[i]->workspace_bytes });
            /* In tiny networks one misplaced block is a large share: two images of 8x8 with up to
             * 16 channels have blocks of 8192 bytes. */
            op_check((double)memory->arena_bytes <= 1.05 * (double)memory->lower_bound_bytes + 8192,
                     "%s: %s: the arena of %llu bytes is more than 5 %% above the bound, %llu",
                     backend->label, cfg, (unsigned long long)memory->arena_bytes,
                     (unsigned long long)memory->lower_bound_bytes);
            op_check(i == 0 ? memory->constant_bytes == 0
                            : memory->constant_bytes > 0 || !backend->complete,
                     "%s: %s: %llu bytes are constant", backend->label, cfg,
                     (unsigned long long)memory->constant_bytes);
        }
    }
    net_close(&trial);
}

int main(void)
{
    op_backends_open();
    op_tests_add_once("random graphs", test_random, NULL);
    op_tests_add_once("a deep graph", test_deep, NULL);
    op_tests_add_once("in place of an input that the backend names", test_inplace, NULL);
    op_tests_add_once("more memory than can be addressed", test_too_large, NULL);
    op_tests_add_once("blocks that fill a rectangle", test_rectangles, NULL);
    op_tests_add("sharing memory changes no bit", test_same_bits, NULL);
    op_tests_add("dropout.cfg", test_network, "tests/config/nets/dropout.cfg");
    op_tests_add("joined.cfg", test_network, "tests/config/nets/joined.cfg");
    op_tests_add("fashion_mnist_small.cfg", test_network, "share/models/fashion_mnist_small.cfg");
    op_tests_add("cifar_resnet20.cfg", test_network, "share/models/cifar_resnet20.cfg");
    int result = op_tests_run("memory");
    net_registry_close();
    return result;
}
