/* list.h: the reference backend's operators: REFERENCE_OPERATORS(X) expands to X(name) for each. */
#ifndef RN_BACKENDS_REFERENCE_LIST_H
#define RN_BACKENDS_REFERENCE_LIST_H

/* clang-format off */
#define REFERENCE_OPERATORS(X)                                                                     \
    X(conv2d)                                                                                      \
    X(conv2d_grad_input)                                                                           \
    X(conv2d_grad_weight)                                                                          \
    X(batch_norm)                                                                                  \
    X(batch_norm_fold)                                                                             \
    X(batch_norm_grad)                                                                             \
    X(relu)                                                                                        \
    X(relu_grad)                                                                                   \
    X(add)                                                                                         \
    X(max_pool)                                                                                    \
    X(max_pool_grad)                                                                               \
    X(avg_pool)                                                                                    \
    X(avg_pool_grad)                                                                               \
    X(global_avg_pool)                                                                             \
    X(global_avg_pool_grad)                                                                        \
    X(linear)                                                                                      \
    X(linear_grad_input)                                                                           \
    X(linear_grad_weight)                                                                          \
    X(softmax)                                                                                     \
    X(softmax_cross_entropy)                                                                       \
    X(softmax_cross_entropy_grad)                                                                  \
    X(dropout)                                                                                     \
    X(dropout_grad)                                                                                \
    X(subsample)                                                                                   \
    X(subsample_grad)                                                                              \
    X(concat)                                                                                      \
    X(concat_grad)                                                                                 \
    X(check_finite)                                                                                \
    X(sgd)                                                                                         \
    X(reorder)
/* clang-format on */

#endif
