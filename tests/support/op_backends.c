/* op_backends.c: opens the backends once per program and runs each test on each of them. */
#include "support/op_backends.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "plugin/registry.h"
#include "support/check.h"

#define MAX_BACKENDS 32
#define MAX_TESTS 4096

typedef struct added_test {
    char name[160];
    op_test *run;
    const op_backend *backend;
    const void *subject;
    char reason[160]; /* to skip it; "" to run it */
} added_test;

static op_backend opened[MAX_BACKENDS];
static int n_opened;
static bool are_added; /* the variants by algorithm of convolution */
static rn_registry *registry;
static char failures[2048], left_out[2048], no_half[2048]; /* entries separated by "; " */
static added_test *added;
static int n_added;

static void append(char text[2048], const char *what, const char *why)
{
    size_t used = strlen(text);
    snprintf(text + used, 2048 - used, "%s%s: %s", used ? "; " : "", what, why);
}

/* A script may ask for algorithms by the clock instead of those by rule. */
static bool are_timed(void)
{
    return getenv("OP_BACKENDS_TIMED") != NULL;
}

static void open_variant(const rn_backend *table, int32_t threads, int32_t convolution)
{
    static const char *const CONVOLUTIONS[] = { "", ", direct", ", winograd" };
    op_backend *b = &opened[n_opened];
    rn_open_params params = { .size = sizeof params,
                              .threads = threads,
                              .precision = RN_PRECISION_FP32,
                              .deterministic = !are_timed(),
                              .device = "",
                              .convolution = convolution };
    if (n_opened == MAX_BACKENDS) {
        append(failures, table->name, "too many backends");
        return;
    }
    if (table->open(&params, &b->context)) {
        append(failures, table->name, rn_fail_text());
        return;
    }
    char with[32] = "";
    if (threads > 0)
        snprintf(with, sizeof with, ", %d thread%s", (int)threads, threads == 1 ? "" : "s");
    snprintf(b->label, sizeof b->label, "%s%s%s", table->name, with, CONVOLUTIONS[convolution]);
    b->table = table;
    b->threads = threads;
    b->convolution = convolution;
    b->precision = RN_PRECISION_FP32;
    b->complete = !strcmp(table->name, "reference") || !strcmp(table->name, "cpu_blas");
    n_opened++;
}

static void open_rounded(const op_backend *fp32, int32_t precision)
{
    static const char *const NAMES[] = {
        [RN_PRECISION_TF32] = "tf32", [RN_PRECISION_BF16] = "bf16", [RN_PRECISION_FP16] = "fp16"
    };
    op_backend *b = &opened[n_opened];
    rn_open_params params = { .size = sizeof params,
                              .threads = fp32->threads,
                              .precision = precision,
                              .deterministic = !are_timed(),
                              .device = "" };
    *b = *fp32;
    if (fp32->table->open(&params, &b->context)) {
        append(no_half, fp32->table->name, rn_fail_text());
        return;
    }
    snprintf(b->label, sizeof b->label, "%.54s, %s", fp32->label, NAMES[precision]);
    b->precision = precision;
    b->half_filters = !strcmp(fp32->table->name, "cudnn");
    n_opened++;
}

void op_backends_add_halves(void)
{
    int n_fp32 = n_opened;
    for (int i = 0; i < n_fp32 && n_opened + 2 < MAX_BACKENDS; i++) {
        if (opened[i].threads != 1 && opened[i].convolution == RN_CONVOLUTION_FASTEST) {
            open_rounded(&opened[i], RN_PRECISION_TF32);
            open_rounded(&opened[i], RN_PRECISION_BF16);
            open_rounded(&opened[i], RN_PRECISION_FP16);
        }
    }
    if (n_opened > n_fp32)
        no_half[0] = 0;
}

/* With one thread and with two, where the device has threads. In short the oracle is opened with
 * one, the others with two. */
static void open_threads(const rn_backend *table, bool has_threads)
{
    bool is_oracle = n_opened == 0;
    if (has_threads && (is_oracle || check_is_long()))
        open_variant(table, 1, RN_CONVOLUTION_FASTEST);
    if (!is_oracle || check_is_long())
        open_variant(table, has_threads ? 2 : 0, RN_CONVOLUTION_FASTEST);
}

static void open_backend(const rn_backend *table)
{
    rn_device_info info = { .size = sizeof info };
    int32_t count = 0;
    if (table->device_count(&count))
        append(left_out, table->name, rn_fail_text());
    else if (count == 0)
        append(left_out, table->name, "no device");
    else if (table->device_info(0, &info))
        append(failures, table->name, rn_fail_text());
    else
        open_threads(table, info.threads > 0);
}

static void open_plugin(const char *path)
{
    const rn_loaded_plugin *plugin = NULL;
    if (rn_registry_load(registry, path, &plugin)) {
        /* cpu_blas must load: its library was there when it was built. */
        append(strstr(path, "/cpu_blas.so") ? failures : left_out, "not loaded", rn_fail_text());
    } else if (plugin->plugin.backend && strcmp(plugin->backend.name, "reference") != 0) {
        open_backend(&plugin->backend);
    }
}

int op_backends_open(void)
{
    const rn_backend *oracle = NULL;
    char **paths = NULL;
    int n_paths = 0;
    if (rn_registry_create(NULL, &registry) ||
        rn_registry_backend(registry, "reference", &oracle) ||
        rn_registry_list(registry, &paths, &n_paths)) {
        append(failures, "no oracle to compare with", rn_fail_text());
        return 0;
    }
    open_backend(oracle);
    for (int i = 0; i < n_paths; i++) {
        open_plugin(paths[i]);
        free(paths[i]);
    }
    free(paths);
    if (check_is_long())
        op_backends_add_convolutions();
    return n_opened;
}

void op_backends_add_convolutions(void)
{
    int n_fastest = n_opened;
    /* A script may leave them to another program. */
    if (are_added || getenv("OP_BACKENDS_FASTEST"))
        return;
    are_added = true;
    /* The oracle has one algorithm only. */
    for (int i = 0; i < n_fastest; i++) {
        const rn_backend *table = opened[i].table;
        if (strcmp(table->name, "reference") != 0 && opened[i].threads != 1) {
            open_variant(table, opened[i].threads, RN_CONVOLUTION_DIRECT);
            open_variant(table, opened[i].threads, RN_CONVOLUTION_WINOGRAD);
        }
    }
}

int op_backends_count(void)
{
    return n_opened;
}

const op_backend *op_backend_at(int i)
{
    return &opened[i];
}

void op_backends_close(void)
{
    for (int i = 0; i < n_opened; i++)
        opened[i].table->close(opened[i].context);
    n_opened = 0;
    rn_registry_destroy(registry);
    registry = NULL;
}

static void test_backends(void)
{
    op_check(!*failures, "%s", failures);
    op_check(n_opened > 0, "no backend was opened");
    if (*left_out || *no_half)
        check_skip("%s%s%s", left_out, *left_out && *no_half ? "; " : "", no_half);
}

static added_test *add(void)
{
    if (!added)
        added = calloc(MAX_TESTS, sizeof *added);
    if (!added || n_added == MAX_TESTS)
        abort();
    return &added[n_added++];
}

void op_tests_add_once(const char *name, op_test *run, const void *subject)
{
    added_test *test = add();
    snprintf(test->name, sizeof test->name, "%s", name);
    test->run = run;
    test->subject = subject;
}

void op_tests_add(const char *name, op_test *run, const void *subject)
{
    for (int i = 0; i < n_opened; i++) {
        char full[160];
        snprintf(full, sizeof full, "%.90s on %.63s", name, opened[i].label);
        op_tests_add_once(full, run, subject);
        added[n_added - 1].backend = &opened[i];
    }
}

void op_tests_skip(const char *name, const char *reason)
{
    added_test *test = add();
    snprintf(test->name, sizeof test->name, "%s", name);
    snprintf(test->reason, sizeof test->reason, "%s", reason);
}

static bool is_wanted(const added_test *test, int n_args, char *const *args)
{
    for (int i = 1; i < n_args; i++)
        if (fnmatch(args[i], test->name, 0) == 0)
            return true;
    return n_args < 2;
}

void op_tests_only(int n_args, char *const *args)
{
    int kept = 0;
    for (int i = 0; i < n_added; i++)
        if (is_wanted(&added[i], n_args, args))
            added[kept++] = added[i];
    n_added = kept;
}

/* CUnit calls this for every added test; finds the test by its name. */
static void run_added(void)
{
    const char *name = CU_get_current_test()->pName;
    for (int i = 0; i < n_added; i++) {
        if (strcmp(added[i].name, name) != 0)
            continue;
        if (*added[i].reason)
            check_skip("%s", added[i].reason);
        else
            added[i].run(added[i].backend, added[i].subject);
        return;
    }
}

int op_tests_run(const char *suite)
{
    CU_TestInfo *tests = calloc((size_t)n_added + 2, sizeof *tests);
    if (!tests)
        abort();
    tests[0] = (CU_TestInfo){ "backends", test_backends };
    for (int i = 0; i < n_added; i++)
        tests[i + 1] = (CU_TestInfo){ added[i].name, run_added };
    int result = check_run(suite, tests);
    op_backends_close();
    free(tests);
    free(added);
    return result;
}
