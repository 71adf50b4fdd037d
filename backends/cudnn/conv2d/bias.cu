/* bias.cu: the gradient of the bias, which sums dy over images and pixels in a fixed order.
 *
 * The sum is divided into parts: by images, or with channels last by rows (n, h, w). */

#if NHWC
/* Adjacent channels of a block; its other threads handle other rows. */
#define LANES 32

/* Block (b, part): channels from 32 b on, in `some` of the `rows` rows. */
KERNEL conv2d_bias_parts(const real *dy, float *parts, int channels, int64 rows, int64 some)
{
    __shared__ float sums[GROUP];
    const int lane = threadIdx.x % LANES, c = blockIdx.x * LANES + lane;
    const int64 first = blockIdx.y * some, end = first + some < rows ? first + some : rows;
    float sum = 0.0f;
    if (c < channels)
#pragma unroll 4
        for (int64 row = first + threadIdx.x / LANES; row < end; row += GROUP / LANES)
            sum += real_to_float(dy[row * channels + c]);
    sums[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x >= LANES || c >= channels)
        return;
    for (int i = LANES + lane; i < GROUP; i += LANES)
        sum += sums[i];
    parts[(int64)blockIdx.y * channels + c] = sum;
}
#else
/* Block (k, part): channel k in `some` of the `images` images. */
KERNEL conv2d_bias_parts(const real *dy, float *parts, int channels, int64 images, int64 some,
                         int plane)
{
    __shared__ float sums[GROUP];
    const int64 first = blockIdx.y * some, end = first + some < images ? first + some : images;
    float sum = 0.0f;
    for (int64 image = first; image < end; image++) {
        const real *from = dy + (image * channels + blockIdx.x) * plane;
#pragma unroll 4
        for (int i = threadIdx.x; i < plane; i += GROUP)
            sum += real_to_float(from[i]);
    }
    sums[threadIdx.x] = sum;
    for (int half_way = GROUP / 2; half_way > 0; half_way /= 2) {
        __syncthreads();
        if (threadIdx.x < half_way)
            sums[threadIdx.x] += sums[threadIdx.x + half_way];
    }
    if (threadIdx.x == 0)
        parts[(int64)blockIdx.y * channels + blockIdx.x] = sums[0];
}
#endif

KERNEL conv2d_bias_sum(const float *parts, float *dbias, int channels, int n_parts)
{
    const int64 c = ITEM;
    float sum = 0.0f;
    if (c >= channels)
        return;
    for (int i = 0; i < n_parts; i++)
        sum += parts[(int64)i * channels + c];
    dbias[c] = sum;
}
