/* epilogue.h: what conv2d and batch_norm do to a result before they store it: y = relu(result +
 * z). */
#ifndef RN_BACKENDS_REFERENCE_EPILOGUE_H
#define RN_BACKENDS_REFERENCE_EPILOGUE_H

#include "reference/reference.h"

/* The operands for one plane; z and mask.bytes are NULL if absent. */
typedef struct reference_epilogue {
    float *y;
    const float *z;
    bool relu;
    mask_plane mask;
} reference_epilogue;

/* The indices of the operands. */
typedef struct reference_epilogue_places {
    int32_t flags; /* RN_EPILOGUE_… */
    int32_t z;     /* inputs come first, then outputs */
    int32_t y, mask;
} reference_epilogue_places;

static inline rn_status reference_epilogue_query(const rn_op_desc *op, int32_t flags, int32_t z)
{
    if (flags & ~(RN_EPILOGUE_ADD | RN_EPILOGUE_RELU))
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: unknown epilogue %d", op->op, (int)flags);
    if ((flags & RN_EPILOGUE_ADD) && !op->inputs[z])
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: the epilogue adds z, but input %d is missing",
                              op->op, (int)z);
    return RN_OK;
}

/* The operands for plane `plane` of y. */
static inline reference_epilogue reference_epilogue_at(const reference_call *call,
                                                       reference_epilogue_places at, int64_t plane)
{
    const rn_op_desc *desc = call->desc;
    int64_t size = shape_plane_size(desc->outputs[at.y - desc->n_inputs]);
    reference_epilogue e = { .y = (float *)call->operands[at.y] + plane * size,
                             .relu = (at.flags & RN_EPILOGUE_RELU) != 0 };
    if (at.flags & RN_EPILOGUE_ADD)
        e.z = (const float *)call->operands[at.z] + plane * size;
    if (e.relu && call->operands[at.mask])
        e.mask =
            mask_plane_at(desc->outputs[at.mask - desc->n_inputs], call->operands[at.mask], plane);
    return e;
}

/* Finishes and stores element i of a plane; call it in order from 0. */
static inline void reference_epilogue_store(const reference_epilogue *e, int64_t i, double result)
{
    if (e->z)
        result += (double)e->z[i];
    bool keep = !e->relu || reference_relu_keeps(result);
    if (e->mask.bytes)
        mask_put(e->mask, i, keep);
    e->y[i] = keep ? (float)result : 0;
}

#endif
