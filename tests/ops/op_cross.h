/* op_cross.h: tests shared by test_ops_cross.c and op_cross_*.c. */
#ifndef RN_TESTS_OP_CROSS_H
#define RN_TESTS_OP_CROSS_H

#include "support/op_oracle.h"

/* A variant of batch norm. */
typedef struct cross_norm {
    bool training;
    int32_t epilogue, mask_dtype;
    float offset;     /* added to x */
    double tolerance; /* 0: 1e-5 */
} cross_norm;

typedef enum cross_pool_type {
    CROSS_MAX_POOL = 1,
    CROSS_AVG_POOL,
    CROSS_AVG_POOL_INSIDE /* averages without the padding */
} cross_pool_type;

#define CROSS_N_SHAPES 9
extern const int64_t CROSS_SHAPES[CROSS_N_SHAPES][4];

op_test cross_batch_norm; /* subject: a cross_norm */
op_test cross_relu;       /* subject: the mask's dtype, an int32_t */
op_test cross_pool;       /* subject: a cross_pool_type */
op_test cross_not_finite, cross_global_avg_pool, cross_add, cross_subsample, cross_concat;

/* op_cross_rows.c: rows and vectors */
op_test cross_linear, cross_softmax, cross_entropy, cross_sgd, cross_sgd_not_finite, cross_reorder;
op_test cross_dropout; /* subject: the mask's dtype, an int32_t */

/* One of CROSS_N_SGD variants and lengths of sgd, with this loss; and a check that the backend
 * leaves every bit of param and velocity unchanged, for the reason `why`, which ends the case. */
#define CROSS_N_SGD 32
op_case cross_sgd_case(int i, float loss);
void cross_sgd_changes_nothing(const op_backend *backend, op_case *c, const char *why);

op_test cross_fold; /* op_cross_fold.c */

/* op_cross_scale.c: the loss scale */
op_test cross_check_finite, cross_entropy_scaled, cross_sgd_scaled, cross_sgd_flagged;

/* Compares each backend's results with the expected ones. */
void cross_check_each(op_case *c, const op_set *expected, op_limit limit);

/* op_cross_soft.c: the loss of targets */
op_test cross_entropy_soft, cross_entropy_defined, cross_entropy_one_hot, cross_entropy_types;

#endif
