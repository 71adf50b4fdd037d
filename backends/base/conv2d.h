/* conv2d.h: the three passes of a convolution, and what their operators' operands are. */
#ifndef BACKENDS_BASE_CONV2D_H
#define BACKENDS_BASE_CONV2D_H

#include <stdint.h>

typedef enum conv2d_pass {
    CONV2D_FORWARD,    /* x, weight, [bias], [z] -> y, [mask] */
    CONV2D_GRAD_INPUT, /* dy, weight -> dx */
    CONV2D_GRAD_WEIGHT /* x, dy -> dweight, [dbias] */
} conv2d_pass;

/* Where a pass has them in its complete list of operands (described.h); -1: it has none. Of a
 * gradient, x is dx, weight is dweight and bias dbias, or y is dy. */
typedef struct conv2d_operands {
    int8_t x, weight, y, bias, z;
} conv2d_operands;

/* `op` is conv2d, conv2d_grad_input or conv2d_grad_weight. */
conv2d_pass conv2d_pass_of(const char *op);
conv2d_operands conv2d_operands_of(conv2d_pass pass);

#endif
