/* conv2d.c: the passes of a convolution by their operators' names, and their operands. */
#include "base/conv2d.h"

#include <string.h>

conv2d_pass conv2d_pass_of(const char *op)
{
    if (strcmp(op, "conv2d") == 0)
        return CONV2D_FORWARD;
    return strcmp(op, "conv2d_grad_input") == 0 ? CONV2D_GRAD_INPUT : CONV2D_GRAD_WEIGHT;
}

conv2d_operands conv2d_operands_of(conv2d_pass pass)
{
    static const conv2d_operands OPERANDS[] = {
        [CONV2D_FORWARD] = { .x = 0, .weight = 1, .y = 4, .bias = 2, .z = 3 },
        [CONV2D_GRAD_INPUT] = { .x = 2, .weight = 1, .y = 0, .bias = -1, .z = -1 },
        [CONV2D_GRAD_WEIGHT] = { .x = 0, .weight = 2, .y = 1, .bias = 3, .z = -1 },
    };
    return OPERANDS[pass];
}
