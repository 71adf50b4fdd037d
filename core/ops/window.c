/* window.c: padding modes and output sizes of sliding windows. */
#include "ops/window.h"

#include "base/status.h"

/* Refuses padding that contradicts the mode. */
static rn_status check_padding(const rn_window *w, const char *op, int axis)
{
    if (*w->mode == RN_PADDING_SAME && w->padding[axis])
        return rn_fail(RN_E_CONFIG, "%s: padding is %lld, expected 0, as padding_mode is \"same\"",
                       op, (long long)w->padding[axis]);
    if (*w->mode != RN_PADDING_EXPLICIT && w->padding_end[axis])
        return rn_fail(RN_E_CONFIG,
                       "%s: padding_end is %lld, expected 0, as padding_mode is not "
                       "\"explicit\"",
                       op, (long long)w->padding_end[axis]);
    return RN_OK;
}

/* tf.nn, "same": the output is ceil(x / stride); an odd pixel of padding goes to the end. */
static void pad_same(const rn_window *w, int axis, int64_t extent, int64_t x)
{
    int64_t out = (x + w->stride[axis] - 1) / w->stride[axis];
    int64_t total = (out - 1) * w->stride[axis] + extent - x;
    total = total > 0 ? total : 0;
    w->padding[axis] = total / 2;
    w->padding_end[axis] = total - total / 2;
}

rn_status rn_window_resolve(const rn_window *w, const char *op, const rn_tensor_desc *x,
                            int64_t out[2])
{
    if (x->rank != 4)
        return rn_fail(RN_E_SHAPE, "%s takes images (N, C, H, W), not %s", op, RN_DESC_STRING(x));
    for (int axis = 0; axis < 2; axis++) {
        rn_status status = check_padding(w, op, axis);
        if (status)
            return status;
        if (*w->mode == RN_PADDING_SYMMETRIC)
            w->padding_end[axis] = w->padding[axis];
        int64_t length = x->shape[2 + axis];
        int64_t extent = (w->kernel[axis] - 1) * (w->dilation ? w->dilation[axis] : 1) + 1;
        if (*w->mode == RN_PADDING_SAME)
            pad_same(w, axis, extent, length);
        int64_t padded = length + w->padding[axis] + w->padding_end[axis];
        if (extent > padded)
            return rn_fail(RN_E_SHAPE,
                           "%s: the window of %lld pixels is larger than the padded "
                           "input of %lld in %s; use a smaller kernel or more padding",
                           op, (long long)extent, (long long)padded, RN_DESC_STRING(x));
        out[axis] = (padded - extent) / w->stride[axis] + 1;
    }
    *w->mode = RN_PADDING_EXPLICIT;
    return RN_OK;
}
