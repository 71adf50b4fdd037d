/* gradients_elements.c: activations of each kind, products, and slices of channels. */
#include <math.h>

#include "ops/gradients.h"

op_tensor *gradient_tensor(op_case *c, const char *name, int32_t rank, const int64_t *shape)
{
    op_tensor *tensor = op_case_tensor(c, name, RN_F32, rank, shape);
    float *data = tensor->data;
    for (int64_t i = 0; i < op_count(tensor); i++)
        data[i] = rintf(data[i] * 1024) / 1024;
    return tensor;
}

op_tensor *gradient_image(op_case *c, const char *name, int64_t n, int64_t channels, int64_t h,
                          int64_t w)
{
    return gradient_tensor(c, name, 4, (const int64_t[]){ n, channels, h, w });
}

/* dy is 0 near the kinks, at 0 and at 3 and 6 on either side. */
static void make_activation(op_case *c, int32_t kind, double alpha, double beta)
{
    c->attrs.activation = (rn_activation_attrs){ sizeof c->attrs.activation, kind, alpha, beta };
    op_tensor *x = gradient_image(c, "x", 2, 3, 5, 7);
    float *dy = gradient_image(c, "dy", 2, 3, 5, 7)->data, *at = x->data;
    for (int64_t i = 0; i < op_count(x); i++) {
        at[i] *= 8;
        float size = fabsf(at[i]);
        if (size < 0.25f || fabsf(size - 3) < 0.25f || fabsf(size - 6) < 0.25f)
            dy[i] = 0;
    }
}

#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    static void make_##name(op_case *c)                                                            \
    {                                                                                              \
        make_activation(c, number, n_parameters > 0 ? 0.3 : 0, n_parameters > 1 ? -0.7 : 0);       \
    }
RN_ACTIVATIONS(KIND)
#undef KIND

static void make_multiply(op_case *c)
{
    gradient_image(c, "x", 2, 3, 5, 7);
    gradient_image(c, "z", 2, 3, 5, 7);
    gradient_image(c, "dy", 2, 3, 5, 7);
}

static void make_multiply_channels(op_case *c)
{
    gradient_image(c, "x", 2, 3, 5, 7);
    gradient_image(c, "z", 2, 3, 1, 1);
    gradient_image(c, "dy", 2, 3, 5, 7);
}

static void make_slice(op_case *c)
{
    c->attrs.subsample = (rn_subsample_attrs){ .size = sizeof c->attrs.subsample,
                                               .stride = { 1, 2 },
                                               .channels_before = 1,
                                               .channels_after = 2 };
    gradient_image(c, "x", 2, 6, 3, 4);
    gradient_image(c, "dy", 2, 3, 3, 7);
}

const gradient_case GRADIENT_ELEMENTS[] = {
    { "multiply", op_chain_multiply, make_multiply, { "x", "z" }, { "dx", "dz" }, 1 },
    { "multiply, by channel",
      op_chain_multiply,
      make_multiply_channels,
      { "x", "z" },
      { "dx", "dz" },
      1 },
    { "slice", op_chain_slice, make_slice, { "x" }, { "dx" }, 1 },
#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    { #name, op_chain_activation, make_##name, { "x" }, { "dx" }, 0.03125 },
    RN_ACTIVATIONS(KIND)
#undef KIND
};
