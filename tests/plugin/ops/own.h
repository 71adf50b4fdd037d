/* own.h: what the operators of own.c share. */
#ifndef RN_TESTS_OWN_H
#define RN_TESTS_OWN_H

#include <resnet/plugin.h>
#include <stdbool.h>

static const rn_host *host;

static int64_t count(const rn_tensor_desc *d)
{
    int64_t n = 1;
    for (int32_t i = 0; i < d->rank; i++)
        n *= d->shape[i];
    return n;
}

static rn_status check_image(const rn_custom_desc *op)
{
    return op->inputs[0]->rank == 4 ? RN_OK : host->fail(RN_E_SHAPE, "takes images (N, C, H, W)");
}

static void set_shape(rn_tensor_desc *to, const rn_tensor_desc *like)
{
    to->rank = like->rank;
    for (int32_t i = 0; i < like->rank; i++)
        to->shape[i] = like->shape[i];
}

static void cost_one(const rn_custom_desc *op, rn_custom_cost *cost)
{
    cost->other_flops = count(op->inputs[0]);
}

#endif
