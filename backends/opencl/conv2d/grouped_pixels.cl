/* grouped_pixels.cl: convolutions with few channels per group, on GPUs. Each item computes CHANNELS
 * channels of one pixel; the group keeps the weights in local memory. Uses grouped_shape.cl and
 * reduce.cl.
 *
 * Options: CHANNELS, a divisor of the channels per group; TAPS_W, the kernel's width, for the
 * gradient of weights. */

/* The pixel that a tap reads for an output at `at` along an axis; -1: none. */
static int pixel_of(const grouped *f, int axis, int at, int tap)
{
    int u = tap * f->dilation[axis], stride = f->stride[axis], pixel;
    if (f->backward) {
        u = at + f->out_pad[axis] - u;
        pixel = u >= 0 && u % stride == 0 ? u / stride : -1;
    } else {
        pixel = at * stride + u - f->in_pad[axis];
    }
    return pixel < f->in[axis] ? max(pixel, -1) : -1;
}

/* Group (pixels of all images, CHANNELS channels): the forward pass, and the gradient of data.
 * Weights are ordered by input channel, then tap, then the CHANNELS output channels. */
GROUPS_KERNEL conv2d_grouped_pixels(OPERAND(in), OPERAND(weight), OPERAND(bias), OPERAND(z),
                                    OPERAND(out), const grouped f, __local float *weights)
{
    int taps = f.taps[0] * f.taps[1], plane = f.out[0] * f.out[1], in_plane = f.in[0] * f.in[1];
    int k0 = get_group_id(1) * CHANNELS, g = k0 / f.out_c, k_in_group = k0 % f.out_c;
    for (int i = get_local_id(0); i < f.in_c * taps * CHANNELS; i += GROUP) {
        int k = k_in_group + i % CHANNELS, t = i / CHANNELS % taps, c = i / CHANNELS / taps;
        weights[i] = FLOATS(weight)[g * f.in_c * f.out_c * taps + k * f.weight_out +
                                    c * f.weight_in + t];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    int item = get_global_id(0);
    if (item >= f.images * plane)
        return;
    int image = item / plane, at = item % plane;
    __global const real *from = REALS(in) + (image * f.groups + g) * f.in_c * in_plane;
    float sums[CHANNELS];
#pragma unroll
    for (int k = 0; k < CHANNELS; k++)
        sums[k] = bias ? FLOATS(bias)[k0 + k] : 0.0f;
    for (int t = 0; t < taps; t++) {
        int h = pixel_of(&f, 0, at / f.out[1], t / f.taps[1]);
        int w = pixel_of(&f, 1, at % f.out[1], t % f.taps[1]);
        for (int c = 0; c < f.in_c && h >= 0 && w >= 0; c++) {
            float x = LOAD(from, c * in_plane + h * f.in[1] + w);
            __local const float *tap = weights + (c * taps + t) * CHANNELS;
#pragma unroll
            for (int k = 0; k < CHANNELS; k++)
                sums[k] = MULTIPLY_ADD(x, tap[k], sums[k]);
        }
    }
    int to = (image * f.groups * f.out_c + k0) * plane + at;
#pragma unroll
    for (int k = 0; k < CHANNELS; k++) {
        float y = z ? sums[k] + LOAD(REALS(z), to + k * plane) : sums[k];
        STORE(REALS(out), to + k * plane, f.relu ? RELU(y) : y);
    }
}

/* Group (part of the images, CHANNELS channels of y, a channel of x and a row of taps): the
 * gradient of weights. */
GROUPS_KERNEL conv2d_grouped_pixels_weight(OPERAND(x), OPERAND(dy), OPERAND(dweight),
                                           const grouped f)
{
    REDUCE_LOCAL;
    int plane = f.out[0] * f.out[1], in_plane = f.in[0] * f.in[1];
    int first = get_group_id(0) * f.part_images, last = min(f.images, first + f.part_images);
    int k0 = get_group_id(1) * CHANNELS, g = k0 / f.out_c;
    int c = get_group_id(2) / f.taps[0], r = get_group_id(2) % f.taps[0];
    float sums[CHANNELS][TAPS_W];
#pragma unroll
    for (int k = 0; k < CHANNELS; k++)
#pragma unroll
        for (int s = 0; s < TAPS_W; s++)
            sums[k][s] = 0.0f;
    for (int i = get_local_id(0); i < (last - first) * plane; i += GROUP) {
        int image = first + i / plane, at = i % plane, q = at % f.out[1];
        int h = pixel_of(&f, 0, at / f.out[1], r);
        __global const real *pixels = REALS(x) + (image * f.groups + g) * f.in_c * in_plane +
                                      c * in_plane + max(h, 0) * f.in[1];
        __global const real *gradients = REALS(dy) + (image * f.groups * f.out_c + k0) * plane + at;
        float y[CHANNELS];
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            y[k] = LOAD(gradients, k * plane);
#pragma unroll
        for (int s = 0; s < TAPS_W; s++) {
            int w = pixel_of(&f, 1, q, s);
            if (h < 0 || w < 0)
                continue;
            float pixel = LOAD(pixels, w);
#pragma unroll
            for (int k = 0; k < CHANNELS; k++)
                sums[k][s] = MULTIPLY_ADD(pixel, y[k], sums[k][s]);
        }
    }
    int taps = f.taps[0] * TAPS_W;
    int to = (get_group_id(0) * f.groups * f.out_c + k0) * f.in_c * taps + c * taps + r * TAPS_W;
#pragma unroll
    for (int k = 0; k < CHANNELS; k++)
#pragma unroll
        for (int s = 0; s < TAPS_W; s++) {
            float sum = REDUCE_SUM(sums[k][s]);
            if (get_local_id(0) == 0)
                FLOATS(dweight)[to + k * f.in_c * taps + s] = sum;
        }
}
