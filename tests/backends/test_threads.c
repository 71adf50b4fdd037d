/* test_threads.c: who runs the parts of cpu_parallel, that they are the same whoever does, and that
 * threads without work sleep. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/described.h"
#include "cpu/threads.h"
#include "support/check.h"

enum { THREADS = 3, NAP_NS = 1000000, NAPS = 60000 };

/* The part of each thread, and who ran it. */
typedef struct parts {
    int64_t begin[THREADS], end[THREADS];
    pthread_t by[THREADS];
    int32_t n;
} parts;

static void note_part(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    parts *p = argument;
    p->begin[thread] = begin;
    p->end[thread] = end;
    p->by[thread] = pthread_self();
    __atomic_fetch_add(&p->n, 1, __ATOMIC_SEQ_CST);
}

static int32_t count_threads(const parts *p)
{
    int32_t n = 0;
    for (int32_t i = 0; i < p->n; i++) {
        bool is_new = true;
        for (int32_t j = 0; j < i; j++)
            is_new = is_new && !pthread_equal(p->by[i], p->by[j]);
        n += is_new;
    }
    return n;
}

static void open_context(rn_context *context)
{
    *context = (rn_context){ .n_threads = THREADS };
    CU_ASSERT_EQUAL_FATAL(cpu_pool_create(THREADS, &context->pool), RN_OK);
}

static void test_parts(void)
{
    static const int64_t expected[][2 * THREADS] = { { 0, 4, 4, 7, 7, 10 }, { 0, 1, 1, 2, 2, 3 } };
    static const int64_t counts[] = { 10, 3 };
    rn_context context;
    open_context(&context);
    for (int i = 0; i < 4; i++) {
        parts p = { 0 };
        context.is_alone = i % 2;
        cpu_parallel(&context, counts[i / 2], note_part, &p);
        CU_ASSERT_EQUAL_FATAL(p.n, THREADS);
        CU_ASSERT_EQUAL(count_threads(&p), context.is_alone ? 1 : THREADS);
        CU_ASSERT(pthread_equal(p.by[0], pthread_self()));
        for (int32_t t = 0; t < THREADS; t++) {
            CU_ASSERT_EQUAL(p.begin[t], expected[i / 2][2 * t]);
            CU_ASSERT_EQUAL(p.end[t], expected[i / 2][2 * t + 1]);
        }
    }
    cpu_pool_destroy(context.pool);
}

static void test_few(void)
{
    rn_context context;
    open_context(&context);
    for (int64_t count = 0; count < 3; count++) {
        parts p = { 0 };
        cpu_parallel(&context, count, note_part, &p);
        CU_ASSERT_EQUAL(p.n, count);
        CU_ASSERT_EQUAL(count_threads(&p), count);
    }
    cpu_pool_destroy(context.pool);
}

static void parts_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    cpu_parallel(kernel->context, THREADS, note_part, operands[0]);
}

/* Runs a kernel whose first operand holds the parts. */
static void run_noting(rn_context *context, rn_kernel *kernel, parts *p)
{
    rn_operand operands[RN_MAX_OPERANDS] = { { 0 } };
    rn_buffer *buffer = NULL;
    CU_ASSERT_EQUAL_FATAL(cpu_buffer_create(context, sizeof *p, &buffer), RN_OK);
    operands[0].buffer = buffer;
    CU_ASSERT_EQUAL(cpu_upload(context, operands[0], p, sizeof *p), RN_OK);
    CU_ASSERT_EQUAL(cpu_run(context, kernel, operands, (rn_operand){ 0 }), RN_OK);
    CU_ASSERT_EQUAL(cpu_download(context, p, operands[0], sizeof *p), RN_OK);
    cpu_buffer_destroy(context, buffer);
}

/* How many threads run an operator that makes (1, n) of (1, n), or of that and (1, n). */
static int32_t threads_of(const char *name, int32_t n_inputs, int32_t n_outputs, int64_t n)
{
    static const cpu_operator noting = { .run = parts_run };
    const cpu_operator *operators[256] = { NULL };
    const rn_linear_attrs attrs = { .size = sizeof attrs };
    const rn_tensor_desc t = { .size = sizeof t,
                               .dtype = RN_F32,
                               .layout = RN_LAYOUT_PLAIN,
                               .rank = 2,
                               .shape = { 1, n },
                               .size_bytes = (uint64_t)n * sizeof(float) };
    const rn_tensor_desc *inputs[] = { &t, &t, NULL }, *outputs[] = { &t, NULL };
    const rn_op_desc op = { .size = sizeof op,
                            .op = name,
                            .name = name,
                            .attrs = &attrs,
                            .inputs = inputs,
                            .outputs = outputs,
                            .n_inputs = n_inputs,
                            .n_outputs = n_outputs };
    rn_context context;
    rn_kernel *kernel = NULL;
    parts p = { 0 };
    open_context(&context);
    operators[described_operator(name)] = &noting;
    context.operators = operators;
    CU_ASSERT_EQUAL_FATAL(cpu_prepare(&context, &op, &kernel), RN_OK);
    run_noting(&context, kernel, &p);
    CU_ASSERT_FALSE(context.is_alone);
    cpu_kernel_destroy(&context, kernel);
    cpu_pool_destroy(context.pool);
    return count_threads(&p);
}

static void test_small(void)
{
    CU_ASSERT_EQUAL(threads_of("relu", RN_RELU_N_INPUTS, RN_RELU_N_OUTPUTS, 1), 1);
    CU_ASSERT_EQUAL(threads_of("relu", RN_RELU_N_INPUTS, RN_RELU_N_OUTPUTS, 1024), 1);
    CU_ASSERT_EQUAL(threads_of("relu", RN_RELU_N_INPUTS, RN_RELU_N_OUTPUTS, 1025), THREADS);
    CU_ASSERT_EQUAL(threads_of("linear", RN_LINEAR_N_INPUTS, RN_LINEAR_N_OUTPUTS, 64), THREADS);
}

/* How many other threads of the process do not sleep. */
static int32_t count_awake(void)
{
    DIR *folder = opendir("/proc/self/task");
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    int32_t n = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300], state = 'S';
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            state = 'S';
        n += state != 'S' && atoi(entry->d_name) != getpid();
        if (file)
            fclose(file);
    }
    closedir(folder);
    return n;
}

/* Within a minute: how soon is not for a test to say. */
static void test_sleep(void)
{
    rn_context context;
    parts p = { 0 };
    open_context(&context);
    cpu_parallel(&context, THREADS, note_part, &p);
    int32_t awake = count_awake();
    for (int i = 0; awake && i < NAPS; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
        awake = count_awake();
    }
    CU_ASSERT_EQUAL(awake, 0);
    cpu_pool_destroy(context.pool);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "parts are the same on one thread", test_parts },
        { "fewer items than threads", test_few },
        { "a small operator runs on one thread", test_small },
        { "threads without work sleep", test_sleep },
        CU_TEST_INFO_NULL,
    };
    return check_run("threads", tests);
}
