/* finish.c: the epilogue of the forward pass: bias, z, relu, mask. */
#include "cpu_blas/conv2d/finish.h"

#include "cpu/epilogue.h"

/* True if the bias has not been added yet. */
static bool adds_bias(const conv2d_call *call)
{
    return call->bias && !call->plan->adds_bias;
}

/* Pixels [begin, end) of one plane. */
static void plane_finish(const conv2d_call *call, int64_t plane, int64_t begin, int64_t end)
{
    const conv2d_shape *s = &call->plan->s;
    int64_t at = plane * s->p * s->q + begin;
    cpu_epilogue_apply(&(cpu_epilogue_pixels){ .y = call->y + at,
                                               .z = call->z ? call->z + at : NULL,
                                               .bias = adds_bias(call) ? call->bias[plane % s->k]
                                                                       : 0.0f,
                                               .relu = call->relu },
                       end - begin);
}

void cpu_blas_item_finish(const conv2d_call *call, const items_item *item)
{
    const conv2d_shape *s = &call->plan->s;
    if (call->plan->pass != CONV2D_FORWARD || call->mask ||
        !(adds_bias(call) || call->z || call->relu))
        return;
    for (int64_t plane = item->n0 * s->k; plane < item->n1 * s->k; plane++)
        plane_finish(call, plane, item->row0 * s->q, item->row1 * s->q);
}

static void masked_finish(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    int64_t count = call->plan->s.p * call->plan->s.q;
    (void)thread;
    for (int64_t plane = begin; plane < end; plane++) {
        const float *y = call->y + plane * count;
        mask_plane mask = mask_plane_at(call->mask_desc, call->mask, plane);
        plane_finish(call, plane, 0, count);
        for (int64_t i = 0; i < count; i++)
            mask_put(mask, i, y[i] > 0.0f);
    }
}

void cpu_blas_mask_finish(const conv2d_call *call)
{
    conv2d_call copy = *call;
    if (call->mask)
        cpu_parallel(call->context, call->plan->s.n * call->plan->s.k, masked_finish, &copy);
}
