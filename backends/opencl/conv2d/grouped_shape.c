/* grouped_shape.c: a convolution with few channels a group, as its kernels see it. */
#include "opencl/conv2d/grouped_shape.h"

opencl_grouped opencl_grouped_of(const gpu_convolution *conv)
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
