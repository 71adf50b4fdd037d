/* backend_ranks.c: batch norms that two contexts synchronise through resnet.rank-sums/1. Each has a
 * batch of its own; the reference has both. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/status.h"
#include "graph/op.h"
#include "validate/backend.h"
#include "validate/op_walk.h"

#define RANKS 2
#define WAIT_S 10    /* for the other rank, of a small operator */
#define ALLOWED 1e-4 /* relative RMS; the reference differs from other backends by 1e-6 */
#define FAILED "the sum fails on purpose"

/* Where both meet to add up their numbers. */
typedef struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t both_here;
    int arrived;
    double *values; /* of the one that waits */
    int64_t count;
    bool is_over; /* no rank waits any more: one did not come, or brought other numbers */
    bool fails;   /* on purpose */
} meeting;

/* An rn_rank_sum. */
static rn_status add_up(void *argument, double *values, int64_t count)
{
    meeting *m = argument;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    if (m->fails)
        return rn_fail(RN_E_DEVICE, FAILED);
    pthread_mutex_lock(&m->mutex);
    if (m->arrived == 0) {
        m->values = values;
        m->count = count;
        m->arrived = 1;
        while (m->arrived && !m->is_over)
            m->is_over = pthread_cond_timedwait(&m->both_here, &m->mutex, &until) != 0;
    } else {
        m->is_over |= count != m->count;
        for (int64_t i = 0; i < count && !m->is_over; i++)
            values[i] = m->values[i] += values[i];
        m->arrived = 0;
        pthread_cond_signal(&m->both_here);
    }
    bool is_over = m->is_over;
    pthread_mutex_unlock(&m->mutex);
    return is_over ? rn_fail(RN_E_DEVICE, "the other context asked for no such sum") : RN_OK;
}

/* ---- One operator on both ---- */

typedef struct rank {
    rn_case c;
    rn_alone *alone;
    rn_case_results results;
    rn_status status;
    char failure[512];
} rank;

typedef struct both {
    rn_device *devices[RANKS];
    meeting meeting;
    rank ranks[RANKS];
    rn_case whole;
    rn_case_results expected;
} both;

static bool is_image(const rn_case *c, int32_t operand)
{
    return c->tensors[operand].desc.rank == 4;
}

/* The second rank's numbers are others than the first's, with another mean and variance. */
static void make_others(rn_case *c)
{
    for (int32_t i = 0; i < c->n_inputs; i++) {
        const rn_tensor_desc *desc = &c->tensors[i].desc;
        float *x = c->tensors[i].data;
        for (int64_t k = 0; x && is_image(c, i) && desc->dtype == RN_F32 && k < rn_desc_count(desc);
             k++)
            x[k] = 2 * x[k] + 1;
    }
}

/* Joins the ranks' images: the batch of the whole is twice as large. */
static rn_status make_whole(const rank *ranks, rn_case *whole)
{
    rn_status status = rn_case_copy(&ranks[0].c, whole);
    for (int32_t i = 0; i < rn_case_n_operands(whole) && !status; i++) {
        rn_case_tensor *t = &whole->tensors[i];
        uint64_t bytes = t->desc.size_bytes;
        if (!is_image(whole, i))
            continue;
        t->desc.shape[0] *= RANKS;
        t->desc = rn_desc_like(&t->desc, t->desc.dtype);
        if (!t->data)
            continue;
        free(t->data);
        t->data = malloc(t->desc.size_bytes);
        if (!t->data)
            return rn_fail(RN_E_NOMEM, "no memory for the operands of %s", whole->op->name);
        for (int r = 0; r < RANKS; r++)
            memcpy((char *)t->data + (uint64_t)r * bytes, ranks[r].c.tensors[i].data, bytes);
    }
    return status;
}

static void *run_rank(void *argument)
{
    rank *r = argument;
    bool outside;
    r->status = rn_alone_run(r->alone, &r->results, &outside);
    if (r->status)
        snprintf(r->failure, sizeof r->failure, "%s", rn_fail_text());
    return NULL;
}

static void run_both(both *b)
{
    pthread_t other;
    if (pthread_create(&other, NULL, run_rank, &b->ranks[1])) {
        b->meeting.is_over = true;
        run_rank(&b->ranks[1]);
        run_rank(&b->ranks[0]);
        return;
    }
    run_rank(&b->ranks[0]);
    pthread_join(other, NULL);
}

static rn_status prepare(both *b, rn_bench_pair *pair, const rn_case *c)
{
    rn_alone *alone = NULL;
    bool outside;
    rn_status status = RN_OK;
    for (int r = 0; r < RANKS && !status; r++) {
        status = rn_case_copy(c, &b->ranks[r].c);
        if (!status && r)
            make_others(&b->ranks[r].c);
    }
    if (!status)
        status = make_whole(b->ranks, &b->whole);
    if (!status)
        status = rn_case_results_make(&b->whole, &b->expected);
    if (!status)
        status = rn_alone_prepare(pair->reference, &b->whole, &alone);
    if (!status)
        status = rn_alone_run(alone, &b->expected, &outside);
    rn_alone_destroy(alone);
    for (int r = 0; r < RANKS && !status; r++) {
        ((rn_batch_norm_attrs *)b->ranks[r].c.attrs)->synchronised = 1;
        status = rn_case_results_make(&b->ranks[r].c, &b->ranks[r].results);
        if (!status)
            status = rn_alone_prepare(b->devices[r], &b->ranks[r].c, &b->ranks[r].alone);
    }
    return status;
}

static void clear(both *b)
{
    for (int r = 0; r < RANKS; r++) {
        rn_alone_destroy(b->ranks[r].alone);
        rn_case_results_clear(&b->ranks[r].results);
        rn_case_clear(&b->ranks[r].c);
        b->ranks[r] = (rank){ 0 };
    }
    rn_case_clear(&b->whole);
    rn_case_results_clear(&b->expected);
}

/* ---- Verdicts ---- */

/* One tensor, or a rank's part of it. */
static void compare(rn_bench_pair *pair, const both *b, int32_t operand, const float *found,
                    const float *expected)
{
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    const rn_case *c = &b->ranks[0].c;
    rn_measures m;
    rn_measures_take(expected, found, rn_desc_count(&c->tensors[operand].desc), &m);
    if (m.rms_difference <= ALLOWED * m.rms)
        return;
    rn_case_operand_name(c, operand, name);
    rn_check_found(pair->checking,
                   "%s, synchronised: %s is not that of both contexts' batches together: RMS of "
                   "the difference %.3g of %.3g",
                   rn_op_text(c, text), name, m.rms_difference, m.rms);
}

/* dweight and dbias are each rank's own sums. */
static bool is_own_sum(const rn_case *c, int32_t operand)
{
    return rn_case_is(c, "batch_norm_grad") && !is_image(c, operand);
}

static void judge_operand(rn_bench_pair *pair, both *b, int32_t i)
{
    const rn_case *c = &b->ranks[0].c;
    int64_t count = rn_desc_count(&c->tensors[i].desc);
    float *results[RANKS] = { b->ranks[0].results.data[i], b->ranks[1].results.data[i] };
    const float *expected = b->expected.data[i];
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    if (is_own_sum(c, i)) {
        for (int64_t k = 0; k < count; k++)
            results[0][k] += results[1][k];
        compare(pair, b, i, results[0], expected);
        return;
    }
    for (int r = 0; r < RANKS; r++)
        compare(pair, b, i, results[r], expected + (is_image(c, i) ? r * count : 0));
    rn_case_operand_name(c, i, name);
    if (!is_image(c, i) && memcmp(results[0], results[1], (size_t)count * sizeof(float)) != 0)
        rn_check_found(pair->checking, "%s, synchronised: %s has other bits in each context",
                       rn_op_text(c, text), name);
}

static void judge(rn_bench_pair *pair, both *b)
{
    char text[RN_OP_TEXT];
    const rn_case *c = &b->ranks[0].c;
    for (int r = 0; r < RANKS; r++)
        if (b->ranks[r].status) {
            rn_check_found(pair->checking, "%s, synchronised: it fails: %s", rn_op_text(c, text),
                           b->ranks[r].failure);
            return;
        }
    for (int32_t i = 0; i < rn_case_n_operands(c); i++)
        if (b->ranks[0].results.data[i] && c->tensors[i].desc.dtype == RN_F32)
            judge_operand(pair, b, i);
}

/* A sum that fails ends the kernel, with its status and message. */
static void judge_failure(rn_bench_pair *pair, both *b)
{
    char text[RN_OP_TEXT];
    b->meeting.fails = true;
    run_rank(&b->ranks[0]);
    b->meeting.fails = false;
    if (b->ranks[0].status != RN_E_DEVICE || !strstr(b->ranks[0].failure, FAILED))
        rn_check_found(pair->checking, "%s: where the sum over the ranks fails, run returns %s",
                       rn_op_text(&b->ranks[0].c, text),
                       b->ranks[0].status ? b->ranks[0].failure : "that all is well");
}

static rn_status synchronise(rn_bench_pair *pair, const rn_case *c, void *context)
{
    both *b = context;
    const rn_batch_norm_attrs *a = c->attrs;
    char text[RN_OP_TEXT];
    rn_op_answer answer;
    bool accepts;
    if ((!rn_case_is(c, "batch_norm") && !rn_case_is(c, "batch_norm_grad")) || !a->training)
        return RN_OK;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts)
        return status;
    status = prepare(b, pair, c);
    if (status == RN_E_UNSUPPORTED) {
        rn_check_found(pair->checking, "%s: synchronised, it is declined: %s", rn_op_text(c, text),
                       rn_fail_text());
        status = RN_OK;
    } else if (!status) {
        run_both(b);
        judge(pair, b);
        judge_failure(pair, b);
    }
    clear(b);
    return status;
}

/* ---- The test ---- */

rn_status rn_check_ranks(rn_checking *c)
{
    both b = { .meeting = { .mutex = PTHREAD_MUTEX_INITIALIZER,
                            .both_here = PTHREAD_COND_INITIALIZER } };
    rn_bench_pair pair, second = { 0 };
    rn_status status = rn_pair_open(c, false, &pair);
    if (!status && !pair.tested->rank_sums.size)
        goto done; /* optional */
    if (!status)
        status = rn_pair_open(c, false, &second);
    b.devices[0] = pair.tested;
    b.devices[1] = second.tested;
    for (int r = 0; r < RANKS && !status; r++)
        pair.tested->rank_sums.set(b.devices[r]->context, add_up, &b.meeting, RANKS);
    if (!status)
        status = rn_op_walk(&pair, RN_FAMILY_NORM, synchronise, &b);
done:
    rn_pair_close(&second);
    rn_pair_close(&pair);
    return status;
}
