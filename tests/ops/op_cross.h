/* op_cross.h: the tests of test_ops_cross.c and of the files op_cross_*.c. */
#ifndef RN_TESTS_OP_CROSS_H
#define RN_TESTS_OP_CROSS_H

#include "support/op_oracle.h"

/* A form of batch norm. */
typedef struct cross_norm {
    bool training;
    int32_t epilogue, mask_dtype;
    float offset;     /* of x */
    double tolerance; /* 0: 1e-5 */
} cross_norm;

typedef enum cross_pool_kind {
    CROSS_MAX_POOL = 1,
    CROSS_AVG_POOL,
    CROSS_AVG_POOL_INSIDE /* padding does not count */
} cross_pool_kind;

#define CROSS_N_SHAPES 9
extern const int64_t CROSS_SHAPES[CROSS_N_SHAPES][4];

op_test cross_batch_norm; /* of a cross_norm */
op_test cross_relu;       /* of the mask's type, an int32_t */
op_test cross_pool;       /* of a cross_pool_kind */
op_test cross_not_finite, cross_global_avg_pool, cross_add, cross_subsample, cross_concat;

/* op_cross_rows.c: rows and vectors */
op_test cross_linear, cross_softmax, cross_entropy, cross_sgd, cross_sgd_not_finite, cross_reorder;
op_test cross_dropout; /* of the mask's type */

/* One of CROSS_N_SGD forms and lengths of sgd, after this loss; and whether the backend changes not
 * one bit of its param and velocity, where `why` says why it must not. Ends the case. */
#define CROSS_N_SGD 32
op_case cross_sgd_case(int i, float loss);
void cross_sgd_changes_nothing(const op_backend *backend, op_case *c, const char *why);

op_test cross_fold; /* op_cross_fold.c */

/* op_cross_scale.c: the scale of the loss */
op_test cross_check_finite, cross_entropy_scaled, cross_sgd_scaled, cross_sgd_flagged;

#endif
