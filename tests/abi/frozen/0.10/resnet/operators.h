/* operators.h: the table of operators: the inputs and outputs of each, row by row. Define the
 * macros of the rows that you want, then include it; other rows are skipped, and all macros are
 * undefined at the end, so it can be included again. op.h makes the constants that index operands
 * from it.
 *
 * RN_OP(OPERATOR, name, bytes)      begins an operator: its name in constants, its name in graphs
 *                                   and descriptions, and the size of its attributes (op.h), 0
 *                                   where it has none
 * RN_IN(SLOT, type, presence, use)  its inputs, in order
 * RN_OUT(SLOT, type, presence)      its outputs, in order
 * RN_END(OPERATOR)                  ends it
 *
 * The number of a slot never changes: RN_CONV2D_Z is input 3 of conv2d even without a bias.
 * n_inputs and n_outputs (backend.h) are always the numbers of rows here; an absent operand has the
 * description NULL and the buffer NULL. Only a REST makes a list longer than its rows; it is always
 * the last row of the inputs or of the outputs.
 *
 * type      F32    RN_F32
 *           I32    RN_I32
 *           MASK   RN_BIT where the backend accepts it, else RN_U8 with 0 or 1
 *           INDEX  RN_U8: a position in a window, row-major
 *           ANY    RN_F32, RN_U8 or RN_BIT
 * presence  REQUIRED, OPTIONAL; REST: one or more tensors in consecutive slots
 * use       READ
 *           SHARED   read; output 0 may have exactly its memory
 *           UPDATED  read and changed in place
 *
 * A backend may allow output 0 on more inputs (rn_op_answer.inplace_inputs).
 *
 * Operands never change: an operator that needs others gets a new name, at the end. */

#ifndef RN_OP
#define RN_OP(OPERATOR, name, bytes)
#endif
#ifndef RN_IN
#define RN_IN(SLOT, type, presence, use)
#endif
#ifndef RN_OUT
#define RN_OUT(SLOT, type, presence)
#endif
#ifndef RN_END
#define RN_END(OPERATOR)
#endif

/* clang-format off */
RN_OP(CONV2D, conv2d, sizeof(rn_conv2d_attrs))
    RN_IN(CONV2D_X, F32, REQUIRED, READ)
    RN_IN(CONV2D_WEIGHT, F32, REQUIRED, READ)
    RN_IN(CONV2D_BIAS, F32, OPTIONAL, READ)
    RN_IN(CONV2D_Z, F32, OPTIONAL, READ) /* with RN_EPILOGUE_ADD */
    RN_OUT(CONV2D_Y, F32, REQUIRED)
    RN_OUT(CONV2D_MASK, MASK, OPTIONAL) /* with RN_EPILOGUE_RELU, in training */
RN_END(CONV2D)

RN_OP(CONV2D_GRAD_INPUT, conv2d_grad_input, sizeof(rn_conv2d_attrs))
    RN_IN(CONV2D_GRAD_INPUT_DY, F32, REQUIRED, READ)
    RN_IN(CONV2D_GRAD_INPUT_WEIGHT, F32, REQUIRED, READ)
    RN_OUT(CONV2D_GRAD_INPUT_DX, F32, REQUIRED)
RN_END(CONV2D_GRAD_INPUT)

RN_OP(CONV2D_GRAD_WEIGHT, conv2d_grad_weight, sizeof(rn_conv2d_attrs))
    RN_IN(CONV2D_GRAD_WEIGHT_X, F32, REQUIRED, READ)
    RN_IN(CONV2D_GRAD_WEIGHT_DY, F32, REQUIRED, READ)
    RN_OUT(CONV2D_GRAD_WEIGHT_DWEIGHT, F32, REQUIRED)
    RN_OUT(CONV2D_GRAD_WEIGHT_DBIAS, F32, OPTIONAL)
RN_END(CONV2D_GRAD_WEIGHT)

/* In inference the running statistics are read only, and y is the one output. */
RN_OP(BATCH_NORM, batch_norm, sizeof(rn_batch_norm_attrs))
    RN_IN(BATCH_NORM_X, F32, REQUIRED, SHARED)
    RN_IN(BATCH_NORM_WEIGHT, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_BIAS, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_RUNNING_MEAN, F32, REQUIRED, UPDATED)
    RN_IN(BATCH_NORM_RUNNING_VAR, F32, REQUIRED, UPDATED)
    RN_IN(BATCH_NORM_Z, F32, OPTIONAL, SHARED) /* with RN_EPILOGUE_ADD */
    RN_OUT(BATCH_NORM_Y, F32, REQUIRED)
    RN_OUT(BATCH_NORM_MEAN, F32, OPTIONAL)    /* of the batch, in training */
    RN_OUT(BATCH_NORM_INV_STD, F32, OPTIONAL) /* of the batch, in training */
    RN_OUT(BATCH_NORM_MASK, MASK, OPTIONAL)   /* with RN_EPILOGUE_RELU, in training */
RN_END(BATCH_NORM)

/* The convolution's weight and bias, then the parameters of the batch_norm after it. */
RN_OP(BATCH_NORM_FOLD, batch_norm_fold, sizeof(rn_batch_norm_attrs))
    RN_IN(BATCH_NORM_FOLD_WEIGHT, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_FOLD_BIAS, F32, OPTIONAL, READ)
    RN_IN(BATCH_NORM_FOLD_GAMMA, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_FOLD_BETA, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_FOLD_RUNNING_MEAN, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_FOLD_RUNNING_VAR, F32, REQUIRED, READ)
    RN_OUT(BATCH_NORM_FOLD_FOLDED_WEIGHT, F32, REQUIRED)
    RN_OUT(BATCH_NORM_FOLD_FOLDED_BIAS, F32, REQUIRED)
RN_END(BATCH_NORM_FOLD)

RN_OP(BATCH_NORM_GRAD, batch_norm_grad, sizeof(rn_batch_norm_attrs))
    RN_IN(BATCH_NORM_GRAD_X, F32, REQUIRED, SHARED)
    RN_IN(BATCH_NORM_GRAD_DY, F32, REQUIRED, SHARED)
    RN_IN(BATCH_NORM_GRAD_WEIGHT, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_GRAD_MEAN, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_GRAD_INV_STD, F32, REQUIRED, READ)
    RN_IN(BATCH_NORM_GRAD_MASK, MASK, OPTIONAL, READ)
    RN_OUT(BATCH_NORM_GRAD_DX, F32, REQUIRED)
    RN_OUT(BATCH_NORM_GRAD_DWEIGHT, F32, REQUIRED)
    RN_OUT(BATCH_NORM_GRAD_DBIAS, F32, REQUIRED)
    RN_OUT(BATCH_NORM_GRAD_DZ, F32, OPTIONAL)
RN_END(BATCH_NORM_GRAD)

RN_OP(RELU, relu, 0)
    RN_IN(RELU_X, F32, REQUIRED, SHARED)
    RN_OUT(RELU_Y, F32, REQUIRED)
    RN_OUT(RELU_MASK, MASK, OPTIONAL) /* in training */
RN_END(RELU)

RN_OP(RELU_GRAD, relu_grad, 0)
    RN_IN(RELU_GRAD_DY, F32, REQUIRED, SHARED)
    RN_IN(RELU_GRAD_MASK, MASK, REQUIRED, READ)
    RN_OUT(RELU_GRAD_DX, F32, REQUIRED)
RN_END(RELU_GRAD)

RN_OP(ADD, add, 0)
    RN_IN(ADD_A, F32, REQUIRED, SHARED)
    RN_IN(ADD_B, F32, REQUIRED, SHARED)
    RN_OUT(ADD_Y, F32, REQUIRED)
RN_END(ADD)

RN_OP(MAX_POOL, max_pool, sizeof(rn_pool_attrs))
    RN_IN(MAX_POOL_X, F32, REQUIRED, READ)
    RN_OUT(MAX_POOL_Y, F32, REQUIRED)
    RN_OUT(MAX_POOL_INDEX, INDEX, OPTIONAL) /* in training */
RN_END(MAX_POOL)

RN_OP(MAX_POOL_GRAD, max_pool_grad, sizeof(rn_pool_attrs))
    RN_IN(MAX_POOL_GRAD_DY, F32, REQUIRED, READ)
    RN_IN(MAX_POOL_GRAD_INDEX, INDEX, REQUIRED, READ)
    RN_OUT(MAX_POOL_GRAD_DX, F32, REQUIRED)
RN_END(MAX_POOL_GRAD)

RN_OP(AVG_POOL, avg_pool, sizeof(rn_pool_attrs))
    RN_IN(AVG_POOL_X, F32, REQUIRED, READ)
    RN_OUT(AVG_POOL_Y, F32, REQUIRED)
RN_END(AVG_POOL)

RN_OP(AVG_POOL_GRAD, avg_pool_grad, sizeof(rn_pool_attrs))
    RN_IN(AVG_POOL_GRAD_DY, F32, REQUIRED, READ)
    RN_OUT(AVG_POOL_GRAD_DX, F32, REQUIRED)
RN_END(AVG_POOL_GRAD)

RN_OP(GLOBAL_AVG_POOL, global_avg_pool, 0)
    RN_IN(GLOBAL_AVG_POOL_X, F32, REQUIRED, READ)
    RN_OUT(GLOBAL_AVG_POOL_Y, F32, REQUIRED) /* (N,C,1,1) */
RN_END(GLOBAL_AVG_POOL)

RN_OP(GLOBAL_AVG_POOL_GRAD, global_avg_pool_grad, 0)
    RN_IN(GLOBAL_AVG_POOL_GRAD_DY, F32, REQUIRED, READ)
    RN_OUT(GLOBAL_AVG_POOL_GRAD_DX, F32, REQUIRED)
RN_END(GLOBAL_AVG_POOL_GRAD)

/* A view: no backend sees it. */
RN_OP(FLATTEN, flatten, 0)
    RN_IN(FLATTEN_X, F32, REQUIRED, READ)
    RN_OUT(FLATTEN_Y, F32, REQUIRED)
RN_END(FLATTEN)

RN_OP(LINEAR, linear, sizeof(rn_linear_attrs))
    RN_IN(LINEAR_X, F32, REQUIRED, READ)      /* (N,F) */
    RN_IN(LINEAR_WEIGHT, F32, REQUIRED, READ) /* (K,F) */
    RN_IN(LINEAR_BIAS, F32, OPTIONAL, READ)
    RN_OUT(LINEAR_Y, F32, REQUIRED)           /* (N,K) */
RN_END(LINEAR)

RN_OP(LINEAR_GRAD_INPUT, linear_grad_input, sizeof(rn_linear_attrs))
    RN_IN(LINEAR_GRAD_INPUT_DY, F32, REQUIRED, READ)
    RN_IN(LINEAR_GRAD_INPUT_WEIGHT, F32, REQUIRED, READ)
    RN_OUT(LINEAR_GRAD_INPUT_DX, F32, REQUIRED)
RN_END(LINEAR_GRAD_INPUT)

RN_OP(LINEAR_GRAD_WEIGHT, linear_grad_weight, sizeof(rn_linear_attrs))
    RN_IN(LINEAR_GRAD_WEIGHT_X, F32, REQUIRED, READ)
    RN_IN(LINEAR_GRAD_WEIGHT_DY, F32, REQUIRED, READ)
    RN_OUT(LINEAR_GRAD_WEIGHT_DWEIGHT, F32, REQUIRED)
    RN_OUT(LINEAR_GRAD_WEIGHT_DBIAS, F32, OPTIONAL)
RN_END(LINEAR_GRAD_WEIGHT)

RN_OP(SOFTMAX, softmax, 0)
    RN_IN(SOFTMAX_X, F32, REQUIRED, READ) /* (N,K) */
    RN_OUT(SOFTMAX_Y, F32, REQUIRED)
RN_END(SOFTMAX)

RN_OP(SOFTMAX_CROSS_ENTROPY, softmax_cross_entropy, sizeof(rn_cross_entropy_attrs))
    RN_IN(SOFTMAX_CROSS_ENTROPY_LOGITS, F32, REQUIRED, READ) /* (N,K) */
    RN_IN(SOFTMAX_CROSS_ENTROPY_LABELS, I32, REQUIRED, READ) /* (N) */
    RN_OUT(SOFTMAX_CROSS_ENTROPY_LOSS, F32, REQUIRED)        /* (1) */
    RN_OUT(SOFTMAX_CROSS_ENTROPY_PROBABILITIES, F32, REQUIRED)
RN_END(SOFTMAX_CROSS_ENTROPY)

/* loss_scale is (2): the factor by which dlogits is multiplied, and a flag; see check_finite. */
RN_OP(SOFTMAX_CROSS_ENTROPY_GRAD, softmax_cross_entropy_grad, sizeof(rn_cross_entropy_attrs))
    RN_IN(SOFTMAX_CROSS_ENTROPY_GRAD_PROBABILITIES, F32, REQUIRED, READ)
    RN_IN(SOFTMAX_CROSS_ENTROPY_GRAD_LABELS, I32, REQUIRED, READ)
    RN_IN(SOFTMAX_CROSS_ENTROPY_GRAD_LOSS_SCALE, F32, OPTIONAL, READ)
    RN_OUT(SOFTMAX_CROSS_ENTROPY_GRAD_DLOGITS, F32, REQUIRED)
RN_END(SOFTMAX_CROSS_ENTROPY_GRAD)

RN_OP(DROPOUT, dropout, sizeof(rn_dropout_attrs))
    RN_IN(DROPOUT_X, F32, REQUIRED, SHARED)
    RN_IN(DROPOUT_RANDOM, I32, REQUIRED, READ) /* (2): seed, step */
    RN_OUT(DROPOUT_Y, F32, REQUIRED)
    RN_OUT(DROPOUT_MASK, MASK, REQUIRED)
RN_END(DROPOUT)

RN_OP(DROPOUT_GRAD, dropout_grad, sizeof(rn_dropout_attrs))
    RN_IN(DROPOUT_GRAD_DY, F32, REQUIRED, SHARED)
    RN_IN(DROPOUT_GRAD_MASK, MASK, REQUIRED, READ)
    RN_OUT(DROPOUT_GRAD_DX, F32, REQUIRED)
RN_END(DROPOUT_GRAD)

RN_OP(SUBSAMPLE, subsample, sizeof(rn_subsample_attrs))
    RN_IN(SUBSAMPLE_X, F32, REQUIRED, READ)
    RN_OUT(SUBSAMPLE_Y, F32, REQUIRED)
RN_END(SUBSAMPLE)

RN_OP(SUBSAMPLE_GRAD, subsample_grad, sizeof(rn_subsample_attrs))
    RN_IN(SUBSAMPLE_GRAD_DY, F32, REQUIRED, READ)
    RN_OUT(SUBSAMPLE_GRAD_DX, F32, REQUIRED)
RN_END(SUBSAMPLE_GRAD)

RN_OP(CONCAT, concat, 0)
    RN_IN(CONCAT_X, F32, REST, READ)
    RN_OUT(CONCAT_Y, F32, REQUIRED)
RN_END(CONCAT)

RN_OP(CONCAT_GRAD, concat_grad, 0)
    RN_IN(CONCAT_GRAD_DY, F32, REQUIRED, READ)
    RN_OUT(CONCAT_GRAD_DX, F32, REST)
RN_END(CONCAT_GRAD)

/* Sets the flag of loss_scale, which is 0 when a step begins, to 1 if an element of a gradient is
 * not finite; the update operators then change nothing. */
RN_OP(CHECK_FINITE, check_finite, 0)
    RN_IN(CHECK_FINITE_LOSS_SCALE, F32, REQUIRED, UPDATED)
    RN_IN(CHECK_FINITE_GRADIENT, F32, REST, READ)
RN_END(CHECK_FINITE)

/* Used only on backends that offer collective.h. Each of its tensors, of any shape, becomes the
 * mean of that tensor over the ranks, with the same bits on each rank. Later in the step only the
 * update operators, check_finite, square_sum, clip_value and blend read or change these tensors,
 * and after the step the host; so it may run beside the kernels that are enqueued next, as long as
 * it is done when one of those reads. It has no workspace. If a tensor is described in another
 * layout, the answer asks for a plain one. */
RN_OP(ALL_REDUCE, all_reduce, 0)
    RN_IN(ALL_REDUCE_TENSOR, F32, REST, UPDATED)
RN_END(ALL_REDUCE)

/* The gradient is multiplied by the inverse of the factor in loss_scale. */
RN_OP(SGD, sgd, sizeof(rn_sgd_attrs))
    RN_IN(SGD_PARAM, F32, REQUIRED, UPDATED)
    RN_IN(SGD_GRADIENT, F32, REQUIRED, READ)
    RN_IN(SGD_VELOCITY, F32, OPTIONAL, UPDATED)
    RN_IN(SGD_LEARNING_RATE, F32, REQUIRED, READ) /* (1) */
    RN_IN(SGD_LOSS, F32, OPTIONAL, READ)          /* (1) */
    RN_IN(SGD_LOSS_SCALE, F32, OPTIONAL, READ)    /* (2) */
RN_END(SGD)

/* The same tensor in another layout. */
RN_OP(REORDER, reorder, 0)
    RN_IN(REORDER_X, ANY, REQUIRED, READ)
    RN_OUT(REORDER_Y, ANY, REQUIRED)
RN_END(REORDER)

/* The loss of softmax_cross_entropy, with labels that are shares of the classes. Since ABI 0.7. */
RN_OP(SOFT_CROSS_ENTROPY, soft_cross_entropy, sizeof(rn_cross_entropy_attrs))
    RN_IN(SOFT_CROSS_ENTROPY_LOGITS, F32, REQUIRED, READ)  /* (N,K) */
    RN_IN(SOFT_CROSS_ENTROPY_TARGETS, F32, REQUIRED, READ) /* (N,K) */
    RN_OUT(SOFT_CROSS_ENTROPY_LOSS, F32, REQUIRED)         /* (1) */
    RN_OUT(SOFT_CROSS_ENTROPY_PROBABILITIES, F32, REQUIRED)
RN_END(SOFT_CROSS_ENTROPY)

/* loss_scale as in softmax_cross_entropy_grad. Since ABI 0.7. */
RN_OP(SOFT_CROSS_ENTROPY_GRAD, soft_cross_entropy_grad, sizeof(rn_cross_entropy_attrs))
    RN_IN(SOFT_CROSS_ENTROPY_GRAD_PROBABILITIES, F32, REQUIRED, READ)
    RN_IN(SOFT_CROSS_ENTROPY_GRAD_TARGETS, F32, REQUIRED, READ)
    RN_IN(SOFT_CROSS_ENTROPY_GRAD_LOSS_SCALE, F32, OPTIONAL, READ)
    RN_OUT(SOFT_CROSS_ENTROPY_GRAD_DLOGITS, F32, REQUIRED)
RN_END(SOFT_CROSS_ENTROPY_GRAD)

/* Every sample is kept or set to 0 as a whole; the kept ones are scaled. It is its own gradient:
 * with the same attributes and the same `random` it makes dx of dy. Since ABI 0.8. */
RN_OP(DROP_PATH, drop_path, sizeof(rn_dropout_attrs))
    RN_IN(DROP_PATH_X, F32, REQUIRED, SHARED)    /* (N,...) */
    RN_IN(DROP_PATH_RANDOM, I32, REQUIRED, READ) /* (2): seed, step */
    RN_OUT(DROP_PATH_Y, F32, REQUIRED)
RN_END(DROP_PATH)

/* target = factors[0]*target + factors[1]*source, for averages and sums over steps. Where a factor
 * is 0, what its tensor holds does not matter, even NaN. Since ABI 0.8. */
RN_OP(BLEND, blend, 0)
    RN_IN(BLEND_TARGET, F32, REQUIRED, UPDATED)
    RN_IN(BLEND_SOURCE, F32, REQUIRED, READ)
    RN_IN(BLEND_FACTORS, F32, REQUIRED, READ) /* (2) */
RN_END(BLEND)

/* total, which is 0 when a step begins, becomes larger by the sum of the squares of all elements.
 * Since ABI 0.8. */
RN_OP(SQUARE_SUM, square_sum, 0)
    RN_IN(SQUARE_SUM_TOTAL, F32, REQUIRED, UPDATED) /* (1) */
    RN_IN(SQUARE_SUM_X, F32, REST, READ)
RN_END(SQUARE_SUM)

/* norm = sqrt(square_sum) / loss_scale[0], of the gradients. The factor in loss_scale, by which the
 * update operators divide, is multiplied by max(1, (norm + 1e-6)/limit); where the norm is not
 * finite, the flag of loss_scale becomes 1. Since ABI 0.8. */
RN_OP(CLIP_NORM, clip_norm, sizeof(rn_clip_attrs))
    RN_IN(CLIP_NORM_LOSS_SCALE, F32, REQUIRED, UPDATED) /* (2) */
    RN_IN(CLIP_NORM_SQUARE_SUM, F32, REQUIRED, READ)    /* (1) */
    RN_OUT(CLIP_NORM_NORM, F32, REQUIRED)               /* (1) */
RN_END(CLIP_NORM)

/* Each element of the gradient is brought to within -limit and limit, both times the factor in
 * loss_scale. Since ABI 0.8. */
RN_OP(CLIP_VALUE, clip_value, sizeof(rn_clip_attrs))
    RN_IN(CLIP_VALUE_GRADIENT, F32, REQUIRED, UPDATED)
    RN_IN(CLIP_VALUE_LOSS_SCALE, F32, OPTIONAL, READ) /* (2) */
RN_END(CLIP_VALUE)

/* The update operators: sgd, and since ABI 0.8 those to rmsprop. They divide the gradient by the
 * factor in loss_scale, and change nothing while the loss is not finite or the flag of loss_scale
 * is set. */

/* correction is 1 - beta1^t and 1 - beta2^t for the update number t, from 1. */
RN_OP(ADAMW, adamw, sizeof(rn_adam_attrs))
    RN_IN(ADAMW_PARAM, F32, REQUIRED, UPDATED)
    RN_IN(ADAMW_GRADIENT, F32, REQUIRED, READ)
    RN_IN(ADAMW_MEAN, F32, REQUIRED, UPDATED)
    RN_IN(ADAMW_SQUARE, F32, REQUIRED, UPDATED)
    RN_IN(ADAMW_LEARNING_RATE, F32, REQUIRED, READ) /* (1) */
    RN_IN(ADAMW_CORRECTION, F32, REQUIRED, READ)    /* (2) */
    RN_IN(ADAMW_LOSS, F32, OPTIONAL, READ)          /* (1) */
    RN_IN(ADAMW_LOSS_SCALE, F32, OPTIONAL, READ)    /* (2) */
RN_END(ADAMW)

RN_OP(LAMB, lamb, sizeof(rn_adam_attrs))
    RN_IN(LAMB_PARAM, F32, REQUIRED, UPDATED)
    RN_IN(LAMB_GRADIENT, F32, REQUIRED, READ)
    RN_IN(LAMB_MEAN, F32, REQUIRED, UPDATED)
    RN_IN(LAMB_SQUARE, F32, REQUIRED, UPDATED)
    RN_IN(LAMB_LEARNING_RATE, F32, REQUIRED, READ) /* (1) */
    RN_IN(LAMB_CORRECTION, F32, REQUIRED, READ)    /* (2), as of adamw */
    RN_IN(LAMB_LOSS, F32, OPTIONAL, READ)          /* (1) */
    RN_IN(LAMB_LOSS_SCALE, F32, OPTIONAL, READ)    /* (2) */
RN_END(LAMB)

RN_OP(LARS, lars, sizeof(rn_lars_attrs))
    RN_IN(LARS_PARAM, F32, REQUIRED, UPDATED)
    RN_IN(LARS_GRADIENT, F32, REQUIRED, READ)
    RN_IN(LARS_VELOCITY, F32, OPTIONAL, UPDATED)
    RN_IN(LARS_LEARNING_RATE, F32, REQUIRED, READ) /* (1) */
    RN_IN(LARS_LOSS, F32, OPTIONAL, READ)          /* (1) */
    RN_IN(LARS_LOSS_SCALE, F32, OPTIONAL, READ)    /* (2) */
RN_END(LARS)

/* square begins as 1. */
RN_OP(RMSPROP, rmsprop, sizeof(rn_rmsprop_attrs))
    RN_IN(RMSPROP_PARAM, F32, REQUIRED, UPDATED)
    RN_IN(RMSPROP_GRADIENT, F32, REQUIRED, READ)
    RN_IN(RMSPROP_SQUARE, F32, REQUIRED, UPDATED)
    RN_IN(RMSPROP_VELOCITY, F32, OPTIONAL, UPDATED)
    RN_IN(RMSPROP_LEARNING_RATE, F32, REQUIRED, READ) /* (1) */
    RN_IN(RMSPROP_LOSS, F32, OPTIONAL, READ)          /* (1) */
    RN_IN(RMSPROP_LOSS_SCALE, F32, OPTIONAL, READ)    /* (2) */
RN_END(RMSPROP)

/* y = f(x), of each element. Since ABI 0.9, like all below. */
RN_OP(ACTIVATION, activation, sizeof(rn_activation_attrs))
    RN_IN(ACTIVATION_X, F32, REQUIRED, SHARED)
    RN_OUT(ACTIVATION_Y, F32, REQUIRED)
RN_END(ACTIVATION)
RN_OP(ACTIVATION_GRAD, activation_grad, sizeof(rn_activation_attrs))
    RN_IN(ACTIVATION_GRAD_DY, F32, REQUIRED, SHARED)
    RN_IN(ACTIVATION_GRAD_X, F32, REQUIRED, READ)
    RN_OUT(ACTIVATION_GRAD_DX, F32, REQUIRED)
RN_END(ACTIVATION_GRAD)

/* b has the shape of a, or is (N,C,1,1) for a of (N,C,H,W). */
RN_OP(MULTIPLY, multiply, 0)
    RN_IN(MULTIPLY_A, F32, REQUIRED, SHARED)
    RN_IN(MULTIPLY_B, F32, REQUIRED, READ)
    RN_OUT(MULTIPLY_Y, F32, REQUIRED)
RN_END(MULTIPLY)
RN_OP(MULTIPLY_GRAD, multiply_grad, 0)
    RN_IN(MULTIPLY_GRAD_DY, F32, REQUIRED, SHARED)
    RN_IN(MULTIPLY_GRAD_A, F32, REQUIRED, READ)
    RN_IN(MULTIPLY_GRAD_B, F32, REQUIRED, READ)
    RN_OUT(MULTIPLY_GRAD_DA, F32, REQUIRED)
    RN_OUT(MULTIPLY_GRAD_DB, F32, REQUIRED) /* of b's shape */
RN_END(MULTIPLY_GRAD)
/* clang-format on */

#undef RN_OP
#undef RN_IN
#undef RN_OUT
#undef RN_END
