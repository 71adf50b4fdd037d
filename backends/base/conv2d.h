/* conv2d.h: the three passes of a convolution, and the operands of their operators. The gradient of
 * x has two operators: one adds it to a gradient z that exists. */
#ifndef BACKENDS_BASE_CONV2D_H
#define BACKENDS_BASE_CONV2D_H

#include <stdint.h>

typedef enum conv2d_pass {
    CONV2D_FORWARD,    /* x, weight, [bias], [z] -> y, [mask] */
    CONV2D_GRAD_INPUT, /* dy, weight, [z] -> dx */
    CONV2D_GRAD_WEIGHT /* x, dy -> dweight, [dbias] */
} conv2d_pass;

/* The indices of an operator's operands, inputs then outputs (described.h); -1: absent. In a
 * gradient, x may be dx, weight dweight, bias dbias, and y is dy. */
typedef struct conv2d_operands {
    int8_t x, weight, y, bias, z;
} conv2d_operands;

/* `op` is conv2d, conv2d_grad_input, conv2d_grad_input_sum or conv2d_grad_weight. */
conv2d_pass conv2d_pass_of(const char *op);
conv2d_operands conv2d_operands_of(const char *op);

#endif
