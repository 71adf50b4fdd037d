/* op_oracle.h: cases whose expected results are computed by the oracle, reference.so, in double
 * precision; test_ops.c checks it against the goldens. */
#ifndef RN_TESTS_OP_ORACLE_H
#define RN_TESTS_OP_ORACLE_H

#include "support/op_backends.h"
#include "support/op_chains.h"

typedef struct op_case {
    op_set in;
    op_attrs attrs;
    op_chain *chain;
    op_chain *oracle_chain;                              /* NULL for the same chain */
    double tolerance;                                    /* 0 for 1e-5 */
    double y_scale, mean_scale, dx_scale, dweight_scale; /* of op_limit; 0 for the tensor's RMS */
    double half_tolerance; /* of images that are rounded more than once; 0 if once */
    bool optional;         /* any backend may refuse: a fused or packed form */
    bool settled;          /* call op_case_settle for each precision */
} op_case;

/* Begin an empty case, add tensors to it (each filled differently, uniform in [-1,1)), and check it
 * and free its tensors. */
op_case op_case_begin(const char *name, op_chain *chain);
op_tensor *op_case_tensor(op_case *c, const char *name, int32_t dtype, int32_t rank,
                          const int64_t *shape);
op_tensor *op_case_image(op_case *c, const char *name, const int64_t shape[4]);
void op_case_end(op_case *c);

/* Runs the case on every fp32 backend and compares each result with the oracle's of the same name.
 * Then rounds the tensors to bf16 and does the same with the backends of lower precisions. */
void op_case_check(op_case *c);

/* Zeroes dy where the input of relu in oracle_chain is nearly 0, so that results do not depend on
 * rounding there. */
void op_case_settle(op_case *c);

/* Random numbers that are the same on every machine. */
typedef struct op_random {
    uint32_t seed;
    uint64_t taken;
} op_random;

int64_t op_pick(op_random *random, int64_t low, int64_t high); /* inclusive */

#endif
