/* shape.h: small functions on shapes that every backend needs. */
#ifndef BACKENDS_BASE_SHAPE_H
#define BACKENDS_BASE_SHAPE_H

#include <resnet/op.h>
#include <resnet/tensor.h>

/* (N,C,H,W); (N,F) counts as (N,F,1,1). */
typedef struct shape_image {
    int64_t n, c, h, w;
} shape_image;

static inline shape_image shape_of_image(const rn_tensor_desc *t)
{
    return (shape_image){ .n = t->rank > 0 ? t->shape[0] : 1,
                          .c = t->rank > 1 ? t->shape[1] : 1,
                          .h = t->rank > 2 ? t->shape[2] : 1,
                          .w = t->rank > 3 ? t->shape[3] : 1 };
}

/* Product of the dimensions [first, last). */
static inline int64_t shape_product(const rn_tensor_desc *t, int32_t first, int32_t last)
{
    int64_t product = 1;
    for (int32_t i = first; i < last; i++)
        product *= t->shape[i];
    return product;
}

static inline int64_t shape_count(const rn_tensor_desc *t)
{
    return shape_product(t, 0, t->rank);
}

/* A plane is what starts on a byte of its own in a mask of bits (tensor.h): the last two
 * dimensions, of rank 2 and less the last. */
static inline int32_t shape_plane_axis(const rn_tensor_desc *t)
{
    return t->rank > 2 ? t->rank - 2 : t->rank - 1;
}

static inline int64_t shape_plane_count(const rn_tensor_desc *t)
{
    return shape_product(t, 0, shape_plane_axis(t));
}

/* Elements of one plane. */
static inline int64_t shape_plane_size(const rn_tensor_desc *t)
{
    return shape_product(t, shape_plane_axis(t), t->rank);
}

/* One axis of a sliding window: tap r of output p reads p * stride + r * dilation - padding. */
typedef struct shape_window {
    int64_t input, output; /* lengths */
    int64_t kernel, stride, padding, dilation;
} shape_window;

/* axis 0 is the height, 1 the width; x and y are images. */
static inline shape_window shape_conv2d_window(const rn_conv2d_attrs *a, const rn_tensor_desc *x,
                                               const rn_tensor_desc *y, int axis)
{
    return (shape_window){ x->shape[2 + axis], y->shape[2 + axis], a->kernel[axis],
                           a->stride[axis],    a->padding[axis],   a->dilation[axis] };
}

static inline shape_window shape_pool_window(const rn_pool_attrs *a, const rn_tensor_desc *x,
                                             const rn_tensor_desc *y, int axis)
{
    return (shape_window){ x->shape[2 + axis], y->shape[2 + axis], a->kernel[axis],
                           a->stride[axis],    a->padding[axis],   1 };
}

/* A half-open range of positions. */
typedef struct shape_range {
    int64_t begin, end;
} shape_range;

/* a / b rounded up, at least 0, of b > 0. */
static inline int64_t shape_divide_up(int64_t a, int64_t b)
{
    return a <= 0 ? 0 : (a + b - 1) / b;
}

/* The outputs whose tap `tap` lies inside the input. */
static inline shape_range shape_outputs_of_tap(const shape_window *w, int64_t tap)
{
    int64_t offset = tap * w->dilation - w->padding;
    shape_range r = { shape_divide_up(-offset, w->stride),
                      shape_divide_up(w->input - offset, w->stride) };
    if (r.end > w->output)
        r.end = w->output;
    if (r.begin > r.end)
        r.begin = r.end;
    return r;
}

/* The taps of output `p` that lie inside the input. */
static inline shape_range shape_taps_of_output(const shape_window *w, int64_t p)
{
    int64_t start = p * w->stride - w->padding;
    shape_range r = { shape_divide_up(-start, w->dilation),
                      shape_divide_up(w->input - start, w->dilation) };
    if (r.end > w->kernel)
        r.end = w->kernel;
    if (r.begin > r.end)
        r.begin = r.end;
    return r;
}

#endif
