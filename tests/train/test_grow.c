/* test_grow.c: a network that has grown computes what it computed before, on every backend: each
 * block of the tree, deeper and wider; what is new learns at once; what cannot grow is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/growth.h"
#include "support/check.h"
#include "support/net_harness.h"
#include "train/grow.h"

enum { BATCH = 4, CHANNELS = 2, SIDE = 8, CLASSES = 3, N_PIXELS = BATCH * CHANNELS * SIDE * SIDE };

#define WIDE_LIMIT 1e-5  /* of a probability, where weights were divided */
#define OTHER_LIMIT 1e-6 /* of a probability, on backends that choose other algorithms */

/* A stage, and how it grows. */
typedef struct growth_case {
    const char *name, *stage; /* the entry of network.layers, without its name */
    const char *growth;
    bool is_preact;
    const char *words; /* of the refusal; NULL: it can grow */
} growth_case;

#define BASIC "block = \"residual/basic\"; channels = 8;"
#define BOTTLENECK "block = \"residual/bottleneck\"; channels = 4;"
#define PREACT "block = \"residual/preact_basic\"; channels = 8;"
#define PREACT_BOTTLENECK "block = \"residual/preact_bottleneck\"; channels = 4;"
#define NEXT "block = \"resnext\"; channels = 64; cardinality = 8;"
#define BOOK_NEXT "block = \"resnext/book\"; channels = 8; group_width = 4; bottleneck_ratio = 1;"
#define FIRST " first = { stride = 2; };"

static const growth_case cases[] = {
    { "residual", "block = \"residual\"; channels = 8;", "add = 2;", false, NULL },
    { "basic", BASIC FIRST, "add = 2;", false, NULL },
    { "basic, A", BASIC " shortcut = \"A\";" FIRST, "add = 1;", false, NULL },
    { "basic, drop_path", BASIC " drop_path = 0.0;", "add = 1;", false, NULL },
    { "bottleneck", BOTTLENECK FIRST, "add = 2;", false, NULL },
    { "preact_basic", PREACT FIRST, "add = 2;", true, NULL },
    { "preact_bottleneck", PREACT_BOTTLENECK FIRST, "add = 2;", true, NULL },
    { "resnext", NEXT FIRST, "add = 1;", false, NULL },
    { "book's resnext", BOOK_NEXT, "add = 2;", false, NULL },
    { "wide basic", BASIC " repeat = 2;" FIRST, "widen = 2;", false, NULL },
    { "wide bottleneck", BOTTLENECK FIRST, "widen = 1.5;", false, NULL },
    { "wide preact_basic", PREACT FIRST, "widen = 3;", true, NULL },
    { "wide preact_bottleneck", PREACT_BOTTLENECK FIRST, "widen = 2;", true, NULL },
    { "deep and wide", BASIC, "add = 1; widen = 2;", false, NULL },
    { "shortcut C", BASIC " shortcut = \"C\";", "add = 1;", false,
      "block s.1 (residual/basic) does not add its unchanged input" },
    { "1x1 convolution", "block = \"residual\"; channels = 8; use_1x1conv = true;", "add = 1;",
      false, "block s.1 (residual) does not add its unchanged input" },
    { "stride", BASIC " stride = 2;", "add = 1;", false,
      "block s.1 (residual/basic) makes (1, 8, 2, 2) of (1, 8, 4, 4)" },
    { "no width", NEXT, "widen = 2;", false, "width_factor" },
    { "layer without shortcut", "block = \"conv2d\"; channels = 8; kernel = 3; padding = 1;",
      "add = 1;", false, "block s.1 (conv2d) does not add its unchanged input" },
};
enum { N_CASES = sizeof cases / sizeof *cases };

#define NETWORK                                                                                    \
    "network = { input = { channels = 2; height = 8; width = 8; }; classes = 3; layers = ("        \
    "{ block = \"conv2d\"; name = \"conv1\"; channels = 8; kernel = 3; padding = 1; },"            \
    "{ block = \"batch_norm\"; name = \"bn1\"; }, { block = \"relu\"; },"                          \
    "{ stage = \"s\"; %s },%s { block = \"global_avg_pool\"; }, { block = \"flatten\"; },"         \
    "{ block = \"linear\"; name = \"fc\"; } ); };"                                                 \
    "train = { momentum = 0.9; ema_decay = 0.5; grow = ( { epoch = 1; stage = \"s\"; %s } ); };"

static rn_config *config_of(const growth_case *c, const op_backend *backend)
{
    static const char end[] =
        " { block = \"batch_norm\"; name = \"bn2\"; }, { block = \"relu\"; },";
    char text[2048];
    snprintf(text, sizeof text, NETWORK, c->stage, c->is_preact ? end : "", c->growth);
    rn_config *config = net_config_text("grow.cfg", text, backend);
    if (config)
        config->backend.deterministic = 1; /* both networks choose the same algorithms */
    return config;
}

/* ---- Sessions ---- */

typedef struct network {
    const rn_config *config;
    rn_session *session;
    rn_pass_plans *train, *evaluate, *average;
} network;

static bool open_network(network *n, const rn_config *config)
{
    *n = (network){ .config = config };
    rn_status status = rn_session_open(config, net_registry(), &n->session);
    if (!status)
        status = rn_session_add(n->session, RN_PASS_TRAIN, BATCH, false, &n->train);
    if (!status)
        status = rn_session_add(n->session, RN_PASS_EVALUATE, BATCH, false, &n->evaluate);
    if (!status)
        status = rn_session_add(n->session, RN_PASS_EVALUATE_AVERAGE, BATCH, false, &n->average);
    if (!status)
        status = rn_session_bind(n->session);
    op_check(!status, "%s", rn_fail_text());
    return !status;
}

static rn_batch batch_of(float pixels[N_PIXELS], int32_t labels[BATCH])
{
    for (int i = 0; i < N_PIXELS; i++)
        pixels[i] = (float)(i * 37 % 251) / 125 - 1;
    for (int i = 0; i < BATCH; i++)
        labels[i] = i % CLASSES;
    return (rn_batch){ .images = pixels, .labels = labels, .count = BATCH };
}

/* A step; returns its loss. */
static double step(network *n, rn_pass_plans *plans, int number)
{
    float pixels[N_PIXELS];
    int32_t labels[BATCH];
    const rn_batch batch = batch_of(pixels, labels);
    const rn_step_params params = { .learning_rate = 0.05,
                                    .average_decay = number ? 0.5 : 0,
                                    .seed = 1,
                                    .step = (uint32_t)number };
    rn_step_result result = { 0 };
    op_check(!rn_step_run(n->session, plans, &batch, &params, &result), "%s", rn_fail_text());
    return result.loss;
}

static void evaluate(network *n, rn_pass_plans *plans, float probabilities[BATCH * CLASSES])
{
    step(n, plans, 0);
    memcpy(probabilities, n->session->probabilities, BATCH * CLASSES * sizeof(float));
}

/* ---- The same function ---- */

static const rn_named_tensor *find(const rn_named_tensor *tensors, int64_t count, const char *name)
{
    for (int64_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return &tensors[i];
    return NULL;
}

static bool is_all_zero(const rn_named_tensor *tensor)
{
    for (int64_t i = 0; i < net_count(tensor); i++)
        if (((const float *)tensor->data)[i] != 0)
            return false;
    return true;
}

static void check_same(const growth_case *c, const op_backend *backend, const float *before,
                       const float *after)
{
    double largest = 0;
    bool is_exact = strcmp(backend->table->name, "reference") == 0 && !strstr(c->growth, "widen");
    for (int i = 0; i < BATCH * CLASSES; i++)
        largest = fmax(largest, fabs((double)before[i] - (double)after[i]));
    double limit = strstr(c->growth, "widen") ? WIDE_LIMIT : is_exact ? 0 : OTHER_LIMIT;
    op_check(largest <= limit, "%s: probabilities differ by %g", c->name, largest);
}

/* The average of a new tensor is the tensor. */
static void check_average(const growth_case *c, const rn_named_tensor *average,
                          const rn_named_tensor *tensors, int64_t count)
{
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)(strlen(average->name) - strlen(".average")),
             average->name);
    const rn_named_tensor *tensor = find(tensors, count, name);
    size_t bytes = (size_t)net_count(average) * sizeof(float);
    op_check(tensor && memcmp(tensor->data, average->data, bytes) == 0, "%s: %s is another tensor",
             c->name, average->name);
}

/* Every tensor of before is there, unless it is wider; the new ones of the optimizer are 0. */
static void check_kept(const growth_case *c, const rn_named_tensor *before, int64_t n_before,
                       const rn_named_tensor *after, int64_t n_after)
{
    for (int64_t i = 0; i < n_after; i++) {
        const rn_named_tensor *old = find(before, n_before, after[i].name);
        bool is_same = old && memcmp(old->shape, after[i].shape, sizeof old->shape) == 0;
        if (is_same)
            op_check(memcmp(old->data, after[i].data, (size_t)net_count(old) * 4) == 0,
                     "%s: %s has changed", c->name, old->name);
        else if (strstr(after[i].name, ".velocity"))
            op_check(is_all_zero(&after[i]), "%s: %s is not 0", c->name, after[i].name);
        else if (!old && strstr(after[i].name, ".average"))
            check_average(c, &after[i], after, n_after);
    }
}

/* After one step, whose loss is that of the smaller network, weights that were 0 are not. */
static void check_learns(const growth_case *c, network *n, double loss,
                         const rn_named_tensor *grown, int64_t n_grown)
{
    rn_named_tensor *tensors = NULL;
    int64_t count = 0;
    double found = step(n, n->train, 9);
    op_check(fabs(found - loss) <= WIDE_LIMIT * loss, "%s: the loss was %.9g and is %.9g", c->name,
             loss, found);
    op_check(!rn_store_tensors(n->session->store, 1u << RN_ROLE_PARAM, &tensors, &count), "%s",
             rn_fail_text());
    for (int64_t i = 0; i < count; i++) {
        const rn_named_tensor *start = find(grown, n_grown, tensors[i].name);
        bool was_zero = start && strstr(start->name, ".weight") && is_all_zero(start);
        op_check(!was_zero || !is_all_zero(&tensors[i]), "%s: %s has not learnt", c->name,
                 tensors[i].name);
    }
    rn_store_tensors_free(tensors, count);
}

/* The shares of copies are not equal, so that they get different gradients. */
static void check_copies_part(const growth_case *c, network *n, int64_t n_before)
{
    const rn_store_entry *entry = rn_store_find(n->session->store, "s.0.conv2.weight");
    if (!strstr(c->growth, "widen"))
        return;
    float *values = malloc(entry->desc.size_bytes);
    op_check(values && !rn_store_download(n->session->store, entry, values), "%s", rn_fail_text());
    int64_t window = entry->desc.shape[2] * entry->desc.shape[3];
    bool differ = false;
    for (int64_t i = 0; i < window; i++)
        differ = differ || values[i] != values[n_before * window + i];
    op_check(differ, "%s: a channel and its copy are read alike", c->name);
    free(values);
}

static void test_grow(const op_backend *backend, const void *subject)
{
    const growth_case *c = subject;
    rn_config *config = config_of(c, backend), *larger = NULL;
    rn_named_tensor *before = NULL, *after = NULL;
    int64_t n_before = 0, n_after = 0;
    rn_grown *grown = NULL;
    network small = { 0 }, large = { 0 };
    float p[BATCH * CLASSES], q[BATCH * CLASSES];
    if (!config || rn_growth_apply(config, 1, &larger) ||
        rn_grow_compare(config, larger, net_registry(), &grown)) {
        op_check(false, "%s: %s", c->name, rn_fail_text());
        goto done;
    }
    if (!open_network(&small, config) || !open_network(&large, larger))
        goto done;
    op_check(!rn_store_initialise(small.session->store, RN_WEIGHT_INIT_HE_NORMAL, 5), "%s",
             rn_fail_text());
    for (int i = 0; i < 3; i++)
        step(&small, small.train, i);
    op_check(!rn_store_tensors(small.session->store, ~0u, &before, &n_before) &&
                 !rn_grow_fill(grown, large.session, before, n_before) &&
                 !rn_store_tensors(large.session->store, ~0u, &after, &n_after),
             "%s", rn_fail_text());
    op_check(n_after > n_before || strstr(c->growth, "widen"), "%s: it has not grown", c->name);
    evaluate(&small, small.evaluate, p);
    evaluate(&large, large.evaluate, q);
    check_same(c, backend, p, q);
    evaluate(&small, small.average, p);
    evaluate(&large, large.average, q);
    check_same(c, backend, p, q);
    check_kept(c, before, n_before, after, n_after);
    check_copies_part(c, &large,
                      rn_store_find(small.session->store, "s.0.conv2.weight")->desc.shape[1]);
    check_learns(c, &large, step(&small, small.train, 9), after, n_after);
done:
    rn_store_tensors_free(before, n_before);
    rn_store_tensors_free(after, n_after);
    rn_session_close(small.session);
    rn_session_close(large.session);
    rn_grown_destroy(grown);
    rn_config_destroy(larger);
    rn_config_destroy(config);
}

/* ---- Refusals ---- */

static void test_refused(const op_backend *unused, const void *subject)
{
    const growth_case *c = subject;
    rn_config *config = config_of(c, op_backend_at(0)), *larger = NULL;
    rn_grown *grown = NULL;
    (void)unused;
    op_check(config && !rn_growth_apply(config, 1, &larger), "%s", rn_fail_text());
    rn_status status = rn_grow_compare(config, larger, net_registry(), &grown);
    op_check(check_failed(status, RN_E_CONFIG, c->words), "%s: %s", c->name, rn_fail_text());
    rn_grown_destroy(grown);
    rn_config_destroy(larger);
    rn_config_destroy(config);
}

/* Networks that differ by more than a growth. */
static void test_other_networks(const op_backend *unused, const void *subject)
{
    static const char plain[] =
        "network = { input = { channels = 8; height = 8; width = 8; };"
        "classes = 3; layers = (%s { block = \"global_avg_pool\"; },"
        "{ block = \"flatten\"; }, { block = \"linear\"; name = \"fc\"; } ); };";
    static const char *const layers[][3] = {
        { "", "{ block = \"residual/basic\"; name = \"b\"; channels = 8; },",
          "reads numbers that may be negative" },
        { "{ block = \"residual/basic\"; name = \"b\"; channels = 8; },", "",
          "has no \"b.conv1.weight\"" },
        { "{ block = \"conv2d\"; name = \"c\"; channels = 8; kernel = 1; },",
          "{ block = \"conv2d\"; name = \"c\"; channels = 8; kernel = 3; padding = 1; },",
          "c (conv2d of block conv2d) cannot be widened" },
        { "{ block = \"conv2d\"; name = \"c\"; channels = 4; kernel = 1; }, { block = "
          "\"subsample\"; "
          "channels_after = 4; },",
          "{ block = \"conv2d\"; name = \"c\"; channels = 8; kernel = 1; }, { block = "
          "\"subsample\"; },",
          "cannot be widened" },
    };
    (void)unused;
    (void)subject;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        rn_config *configs[2] = { NULL };
        rn_grown *grown = NULL;
        for (int k = 0; k < 2; k++) {
            char text[1024];
            snprintf(text, sizeof text, plain, layers[i][k]);
            configs[k] = net_config_text("plain.cfg", text, op_backend_at(0));
        }
        rn_status status = rn_grow_compare(configs[0], configs[1], net_registry(), &grown);
        op_check(check_failed(status, RN_E_CONFIG, layers[i][2]), "%d: %s", (int)i, rn_fail_text());
        rn_grown_destroy(grown);
        rn_config_destroy(configs[0]);
        rn_config_destroy(configs[1]);
    }
}

int main(void)
{
    op_backends_open();
    for (int i = 0; i < N_CASES; i++)
        if (cases[i].words)
            op_tests_add_once(cases[i].name, test_refused, &cases[i]);
        else
            op_tests_add(cases[i].name, test_grow, &cases[i]);
    op_tests_add_once("other networks", test_other_networks, NULL);
    int result = op_tests_run("grow");
    net_registry_close();
    return result;
}
