/* test_bytes.c: images that the device makes of their bytes are those of the loader: the steps of
 * both have the same bits. */
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"
#include "support/memory_set.h"
#include "support/net_harness.h"
#include "train/step.h"

#define CFG "tests/config/nets/dropout.cfg"
#define SIDE 16
#define COUNT 26
#define BATCH 8 /* the last batch has 2 */
#define N_STEPS (COUNT / BATCH)

static memory_set *make_data(int64_t channels)
{
    memory_set *data = memory_set_make(COUNT, channels, SIDE - 3, SIDE);
    for (int64_t i = 0; i < COUNT * channels * (SIDE - 3) * (SIDE - 3); i++)
        data->pixels[i] = (uint8_t)(i * 37 % 251);
    for (int i = 0; i < COUNT; i++)
        data->labels[i] = i % 10;
    return data;
}

/* ---- The loader ---- */

/* The numbers that the bytes of a batch stand for, compared with its images. */
static bool same_pictures(const rn_batch *bytes, const rn_batch *images)
{
    const int64_t plane = SIDE * SIDE, channels = bytes->n_channels;
    for (int64_t i = 0; i < bytes->count * plane * channels; i++) {
        int64_t channel = i % channels, pixel = i / channels;
        const float *image = images->images + pixel / plane * plane * channels;
        float found = bytes->byte_values[channel * 256 + bytes->bytes[i]];
        if (memcmp(&found, &image[channel * plane + pixel % plane], sizeof found))
            return false;
    }
    return true;
}

static void test_loader(const op_backend *none, const void *unused)
{
    memory_set *data = make_data(3);
    rn_loader_params params = { .source = &data->source, .batch = BATCH, .shuffle = true };
    rn_loader *loaders[2] = { NULL };
    rn_batch images, bytes;
    (void)none;
    (void)unused;
    uint64_t float_bytes = rn_loader_bytes(&params);
    bool is_open = !rn_loader_create(&params, &loaders[0]);
    params.bytes = true;
    op_check(rn_loader_bytes(&params) * 4 == float_bytes, "the loader holds %llu bytes, not %llu",
             (unsigned long long)rn_loader_bytes(&params), (unsigned long long)float_bytes / 4);
    is_open = is_open && !rn_loader_create(&params, &loaders[1]);
    op_check(is_open, "%s", rn_fail_text());
    for (int i = 0; i <= N_STEPS && is_open; i++) {
        bool has = !rn_loader_next(loaders[0], &images) && !rn_loader_next(loaders[1], &bytes);
        op_check(has && images.images && bytes.bytes && !images.bytes && !bytes.images,
                 "batch %d: %s", i, rn_fail_text());
        op_check(has && same_pictures(&bytes, &images), "batch %d has other numbers", i);
    }
    rn_loader_destroy(loaders[0]);
    rn_loader_destroy(loaders[1]);
    data->dataset.has_floats = true;
    op_check(rn_loader_create(&params, &loaders[0]) == RN_E_CONFIG, "bytes of floats");
    memory_set_free(data);
}

/* ---- Steps ---- */

typedef struct results {
    rn_step_result steps[N_STEPS + 1];
    bool took_bytes;
} results;

static rn_status open_session(const rn_config *config, bool bytes, rn_session **session)
{
    static const rn_pass PASSES[] = { RN_PASS_TRAIN, RN_PASS_EVALUATE };
    rn_pass_plans *plans;
    rn_status status = rn_session_open(config, net_registry(), session);
    if (status)
        return status;
    (*session)->train_bytes = (*session)->evaluation_bytes = bytes;
    for (int i = 0; i < 2 && !status; i++)
        status = rn_session_add(*session, PASSES[i], BATCH, false, &plans);
    if (!status)
        status = rn_session_bind(*session);
    return status ? status : rn_store_initialise((*session)->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
}

/* Trains on whole batches, then evaluates one. */
static rn_status take_steps(rn_session *session, const rn_source *source, results *r)
{
    rn_steps steps = { .session = session, .pass = RN_PASS_TRAIN };
    r->took_bytes = rn_session_takes_bytes(session, true);
    const rn_loader_params params = {
        .source = source, .batch = BATCH, .shuffle = true, .bytes = r->took_bytes
    };
    rn_status status = rn_loader_create(&params, &steps.loader);
    for (int i = 0; i <= N_STEPS && !status; i++) {
        const rn_step_params of_step = { .learning_rate = 0.05, .seed = 3, .step = (uint32_t)i };
        steps.changes = i >= N_STEPS - 1;
        if (i < N_STEPS)
            status = rn_step_next(&steps, &of_step, &r->steps[i]);
        else
            status = rn_step_run(session, rn_session_find(session, RN_PASS_EVALUATE, BATCH),
                                 &steps.batch, &of_step, &r->steps[i]);
    }
    rn_loader_destroy(steps.loader);
    return status;
}

static void run(const op_backend *backend, bool bytes, results *r)
{
    char path[CHECK_PATH_MAX];
    memory_set *data = make_data(1);
    rn_config *config = net_config(check_source(path, CFG), backend);
    rn_session *session = NULL;
    if (config)
        config->backend.deterministic = 1; /* both choose the same algorithms */
    rn_status status = config ? open_session(config, bytes, &session) : RN_E_CONFIG;
    if (!status)
        status = take_steps(session, &data->source, r);
    op_check(!status, "%s", rn_fail_text());
    rn_session_close(session);
    rn_config_destroy(config);
    memory_set_free(data);
}

static void test_steps(const op_backend *backend, const void *unused)
{
    results floats = { 0 }, bytes = { 0 };
    (void)unused;
    run(backend, false, &floats);
    run(backend, true, &bytes);
    op_check(!floats.took_bytes && bytes.took_bytes, "%s makes no images of bytes", backend->label);
    for (int i = 0; i <= N_STEPS; i++)
        op_check(floats.steps[i].loss == bytes.steps[i].loss &&
                     floats.steps[i].n_correct == bytes.steps[i].n_correct,
                 "step %d: loss %.9g of images, but %.9g of bytes", i, floats.steps[i].loss,
                 bytes.steps[i].loss);
}

/* ---- Backends that know nothing of it ---- */

static const rn_backend *inner;

static rn_status query_without_lookup(rn_context *context, const rn_op_desc *op,
                                      rn_op_answer *answer)
{
    if (strcmp(op->op, "lookup") == 0)
        return rn_host_table()->fail(RN_E_UNSUPPORTED, "no lookup");
    return inner->query(context, op, answer);
}

static void test_declined(const op_backend *none, const void *unused)
{
    char path[CHECK_PATH_MAX];
    rn_config *config = net_config(check_source(path, CFG), op_backend_at(0));
    rn_session *session = NULL;
    rn_pass_plans *plans = NULL;
    (void)none;
    (void)unused;
    rn_status status = config ? rn_session_open(config, net_registry(), &session) : RN_E_CONFIG;
    if (!status) {
        rn_device *device = session->ranks[0].device;
        inner = device->backend;
        rn_backend without = *inner;
        without.query = query_without_lookup;
        device->backend = &without;
        session->train_bytes = true;
        status = rn_session_add(session, RN_PASS_TRAIN, BATCH, false, &plans);
        op_check(!status && !plans->by_rank[0]->dag->bytes &&
                     !rn_session_takes_bytes(session, true),
                 "takes bytes: %s", rn_fail_text());
        device->backend = inner;
    }
    op_check(!status, "%s", rn_fail_text());
    rn_session_close(session);
    rn_config_destroy(config);
}

/* ---- Shapes ---- */

static void test_shapes(const op_backend *none, const void *unused)
{
    static const int64_t TABLES[][2] = { { 3, 255 }, { 1, 256 } };
    (void)none;
    (void)unused;
    for (int i = 0; i < 4; i++) {
        const int64_t shape[4] = { 2, 5, 6, 3 };
        rn_tensor_desc x = rn_desc_make(i == 2 ? RN_F32 : RN_U8, i == 3 ? 3 : 4, shape);
        rn_tensor_desc table = rn_desc_make(RN_F32, 2, i < 2 ? TABLES[i] : (int64_t[]){ 3, 256 });
        rn_dag *dag = NULL;
        rn_node *node = NULL;
        if (rn_dag_create(false, RN_U8, &dag))
            continue;
        rn_value *inputs[] = { rn_dag_input(dag, "x", &x), rn_dag_input(dag, "table", &table) };
        rn_status status = rn_dag_op(dag, "lookup", "y", NULL, inputs, 2, &node);
        op_check(status == RN_E_SHAPE && strstr(rn_fail_text(), "expected bytes (N, H, W, C)"),
                 "case %d: %s", i, rn_fail_text());
        rn_dag_destroy(dag);
    }
}

int main(void)
{
    op_backends_open();
    op_backends_add_halves();
    op_tests_add_once("batches of bytes", test_loader, NULL);
    op_tests_add("steps on bytes", test_steps, NULL);
    op_tests_add_once("a backend without the operator", test_declined, NULL);
    op_tests_add_once("shapes of lookup", test_shapes, NULL);
    int result = op_tests_run("bytes");
    net_registry_close();
    return result;
}
