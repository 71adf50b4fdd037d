/* op_ranks.c: parts of a batch, run by a thread for each rank, and put together again. */
#include "support/op_ranks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void op_ranks_case(op_set *in, const int64_t shape[4], int32_t epilogue, int n)
{
    static const char *const IMAGES[] = { "x", "dy", "z" };
    static const char *const VECTORS[] = { "weight", "bias", "running_mean", "running_var" };
    uint32_t seed = 1;
    *in = (op_set){ .mask_dtype = RN_BIT };
    snprintf(in->name, sizeof in->name, "batch_norm %lldx%lldx%lldx%lld, epilogue %d, %d ranks",
             (long long)shape[0], (long long)shape[1], (long long)shape[2], (long long)shape[3],
             (int)epilogue, n);
    for (size_t i = 0; i < (epilogue & RN_EPILOGUE_ADD ? 3 : 2); i++)
        op_fill(op_set_image(in, IMAGES[i], shape), seed++);
    for (size_t i = 0; i < 4; i++) {
        op_tensor *v = op_set_vector(in, VECTORS[i], shape[1]);
        op_fill(v, seed++);
        for (int64_t c = 0; c < shape[1]; c++)
            ((float *)v->data)[c] = (i % 3 ? 0.0f : 1.0f) + 0.25f * ((float *)v->data)[c];
    }
    float *x = op_set_find(in, "x")->data;
    const op_tensor *z = op_set_find(in, "z");
    int64_t count = op_count(op_set_find(in, "x"));
    for (int64_t i = 0; i < count; i++) {
        x[i] += i < count / n ? 0.0f : 24.0f;
        if (z)
            ((float *)z->data)[i] += ((float *)z->data)[i] < 0 ? -6.0f : 6.0f;
    }
    op_set_round(in);
}

/* Rank `index`'s part of an image's memory; all of a vector. */
static op_tensor part_of(const op_tensor *whole, int index, int n)
{
    op_tensor part = *whole;
    if (whole->desc.rank == 4) {
        part.desc.shape[0] /= n;
        part.desc.size_bytes /= (uint64_t)n;
        part.data = (char *)whole->data + (uint64_t)index * part.desc.size_bytes;
    }
    return part;
}

static void *rank_run(void *argument)
{
    op_rank *r = argument;
    r->status = op_chain_batch_norm(&r->backend, &r->in, r->attrs, &r->out);
    if (r->status)
        snprintf(r->text, sizeof r->text, "%s", rn_fail_text());
    return NULL;
}

void op_ranks_run_some(op_rank *ranks, op_ranks_place place, const op_set *whole,
                       const rn_batch_norm_attrs *attrs)
{
    pthread_t threads[OP_RANKS_MAX];
    for (int i = 0; i < place.n; i++) {
        ranks[i].attrs = attrs;
        ranks[i].in = ranks[i].out = (op_set){ .mask_dtype = whole->mask_dtype };
        memcpy(ranks[i].in.name, whole->name, sizeof whole->name);
        for (int t = 0; t < whole->n; t++) {
            const op_tensor part = part_of(whole->tensors[t], place.first + i, place.n_all);
            op_tensor *copy = op_set_like(&ranks[i].in, part.name, &part);
            memcpy(copy->data, part.data, part.desc.size_bytes);
        }
    }
    for (int i = 0; i < place.n; i++)
        if (pthread_create(&threads[i], NULL, rank_run, &ranks[i]))
            abort();
    for (int i = 0; i < place.n; i++)
        pthread_join(threads[i], NULL);
}

void op_ranks_run(op_rank *ranks, int n, const op_set *whole, const rn_batch_norm_attrs *attrs)
{
    op_ranks_run_some(ranks, (op_ranks_place){ n, 0, n }, whole, attrs);
}

void op_ranks_clear(op_rank *ranks, int n)
{
    for (int i = 0; i < n; i++) {
        op_set_clear(&ranks[i].in);
        op_set_clear(&ranks[i].out);
    }
}

/* Values that depend on the whole batch have the same bits on all ranks. */
static void compare_bits(const op_rank *ranks, int n)
{
    static const char *const SAME[] = { "mean", "inv_std", "running_mean_out", "running_var_out" };
    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++)
        for (int r = 1; r < n; r++) {
            const op_tensor *a = op_set_find(&ranks[0].out, SAME[i]);
            const op_tensor *b = op_set_find(&ranks[r].out, SAME[i]);
            op_check(!memcmp(a->data, b->data, a->desc.size_bytes),
                     "%s: %s: %s differs between the ranks", ranks[r].backend.label,
                     ranks[0].in.name, SAME[i]);
        }
}

/* Each rank's loss is the mean over its own part, and the trainer averages over the ranks; so the
 * sum of the ranks' gradients must equal the expected one, of the same gradients of y. */
static void compare_sum(op_rank *ranks, int n, const op_tensor *expected, op_limit limit)
{
    op_tensor *sum = op_set_find(&ranks[0].out, expected->name);
    for (int r = 1; r < n; r++) {
        const op_tensor *more = op_set_find(&ranks[r].out, expected->name);
        for (int64_t i = 0; i < op_count(sum); i++)
            ((float *)sum->data)[i] += ((const float *)more->data)[i];
    }
    op_compare(&ranks[0].backend, ranks[0].in.name, sum, expected, limit);
}

void op_ranks_compare(op_rank *ranks, int n, const op_set *expected, op_limit limit)
{
    bool all = true;
    for (int i = 0; i < n; i++) {
        op_check(ranks[i].status == RN_OK, "%s: %s: %s", ranks[i].backend.label, ranks[i].in.name,
                 ranks[i].text);
        all &= ranks[i].status == RN_OK;
    }
    if (!all)
        return;
    compare_bits(ranks, n);
    for (int t = 0; t < expected->n; t++) {
        const op_tensor *e = expected->tensors[t];
        if (e->desc.dtype != RN_F32 || !op_set_find(&ranks[0].out, e->name))
            continue;
        if (!strcmp(e->name, "dweight") || !strcmp(e->name, "dbias")) {
            compare_sum(ranks, n, e, limit);
            continue;
        }
        for (int i = 0; i < n; i++) {
            const op_tensor part = part_of(e, i, n);
            const op_tensor *got = op_set_find(&ranks[i].out, e->name);
            op_compare(&ranks[i].backend, ranks[i].in.name, got, &part,
                       op_limit_on(&ranks[i].backend, &part, limit));
        }
    }
}
