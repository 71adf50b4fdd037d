/* op_ranks.h: synchronised batch norms: several contexts of a backend, each with its part of a
 * batch and a thread of its own, compared with one context that has the whole batch. */
#ifndef RN_TESTS_OP_RANKS_H
#define RN_TESTS_OP_RANKS_H

#include "support/op_chains.h"

enum { OP_RANKS_MAX = 4 };

/* One context's part of a case. The caller opens the backend. */
typedef struct op_rank {
    op_backend backend;
    const rn_batch_norm_attrs *attrs;
    op_set in, out;
    rn_status status;
    char text[512]; /* the failure's message */
} op_rank;

/* Tensors of a batch norm for a batch of this shape, of n parts: the first part of x lies 40
 * standard deviations from the others, and no y is near 0, where rounding could flip its mask. */
void op_ranks_case(op_set *in, const int64_t shape[4], int32_t epilogue, int n);

/* Runs the norm and its gradient on n ranks at once, each with its part of the images of `whole`
 * and all of the vectors. op_ranks_clear frees what that made. */
void op_ranks_run(op_rank *ranks, int n, const op_set *whole, const rn_batch_norm_attrs *attrs);
/* The same where they are ranks first, first + 1 and so on of n_all, and others have the rest. */
typedef struct op_ranks_place {
    int n, first, n_all;
} op_ranks_place;
void op_ranks_run_some(op_rank *ranks, op_ranks_place place, const op_set *whole,
                       const rn_batch_norm_attrs *attrs);
void op_ranks_clear(op_rank *ranks, int n);

/* Compares the results of all ranks with those of the whole batch. What depends on all values must
 * have the same bits on each rank; dweight and dbias must add up. */
void op_ranks_compare(op_rank *ranks, int n, const op_set *expected, op_limit limit);

#endif
