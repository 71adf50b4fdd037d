/* test_cudnn_faults.c: the backend cudnn on the stand-ins for NVIDIA's libraries, with one failing
 * call: each call in turn, from opening the device to the last step. Whatever fails, the session
 * must fail with a message or continue with the same numbers, without misuse on the way out and
 * without leaks. An algorithm whose trial fails is not taken; another one rounds in another way. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cudasim/cudasim.h"
#include "plan/algorithms.h"
#include "support/check.h"
#include "support/net_harness.h"

enum { BATCH = 8, STEPS = 3, IMAGE = 3 * 32 * 32, MAX_SETTINGS = 6 };

/* One configuration of the backend, and how many of its calls to fail. */
typedef struct scenario {
    const char *name;
    const char *settings[MAX_SETTINGS]; /* ends with NULL */
    bool is_cold;                       /* the user's cache is empty */
    bool is_deterministic;              /* the same algorithms give the same bits */
    const char *function;               /* calls of this one fail; NULL: of any */
    uint64_t max_failures;              /* number of failures to try, evenly spread */
    double tolerance;                   /* between losses, where bits may differ */
} scenario;

typedef struct outcome {
    double losses[STEPS];
    int64_t n_correct;
    json_t *algorithms; /* of training, a list for each GPU; released by outcome_clear() */
} outcome;

static void outcome_clear(outcome *result)
{
    json_decref(result->algorithms);
    result->algorithms = NULL;
}

static void make_batch(rn_batch *batch)
{
    static float images[BATCH * IMAGE];
    static int32_t labels[BATCH];
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        images[i] = (float)((uint32_t)i * 2654435761u >> 16) / 65536.0f - 0.5f;
    for (int i = 0; i < BATCH; i++)
        labels[i] = i;
    *batch = (rn_batch){ .images = images, .labels = labels, .count = BATCH };
}

static rn_status run_steps(rn_session *session, rn_pass pass, outcome *result)
{
    const rn_step_params params = { .learning_rate = 0.1, .seed = 1 };
    rn_steps steps = { .session = session, .pass = pass };
    rn_step_result step = { 0 };
    rn_status status = RN_OK;
    make_batch(&steps.next);
    for (int i = 0; i < STEPS && !status; i++) {
        status = rn_step_next(&steps, &params, &step);
        if (pass == RN_PASS_TRAIN)
            result->losses[i] = step.loss;
        else
            result->n_correct = step.n_correct;
    }
    return status;
}

static rn_status list_algorithms(const rn_pass_plans *plans, int32_t n_ranks, outcome *result)
{
    rn_status status = RN_OK;
    result->algorithms = json_array();
    for (int32_t i = 0; i < n_ranks && !status; i++) {
        json_t *of_rank;
        status = rn_algorithms_json(plans->by_rank[i], &of_rank);
        if (!status)
            json_array_append_new(result->algorithms, of_rank);
    }
    return status;
}

static rn_status run_session(const rn_config *config, outcome *result)
{
    rn_session *session = NULL;
    rn_pass_plans *train, *evaluate;
    rn_status status = rn_session_open(config, net_registry(), &session);
    if (status)
        goto done;
    status = rn_session_add(session, RN_PASS_TRAIN, BATCH, false, &train);
    if (status)
        goto done;
    status = rn_session_add(session, RN_PASS_EVALUATE, BATCH, false, &evaluate);
    if (status)
        goto done;
    status = rn_session_bind(session);
    if (status)
        goto done;
    status = rn_store_initialise(session->store, config->network.init, 1);
    if (status)
        goto done;
    status = run_steps(session, RN_PASS_TRAIN, result);
    if (status)
        goto done;
    status = run_steps(session, RN_PASS_EVALUATE, result);
    if (status)
        goto done;
    status = list_algorithms(train, session->n_ranks, result);
done:
    rn_session_close(session);
    return status;
}

/* Sets the folder of the backend's cache: a shared one, or a new one each time. */
static void set_cache(const scenario *s)
{
    static int n;
    char name[32], path[CHECK_PATH_MAX];
    snprintf(name, sizeof name, "cache%d", s->is_cold ? ++n : 0);
    setenv("XDG_CACHE_HOME", check_scratch(path, name), 1);
}

static rn_status run_scenario(const scenario *s, uint64_t fail_at, outcome *result)
{
    char path[CHECK_PATH_MAX];
    rn_config *config = NULL;
    int n = 0;
    while (s->settings[n])
        n++;
    *result = (outcome){ .n_correct = 0 };
    set_cache(s);
    rn_status status = rn_config_load(check_source(path, "tests/config/nets/cudnn_faults.cfg"),
                                      s->settings, n, &config);
    if (!status) {
        cudasim_fail_at(s->function, fail_at);
        status = run_session(config, result);
        cudasim_fail_at(NULL, 0);
    }
    rn_config_destroy(config);
    return status;
}

/* A message about a failed call names the library and says what failed. */
static bool is_explained(const char *text)
{
    static const char *const NAMES[] = { "CUDA", "cuDNN", "cuBLAS", "NVRTC", "NCCL", "GPU" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strstr(text, NAMES[i]))
            return strlen(text) > 20;
    return false;
}

static bool is_expected(rn_status status)
{
    return status == RN_E_DEVICE || status == RN_E_NOMEM || status == RN_E_UNSUPPORTED;
}

static bool is_near(const outcome *a, const outcome *b, double tolerance)
{
    for (int i = 0; i < STEPS; i++)
        if (!(fabs(a->losses[i] - b->losses[i]) <= tolerance))
            return false;
    return a->n_correct == b->n_correct;
}

static void fail_once(const scenario *s, uint64_t at, const outcome *clean)
{
    outcome found;
    int blames = cudasim_blames();
    rn_status status = run_scenario(s, at, &found);
    unsigned long long n = (unsigned long long)at;
    bool is_exact = s->is_deterministic && json_equal(found.algorithms, clean->algorithms);
    if (status)
        op_check(is_expected(status) && is_explained(rn_fail_text()),
                 "%s, call %llu (%s): %s: \"%s\"", s->name, n, cudasim_failed(),
                 rn_status_name(status), rn_fail_text());
    else
        op_check(is_near(&found, clean, is_exact ? 0 : s->tolerance),
                 "%s, call %llu (%s): continues with other "
                 "numbers: the last loss is %.9g, not %.9g",
                 s->name, n, cudasim_failed(), found.losses[STEPS - 1], clean->losses[STEPS - 1]);
    op_check(cudasim_blames() == blames, "%s, call %llu (%s): misuse", s->name, n,
             cudasim_failed());
    op_check(cudasim_live(false) == 0, "%s, call %llu (%s): leaks %d objects (%s)", s->name, n,
             cudasim_failed(), cudasim_live(true), rn_fail_text());
    outcome_clear(&found);
    rn_fail_clear();
    cudasim_revive();
}

static void try_scenario(const scenario *s)
{
    outcome first, clean = { .n_correct = 0 };
    rn_status status = run_scenario(s, 0, &first); /* fills the cache */
    uint64_t before = cudasim_calls(s->function);
    if (!status)
        status = run_scenario(s, 0, &clean);
    outcome_clear(&first);
    uint64_t n = cudasim_calls(s->function) - before,
             tries = n < s->max_failures ? n : s->max_failures;
    op_check(!status && n > (s->function ? 0 : 100), "%s: %s", s->name, rn_fail_text());
    op_check(cudasim_live(true) == 0, "%s: leaks objects", s->name);
    op_check(cudasim_blames() == 0, "%s: misuse", s->name);
    if (status)
        return;
    check_note("%s: %llu of %llu calls failed", s->name, (unsigned long long)tries,
               (unsigned long long)n);
    for (uint64_t i = 0; i < tries; i++)
        fail_once(s, 1 + i * n / tries, &clean);
    outcome_clear(&clean);
}

#define CUDNN "backend.name=cudnn", "backend.tune=off", "backend.deterministic=true"
#define ENGINES "backend.name=cudnn", "backend.precision=bf16"

static void test_fp32(void)
{
    try_scenario(&(scenario){ .name = "one GPU, fp32",
                              .settings = { CUDNN },
                              .is_deterministic = true,
                              .max_failures = 120,
                              .tolerance = 1e-5 });
}

static void test_bf16(void)
{
    try_scenario(&(scenario){ .name = "one GPU, bf16",
                              .settings = { CUDNN, "backend.precision=bf16" },
                              .is_deterministic = true,
                              .max_failures = 40,
                              .tolerance = 1e-3 });
}

static void test_tuned(void)
{
    try_scenario(&(scenario){ .name = "one GPU, tuned",
                              .settings = { "backend.name=cudnn" },
                              .is_cold = true,
                              .max_failures = 30,
                              .tolerance = 1e-4 });
}

static void test_engines(void)
{
    try_scenario(&(scenario){ .name = "one GPU, engines",
                              .settings = { ENGINES, "backend.tune=off" },
                              .max_failures = 60,
                              .tolerance = 1e-3 });
}

static void test_engines_tuned(void)
{
    try_scenario(&(scenario){ .name = "one GPU, engines, tuned",
                              .settings = { ENGINES },
                              .is_cold = true,
                              .max_failures = 20,
                              .tolerance = 1e-3 });
}

/* An engine that there is no memory to try. */
static void test_engines_memory(void)
{
    try_scenario(&(scenario){ .name = "one GPU, engines, no memory",
                              .settings = { ENGINES, "backend.tune=off" },
                              .function = "cudaMalloc",
                              .max_failures = UINT64_MAX,
                              .tolerance = 1e-3 });
}

static void test_two(void)
{
    try_scenario(&(scenario){ .name = "two GPUs",
                              .settings = { CUDNN, "backend.device=0,1" },
                              .is_deterministic = true,
                              .max_failures = 50,
                              .tolerance = 1e-5 });
}

/* An algorithm that one of the GPUs does not take. */
static void test_two_choices(void)
{
    try_scenario(&(scenario){ .name = "two GPUs, algorithms",
                              .settings = { CUDNN, "backend.device=0,1" },
                              .is_deterministic = true,
                              .function = "cudnnConvolutionBackwardFilter",
                              .max_failures = UINT64_MAX,
                              .tolerance = 1e-5 });
}

/* Steps on two GPUs, each with half of the batch, match those on one. */
static void test_equal(void)
{
    const scenario one = { .name = "one GPU", .settings = { CUDNN } };
    const scenario two = { .name = "two GPUs", .settings = { CUDNN, "backend.device=0,1" } };
    outcome of_one, of_two = { .n_correct = 0 };
    rn_status status = run_scenario(&one, 0, &of_one);
    if (!status)
        status = run_scenario(&two, 0, &of_two);
    op_check(!status, "%s", rn_fail_text());
    op_check(!status && is_near(&of_one, &of_two, 1e-5),
             "the last loss is %.9g on one GPU and "
             "%.9g on two",
             of_one.losses[STEPS - 1], of_two.losses[STEPS - 1]);
    op_check(!status && of_one.losses[0] - of_one.losses[STEPS - 1] > 0.01, "nothing is learnt");
    outcome_clear(&of_one);
    outcome_clear(&of_two);
}

int main(int n_args, char **args)
{
    static const CU_TestInfo TESTS[] = {
        { "one GPU, fp32", test_fp32 },
        { "one GPU, bf16", test_bf16 },
        { "one GPU, tuned, empty cache", test_tuned },
        { "one GPU, engines of cuDNN's graph interface", test_engines },
        { "one GPU, these engines, tuned, empty cache", test_engines_tuned },
        { "these engines, no memory to try one", test_engines_memory },
        { "two GPUs", test_two },
        { "two GPUs, an algorithm that one of them does not take", test_two_choices },
        { "two GPUs match one", test_equal },
        CU_TEST_INFO_NULL,
    };
    char path[CHECK_PATH_MAX];
    const char *devices = getenv("CUDASIM_DEVICES"); /* read when the library is loaded */
    if (n_args == 1 && (!devices || strcmp(devices, "2") != 0)) {
        setenv("CUDASIM_DEVICES", "2", 1);
        execv("/proc/self/exe", args);
    }
    setenv("CUDASIM_CACHE", check_scratch(path, "cudasim"), 0);
    int result = check_run("cudnn: failing calls", TESTS);
    net_registry_close();
    return result;
}
