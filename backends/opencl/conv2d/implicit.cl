/* implicit.cl: the forward pass and the gradient of data as a matrix product: the weights, one row
 * per channel of y, times the pixels under the kernel, one column per pixel of y in all images.
 *
 * Options: TAPS, the kernel's height and width if they are equal; CLASSES for the gradient of data
 * with strides. Then the pixels of dx with the same remainder modulo the stride form a class
 * (classes.cl), and each class is a convolution with stride 1. */
#ifdef TAPS
#define TAPS_H(job) TAPS
#define TAPS_W(job) TAPS
#else
#define TAPS_H(job) (job)->taps.x
#define TAPS_W(job) (job)->taps.y
#endif

/* Destinations of the lanes of a vector of sums in the first row's plane. */
typedef struct targets {
    int at[VECTOR];
    int count;     /* lanes that exist */
    bool together; /* all exist, and at[i] is at[0] + i */
} targets;

struct product_job {
    __global const float *weight; /* of the first row */
    int rows, depth, begin;       /* of the whole product; start of the chunk */
    planes x;
    int image; /* elements of an image of x */
    int2 taps, stride, padding, dilation;
    int columns, p, q;     /* of the class */
    int2 step, first;      /* of the class's pixels in y */
    int y_image, y_plane, y_w; /* elements of an image and of a plane of y; its width */
    __global real *y;          /* of the first row in the first image */
    __global const real *z;
    __global const float *bias;
    bool relu;
    kept from;
#if ITEMS_M * ITEMS_N == 1
    targets to[VECTORS];
#endif
};

/* The position of a column: image, row, column. */
int3 place_of(const product_job *job, int column)
{
    int plane = job->p * job->q, n = column / plane, pixel = column - n * plane;
    int p = pixel / job->q;
    return (int3)(n, p, pixel - p * job->q);
}

void lanes_find(const product_job *job, int column, lanes *l)
{
    for (int i = 0; i < VECTOR; i++) {
        int3 at = place_of(job, column + i);
        int2 pixel = at.yz * job->stride - job->padding;
        int base = at.x * job->image + pixel.x * job->x.w + pixel.y;
        if (column + i >= job->columns)
            pixel.x = NOWHERE;
        lane_set(l, i, base, pixel);
    }
}

void targets_find(const product_job *job, int column, targets *t)
{
    t->count = min(VECTOR, job->columns - column);
    t->together = t->count == VECTOR;
    for (int i = 0; i < VECTOR; i++) {
        int3 at = place_of(job, column + i);
        int2 pixel = at.yz * job->step + job->first;
        t->at[i] = at.x * job->y_image + pixel.x * job->y_w + pixel.y;
        t->together = t->together && t->at[i] - t->at[0] == i;
    }
}

int product_chunk(product_job *job, int depth)
{
    job->begin = depth;
    return min(DEPTH, job->depth - depth);
}

float product_a(const product_job *job, int row, int depth)
{
    return (job->weight + row * job->depth + job->begin)[depth];
}

FLOATV product_b(const product_job *job, int depth, int column)
{
    int taps = TAPS_H(job) * TAPS_W(job), at = job->begin + depth;
    int channel = at / taps, tap = at - channel * taps, r = tap / TAPS_W(job);
    int2 by = (int2)(r, tap - r * TAPS_W(job)) * job->dilation;
    int3 shift = (int3)(by, channel * job->x.h * job->x.w + by.x * job->x.w + by.y);
    return gather_at(job, &job->x, &job->from, column, shift);
}

void row_finish(const product_job *job, int row, const targets *t, FLOATV sums)
{
    __global real *y = job->y + row * job->y_plane;
    __global const real *z = job->z + row * job->y_plane;
    if (job->bias)
        sums += job->bias[row];
    if (t->together) {
        if (job->z)
            sums += LOADV(z, t->at[0]);
        STOREV(y, t->at[0], job->relu ? RELUV(sums) : sums);
        return;
    }
    float values[VECTOR];
    VSTORE(sums, values);
    for (int i = 0; i < t->count; i++) {
        float value = job->z ? values[i] + LOAD(z, t->at[i]) : values[i];
        STORE(y, t->at[i], job->relu ? RELU(value) : value);
    }
}

void product_c(const product_job *job, int row, int column, FLOATV sums)
{
#if ITEMS_M * ITEMS_N == 1
    row_finish(job, row, &job->to[(column - job->from.column) / VECTOR], sums);
#else
    targets t;
    targets_find(job, column, &t);
    row_finish(job, row, &t, sums);
#endif
}

void job_start(product_job *job, int column)
{
    kept_find(job, column, &job->from);
#if ITEMS_M * ITEMS_N == 1
    for (int i = 0; i < VECTORS; i++)
        targets_find(job, column + i * VECTOR, &job->to[i]);
#endif
}

#ifndef CLASSES
/* rows, in_rows: channels of y and of x per group. */
PRODUCT_KERNEL conv2d(OPERAND(x), OPERAND(weight), OPERAND(bias), OPERAND(z), OPERAND(y),
                      const int relu, const int n, const int groups, const int in_rows,
                      const int h, const int w, const int rows, const int p, const int q,
                      const int taps_h, const int taps_w, const int stride_h, const int stride_w,
                      const int padding_h, const int padding_w, const int dilation_h,
                      const int dilation_w)
{
    PRODUCT_LOCAL;
    int g = get_group_id(2), row = get_group_id(1) * TILE_M, column = get_group_id(0) * TILE_N;
    product_job job;
    job.x = (planes){ REALS(x) + g * in_rows * h * w, (n * groups - g) * in_rows * h * w, h, w };
    job.image = groups * in_rows * h * w;
    job.taps = (int2)(taps_h, taps_w);
    job.stride = (int2)(stride_h, stride_w);
    job.padding = (int2)(padding_h, padding_w);
    job.dilation = (int2)(dilation_h, dilation_w);
    job.rows = rows;
    job.depth = in_rows * TAPS_H(&job) * TAPS_W(&job);
    job.weight = FLOATS(weight) + g * rows * job.depth;
    job.columns = n * p * q;
    job.p = p;
    job.q = q;
    job.step = (int2)(1, 1);
    job.first = (int2)(0, 0);
    job.y_image = groups * rows * p * q;
    job.y_plane = p * q;
    job.y_w = q;
    job.y = REALS(y) + g * rows * p * q;
    job.z = z ? REALS(z) + g * rows * p * q : 0;
    job.bias = bias ? FLOATS(bias) + g * rows : 0;
    job.relu = relu != 0;
    job_start(&job, column);
    PRODUCT(&job, rows, row, column);
}
#else
/* x is dy, y is dx, rows are channels of dx. Taps, strides and so on are the convolution's. */
PRODUCT_KERNEL conv2d_classes(OPERAND(x), OPERAND(weight), OPERAND(z), OPERAND(y), const int n,
                              const int groups, const int in_rows, const int h, const int w,
                              const int rows, const int p, const int q, const int taps_h,
                              const int taps_w, const int stride_h, const int stride_w,
                              const int padding_h, const int padding_w, const int dilation_h,
                              const int dilation_w)
{
    PRODUCT_LOCAL;
    int g = get_group_id(2) % groups, class = get_group_id(2) / groups;
    int row = get_group_id(1) * TILE_M, column = get_group_id(0) * TILE_N;
    int2 first = (int2)(class / stride_w, class % stride_w);
    product_job job;
    job.p = (p - first.x + stride_h - 1) / stride_h;
    job.q = (q - first.y + stride_w - 1) / stride_w;
    job.columns = n * job.p * job.q;
    if (first.x >= p || first.y >= q || column >= job.columns)
        return;
    axis a = axis_of(first.x, taps_h, stride_h, padding_h, dilation_h);
    axis b = axis_of(first.y, taps_w, stride_w, padding_w, dilation_w);
    job.x = (planes){ REALS(x) + g * in_rows * h * w, (n * groups - g) * in_rows * h * w, h, w };
    job.image = groups * in_rows * h * w;
    job.taps = (int2)(a.count, b.count);
    job.stride = (int2)(1, 1);
    job.dilation = (int2)(dilation_h * a.step / stride_h, dilation_w * b.step / stride_w);
    job.padding = (int2)(axis_padding(a, first.x, stride_h, padding_h, dilation_h),
                         axis_padding(b, first.y, stride_w, padding_w, dilation_w));
    job.rows = rows;
    job.depth = in_rows * a.count * b.count;
    int before = taps_before(first.x, taps_h, stride_h, padding_h, dilation_h) * taps_w +
                 a.count * taps_before(first.y, taps_w, stride_w, padding_w, dilation_w);
    job.weight = FLOATS(weight) + before * groups * rows * in_rows + g * rows * job.depth;
    job.step = (int2)(stride_h, stride_w);
    job.first = first;
    job.y_image = groups * rows * p * q;
    job.y_plane = p * q;
    job.y_w = q;
    job.y = REALS(y) + g * rows * p * q;
    job.z = z ? REALS(z) + g * rows * p * q : 0;
    job.bias = 0;
    job.relu = false;
    job_start(&job, column);
    PRODUCT(&job, rows, row, column);
}
#endif
