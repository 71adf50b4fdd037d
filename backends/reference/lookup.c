/* lookup.c: images of their bytes, by the table of each channel. */
#include "reference/reference.h"

/* Rows of an image: the bytes of a row are read once for each channel, while the caches have
 * them. */
static void lookup_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const shape_image s = shape_of_image(call->desc->outputs[RN_LOOKUP_Y]);
    const uint8_t *x = call->operands[RN_AT_LOOKUP_X];
    const float *table = call->operands[RN_AT_LOOKUP_TABLE];
    float *y = call->operands[RN_AT_LOOKUP_Y];

    for (int64_t row = begin; row < end; row++)
        for (int64_t c = 0; c < s.c; c++) {
            const uint8_t *from = x + row * s.w * s.c + c;
            float *to = y + ((row / s.h * s.c + c) * s.h + row % s.h) * s.w;
            for (int64_t i = 0; i < s.w; i++)
                to[i] = table[c * 256 + from[i * s.c]];
        }
}

static void lookup_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const shape_image s = shape_of_image(kernel->desc.outputs[RN_LOOKUP_Y]);
    reference_each(kernel, operands, workspace, s.n * s.h, lookup_work);
}

const cpu_operator reference_lookup = { .run = lookup_run };
