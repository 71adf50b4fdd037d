/* sgd.h: the step of sgd, which lars takes as well. */
#ifndef RN_BACKENDS_REFERENCE_SGD_H
#define RN_BACKENDS_REFERENCE_SGD_H

#include "reference/reference.h"

typedef struct reference_sgd_rule {
    double learning_rate, momentum;
    bool nesterov;
} reference_sgd_rule;

/* Moves one value of a parameter. `g` is its gradient, with weight decay; without a velocity (NULL)
 * there is no momentum. */
static inline void reference_sgd_move(const reference_sgd_rule *rule, double g, float *param,
                                      float *velocity)
{
    double v = g;
    if (velocity) {
        v += rule->momentum * (double)*velocity;
        *velocity = (float)v;
    }
    double step = rule->nesterov ? g + rule->momentum * v : v;
    *param = (float)((double)*param - rule->learning_rate * step);
}

#endif
