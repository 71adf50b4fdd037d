/* test_births.c: the optimizers that correct their moments by the number of updates count them from
 * the growth for what is new or wider, and from the start of the run for what was there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "config/growth.h"
#include "support/check.h"
#include "support/net_harness.h"
#include "train/grow.h"

enum { BATCH = 4, CHANNELS = 2, SIDE = 8, CLASSES = 3, N_PIXELS = BATCH * CHANNELS * SIDE * SIDE };
enum { N_BEFORE = 3 }; /* updates before the growth */

#define RATE 0.05

typedef struct count_case {
    const char *name, *optimizer, *growth;
} count_case;

static const count_case cases[] = {
    { "adamw, deeper", "adamw", "add = 1;" },
    { "adamw, wider", "adamw", "widen = 2;" },
    { "lamb, deeper", "lamb", "add = 1;" },
};
enum { N_CASES = sizeof cases / sizeof *cases };

#define NETWORK                                                                                    \
    "network = { input = { channels = 2; height = 8; width = 8; }; classes = 3; layers = ("        \
    "{ block = \"conv2d\"; name = \"conv1\"; channels = 8; kernel = 3; padding = 1; },"            \
    "{ block = \"batch_norm\"; name = \"bn1\"; }, { block = \"relu\"; },"                          \
    "{ stage = \"s\"; block = \"residual/basic\"; channels = 8; }, { block = \"flatten\"; },"      \
    "{ block = \"linear\"; name = \"fc\"; } ); };"                                                 \
    "train = { optimizer = \"%s\"; weight_decay = 0.0; epsilon = 1e-12;"                           \
    "grow = ( { epoch = 1; stage = \"s\"; %s } ); };"

static rn_config *config_of(const count_case *c, const op_backend *backend)
{
    char text[1024];
    snprintf(text, sizeof text, NETWORK, c->optimizer, c->growth);
    rn_config *config = net_config_text("births.cfg", text, backend);
    if (config)
        config->backend.deterministic = 1; /* both networks choose the same algorithms */
    return config;
}

/* ---- Networks ---- */

typedef struct network {
    rn_session *session;
    rn_pass_plans *train;
} network;

static bool open_network(network *n, const rn_config *config, const rn_births *births)
{
    rn_status status = rn_session_open(config, net_registry(), &n->session);
    if (!status) {
        n->session->births = births;
        status = rn_session_add(n->session, RN_PASS_TRAIN, BATCH, false, &n->train);
    }
    if (!status)
        status = rn_session_bind(n->session);
    op_check(!status, "%s", rn_fail_text());
    return !status;
}

static void step(network *n, int number)
{
    static const int64_t births[] = { N_BEFORE };
    float pixels[N_PIXELS];
    int32_t labels[BATCH];
    const rn_batch batch = { .images = pixels, .labels = labels, .count = BATCH };
    const rn_step_params params = { .learning_rate = RATE, .n_updates = number, .births = births };
    rn_step_result result;
    for (int i = 0; i < N_PIXELS; i++)
        pixels[i] = (float)(i * 37 % 251) / 125 - 1;
    for (int i = 0; i < BATCH; i++)
        labels[i] = i % CLASSES;
    op_check(!rn_step_run(n->session, n->train, &batch, &params, &result), "%s", rn_fail_text());
}

typedef struct tensors {
    rn_named_tensor *list;
    int64_t count;
} tensors;

static tensors take(network *n, uint32_t roles)
{
    tensors t = { NULL, 0 };
    op_check(!rn_store_tensors(n->session->store, roles, &t.list, &t.count), "%s", rn_fail_text());
    return t;
}

static const rn_named_tensor *find(const tensors *t, const char *name)
{
    for (int64_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i].name, name) == 0)
            return &t->list[i];
    return NULL;
}

/* The largest change of an element of a tensor. */
static double change_of(const rn_named_tensor *from, const rn_named_tensor *to)
{
    const float *a = from->data, *b = to->data;
    double largest = 0;
    for (int64_t i = 0; i < net_count(to); i++)
        largest = fmax(largest, fabs((double)b[i] - (double)a[i]));
    return largest;
}

/* ---- Checks ---- */

/* The first step of Adam, and of LAMB without weight decay, changes an element by the learning
 * rate, whatever its gradient is (Kingma & Ba 2015, arXiv:1412.6980, section 2.1). */
static void check_new(const tensors *before, const tensors *start, const tensors *end)
{
    int n = 0;
    for (int64_t i = 0; i < end->count; i++) {
        const rn_named_tensor *to = &end->list[i], *old = find(before, to->name);
        double change = change_of(find(start, to->name), to);
        if (old && memcmp(old->shape, to->shape, sizeof old->shape) == 0)
            continue;
        op_check(change <= RATE * 1.001, "%s changes by %g", to->name, change);
        n += change > RATE * 0.99;
    }
    op_check(n > 0, "no new parameter changes by %g", RATE);
}

/* What was there changes as if nothing had grown, but for rounding. */
static void check_old(network *small, const tensors *end)
{
    step(small, N_BEFORE);
    tensors expected = take(small, 1u << RN_ROLE_PARAM);
    double change = change_of(find(&expected, "fc.weight"), find(end, "fc.weight"));
    op_check(change < 0.01 * RATE, "fc.weight differs by %g", change);
    rn_store_tensors_free(expected.list, expected.count);
}

static void check_growth(network *small, network *large, const rn_grown *grown)
{
    op_check(!rn_store_initialise(small->session->store, RN_WEIGHT_INIT_HE_NORMAL, 5), "%s",
             rn_fail_text());
    for (int i = 0; i < N_BEFORE; i++)
        step(small, i);
    tensors before = take(small, ~0u);
    op_check(!rn_grow_fill(grown, large->session, before.list, before.count), "%s", rn_fail_text());
    tensors start = take(large, 1u << RN_ROLE_PARAM);
    step(large, N_BEFORE);
    tensors end = take(large, 1u << RN_ROLE_PARAM);
    check_new(&before, &start, &end);
    check_old(small, &end);
    rn_store_tensors_free(before.list, before.count);
    rn_store_tensors_free(start.list, start.count);
    rn_store_tensors_free(end.list, end.count);
}

static void test_births(const op_backend *backend, const void *subject)
{
    rn_config *config = config_of(subject, backend), *larger = NULL;
    rn_births *births = NULL;
    rn_grown *grown = NULL;
    network small = { 0 }, large = { 0 };
    bool ready = config && !rn_growth_apply(config, 1, &larger) &&
                 !rn_births_open(config, 1, net_registry(), &births) &&
                 !rn_grow_compare(config, larger, net_registry(), &grown);
    op_check(ready, "%s", rn_fail_text());
    if (ready && open_network(&small, config, NULL) && open_network(&large, larger, births))
        check_growth(&small, &large, grown);
    rn_session_close(small.session);
    rn_session_close(large.session);
    rn_births_close(births);
    rn_grown_destroy(grown);
    rn_config_destroy(larger);
    rn_config_destroy(config);
}

int main(void)
{
    op_backends_open();
    for (int i = 0; i < N_CASES; i++)
        op_tests_add(cases[i].name, test_births, &cases[i]);
    int result = op_tests_run("births");
    net_registry_close();
    return result;
}
