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

/* op_cross_elements.c; subject: a kind of activation, an int32_t */
op_test cross_activation;
op_test cross_activation_ends, cross_activation_unknown, cross_product, cross_slice, cross_lookup;

/* op_cross_rows.c: rows and vectors */
op_test cross_linear, cross_softmax, cross_entropy, cross_drop_path, cross_reorder;
op_test cross_dropout; /* subject: the mask's dtype, an int32_t */

op_test cross_fold;            /* op_cross_fold.c */
op_test cross_batch_norm_pair; /* op_cross_pair.c */

/* op_cross_scale.c: the loss scale */
op_test cross_check_finite, cross_entropy_scaled;

#define CROSS_SCALE 1536.0f /* not a power of two: operators must not rely on one */
void cross_add_scale(op_set *set, float flag);
void cross_multiply(op_tensor *tensor, float by);

/* Computes what to expect; false where the oracle cannot. */
bool cross_run_oracle(const op_case *c, op_set *expected);

/* Compares each backend's results with the expected ones. */
void cross_check_each(op_case *c, const op_set *expected, op_limit limit);

/* op_cross_soft.c: the loss of targets */
op_test cross_entropy_soft, cross_entropy_defined, cross_entropy_one_hot, cross_entropy_types;

/* An operator that updates a parameter. */
typedef struct cross_update {
    const char *op;
    op_chain *chain;
    void (*set_attrs)(op_attrs *attrs, int variant); /* bits of op_cross_update.c */
    int variants;                                    /* those that it has */
    const char *state[2];                            /* tensors that it keeps */
} cross_update;

#define CROSS_N_UPDATES 5
extern const cross_update CROSS_UPDATES[CROSS_N_UPDATES];

/* op_cross_update.c; subject: a cross_update */
op_test cross_updates, cross_updates_scaled, cross_updates_unchanged, cross_updates_refused;

/* op_cross_clip.c: what else changes gradients and weights in place, by its definition */
op_test cross_blend, cross_square_sum, cross_clip_norm, cross_clip_value;

#endif
