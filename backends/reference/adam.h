/* adam.h: what adamw and lamb have in common: running averages of the gradient and of its square,
 * and the direction that they give. Their operands are the same. */
#ifndef RN_BACKENDS_REFERENCE_ADAM_H
#define RN_BACKENDS_REFERENCE_ADAM_H

#include <math.h>

#include "cpu/update.h"
#include "reference/reference.h"

typedef struct reference_adam {
    const rn_adam_attrs *attrs;
    float *param, *mean, *square;
    const float *gradient, *correction;
    double scale, learning_rate;
} reference_adam;

static inline reference_adam reference_adam_of(const rn_op_desc *desc, void *const *operands)
{
    return (reference_adam){
        .attrs = desc->attrs,
        .param = operands[RN_AT_ADAMW_PARAM],
        .mean = operands[RN_AT_ADAMW_MEAN],
        .square = operands[RN_AT_ADAMW_SQUARE],
        .gradient = operands[RN_AT_ADAMW_GRADIENT],
        .correction = operands[RN_AT_ADAMW_CORRECTION],
        .scale = update_scale(operands[RN_AT_ADAMW_LOSS_SCALE]),
        .learning_rate = (double)*(const float *)operands[RN_AT_ADAMW_LEARNING_RATE],
    };
}

/* Adds the gradient to the averages of element i. */
static inline void reference_adam_average(const reference_adam *adam, int64_t i)
{
    double beta1 = adam->attrs->beta1, beta2 = adam->attrs->beta2;
    double g = (double)adam->gradient[i] / adam->scale;
    adam->mean[i] = (float)(beta1 * (double)adam->mean[i] + (1 - beta1) * g);
    adam->square[i] = (float)(beta2 * (double)adam->square[i] + (1 - beta2) * g * g);
}

/* What the averages of element i, and weight decay, give. */
static inline double reference_adam_direction(const reference_adam *adam, int64_t i)
{
    double mean = (double)adam->mean[i] / (double)adam->correction[0];
    double square = (double)adam->square[i] / (double)adam->correction[1];
    return mean / (sqrt(square) + adam->attrs->epsilon) +
           adam->attrs->weight_decay * (double)adam->param[i];
}

/* Moves element i of the parameter against `direction`. */
static inline void reference_adam_move(const reference_adam *adam, int64_t i, double direction)
{
    adam->param[i] = (float)((double)adam->param[i] - adam->learning_rate * direction);
}

#endif
