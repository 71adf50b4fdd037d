/* grouped.cl: convolutions with few channels per group, on processors. A group of one item
 * computes a tile of rows, for all channels of a convolution group, in one image. Uses
 * grouped_shape.cl.
 *
 * The input is copied to local memory with its padding, as planes of the pixels that have the same
 * remainder modulo the stride (phases). The planes are wide enough that each tap is at the same
 * distance from every output, so vectors run on across the ends of rows. What they compute between
 * rows is not used.
 *
 * Options: CHANNELS, output channels summed at a time, a divisor of those per group; VECTOR and
 * VECTORS, the same for pixels; TAPS of the kernel at a time, for the gradient of weights;
 * FUSED. */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define FLOATV JOIN(float, VECTOR)
#define VLOAD(p) JOIN(vload, VECTOR)(0, p)
#define VSTORE(value, p) JOIN(vstore, VECTOR)(value, 0, p)
#define BLOCK (VECTOR * VECTORS)

#ifdef FUSED
#define SUM_ADD(a, b, c) fma(a, b, c)
#else
#define SUM_ADD(a, b, c) mad(a, b, c)
#endif

#define ONE_ITEM __attribute__((reqd_work_group_size(1, 1, 1))) __kernel void

/* Copies one row of a phase: position l is pixel begin + l * step of `width`, or padding. */
static void row_fill(__local float *to, int pitch, __global const real *row, int begin, int step,
                     int width)
{
    int low = begin >= 0 ? 0 : min(pitch, (step - 1 - begin) / step);
    int high = begin < width ? min(pitch, (width - begin + step - 1) / step) : 0;
    int l = 0;
    for (; l < low; l++)
        to[l] = 0.0f;
    if (step == 1)
        for (; l + 8 <= high; l += 8)
            vstore8(LOAD8(row, begin + l), 0, to + l);
    for (; l < high; l++)
        to[l] = LOAD(row, begin + l * step);
    for (; l < pitch; l++)
        to[l] = 0.0f;
}

static void zeros(__local float *to, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = 0.0f;
}

/* Copies the rows from `first` on of all phases of one channel; planes are `plane` apart. */
static void channel_fill(const grouped *f, __local float *to, int plane, int first,
                         __global const real *image)
{
    for (int a = 0; a < f->in_phases[0]; a++)
        for (int b = 0; b < f->in_phases[1]; b++, to += plane)
            for (int j = 0; j < f->tile_rows + f->shift[0]; j++) {
                int h = f->in_step[0] * (f->first[0] + first + j) + a - f->in_pad[0];
                int w = f->in_step[1] * f->first[1] + b - f->in_pad[1];
                if (h < 0 || h >= f->in[0])
                    zeros(to + j * f->pitch, f->pitch);
                else
                    row_fill(to + j * f->pitch, f->pitch, image + h * f->in[1], w, f->in_step[1],
                             f->in[1]);
            }
}

/* The taps that contribute to phase (a, b) of the outputs: the distance of each from its output,
 * and its index. Returns their number. */
static int taps_find(const grouped *f, int a, int b, __local int *distance, __local int *which)
{
    int n = 0;
    for (int r = 0; r < f->taps[0]; r++)
        for (int s = 0; s < f->taps[1]; s++) {
            int u = r * f->dilation[0], v = s * f->dilation[1];
            int down = u / f->stride[0], along = v / f->stride[1];
            int phase_h = u % f->stride[0], phase_w = v % f->stride[1];
            if (f->backward && (phase_h != a || phase_w != b))
                continue;
            distance[n] = f->backward
                              ? (f->shift[0] - down) * f->pitch + f->shift[1] - along
                              : (phase_h * f->in_phases[1] + phase_w) * f->plane +
                                    down * f->pitch + along;
            which[n++] = r * f->taps[1] + s;
        }
    return n;
}

/* Sums a block of outputs of CHANNELS channels. */
static void block_sum(const grouped *f, int n_taps, __local const int *distance,
                      __local const int *which, __local const float *in,
                      __global const float *weight, __local float *sums)
{
    FLOATV sum[CHANNELS][VECTORS];
#pragma unroll
    for (int k = 0; k < CHANNELS; k++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            sum[k][v] = (FLOATV)(0.0f);
    int channel = f->in_phases[0] * f->in_phases[1] * f->plane;
    for (int c = 0; c < f->in_c; c++, in += channel, weight += f->weight_in)
        for (int t = 0; t < n_taps; t++) {
            __local const float *from = in + distance[t];
            __global const float *tap = weight + which[t];
            FLOATV x[VECTORS];
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                x[v] = VLOAD(from + v * VECTOR);
#pragma unroll
            for (int k = 0; k < CHANNELS; k++) {
                FLOATV w = (FLOATV)(tap[k * f->weight_out]);
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    sum[k][v] = SUM_ADD(w, x[v], sum[k][v]);
            }
        }
#pragma unroll
    for (int k = 0; k < CHANNELS; k++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            VSTORE(sum[k][v], sums + k * f->sums + v * VECTOR);
}

/* The destination: a plane of an image, and what is added to it. */
typedef struct result {
    __global real *out;
    __global const real *z; /* NULL: none */
    float bias;
} result;

static void row_store(const grouped *f, const result *r, __local const float *sums, int row, int w)
{
    int step = f->out_step[1], width = f->out[1], l = 0;
    int low = w >= 0 ? 0 : (step - 1 - w) / step;
    int high = w < width ? min(f->count[1], (width - w + step - 1) / step) : 0;
    int at = row * width + w;
    if (step == 1)
        for (l = low; l + 8 <= high; l += 8) {
            float8 y = vload8(0, sums + l) + r->bias;
            if (r->z)
                y += LOAD8(r->z, at + l);
            STORE8(r->out, at + l, f->relu ? select(y, (float8)(0.0f), y <= 0.0f) : y);
        }
    for (l = max(l, low); l < high; l++) {
        float y = sums[l] + r->bias;
        if (r->z)
            y += LOAD(r->z, at + l * step);
        STORE(r->out, at + l * step, f->relu ? RELU(y) : y);
    }
}

static void rows_store(const grouped *f, const result *r, __local const float *sums, int first,
                       int rows, int a, int b)
{
    for (int j = 0; j < rows; j++) {
        int h = f->out_step[0] * (f->first[0] + first + j) + a - f->out_pad[0];
        int w = f->out_step[1] * f->first[1] + b - f->out_pad[1];
        if (h >= 0 && h < f->out[0])
            row_store(f, r, sums + j * f->pitch, h, w);
    }
}

/* Group (tile, group of channels, image): the forward pass, and the gradient of data. */
ONE_ITEM conv2d_grouped(OPERAND(in), OPERAND(weight), OPERAND(bias), OPERAND(z), OPERAND(out),
                        const grouped f, __local float *planes, __local float *sums,
                        __local int *distance, __local int *which)
{
    int first = get_group_id(0) * f.tile_rows, rows = min(f.tile_rows, f.count[0] - first);
    int g = get_group_id(1), image = get_group_id(2), channel = image * f.groups + g;
    int channel_floats = f.in_phases[0] * f.in_phases[1] * f.plane;
    __global const float *weights = FLOATS(weight) + g * f.in_c * f.out_c * f.taps[0] * f.taps[1];
    for (int c = 0; c < f.in_c; c++)
        channel_fill(&f, planes + c * channel_floats, f.plane, first,
                     REALS(in) + (channel * f.in_c + c) * f.in[0] * f.in[1]);
    zeros(planes + f.in_c * channel_floats, BLOCK);
    for (int phase = 0; phase < f.out_phases[0] * f.out_phases[1]; phase++) {
        int a = phase / f.out_phases[1], b = phase % f.out_phases[1];
        int n_taps = taps_find(&f, a, b, distance, which);
        for (int k = 0; k < f.out_c; k += CHANNELS) {
            for (int i = 0; i < (rows - 1) * f.pitch + f.count[1]; i += BLOCK)
                block_sum(&f, n_taps, distance, which, planes + i, weights + k * f.weight_out,
                          sums + i);
            for (int j = 0; j < CHANNELS; j++) {
                int plane = channel * f.out_c + k + j, at = plane * f.out[0] * f.out[1];
                result r = { REALS(out) + at, z ? REALS(z) + at : 0,
                             bias ? FLOATS(bias)[g * f.out_c + k + j] : 0.0f };
                rows_store(&f, &r, sums + j * f.sums, first, rows, a, b);
            }
        }
    }
}

/* The gradient of weights. f describes the forward pass. A plane holds f.tile_images images one
 * after the other and BLOCK zeros; so does a plane of dy, whose rows end in zeros. */

static void dy_fill(const grouped *f, __local float *to, int rows, __global const real *plane)
{
    zeros(to, (f->tile_rows + f->shift[0]) * f->pitch);
    for (int j = 0; j < rows; j++)
        row_fill(to + j * f->pitch, f->pitch, plane + j * f->out[1], 0, 1, f->out[1]);
}

static float total(FLOATV sum)
{
    float parts[VECTOR];
    VSTORE(sum, parts);
#pragma unroll
    for (int half_way = VECTOR / 2; half_way > 0; half_way /= 2)
#pragma unroll
        for (int i = 0; i < half_way; i++)
            parts[i] += parts[i + half_way];
    return parts[0];
}

/* Sums TAPS taps from `first` on, for CHANNELS channels of y and one of x. */
static void taps_sum(const grouped *f, int first, int n_taps, __local const int *distance,
                     __local const float *x, __local const float *dy, int length,
                     __local float *sums)
{
    FLOATV sum[CHANNELS][TAPS];
    __local const float *from[TAPS];
#pragma unroll
    for (int t = 0; t < TAPS; t++) {
        from[t] = x + distance[min(first + t, n_taps - 1)];
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            sum[k][t] = (FLOATV)(0.0f);
    }
    for (int i = 0; i < length; i += VECTOR) {
        FLOATV y[CHANNELS];
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            y[k] = VLOAD(dy + k * f->plane + i);
#pragma unroll
        for (int t = 0; t < TAPS; t++) {
            FLOATV pixels = VLOAD(from[t] + i);
#pragma unroll
            for (int k = 0; k < CHANNELS; k++)
                sum[k][t] = SUM_ADD(pixels, y[k], sum[k][t]);
        }
    }
#pragma unroll
    for (int t = 0; t < TAPS; t++)
        if (first + t < n_taps)
#pragma unroll
            for (int k = 0; k < CHANNELS; k++)
                sums[k * f->weight_out + first + t] += total(sum[k][t]);
}

/* Group (part of the images, group of channels). */
ONE_ITEM conv2d_grouped_weight(OPERAND(x), OPERAND(dy), OPERAND(dweight), const grouped f,
                               __local float *planes, __local float *dy_planes,
                               __local float *sums, __local int *distance, __local int *which)
{
    int g = get_group_id(1), last = min(f.images, (int)(get_group_id(0) + 1) * f.part_images);
    int phases = f.in_phases[0] * f.in_phases[1], one = (f.tile_rows + f.shift[0]) * f.pitch;
    int count = f.in_c * f.out_c * f.taps[0] * f.taps[1];
    int n_taps = taps_find(&f, 0, 0, distance, which);
    zeros(sums, count);
    zeros(planes, f.in_c * phases * f.plane);
    zeros(dy_planes, f.out_c * f.plane);
    for (int image = get_group_id(0) * f.part_images; image < last; image += f.tile_images)
        for (int row = 0; row < f.count[0]; row += f.tile_rows) {
            int images = min(f.tile_images, last - image);
            int rows = min(f.tile_rows, f.count[0] - row);
            for (int i = 0; i < images; i++) {
                int channel = (image + i) * f.groups + g;
                for (int c = 0; c < f.in_c; c++)
                    channel_fill(&f, planes + c * phases * f.plane + i * one, f.plane, row,
                                 REALS(x) + (channel * f.in_c + c) * f.in[0] * f.in[1]);
                for (int k = 0; k < f.out_c; k++)
                    dy_fill(&f, dy_planes + k * f.plane + i * one, rows,
                            REALS(dy) + ((channel * f.out_c + k) * f.out[0] + row) * f.out[1]);
            }
            for (int k = 0; k < f.out_c; k++)
                zeros(dy_planes + k * f.plane + images * one, VECTOR);
            int length = (images - 1) * one + (rows - 1) * f.pitch + f.count[1];
            for (int k = 0; k < f.out_c; k += CHANNELS)
                for (int c = 0; c < f.in_c; c++)
                    for (int t = 0; t < n_taps; t += TAPS)
                        taps_sum(&f, t, n_taps, distance, planes + c * phases * f.plane,
                                 dy_planes + k * f.plane, length,
                                 sums + k * f.weight_out + c * f.weight_in);
        }
    __global float *to = FLOATS(dweight) + (get_group_id(0) * f.groups + g) * count;
    for (int i = 0; i < count; i++)
        to[i] = sums[i];
}
