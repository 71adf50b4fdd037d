/* described.h: an operator's description, checked against op.h, completed and copied: what backends
 * do first in query and prepare, whatever they compute on. */
#ifndef BACKENDS_BASE_DESCRIBED_H
#define BACKENDS_BASE_DESCRIBED_H

#include <resnet/backend.h>
#include <resnet/host.h>
#include <stdbool.h>

typedef struct described_rules {
    const rn_host *host;
    bool has_layouts; /* operands may have layouts other than PLAIN */
} described_rules;

/* A deep copy. `desc` has a place for every operand that op.h names, in that order, so that
 * `inputs[3]` is always conv2d's z; absent ones are NULL. (concat, concat_grad, check_finite and
 * all_reduce have as many as they were given.) `attrs` is never NULL. What `desc` points to lies
 * here. */
typedef struct described {
    rn_op_desc desc;
    int32_t n_given_inputs, n_given_outputs; /* what `run` is given; the last may be left out */
    const rn_tensor_desc *places[RN_MAX_OPERANDS];
    rn_tensor_desc tensors[RN_MAX_OPERANDS];
    union {
        rn_conv2d_attrs conv2d;
        rn_batch_norm_attrs batch_norm;
        rn_pool_attrs pool;
        rn_linear_attrs linear;
        rn_cross_entropy_attrs cross_entropy;
        rn_dropout_attrs dropout;
        rn_subsample_attrs subsample;
        rn_sgd_attrs sgd;
    } attrs;
    char name[]; /* the layer's path */
} described;

/* RN_E_UNSUPPORTED where op.h does not have it so; RN_E_NOMEM. The caller frees it. */
rn_status described_make(const described_rules *rules, const rn_op_desc *given, described **made);

/* Refuses an operator by its name. */
rn_status described_unknown(const described_rules *rules, const rn_op_desc *given);

/* An operator answers for every place that it has; the asker counts those that it gave. */
void described_answer(const described *d, const rn_op_answer *full, rn_op_answer *answer);

#endif
