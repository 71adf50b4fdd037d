/* op_cross_pair.c: the sum of two batch norms as one operator, on every backend that has it,
 * compared with separate operators on the oracle. */
#include <stdio.h>

#include "ops/op_cross.h"

/* Channels or planes that GPUs read eight at a time, or cannot; of one part, and of several. */
static const int64_t SHAPES[][4] = {
    { 2, 8, 3, 5 },   { 3, 5, 4, 4 },    { 2, 24, 7, 7 },   { 1, 64, 9, 8 },
    { 3, 6, 32, 36 }, { 3, 64, 16, 20 }, { 5, 136, 8, 10 },
};

static void vector(op_case *c, const char *name, int64_t length, float base)
{
    float *data = op_case_tensor(c, name, RN_F32, 1, &length)->data;
    for (int64_t i = 0; i < length; i++)
        data[i] = base + 0.5f * data[i];
}

static void check(const int64_t shape[4], const cross_norm *variant)
{
    op_case c = op_case_begin("", op_chain_batch_norm_pair);
    snprintf(c.in.name, sizeof c.in.name, "batch_norm_pair %lldx%lldx%lldx%lld mask %d, around %g",
             (long long)shape[0], (long long)shape[1], (long long)shape[2], (long long)shape[3],
             variant->mask_dtype, (double)variant->offset);
    c.attrs.batch_norm = (rn_batch_norm_attrs){ .size = sizeof c.attrs.batch_norm,
                                                .training = 1,
                                                .epsilon = 1e-5,
                                                .momentum = 0.1,
                                                .epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU };
    op_tensor *x = op_case_image(&c, "x", shape);
    for (int64_t i = 0; i < op_count(x); i++)
        ((float *)x->data)[i] += variant->offset;
    vector(&c, "weight", shape[1], 1);
    vector(&c, "bias", shape[1], 0);
    vector(&c, "running_mean", shape[1], variant->offset);
    vector(&c, "running_var", shape[1], 1);
    op_case_image(&c, "z", shape);
    vector(&c, "z_weight", shape[1], -1);
    vector(&c, "z_bias", shape[1], 0.25f);
    vector(&c, "z_running_mean", shape[1], 0);
    vector(&c, "z_running_var", shape[1], 2);
    op_case_image(&c, "dy", shape);
    c.tolerance = variant->tolerance;
    c.dx_scale = 1;
    c.mean_scale = 1;
    c.optional = true;
    c.oracle_chain = op_chain_batch_norm_pair_apart;
    c.settled = true;
    c.in.mask_dtype = variant->mask_dtype;
    op_case_end(&c);
}

void cross_batch_norm_pair(const op_backend *none, const void *subject)
{
    static const cross_norm VARIANTS[] = {
        { .mask_dtype = RN_U8 },
        { .mask_dtype = RN_BIT, .offset = 1000, .tolerance = 1e-3 },
    };
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
        for (size_t k = 0; k < sizeof VARIANTS / sizeof *VARIANTS; k++)
            check(SHAPES[i], &VARIANTS[k]);
}
