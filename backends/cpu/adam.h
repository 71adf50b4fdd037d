/* adam.h: what adamw and lamb have in common: running averages of the gradient and of its square,
 * and the direction that they give. Their operands are the same. */
#ifndef BACKENDS_CPU_ADAM_H
#define BACKENDS_CPU_ADAM_H

#include "cpu/clones.h"
#include "cpu/update.h"

typedef struct adam_call {
    float *param, *mean, *square;
    const float *gradient;
    float unscale;                          /* factor of the gradient */
    float mean_keep, mean_add;              /* beta1, 1 - beta1 */
    float square_keep, square_add;          /* beta2, 1 - beta2 */
    float mean_correction, root_correction; /* factors of the mean, and of the root of the square */
    float epsilon, decay, learning_rate;
} adam_call;

static inline adam_call adam_of(const rn_op_desc *desc, void *const *operands)
{
    const rn_adam_attrs *a = desc->attrs;
    const float *correction = operands[RN_AT_ADAMW_CORRECTION];
    return (adam_call){ .param = operands[RN_AT_ADAMW_PARAM],
                        .mean = operands[RN_AT_ADAMW_MEAN],
                        .square = operands[RN_AT_ADAMW_SQUARE],
                        .gradient = operands[RN_AT_ADAMW_GRADIENT],
                        .unscale = (float)(1 / update_scale(operands[RN_AT_ADAMW_LOSS_SCALE])),
                        .mean_keep = (float)a->beta1,
                        .mean_add = (float)(1 - a->beta1),
                        .square_keep = (float)a->beta2,
                        .square_add = (float)(1 - a->beta2),
                        .mean_correction = 1 / correction[0],
                        .root_correction = (float)sqrt(1 / (double)correction[1]),
                        .epsilon = (float)a->epsilon,
                        .decay = (float)a->weight_decay,
                        .learning_rate = *(const float *)operands[RN_AT_ADAMW_LEARNING_RATE] };
}

/* Adds the gradient to the averages of element i. */
CPU_INLINE void adam_average(const adam_call *c, int64_t i)
{
    float g = c->unscale * c->gradient[i];
    c->mean[i] = c->mean_keep * c->mean[i] + c->mean_add * g;
    c->square[i] = c->square_keep * c->square[i] + c->square_add * g * g;
}

/* What the averages of element i, and weight decay, give. */
CPU_INLINE float adam_direction(const adam_call *c, int64_t i)
{
    float root = c->root_correction * sqrtf(c->square[i]);
    return c->mean_correction * c->mean[i] / (root + c->epsilon) + c->decay * c->param[i];
}

#endif
