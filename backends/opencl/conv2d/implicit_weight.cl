/* implicit_weight.cl: the gradient of weights as a matrix product: dy, one row per channel, times
 * the pixels of x under each weight, one column per weight. The sums run over the pixels of dy in
 * all images. They are divided into parts with a result each, which are then added in order.
 *
 * Option: ONE_IMAGE if planes are large enough for chunks that lie in one image. */

struct product_job {
    __global const real *dy; /* of the first row in the first image */
    int dy_image, plane, q;  /* elements of an image and of a plane of dy; its width */
    int begin, end; /* pixels of this part, over all images */
    int chunk;      /* start of the chunk */
#ifdef ONE_IMAGE
    int shift; /* the same in dy */
#endif
    planes x;
    int image; /* elements of an image of x */
    int2 taps, stride, padding, dilation;
    int columns;
    __global float *sums; /* of the first row */
    kept from;
};

void lanes_find(const product_job *job, int column, lanes *l)
{
    for (int i = 0; i < VECTOR; i++) {
        int at = column + i, taps = job->taps.x * job->taps.y;
        int channel = at / taps, tap = at - channel * taps, r = tap / job->taps.y;
        int2 by = (int2)(r, tap - r * job->taps.y) * job->dilation - job->padding;
        int base = channel * job->x.h * job->x.w + by.x * job->x.w + by.y;
        if (at >= job->columns)
            by.x = NOWHERE;
        lane_set(l, i, base, by);
    }
}

#ifdef ONE_IMAGE
/* Chunks end at the end of their image. */
int product_chunk(product_job *job, int depth)
{
    int at = job->begin + depth, n = at / job->plane;
    job->chunk = at;
    job->shift = n * (job->dy_image - job->plane) + at;
    return min(min(DEPTH, job->end - at), (n + 1) * job->plane - at);
}

float product_a(const product_job *job, int row, int depth)
{
    return LOAD(job->dy + job->shift + row * job->plane, depth);
}
#else
int product_chunk(product_job *job, int depth)
{
    job->chunk = job->begin + depth;
    return min(DEPTH, job->end - job->chunk);
}

float product_a(const product_job *job, int row, int depth)
{
    int at = job->chunk + depth, n = at / job->plane;
    return LOAD(job->dy + n * (job->dy_image - job->plane) + row * job->plane, at);
}
#endif

FLOATV product_b(const product_job *job, int depth, int column)
{
    int at = job->chunk + depth, n = at / job->plane, pixel = at - n * job->plane;
    int p = pixel / job->q;
    int2 from = (int2)(p, pixel - p * job->q) * job->stride;
    int3 shift = (int3)(from, n * job->image + from.x * job->x.w + from.y);
    return gather_at(job, &job->x, &job->from, column, shift);
}

void product_c(const product_job *job, int row, int column, FLOATV sums)
{
    __global float *to = job->sums + row * job->columns + column;
    if (column + VECTOR <= job->columns) {
        VSTORE(sums, to);
        return;
    }
    float values[VECTOR];
    VSTORE(sums, values);
    for (int i = 0; column + i < job->columns; i++)
        to[i] = values[i];
}

/* rows, in_rows: channels of y and of x per group; part: pixels per part. The third dimension
 * of the grid counts parts, and groups within each. */
PRODUCT_KERNEL conv2d_grad_weight(OPERAND(x), OPERAND(dy), OPERAND(sums), const int part,
                                  const int n, const int groups, const int in_rows, const int h,
                                  const int w, const int rows, const int p, const int q,
                                  const int taps_h, const int taps_w, const int stride_h,
                                  const int stride_w, const int padding_h, const int padding_w,
                                  const int dilation_h, const int dilation_w)
{
    PRODUCT_LOCAL;
    int g = get_group_id(2) % groups, index = get_group_id(2) / groups;
    int row = get_group_id(1) * TILE_M, column = get_group_id(0) * TILE_N;
    product_job job;
    job.x = (planes){ REALS(x) + g * in_rows * h * w, (n * groups - g) * in_rows * h * w, h, w };
    job.image = groups * in_rows * h * w;
    job.taps = (int2)(taps_h, taps_w);
    job.stride = (int2)(stride_h, stride_w);
    job.padding = (int2)(padding_h, padding_w);
    job.dilation = (int2)(dilation_h, dilation_w);
    job.dy = REALS(dy) + g * rows * p * q;
    job.plane = p * q;
    job.dy_image = groups * rows * p * q;
    job.q = q;
    job.begin = index * part;
    job.end = min(job.begin + part, n * p * q);
    job.columns = in_rows * taps_h * taps_w;
    job.sums = FLOATS(sums) + (ulong)(index * groups + g) * (ulong)(rows * job.columns);
    kept_find(&job, column, &job.from);
    PRODUCT(&job, rows, row, column);
}
