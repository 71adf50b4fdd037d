/* conv2d.c: the passes of a convolution by their operators' names, and their operands. */
#include "base/conv2d.h"

#include <resnet/op.h>
#include <string.h>

typedef struct conv2d_operator {
    const char *op;
    conv2d_pass pass;
    conv2d_operands at;
} conv2d_operator;

static const conv2d_operator *operator_of(const char *op)
{
    static const conv2d_operator OPERATORS[] = {
        { "conv2d",
          CONV2D_FORWARD,
          { .x = RN_AT_CONV2D_X,
            .weight = RN_AT_CONV2D_WEIGHT,
            .y = RN_AT_CONV2D_Y,
            .bias = RN_AT_CONV2D_BIAS,
            .z = RN_AT_CONV2D_Z } },
        { "conv2d_grad_input",
          CONV2D_GRAD_INPUT,
          { .x = RN_AT_CONV2D_GRAD_INPUT_DX,
            .weight = RN_AT_CONV2D_GRAD_INPUT_WEIGHT,
            .y = RN_AT_CONV2D_GRAD_INPUT_DY,
            .bias = -1,
            .z = -1 } },
        { "conv2d_grad_input_sum",
          CONV2D_GRAD_INPUT,
          { .x = RN_AT_CONV2D_GRAD_INPUT_SUM_DX,
            .weight = RN_AT_CONV2D_GRAD_INPUT_SUM_WEIGHT,
            .y = RN_AT_CONV2D_GRAD_INPUT_SUM_DY,
            .bias = -1,
            .z = RN_AT_CONV2D_GRAD_INPUT_SUM_Z } },
        { "conv2d_grad_weight",
          CONV2D_GRAD_WEIGHT,
          { .x = RN_AT_CONV2D_GRAD_WEIGHT_X,
            .weight = RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT,
            .y = RN_AT_CONV2D_GRAD_WEIGHT_DY,
            .bias = RN_AT_CONV2D_GRAD_WEIGHT_DBIAS,
            .z = -1 } },
    };
    int i = 0;
    while (strcmp(OPERATORS[i].op, op) != 0)
        i++;
    return &OPERATORS[i];
}

conv2d_pass conv2d_pass_of(const char *op)
{
    return operator_of(op)->pass;
}

conv2d_operands conv2d_operands_of(const char *op)
{
    return operator_of(op)->at;
}
