/* grouped.c: the way for few channels a group, in the form that suits the device. */
#include "opencl/conv2d/grouped.h"

#include <stdlib.h>

/* Beyond these, which no network needs, the geometry would not fit in its integers. */
enum { MAX_STRIDE = 8, MAX_DILATION = 64, MAX_PADDING = 64, MAX_SIDE = 16384 };

opencl_grouped opencl_grouped_of(const opencl_convolution *conv)
{
    const bool backward = conv->pass == CONV2D_GRAD_INPUT;
    const int32_t c = (int32_t)(conv->c / conv->groups), k = (int32_t)(conv->k / conv->groups);
    const int32_t taps[2] = { (int32_t)conv->r, (int32_t)conv->s };
    const int32_t x[2] = { (int32_t)conv->h, (int32_t)conv->w };
    const int32_t y[2] = { (int32_t)conv->p, (int32_t)conv->q };
    opencl_grouped f = { .images = (int32_t)conv->n,
                         .groups = (int32_t)conv->groups,
                         .backward = backward,
                         .relu = conv->relu,
                         .in_c = backward ? k : c,
                         .out_c = backward ? c : k };
    for (int axis = 0; axis < 2; axis++) {
        const int32_t stride = (int32_t)conv->stride[axis], pad = (int32_t)conv->padding[axis];
        const int32_t reach = (taps[axis] - 1) * (int32_t)conv->dilation[axis];
        f.taps[axis] = taps[axis];
        f.stride[axis] = stride;
        f.dilation[axis] = (int32_t)conv->dilation[axis];
        f.shift[axis] = reach / stride;
        f.in[axis] = backward ? y[axis] : x[axis];
        f.out[axis] = backward ? x[axis] : y[axis];
        f.in_step[axis] = backward ? 1 : stride;
        f.in_pad[axis] = backward ? f.shift[axis] : pad;
        f.in_phases[axis] = backward ? 1 : reach + 1 < stride ? reach + 1 : stride;
        f.out_step[axis] = backward ? stride : 1;
        f.out_pad[axis] = backward ? pad : 0;
        f.out_phases[axis] = backward ? stride : 1;
        f.first[axis] = backward ? pad / stride : 0;
        f.count[axis] = backward ? (x[axis] - 1 + pad) / stride - pad / stride + 1 : y[axis];
    }
    const int32_t all = taps[0] * taps[1];
    f.weight_in = backward ? c * all : all;
    f.weight_out = backward ? all : c * all;
    f.pitch = f.count[1] + f.shift[1];
    return f;
}

static const opencl_grouped_form *form_of(const rn_kernel *kernel)
{
    return kernel->context->limits.is_cpu ? &opencl_grouped_tiles : &opencl_grouped_pixels;
}

static bool fits(const rn_kernel *kernel, const opencl_convolution *conv)
{
    for (int axis = 0; axis < 2; axis++)
        if (conv->stride[axis] > MAX_STRIDE || conv->dilation[axis] > MAX_DILATION ||
            conv->padding[axis] > MAX_PADDING)
            return false;
    return conv->groups > 1 && conv->r * conv->s <= OPENCL_GROUPED_TAPS && conv->h <= MAX_SIDE &&
           conv->w <= MAX_SIDE && form_of(kernel)->fits(kernel, conv);
}

/* Of the gradient of weights; 1: nothing is to be added. */
static int64_t parts_of(const rn_kernel *kernel, const opencl_convolution *conv)
{
    return conv->pass == CONV2D_GRAD_WEIGHT ? form_of(kernel)->parts(kernel, conv) : 1;
}

static uint64_t workspace_bytes(const rn_kernel *kernel, const opencl_convolution *conv)
{
    int64_t parts = parts_of(kernel, conv);
    return parts > 1 ? opencl_float_bytes(opencl_conv2d_weights(conv) * parts) : 0;
}

/* What `run` needs to know. */
typedef struct grouped_run {
    conv2d_pass pass;
    bool has_parts;
} grouped_run;

static rn_status prepare(rn_kernel *kernel, const opencl_convolution *conv, void **state)
{
    int64_t parts = parts_of(kernel, conv);
    grouped_run *own = malloc(sizeof *own);
    if (!own)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
    *own = (grouped_run){ conv->pass, parts > 1 };
    *state = own;
    rn_status status = form_of(kernel)->add(kernel, conv);
    if (status || parts == 1)
        return status;
    return opencl_conv2d_sum_add(kernel, opencl_conv2d_weights(conv), parts);
}

static rn_status run(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace)
{
    const grouped_run *own = state;
    const rn_operand *o = operands, none = { NULL, 0 };
    if (own->pass == CONV2D_GRAD_WEIGHT)
        return opencl_conv2d_sum_run(kernel, own->has_parts, o, workspace);
    const rn_operand backward[5] = { o[0], o[1], none, none, o[2] };
    return gpu_launch_run(kernel->context, &kernel->launches[0],
                          own->pass == CONV2D_FORWARD ? o : backward);
}

const opencl_way opencl_way_grouped = { .name = "grouped",
                                        .fits = fits,
                                        .workspace_bytes = workspace_bytes,
                                        .prepare = prepare,
                                        .run = run };
