/* op_chains.h: chains: an operator followed by its gradients, from named tensors to named tensors.
 * Goldens, sweeps, finite differences and ONNX cases all run the backends through them. */
#ifndef RN_TESTS_OP_CHAINS_H
#define RN_TESTS_OP_CHAINS_H

#include "support/op_harness.h"

typedef union op_attrs {
    rn_conv2d_attrs conv2d;
    rn_batch_norm_attrs batch_norm;
    rn_pool_attrs pool;
    rn_linear_attrs linear;
    rn_cross_entropy_attrs cross_entropy;
    rn_dropout_attrs dropout;
    rn_subsample_attrs subsample;
    rn_activation_attrs activation;
    rn_clip_attrs clip;
    rn_sgd_attrs sgd;
    rn_adam_attrs adam;
    rn_lars_attrs lars;
    rn_rmsprop_attrs rmsprop;
} op_attrs;

/* Runs the operator on the tensors of `in` and, if `in` has "dy", its gradients. `attrs` may be
 * NULL for operators without attributes. The first status that is not RN_OK ends the chain. */
typedef rn_status op_chain(const op_backend *backend, const op_set *in, const void *attrs,
                           op_set *out);

/* in                                    out
 * x, weight, [bias], [z], [dy]          y, [mask], [dx, [dx_sum], dweight, [dbias], [dz]]
 * dx_sum is x + dx, by conv2d_grad_input_sum where the backend offers that.
 * The epilogue is fused; the _apart chains compute it by separate operators, and also return
 * "relu_input", the input of relu. */
op_chain op_chain_conv2d, op_chain_conv2d_apart;

/* x, weight, bias, running_mean, running_var, [z], [dy]
 *     -> y, [mask], running_mean_out, running_var_out, [dx, dweight, dbias, [dz]] */
op_chain op_chain_batch_norm, op_chain_batch_norm_apart;

/* x, weight, bias, running_mean, running_var, and the same of z, as z, z_weight, ..., dy
 *     -> y, mask, running_mean_out, ..., dx, dweight, dbias, and the same of z */
op_chain op_chain_batch_norm_pair, op_chain_batch_norm_pair_apart;

op_chain op_chain_relu;                               /* x, [dy] -> y, [mask, dx] */
op_chain op_chain_max_pool;                           /* x, [dy] -> y, [index, dx] */
op_chain op_chain_avg_pool, op_chain_global_avg_pool; /* x, [dy] -> y, [dx] */
op_chain op_chain_add;                                /* x, z -> y */
op_chain op_chain_linear;        /* x, weight, [bias], [dy] -> y, [dx, dweight, [dbias]] */
op_chain op_chain_softmax;       /* x -> y */
op_chain op_chain_cross_entropy; /* logits, labels or targets, [loss_scale]
                                    -> loss, probs, dlogits */
op_chain op_chain_dropout;       /* x, random, [dy] -> y, mask, [dx] */
op_chain op_chain_drop_path;     /* x, random, [dy] -> y, [dx] */
op_chain op_chain_subsample;     /* x, [dy] -> y, [dx] */
op_chain op_chain_slice;         /* subsample_grad, then subsample: x, [dy] -> y, [dx] */
op_chain op_chain_activation;    /* x, [dy] -> y, [dx] */
op_chain op_chain_multiply;      /* x, z, [dy] -> y, [dx, dz] */
op_chain op_chain_lookup;        /* x, table -> y */
op_chain op_chain_concat;        /* x0, x1, …, [dy] -> y, [dx0, dx1, …] */

/* The slots of the operator -> those that it changes, as param_out, and its outputs. */
op_chain op_chain_sgd, op_chain_adamw, op_chain_lamb, op_chain_lars, op_chain_rmsprop;
op_chain op_chain_blend, op_chain_square_sum, op_chain_clip_value;

op_chain op_chain_clip_norm; /* x0, x1, …, loss_scale -> total_out, norm, loss_scale_out */

/* The number of positions of a window of `kernel` pixels over `input`; 0 if it does not fit. */
int64_t op_window_count(int64_t input, int64_t padding_sum, int64_t kernel, int64_t stride,
                        int64_t dilation);
void op_conv2d_shape(const rn_conv2d_attrs *attrs, const op_tensor *x, int64_t shape[4]);
void op_pool_shape(const rn_pool_attrs *attrs, const op_tensor *x, int64_t shape[4]);

#endif
