/* op_oracle.h: cases whose expected results the oracle computes: reference.so, in double precision,
 * which the goldens have judged before (test_ops.c). */
#ifndef RN_TESTS_OP_ORACLE_H
#define RN_TESTS_OP_ORACLE_H

#include "support/op_backends.h"
#include "support/op_chains.h"

typedef struct op_case {
    op_set in;
    op_attrs attrs;
    op_chain *chain;
    op_chain *oracle_chain;                              /* NULL: the same */
    double tolerance;                                    /* 0: 1e-5 */
    double y_scale, mean_scale, dx_scale, dweight_scale; /* of op_limit; 0: the tensor's own rms */
    double half_tolerance; /* of images, where they are not rounded just once; 0: they are */
    bool optional;         /* any backend may refuse: a fused or packed form */
    bool settled;          /* op_case_settle before the backends of each precision */
} op_case;

/* An empty case; tensors for it, uniform in [-1,1) and different from each other; and its end,
 * which checks it and frees the tensors. */
op_case op_case_begin(const char *name, op_chain *chain);
op_tensor *op_case_tensor(op_case *c, const char *name, int32_t dtype, int32_t rank,
                          const int64_t *shape);
op_tensor *op_case_image(op_case *c, const char *name, const int64_t shape[4]);
void op_case_end(op_case *c);

/* Runs the case on every backend and compares each result with the oracle's of the same name. For
 * those that compute in bf16 the tensors are then rounded to it, and the oracle asked again. */
void op_case_check(op_case *c);

/* Zeroes dy where relu was given nearly 0 by oracle_chain, so that rounding decides nothing there.
 */
void op_case_settle(op_case *c);

/* Numbers of a case that are the same on every machine. */
typedef struct op_random {
    uint32_t seed;
    uint64_t taken;
} op_random;

int64_t op_pick(op_random *random, int64_t low, int64_t high); /* inclusive */

#endif
