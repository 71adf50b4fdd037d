/* backend_memory.c: what a backend's own code allocates: in a step, for ever, and where it cannot.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "validate/backend.h"
#include "validate/hooks.h"
#include "validate/op_walk.h"

/* ---- backend.allocations ---- */

/* The backend that is checked, and what its `run` has allocated. */
static const rn_backend *real;
static int64_t n_in_run, n_runs;

static rn_status counting_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                              rn_operand workspace)
{
    int64_t before = rn_hooks_calls();
    rn_status status = real->run(context, kernel, operands, workspace);
    n_in_run += rn_hooks_calls() - before;
    n_runs++;
    return status;
}

static rn_status count_in_run(rn_bench_pair *pair, const rn_case *c, void *context)
{
    char text[RN_OP_TEXT];
    rn_case_results results = { 0 };
    rn_alone *alone = NULL;
    rn_op_answer answer;
    bool accepts, outside;
    (void)context;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts)
        return status;
    status = rn_case_results_make(c, &results);
    if (!status)
        status = rn_alone_prepare(pair->tested, c, &alone);
    for (int i = 0; i < 2 && !status; i++) {
        n_in_run = 0;
        status = rn_alone_run(alone, &results, &outside);
    }
    if (!status && n_in_run > 0)
        rn_check_found(pair->checking,
                       "%s: its run makes %lld allocations each time; a step allocates nothing: "
                       "prepare does, or the workspace is for it",
                       rn_op_text(c, text), (long long)n_in_run);
    rn_alone_destroy(alone);
    rn_case_results_clear(&results);
    return status;
}

/* Says so where the processor's relocations are not known. */
static rn_status install(rn_checking *c, bool *is_installed)
{
    rn_status status = rn_hooks_install(c->path);
    *is_installed = status == RN_OK;
    if (status != RN_E_UNSUPPORTED)
        return status;
    rn_check_skip(c, "%s", rn_fail_text());
    return RN_OK;
}

rn_status rn_check_allocations(rn_checking *c)
{
    rn_bench_pair pair;
    bool is_installed;
    rn_status status = install(c, &is_installed);
    if (status || !is_installed)
        return status;
    status = rn_pair_open(c, false, &pair);
    if (!status) {
        rn_backend counting = *pair.tested->backend;
        real = pair.tested->backend;
        counting.run = counting_run;
        pair.tested->backend = &counting;
        status = rn_op_walk(&pair, 0, count_in_run, NULL);
        pair.tested->backend = real;
    }
    rn_pair_close(&pair);
    return status;
}

/* ---- backend.leaks ---- */

#define CYCLES 12
#define SETTLED 4 /* cycles after which nothing is there for the first time */

static int count_files(const char *folder)
{
    DIR *dir = opendir(folder);
    int n = 0;
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

/* What a process has that a context may leave behind. */
typedef struct holdings {
    int64_t allocations;
    int files, threads;
} holdings;

static holdings count_holdings(void)
{
    return (holdings){ rn_hooks_live(), count_files("/proc/self/fd"),
                       count_files("/proc/self/task") };
}

/* A context, a buffer, and some kernels, of which one runs. */
static rn_status use_once(rn_checking *c, rn_op_visit *visit)
{
    rn_bench_pair pair;
    rn_status status = rn_pair_open(c, false, &pair);
    if (!status)
        status = rn_op_walk(&pair, RN_FAMILY_UPDATE, visit, NULL);
    rn_pair_close(&pair);
    return status;
}

static void compare(rn_checking *c, const holdings *before, const holdings *after, int cycles)
{
    const struct {
        const char *what;
        int64_t n;
    } left[] = { { "allocations", after->allocations - before->allocations },
                 { "open files", after->files - before->files },
                 { "threads", after->threads - before->threads } };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (left[i].n >= cycles)
            rn_check_found(c, "a context that is opened, used and closed leaves %lld %s behind",
                           (long long)(left[i].n / cycles), left[i].what);
}

rn_status rn_check_leaks(rn_checking *c)
{
    bool is_installed;
    holdings before = { 0 };
    rn_status status = install(c, &is_installed);
    for (int i = 0; i < CYCLES && !status && is_installed; i++) {
        if (i == SETTLED)
            before = count_holdings();
        rn_check_at(c, "opening, using and closing context %d", i + 1);
        status = use_once(c, count_in_run);
    }
    holdings after = count_holdings();
    if (!status && is_installed)
        compare(c, &before, &after, CYCLES - SETTLED);
    return status;
}

/* ---- backend.memory ---- */

#define MOST_FAILURES 150 /* allocations that fail, one at a time */
#define BUFFER_BYTES 4096

/* Opens and closes, with a buffer. */
static rn_status use_without(rn_checking *c)
{
    const rn_backend *backend = &c->plugin->backend;
    const rn_open_params params = {
        .size = sizeof params, .precision = RN_PRECISION_FP32, .device = "", .tuning = RN_TUNING_OFF
    };
    rn_context *context = NULL;
    rn_buffer *buffer = NULL;
    rn_status status = backend->open(&params, &context);
    if (status)
        return status;
    status = backend->buffer_create(context, BUFFER_BYTES, &buffer);
    if (!status)
        backend->buffer_destroy(context, buffer);
    backend->close(context);
    return status;
}

/* A library that cannot be asked for lack of memory is one that declines. */
static void judge(rn_checking *c, rn_status status, int64_t call, const char *what)
{
    if (status && status != RN_E_NOMEM && status != RN_E_UNSUPPORTED)
        rn_check_found(c, "where its allocation %lld fails, %s fails with %s, not with RN_E_NOMEM",
                       (long long)call, what, rn_status_name(status));
}

/* Queries and prepares an operator, one allocation of which fails. */
static rn_status starve(rn_bench_pair *pair, const rn_case *c, void *context)
{
    int *left = context;
    rn_op_answer answer;
    bool accepts;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    for (int64_t i = 1; !status && accepts && *left > 0; i++) {
        rn_alone *alone = NULL;
        rn_check_at(pair->checking, "%s, whose allocation %lld fails while it is prepared",
                    c->op->name, (long long)i);
        rn_hooks_fail_at(i);
        rn_status found = rn_alone_prepare(pair->tested, c, &alone);
        int64_t calls = rn_hooks_calls();
        rn_hooks_fail_at(0);
        rn_alone_destroy(alone);
        if (calls < i)
            break;
        judge(pair->checking, found, i, c->op->name);
        --*left;
    }
    return status;
}

rn_status rn_check_backend_memory(rn_checking *c)
{
    rn_bench_pair pair;
    int left = MOST_FAILURES;
    bool is_installed;
    rn_status status = install(c, &is_installed);
    if (status || !is_installed)
        return status;
    for (int64_t i = 1; i <= MOST_FAILURES; i++) {
        rn_check_at(c, "open, whose allocation %lld fails", (long long)i);
        rn_hooks_fail_at(i);
        rn_status found = use_without(c);
        int64_t calls = rn_hooks_calls();
        rn_hooks_fail_at(0);
        if (calls < i)
            break;
        judge(c, found, i, "open or buffer_create");
    }
    status = rn_pair_open(c, false, &pair);
    if (!status)
        status = rn_op_walk(&pair, RN_FAMILY_UPDATE, starve, &left);
    rn_pair_close(&pair);
    return status;
}
