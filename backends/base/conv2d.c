/* conv2d.c: the passes of a convolution by their operators' names, and their operands. */
#include "base/conv2d.h"

#include <resnet/op.h>
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
        [CONV2D_FORWARD] = { .x = RN_AT_CONV2D_X,
                             .weight = RN_AT_CONV2D_WEIGHT,
                             .y = RN_AT_CONV2D_Y,
                             .bias = RN_AT_CONV2D_BIAS,
                             .z = RN_AT_CONV2D_Z },
        [CONV2D_GRAD_INPUT] = { .x = RN_AT_CONV2D_GRAD_INPUT_DX,
                                .weight = RN_AT_CONV2D_GRAD_INPUT_WEIGHT,
                                .y = RN_AT_CONV2D_GRAD_INPUT_DY,
                                .bias = -1,
                                .z = -1 },
        [CONV2D_GRAD_WEIGHT] = { .x = RN_AT_CONV2D_GRAD_WEIGHT_X,
                                 .weight = RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT,
                                 .y = RN_AT_CONV2D_GRAD_WEIGHT_DY,
                                 .bias = RN_AT_CONV2D_GRAD_WEIGHT_DBIAS,
                                 .z = -1 },
    };
    return OPERANDS[pass];
}
