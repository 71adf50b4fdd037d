/* op.h: the operators: constants of their operands, and their attributes.
 *
 * A backend sees an operator as its name, its attribute structure and the descriptions of its
 * operands (backend.h). operators.h lists the operands. What each operator computes, its gradient
 * and its numerics are in the manual (resnet-operators(7)), which also lists those that blocks may
 * call; the core alone appends the others. Semantics are PyTorch's: cross-correlation, biased
 * variance in the normalisation and unbiased in the running estimate, SGD with v = mu*v + g and
 * p -= lr*v. */
#ifndef RESNET_OP_H
#define RESNET_OP_H

#include <stdint.h>

/* clang-format off */
/* The inputs of each operator from 0, and their number: RN_CONV2D_X, RN_CONV2D_WEIGHT,
 * RN_CONV2D_BIAS, RN_CONV2D_Z, RN_CONV2D_N_INPUTS. */
#define RN_OP(OPERATOR, name, bytes) enum rn_##name##_inputs {
#define RN_IN(SLOT, type, presence, use) RN_##SLOT,
#define RN_END(OPERATOR) RN_##OPERATOR##_N_INPUTS };
#include <resnet/operators.h>

/* The outputs from 0, and their number: RN_CONV2D_Y, RN_CONV2D_MASK, RN_CONV2D_N_OUTPUTS. */
#define RN_OP(OPERATOR, name, bytes) enum rn_##name##_outputs {
#define RN_OUT(SLOT, type, presence) RN_##SLOT,
#define RN_END(OPERATOR) RN_##OPERATOR##_N_OUTPUTS };
#include <resnet/operators.h>

/* The operands of `run`, inputs, then outputs: operands[RN_AT_CONV2D_Y]. If the inputs have a REST
 * (concat), output i is operands[n_inputs + i] instead. */
#define RN_OP(OPERATOR, name, bytes) enum rn_##name##_operands {
#define RN_IN(SLOT, type, presence, use) RN_AT_##SLOT,
#define RN_OUT(SLOT, type, presence) RN_AT_##SLOT,
#define RN_END(OPERATOR) RN_##OPERATOR##_N_OPERANDS };
#include <resnet/operators.h>
/* clang-format on */

/* What conv2d and batch_norm do to their result before it is stored; flags, 0: nothing. Together:
 * y = relu(result + z). The core offers an epilogue in `query`; a backend that declines it gets
 * separate operators instead. */
enum rn_epilogue {
    RN_EPILOGUE_ADD = 1, /* input z, of y's shape, is added */
    RN_EPILOGUE_RELU = 2 /* negative results become 0; in training the mask is an output */
};

/* How a window is padded. */
enum rn_padding {
    RN_PADDING_SYMMETRIC = 0, /* `padding` on both sides */
    RN_PADDING_SAME = 1,      /* TensorFlow's: y is ceil(x / stride), the odd pixel at the end */
    RN_PADDING_EXPLICIT = 2   /* `padding` before, `padding_end` after */
};

/* The structures of attributes. Two-element arrays are height, width, in pixels. In a builder call
 * 0 stands for the default where a field has one, and the structure is copied. In what a backend
 * gets, every default is filled in, and padding and padding_end are the resolved pixels whatever
 * the mode was. A backend reads them during `query` and `prepare` only, and a field that was added
 * after ABI 0.6 only where `size` reaches it.
 *
 * Each field names the values that a builder call may give, besides 0 for the default. Flags are 0
 * or 1. What the core sets, and what is reserved, is 0 in a builder call. Anything else is refused
 * while the graph is built (RN_E_CONFIG; RN_E_SHAPE for tensors that do not fit), so a backend
 * never sees it. */

/* conv2d, conv2d_grad_input, conv2d_grad_weight. */
typedef struct rn_conv2d_attrs {
    uint32_t size;
    int32_t has_bias;
    int64_t channels;       /* K, of y; a multiple of groups; 1 to 16777216, no default */
    int64_t kernel[2];      /* R, S; 1 to 65536, no default */
    int64_t stride[2];      /* 1 to 65536, default 1 */
    int64_t padding[2];     /* zeros before, and after where symmetric; 0 to 65536, 0 for "same" */
    int64_t padding_end[2]; /* zeros after, where explicit, else 0; 0 to 65536 */
    int64_t dilation[2];    /* from one element of the kernel to the next; 1 to 65536, default 1 */
    int64_t groups;         /* of channels that do not mix; 1 to 16777216, default 1 */
    int32_t padding_mode;   /* one of rn_padding */
    int32_t epilogue;       /* flags of rn_epilogue; set by the core */
} rn_conv2d_attrs;

/* batch_norm, batch_norm_grad; batch_norm_fold, which reads epsilon alone. */
typedef struct rn_batch_norm_attrs {
    uint32_t size;
    int32_t training;  /* 1: statistics of the batch; 0: running ones; set by the core */
    double epsilon;    /* is added to the variance; 1e-12 to 1, default 1e-5 */
    double momentum;   /* share of the batch in the running statistics; 1e-6 to 1, default 0.1 */
    int32_t epilogue;  /* flags of rn_epilogue; set by the core */
    int32_t zero_init; /* 1: the weight starts at 0 (arXiv:1706.02677, section 5.1) */
    /* Set by the core. 1: the statistics are those of the batches of all ranks
     * together (collective.h), with the same bits on each rank. In batch_norm_grad dx follows from
     * the sums and the number of values of all ranks; dweight and dbias are this rank's sums. */
    int32_t synchronised;
    uint32_t reserved; /* 0 */
} rn_batch_norm_attrs;

/* max_pool, max_pool_grad, avg_pool, avg_pool_grad. Windows that start beyond the padded input do
 * not exist (floor). Padding never wins a maximum. */
typedef struct rn_pool_attrs {
    uint32_t size;
    int32_t exclude_padding; /* avg_pool: 1 divides by the pixels inside the image only */
    int64_t kernel[2];       /* height and width of the window; 1 to 65536, no default */
    int64_t stride[2];       /* 1 to 65536, default: kernel */
    int64_t padding[2];      /* before, and after where symmetric; 0 to half the kernel */
    int64_t padding_end[2];  /* after, where explicit, else 0; 0 to half the kernel */
    int32_t padding_mode;    /* one of rn_padding; where "same", padding is 0 */
    int32_t reserved;        /* 0 */
} rn_pool_attrs;

/* linear, linear_grad_input, linear_grad_weight. */
typedef struct rn_linear_attrs {
    uint32_t size;
    int32_t has_bias;
    int64_t units; /* K, of y; 1 to 16777216, default: the network's classes */
} rn_linear_attrs;

/* softmax_cross_entropy, softmax_cross_entropy_grad, soft_cross_entropy, soft_cross_entropy_grad.
 */
typedef struct rn_cross_entropy_attrs {
    uint32_t size;
    uint32_t reserved; /* 0 */
    /* e: the target is 1-e plus e/K on the label, e/K elsewhere; with soft labels (1-e) times the
     * class's share, plus e/K; 0 to 1 */
    double label_smoothing;
} rn_cross_entropy_attrs;

/* dropout, dropout_grad. The mask is rn_random_uniform (random.h) >= rate, so that it is the same
 * on every backend. drop_path: the same with a number for each sample instead of each element. */
typedef struct rn_dropout_attrs {
    uint32_t size;
    uint32_t stream; /* distinguishes the dropout operators of a network; set by the core */
    double rate;     /* share set to 0; the rest is scaled by 1/(1-rate); 0 to 0.999999 */
    /* Set by the core: the number of x's first element in the whole batch, by which
     * the random numbers are counted. Any from 0 up where x is a rank's part of a batch, else 0. */
    int64_t first_element;
} rn_dropout_attrs;

/* subsample: shortcut A of He et al. 2016, section 3.3: every stride-th pixel, and zero channels
 * around. subsample_grad: without the channels before and after, each pixel stride pixels from the
 * next and zeros between them; with stride 1 a slice of the channels. A block may call both; each
 * is the other's gradient. */
typedef struct rn_subsample_attrs {
    uint32_t size;
    uint32_t reserved;       /* 0 */
    int64_t stride[2];       /* 1 to 65536, default 1 */
    int64_t channels_before; /* of zeros, put before x's; 0 to 16777216 */
    int64_t channels_after;  /* and after; 0 to 16777216 */
} rn_subsample_attrs;

/* clang-format off */
/* The kinds of activation: KIND(CONSTANT, name, number, n_parameters, formula). Of the parameters
 * alpha is the first and beta the second. */
#define RN_ACTIVATIONS(KIND)                                                                       \
    KIND(SIGMOID, sigmoid, 1, 0, "1 / (1 + exp(-x))")                                              \
    KIND(TANH, tanh, 2, 0, "tanh(x)")                                                              \
    KIND(SILU, silu, 3, 0, "x / (1 + exp(-x))")                                                    \
    KIND(HARD_SIGMOID, hard_sigmoid, 4, 0, "min(max(x + 3, 0), 6) / 6")                            \
    KIND(HARD_SWISH, hard_swish, 5, 0, "x * min(max(x + 3, 0), 6) / 6")                            \
    KIND(LEAKY_RELU, leaky_relu, 6, 1, "x where x > 0, else alpha * x")                            \
    KIND(RELU6, relu6, 7, 0, "min(max(x, 0), 6)")                                                  \
    KIND(GELU, gelu, 8, 0, "x * (1 + erf(x / sqrt(2))) / 2")                                       \
    KIND(SCALE, scale, 9, 2, "alpha * x + beta")

/* RN_ACTIVATION_SIGMOID = 1, and so on. */
enum rn_activation {
#define RN_ACTIVATION_VALUE(CONSTANT, name, number, n, formula) RN_ACTIVATION_##CONSTANT = number,
    RN_ACTIVATIONS(RN_ACTIVATION_VALUE)
#undef RN_ACTIVATION_VALUE
};
/* clang-format on */

/* activation, activation_grad. Since ABI 0.9. */
typedef struct rn_activation_attrs {
    uint32_t size;
    int32_t kind;       /* one of rn_activation, no default */
    double alpha, beta; /* -1e30 to 1e30; 0 where the kind has no such parameter */
} rn_activation_attrs;

/* sgd. v = momentum*v + g + weight_decay*p;  p -= lr*v, or with nesterov
 * p -= lr*(g + weight_decay*p + momentum*v). Nothing is changed while `loss` is not finite. */
typedef struct rn_sgd_attrs {
    uint32_t size;
    int32_t nesterov;
    double momentum;     /* 0: no velocity is kept */
    double weight_decay; /* 0 for parameters that are not to decay */
} rn_sgd_attrs;

/* clip_norm, clip_value. Since ABI 0.8. */
typedef struct rn_clip_attrs {
    uint32_t size;
    uint32_t reserved; /* 0 */
    double limit;      /* positive; clip_norm: 0 measures the norm and limits nothing */
} rn_clip_attrs;

/* adamw and lamb, since ABI 0.8. With g the gradient:
 *     mean = beta1*mean + (1 - beta1)*g;   square = beta2*square + (1 - beta2)*g*g
 *     u = mean/correction[0] / (sqrt(square/correction[1]) + epsilon)
 * adamw: p -= lr*(u + weight_decay*p).
 * lamb: u += weight_decay*p;  p -= lr*u, where weight_decay is not 0 with the ratio |p|/|u| as a
 * further factor, if neither norm is 0. */
typedef struct rn_adam_attrs {
    uint32_t size;
    uint32_t reserved; /* 0 */
    double beta1, beta2;
    double epsilon;
    double weight_decay; /* 0 for parameters that are not to decay */
} rn_adam_attrs;

/* lars: sgd's step with g = trust*|p| / (|g| + weight_decay*|p| + epsilon) * (g + weight_decay*p)
 * where weight_decay is not 0 and neither norm is 0. Since ABI 0.8. */
typedef struct rn_lars_attrs {
    uint32_t size;
    int32_t nesterov;
    double momentum;     /* 0: no velocity is kept */
    double weight_decay; /* 0 for parameters that are not to decay */
    double trust;
    double epsilon;
} rn_lars_attrs;

/* rmsprop, TensorFlow's, since ABI 0.8: g += weight_decay*p;  square += (1 - decay)*(g*g - square);
 * v = momentum*v + lr*g/sqrt(square + epsilon);  p -= v. */
typedef struct rn_rmsprop_attrs {
    uint32_t size;
    uint32_t reserved; /* 0 */
    double decay;      /* of the mean square */
    double momentum;   /* 0: no velocity is kept */
    double epsilon;
    double weight_decay; /* 0 for parameters that are not to decay */
} rn_rmsprop_attrs;

#endif
