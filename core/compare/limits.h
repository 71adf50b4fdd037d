/* limits.h: how large a difference rounding can make: the error model of comparisons.
 * Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1, and Higham and
 * Mary 2019 (https://doi.org/10.1137/18M1226312) for the probabilistic bound: an element that is a
 * sum of n products has a relative error of about u * sqrt(n). */
#ifndef RN_CORE_COMPARE_LIMITS_H
#define RN_CORE_COMPARE_LIMITS_H

#include "compare/traced.h"
#include "config/tree.h"
#include "graph/graph.h"

#define RN_NOISE_SHARE 0x1p-18 /* of Monte Carlo arithmetic: 64 units of fp32 */
#define RN_LIMIT_PEAK 64       /* of one element, in limits of the RMS */

/* An entry of --limits or of the cfg's compare.limits: the limit of the tensors whose names match. */
typedef struct rn_limit_rule {
    const char *match; /* a shell pattern */
    double limit;
} rn_limit_rule;

/* The terms of the longest sum in one element of a node's results. */
int64_t rn_limits_sum_length(const rn_node *node);

/* The unit roundoff of a precision (rn_precision): 2^-24 of fp32. */
double rn_limits_unit(int32_t precision);

/* True if the tensor is made of products whose factors a lower precision rounds, or may be. */
bool rn_limits_is_product(const rn_traced *tensor);

/* The largest RMS of differences, relative to the RMS that the tensor would have if nothing
 * cancelled out, that rounding explains, for a backend that computes at `precision` (rn_precision)
 * and had the reference's inputs. The last rule that matches wins over the model. */
double rn_limits_of(const rn_traced *tensor, int32_t precision, const rn_limit_rule *rules,
                    int32_t n_rules);

#endif
