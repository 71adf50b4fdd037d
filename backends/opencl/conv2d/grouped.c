/* grouped.c: the algorithm for few channels a group, in the form that suits the device. */
#include <stdlib.h>

#include "opencl/conv2d/grouped_form.h"
#include "opencl/conv2d/grouped_shape.h"
#include "opencl/conv2d/sum.h"

/* Beyond these, which no network needs, the geometry would not fit in its integers. */
enum { MAX_STRIDE = 8, MAX_DILATION = 64, MAX_PADDING = 64, MAX_SIDE = 16384 };

static const opencl_grouped_form *form_of(const rn_kernel *kernel)
{
    return kernel->context->limits.is_cpu ? &opencl_grouped_tiles : &opencl_grouped_pixels;
}

static bool fits(const rn_kernel *kernel, const gpu_convolution *conv)
{
    for (int axis = 0; axis < 2; axis++)
        if (conv->stride[axis] > MAX_STRIDE || conv->dilation[axis] > MAX_DILATION ||
            conv->padding[axis] > MAX_PADDING)
            return false;
    return conv->groups > 1 && conv->r * conv->s <= OPENCL_GROUPED_TAPS && conv->h <= MAX_SIDE &&
           conv->w <= MAX_SIDE && form_of(kernel)->fits(kernel, conv);
}

/* Parts of the gradient of weights; 1: there is no sum of parts. */
static int64_t parts_of(const rn_kernel *kernel, const gpu_convolution *conv)
{
    return conv->pass == CONV2D_GRAD_WEIGHT ? form_of(kernel)->parts(kernel, conv) : 1;
}

static uint64_t workspace_bytes(const rn_kernel *kernel, const gpu_convolution *conv)
{
    int64_t parts = parts_of(kernel, conv);
    return parts > 1 ? gpu_float_bytes(opencl_conv2d_weights(conv) * parts) : 0;
}

/* What `run` needs. */
typedef struct grouped_run {
    conv2d_pass pass;
    conv2d_operands at;
    bool has_parts;
} grouped_run;

static rn_status prepare(rn_kernel *kernel, const gpu_convolution *conv, void **state)
{
    int64_t parts = parts_of(kernel, conv);
    grouped_run *prepared = malloc(sizeof *prepared);
    if (!prepared)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
    *prepared = (grouped_run){ conv->pass, conv->at, parts > 1 };
    *state = prepared;
    rn_status status = form_of(kernel)->add(kernel, conv);
    if (status || parts == 1)
        return status;
    return opencl_conv2d_sum_add(kernel, opencl_conv2d_weights(conv), parts);
}

static rn_status run(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace)
{
    const grouped_run *prepared = state;
    const rn_operand *o = operands, none = { NULL, 0 };
    if (prepared->pass == CONV2D_GRAD_WEIGHT)
        return opencl_conv2d_sum_run(kernel, prepared->has_parts, o, workspace);
    const conv2d_operands *at = &prepared->at;
    const rn_operand backward[5] = { o[at->y], o[at->weight], none, opencl_conv2d_z(at, o),
                                     o[at->x] };
    return gpu_launch_run(kernel->context, &kernel->launches[0],
                          prepared->pass == CONV2D_FORWARD ? o : backward);
}

const opencl_algorithm opencl_algorithm_grouped = { .name = "grouped",
                                                    .fits = fits,
                                                    .workspace_bytes = workspace_bytes,
                                                    .prepare = prepare,
                                                    .run = run };
