/* backend_threads.c: a step from another thread, and two contexts at once. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "validate/backend.h"
#include "validate/op_walk.h"

#define RUNS 4

/* Runs of one operator by one thread. */
typedef struct runs {
    rn_alone *alone;
    rn_case_results results;
    rn_status status;
    char failure[512];
} runs;

static void *run_in_thread(void *argument)
{
    runs *r = argument;
    bool outside;
    for (int i = 0; i < RUNS && !r->status; i++)
        r->status = rn_alone_run(r->alone, &r->results, &outside);
    if (r->status)
        snprintf(r->failure, sizeof r->failure, "%s", rn_fail_text());
    return NULL;
}

static void judge(rn_bench_pair *pair, const rn_case *c, const rn_case_results *expected,
                  const runs *r, const char *how)
{
    char text[RN_OP_TEXT];
    if (r->status)
        rn_check_found(pair->checking, "%s: it fails %s: %s", rn_op_text(c, text), how, r->failure);
    else if (!rn_op_is_close(c, expected, &r->results))
        rn_check_found(pair->checking, "%s: it gives other results %s", rn_op_text(c, text), how);
}

/* Runs the operator in this thread, then in another one on the same context. */
static rn_status run_elsewhere(rn_bench_pair *pair, const rn_case *c, void *context)
{
    runs here = { 0 }, there = { 0 };
    pthread_t thread;
    rn_op_answer answer;
    bool accepts;
    (void)context;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts)
        return status;
    status = rn_alone_prepare(pair->tested, c, &here.alone);
    if (!status)
        status = rn_case_results_make(c, &here.results);
    if (!status)
        status = rn_case_results_make(c, &there.results);
    if (status)
        goto done;
    run_in_thread(&here);
    status = here.status;
    there.alone = here.alone;
    if (status || pthread_create(&thread, NULL, run_in_thread, &there))
        goto done;
    pthread_join(thread, NULL);
    judge(pair, c, &here.results, &there, "in another thread than the one before");
done:
    rn_alone_destroy(here.alone);
    rn_case_results_clear(&here.results);
    rn_case_results_clear(&there.results);
    return status;
}

rn_status rn_check_threads(rn_checking *c)
{
    rn_bench_pair pair;
    rn_status status = rn_pair_open(c, false, &pair);
    if (!status)
        status = rn_op_walk(&pair, 0, run_elsewhere, NULL);
    rn_pair_close(&pair);
    return status;
}

/* ---- Two contexts ---- */

/* The same operator on both at the same time. */
static rn_status run_both(rn_bench_pair *pair, const rn_case *c, void *context)
{
    rn_device *devices[2] = { pair->tested, context };
    runs alone = { 0 }, both[2] = { 0 };
    pthread_t threads[2];
    rn_op_answer answer;
    bool accepts;
    int n = 0;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts)
        return status;
    status = rn_case_results_make(c, &alone.results);
    for (int i = 0; i < 2 && !status; i++) {
        status = rn_case_results_make(c, &both[i].results);
        if (!status)
            status = rn_alone_prepare(devices[i], c, &both[i].alone);
    }
    alone.alone = both[0].alone;
    if (!status) {
        run_in_thread(&alone);
        status = alone.status;
    }
    for (; n < 2 && !status; n++)
        if (pthread_create(&threads[n], NULL, run_in_thread, &both[n]))
            break;
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < n; i++)
        judge(pair, c, &alone.results, &both[i], "while another context computes, too");
    for (int i = 0; i < 2; i++) {
        rn_alone_destroy(both[i].alone);
        rn_case_results_clear(&both[i].results);
    }
    rn_case_results_clear(&alone.results);
    return status;
}

rn_status rn_check_contexts(rn_checking *c)
{
    rn_bench_pair pair, second;
    rn_status status = rn_pair_open(c, false, &pair);
    rn_status opened = rn_pair_open(c, false, &second);
    if (!status && opened)
        rn_check_found(c, "a second context cannot be opened: %s", rn_fail_text());
    else if (!status)
        status = rn_op_walk(&pair, 0, run_both, second.tested);
    rn_pair_close(&second);
    rn_pair_close(&pair);
    return status;
}
