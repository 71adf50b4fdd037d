/* activation.h: the functions of activation and their derivatives, in double precision: <kind>_of
 * and <kind>_slope, both of x, alpha and beta. Where a function has a limit, infinite x give it. */
#ifndef RN_BACKENDS_REFERENCE_ACTIVATION_H
#define RN_BACKENDS_REFERENCE_ACTIVATION_H

#include <math.h>

#define ACTIVATION(name) static inline double name(double x, double alpha, double beta)
#define ACTIVATION_UNUSED (void)alpha, (void)beta

/* Beyond it, what falls exponentially is 0 in double precision. Keeps NaN. */
static inline double activation_bounded(double x)
{
    const double far = 1000;
    return x < -far ? -far : x > far ? far : x;
}

ACTIVATION(sigmoid_of)
{
    ACTIVATION_UNUSED;
    return 1 / (1 + exp(-x));
}

ACTIVATION(sigmoid_slope)
{
    return sigmoid_of(x, alpha, beta) * sigmoid_of(-x, alpha, beta);
}

ACTIVATION(tanh_of)
{
    ACTIVATION_UNUSED;
    return tanh(x);
}

ACTIVATION(tanh_slope)
{
    ACTIVATION_UNUSED;
    double c = cosh(x);
    return 1 / (c * c);
}

ACTIVATION(silu_of)
{
    return (x < 0 ? activation_bounded(x) : x) * sigmoid_of(x, alpha, beta);
}

ACTIVATION(silu_slope)
{
    return sigmoid_of(x, alpha, beta) + activation_bounded(x) * sigmoid_slope(x, alpha, beta);
}

ACTIVATION(hard_sigmoid_of)
{
    ACTIVATION_UNUSED;
    return x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6;
}

ACTIVATION(hard_sigmoid_slope)
{
    ACTIVATION_UNUSED;
    return x <= -3 || x >= 3 ? 0 : 1 / 6.;
}

ACTIVATION(hard_swish_of)
{
    ACTIVATION_UNUSED;
    return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
}

ACTIVATION(hard_swish_slope)
{
    ACTIVATION_UNUSED;
    return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
}

ACTIVATION(leaky_relu_of)
{
    (void)beta;
    return x > 0 ? x : alpha * x;
}

ACTIVATION(leaky_relu_slope)
{
    (void)beta;
    return x > 0 ? 1 : alpha;
}

ACTIVATION(relu6_of)
{
    ACTIVATION_UNUSED;
    return x <= 0 ? 0 : x >= 6 ? 6 : x;
}

ACTIVATION(relu6_slope)
{
    ACTIVATION_UNUSED;
    return x <= 0 || x >= 6 ? 0 : 1;
}

/* The share of the normal distribution below x. */
static inline double activation_normal(double x)
{
    return erfc(-x * M_SQRT1_2) / 2;
}

ACTIVATION(gelu_of)
{
    ACTIVATION_UNUSED;
    return (x < 0 ? activation_bounded(x) : x) * activation_normal(x);
}

ACTIVATION(gelu_slope)
{
    ACTIVATION_UNUSED;
    double near = activation_bounded(x);
    return activation_normal(x) + near * exp(-near * near / 2) * (M_2_SQRTPI * M_SQRT1_2 / 2);
}

ACTIVATION(scale_of)
{
    return alpha * x + beta;
}

ACTIVATION(scale_slope)
{
    (void)x, (void)beta;
    return alpha;
}

#undef ACTIVATION
#undef ACTIVATION_UNUSED

#endif
