/* test_store_load.c: which tensors a file of weights may contain or lack, and the messages if it
 * does not fit. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "train/session.h"

#define CFG "tests/config/nets/repeat.cfg"
#define ROLES_MODEL (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)
#define ROLES_ALL (ROLES_MODEL | 1u << RN_ROLE_OPTIMIZER)
#define MAX_TENSORS 64

static rn_registry *registry;
static rn_config *config;
static rn_session *session;

/* The session's tensors as a file, for tests to change. */
typedef struct weights {
    rn_named_tensor *tensors; /* the store's copies */
    int64_t n_tensors;
    rn_named_tensor list[MAX_TENSORS];
    char names[MAX_TENSORS][96];
    rn_safetensors file;
} weights;

static void make_file(weights *w, uint32_t roles)
{
    memset(w, 0, sizeof *w);
    CU_ASSERT_EQUAL_FATAL(rn_store_tensors(session->store, roles, &w->tensors, &w->n_tensors),
                          RN_OK);
    CU_ASSERT_FATAL(w->n_tensors < MAX_TENSORS);
    memcpy(w->list, w->tensors, (size_t)w->n_tensors * sizeof *w->list);
    w->file = (rn_safetensors){ .tensors = w->list, .n_tensors = w->n_tensors };
}

static void clear_file(weights *w)
{
    rn_store_tensors_free(w->tensors, w->n_tensors);
}

/* Adds a tensor of one value. */
static void add_tensor(weights *w, const char *name)
{
    static const float value = 1;
    w->list[w->file.n_tensors++] = (rn_named_tensor){
        .name = name, .dtype = RN_F32, .rank = 1, .shape = { 1 }, .data = &value
    };
}

static rn_named_tensor *find_tensor(weights *w, const char *name)
{
    for (int64_t i = 0; i < w->file.n_tensors; i++)
        if (strcmp(w->list[i].name, name) == 0)
            return &w->list[i];
    CU_FAIL_FATAL("no such tensor");
    return NULL;
}

static void remove_tensor(weights *w, const char *name)
{
    rn_named_tensor *tensor = find_tensor(w, name);
    *tensor = w->list[--w->file.n_tensors];
}

/* Loads a file of the weights, in the way that the source says. */
static rn_status load_with(const weights *w, rn_store_source source)
{
    char path[CHECK_PATH_MAX];
    rn_safetensors *file = NULL;
    check_scratch(path, "w.st");
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_write(path, w->list, w->file.n_tensors, NULL, 0), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &file), RN_OK);
    source.table = &file->stored;
    source.path = "w.st";
    rn_status status = rn_store_load(session->store, &source);
    rn_safetensors_destroy(file);
    return status;
}

static rn_status load_but_head(const weights *w, uint32_t roles, rn_store_match match,
                               const char *head)
{
    return load_with(w, (rn_store_source){ .roles = roles, .match = match, .head = head });
}

static rn_status load_file(const weights *w, uint32_t roles, rn_store_match match)
{
    return load_but_head(w, roles, match, NULL);
}

static void test_same(void)
{
    weights w;
    make_file(&w, ROLES_ALL);
    CU_ASSERT_EQUAL(load_file(&w, ROLES_ALL, RN_STORE_EXACT), RN_OK);
    CU_ASSERT_EQUAL(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_OK);
    add_tensor(&w, "layer1.0.bn1.num_batches_tracked");
    CU_ASSERT_EQUAL(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_OK);
    CU_ASSERT(check_failed(load_file(&w, ROLES_ALL, RN_STORE_EXACT), RN_E_DATA,
                           "no tensor \"layer1.0.bn1.num_batches_tracked\"; expected"));
    clear_file(&w);
}

static void test_surplus(void)
{
    weights w;
    make_file(&w, ROLES_MODEL);
    add_tensor(&w, "layer9.weight");
    add_tensor(&w, "layer9.weight.velocity"); /* of a tensor that the network lacks */
    add_tensor(&w, "a");
    add_tensor(&w, "b");
    add_tensor(&w, "c");
    CU_ASSERT(check_failed(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_E_DATA,
                           "w.st: this network has no tensors \"a\", \"b\", \"c\", "
                           "\"layer9.weight\" and 1 more; expected"));
    clear_file(&w);
}

/* Names as DataParallel, torch.compile and people write them. */
static void test_missing(void)
{
    weights w;
    make_file(&w, ROLES_MODEL);
    for (int64_t i = 0; i < w.n_tensors; i++) {
        snprintf(w.names[i], sizeof w.names[i], "_orig_mod.module.%s", w.list[i].name);
        w.list[i].name = w.names[i];
    }
    CU_ASSERT(check_failed(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_E_DATA,
                           "33 tensors are missing: \"conv1.weight\" (there is "
                           "\"_orig_mod.module.conv1.weight\"), "));
    clear_file(&w);
    make_file(&w, ROLES_MODEL);
    find_tensor(&w, "fc.bias")->name = "fc.bias_";
    CU_ASSERT(check_failed(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_E_DATA,
                           "1 tensor is missing: \"fc.bias\" (there is \"fc.bias_\"); "
                           "this network has no tensor \"fc.bias_\""));
    remove_tensor(&w, "fc.bias_");
    remove_tensor(&w, "fc.weight");
    CU_ASSERT(check_failed(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_E_DATA,
                           "2 tensors are missing: \"fc.weight\", \"fc.bias\"; expected"));
    clear_file(&w);
}

/* Velocities may be missing only if training resumes with another configuration; then they start at
 * 0. */
static void test_restart(void)
{
    weights w;
    float velocity[10] = { 1, 2, 3 };
    const rn_store_entry *entry = rn_store_find(session->store, "fc.bias.velocity");
    CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
    CU_ASSERT_EQUAL(rn_store_upload(session->store, entry, velocity), RN_OK);
    make_file(&w, ROLES_MODEL);
    CU_ASSERT(check_failed(load_file(&w, ROLES_ALL, RN_STORE_EXACT), RN_E_DATA, ".velocity\""));
    CU_ASSERT_EQUAL(rn_store_download(session->store, entry, velocity), RN_OK);
    CU_ASSERT_EQUAL(velocity[2], 3); /* nothing was changed */
    CU_ASSERT_EQUAL(load_file(&w, ROLES_ALL, RN_STORE_RESTART), RN_OK);
    CU_ASSERT_EQUAL(rn_store_download(session->store, entry, velocity), RN_OK);
    CU_ASSERT_EQUAL(velocity[2], 0);
    clear_file(&w);
}

static void test_values(void)
{
    static const float bad[] = { NAN, -NAN, INFINITY, -INFINITY };
    weights w;
    make_file(&w, ROLES_MODEL);
    float *last = (float *)(uintptr_t)find_tensor(&w, "fc.bias")->data + 9;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        *last = bad[i];
        CU_ASSERT(check_failed(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_E_DATA,
                               "tensor \"fc.bias\" holds values that are infinite or NaN"));
    }
    *last = 3.4e38f;
    CU_ASSERT_EQUAL(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_OK);
    float *variance = (float *)(uintptr_t)find_tensor(&w, "layer1.1.bn2.running_var")->data + 3;
    *variance = -1e-6f;
    CU_ASSERT(check_failed(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_E_DATA,
                           "\"layer1.1.bn2.running_var\" holds the variance -1e-06"));
    *variance = 0;
    CU_ASSERT_EQUAL(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_OK);
    clear_file(&w);
}

static void test_shapes(void)
{
    weights w;
    make_file(&w, ROLES_MODEL);
    find_tensor(&w, "fc.bias")->shape[0] = 9;
    CU_ASSERT(check_failed(load_file(&w, ROLES_MODEL, RN_STORE_WEIGHTS), RN_E_DATA,
                           "1 tensor has another shape: \"fc.bias\" is (9), expected (10)"));
    clear_file(&w);
}

/* The head may have any shape or be missing; a layer whose name only begins as its does may not. */
static void test_head(void)
{
    weights w;
    make_file(&w, ROLES_MODEL);
    find_tensor(&w, "fc.bias")->shape[0] = 9;
    remove_tensor(&w, "fc.weight");
    CU_ASSERT_EQUAL(load_but_head(&w, ROLES_MODEL, RN_STORE_WEIGHTS, "fc"), RN_OK);
    add_tensor(&w, "fc2.bias");
    CU_ASSERT(check_failed(load_but_head(&w, ROLES_MODEL, RN_STORE_WEIGHTS, "fc"), RN_E_DATA,
                           "no tensor \"fc2.bias\""));
    clear_file(&w);
}

static void set_all(float value)
{
    float *values = malloc(rn_store_largest_bytes(session->store));
    for (int32_t i = 0; i < session->store->n_entries; i++) {
        const rn_store_entry *entry = &session->store->entries[i];
        for (uint64_t k = 0; k < entry->desc.size_bytes / sizeof *values; k++)
            values[k] = value;
        CU_ASSERT_EQUAL(rn_store_upload(session->store, entry, values), RN_OK);
    }
    free(values);
}

/* The entries that do not hold what the tensors of the same place do. */
static int64_t n_other(const rn_named_tensor *tensors)
{
    float *values = malloc(rn_store_largest_bytes(session->store));
    int64_t n = 0;
    for (int32_t i = 0; i < session->store->n_entries; i++) {
        const rn_store_entry *entry = &session->store->entries[i];
        CU_ASSERT_EQUAL(rn_store_download(session->store, entry, values), RN_OK);
        n += memcmp(values, tensors[i].data, entry->desc.size_bytes) != 0;
    }
    free(values);
    return n;
}

/* What the file has is its own, what it lacks is initial, and each tensor is written once. */
static void check_start(const weights *w, rn_store_match match, int64_t n_own)
{
    const rn_store_start start = { RN_WEIGHT_INIT_HE_NORMAL, 1 };
    rn_store_copy *copy = &session->store->copies[0];
    rn_named_tensor *initial = NULL;
    int64_t count = 0;
    CU_ASSERT_EQUAL(rn_store_initialise(session->store, start.method, start.seed), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_tensors(session->store, UINT32_MAX, &initial, &count), RN_OK);
    CU_ASSERT_EQUAL_FATAL(count, session->store->n_entries);
    set_all(7);
    uint64_t uploads = copy->uploads;
    const rn_store_source source = { .roles = ROLES_MODEL, .match = match, .start = &start };
    CU_ASSERT_EQUAL(load_with(w, source), RN_OK);
    CU_ASSERT_EQUAL(copy->uploads - uploads, (uint64_t)count);
    CU_ASSERT_EQUAL(n_other(initial), n_own);
    rn_store_tensors_free(initial, count);
}

static void test_start(void)
{
    weights w;
    set_all(3);
    make_file(&w, ROLES_MODEL);
    check_start(&w, RN_STORE_WEIGHTS, w.file.n_tensors);
    remove_tensor(&w, "fc.weight");
    remove_tensor(&w, "fc.bias");
    check_start(&w, RN_STORE_PARTIAL, w.file.n_tensors);
    clear_file(&w);
}

static rn_status open_session(void)
{
    char path[CHECK_PATH_MAX];
    const char *settings[] = { "backend.name=reference", "run.threads=1" };
    rn_pass_plans *plans = NULL;
    rn_status status = rn_registry_create(NULL, &registry);
    if (status)
        return status;
    status = rn_config_load(check_source(path, CFG), settings, 2, &config);
    if (status)
        return status;
    status = rn_session_open(config, registry, &session);
    if (status)
        return status;
    status = rn_session_add(session, RN_PASS_TRAIN, 2, false, &plans);
    if (status)
        return status;
    status = rn_session_bind(session);
    if (status)
        return status;
    return rn_store_initialise(session->store, RN_WEIGHT_INIT_HE_NORMAL, 1);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "the network's tensors", test_same },
        { "tensors of another network", test_surplus },
        { "tensors that are missing or have other names", test_missing },
        { "velocities that are missing", test_restart },
        { "non-finite values, negative variances", test_values },
        { "other shapes", test_shapes },
        { "all but the head", test_head },
        { "tensors that start", test_start },
        CU_TEST_INFO_NULL,
    };
    if (open_session()) {
        fprintf(stderr, "%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("store_load", tests);
    rn_session_close(session);
    rn_config_destroy(config);
    rn_registry_destroy(registry);
    return result;
}
