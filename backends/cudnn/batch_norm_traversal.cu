/* batch_norm_traversal.cu: how the threads of a block go through their part of some channels, and
 * reductions over a block.
 *
 * Options: LAST, 1 if the channel varies fastest in memory; VEC, the adjacent elements that a
 * thread reads at once: 8, or 1 if octets would not lie in one pixel's channels (LAST) or in one
 * plane.
 *
 * A row is VEC elements of each channel of the block: either of one pixel's channels, read by
 * `side` threads with one vector each, or a vector of one plane (side 1, one channel). Block (x, y)
 * handles channels x, and every gridDim.y-th bundle of GROUP / side rows from the y-th on. So the
 * blocks together read in memory order; or, mirrored, from the end, since what was read last is
 * still in the cache. */
#define TRAVERSAL_SHAPE const int64 rows, const int channels, const int plane, const int side

/* Bounds the registers of the summing kernels so that at least three blocks fit on a
 * multiprocessor. Without the bound it would be two, too few to keep the memory busy. */
#define SUMS_KERNEL extern "C" __global__ void __launch_bounds__(GROUP, 3)

typedef struct traversal {
    int left;          /* rows that the thread has yet to read */
    int channel;       /* of its first element */
    int64 at;          /* index of the next row's element */
    int64 step, wrap;  /* to the thread's next row; what to skip at the end of a plane */
    int rest, rest_step, vectors; /* position in a plane, in vectors */
} traversal;

DEVICE traversal traversal_begin(TRAVERSAL_SHAPE, bool is_mirrored)
{
    int lanes = GROUP / side, lane = threadIdx.x / side;
    int64 stride = (int64)gridDim.y * lanes, first = (int64)blockIdx.y * lanes + lane;
    int64 row = is_mirrored ? rows - 1 - first : first;
    traversal w;
    w.left = first < rows ? (int)((rows - 1 - first) / stride) + 1 : 0;
#if LAST
    w.channel = ((int)blockIdx.x * side + (int)threadIdx.x % side) * VEC;
    if (w.channel >= channels)
        w.left = w.channel = 0;
    w.at = row * channels + w.channel;
    w.step = stride * channels;
    w.wrap = w.rest = w.rest_step = w.vectors = 0;
#else
    w.channel = blockIdx.x;
    w.vectors = plane / VEC;
    w.rest = (int)(row % w.vectors);
    w.at = (row / w.vectors * channels + w.channel) * plane + w.rest * VEC;
    w.rest_step = (int)(stride % w.vectors);
    w.wrap = (int64)(channels - 1) * plane;
    w.step = stride / w.vectors * channels * plane + w.rest_step * VEC;
    if (is_mirrored)
        w.rest = w.vectors - 1 - w.rest;
#endif
    if (is_mirrored) {
        w.step = -w.step;
        w.wrap = -w.wrap;
    }
    return w;
}

DEVICE void traversal_next(traversal *w)
{
    w->left--;
    w->at += w->step;
#if !LAST
    w->rest += w->rest_step;
    if (w->rest >= w->vectors) {
        w->rest -= w->vectors;
        w->at += w->wrap;
    }
#endif
}

/* The vector of an image at element `at`, as it is stored. */
#if VEC == 8
typedef packed vec_packed;
#else
typedef real vec_packed;
#endif

DEVICE vec_packed vec_fetch(const real *p, int64 at)
{
#if VEC == 8
    return packed_load(p, at);
#else
    return p[at];
#endif
}

DEVICE void vec_unpack(vec_packed from, float *v)
{
#if VEC == 8
    octet o = unpack(from);
#pragma unroll
    for (int i = 0; i < 8; i++)
        v[i] = o.v[i];
#else
    v[0] = real_to_float(from);
#endif
}

DEVICE void vec_load(const real *p, int64 at, float *v)
{
    vec_unpack(vec_fetch(p, at), v);
}

/* The elements of a per-channel array that belong to the thread's elements. */
DEVICE void vec_of_channel(const float *p, traversal w, float *v)
{
#if LAST && VEC == 8
    float4 low = *(const float4 *)(p + w.channel), high = *(const float4 *)(p + w.channel + 4);
    v[0] = low.x, v[1] = low.y, v[2] = low.z, v[3] = low.w;
    v[4] = high.x, v[5] = high.y, v[6] = high.z, v[7] = high.w;
#else
#pragma unroll
    for (int i = 0; i < VEC; i++)
        v[i] = p[w.channel];
#endif
}

/* The first value of each of the thread's channels. */
DEVICE void vec_of_first(const real *x, traversal w, int plane, float *v)
{
#if LAST
    vec_load(x, w.channel, v);
#else
#pragma unroll
    for (int i = 0; i < VEC; i++)
        v[i] = real_to_float(x[(int64)w.channel * plane]);
#endif
}

/* Bit i: the i-th element of the vector was kept. */
DEVICE uint vec_keep(const uchar *mask, int64 at)
{
#if VEC == 8
    return mask_get(mask, at, 8);
#elif defined MASK_BITS
    return mask[at / 8] >> (at % 8) & 1u;
#else
    return mask[at] ? 1u : 0u;
#endif
}

/* Replaces each of the n numbers by its sum over all threads of the block with the same position in
 * `side`, in a fixed order. Every thread of the block must call it; `shared` holds n * GROUP. */
DEVICE void block_sum(float *v, const int n, const int side, float *shared)
{
    int t = threadIdx.x;
#pragma unroll
    for (int i = 0; i < n; i++)
        shared[i * GROUP + t] = v[i];
    for (int half = GROUP / 2; half >= side; half /= 2) {
        __syncthreads();
        if (t < half) {
#pragma unroll
            for (int i = 0; i < n; i++)
                shared[i * GROUP + t] += shared[i * GROUP + t + half];
        }
    }
    __syncthreads();
#pragma unroll
    for (int i = 0; i < n; i++)
        v[i] = shared[i * GROUP + t % side];
    __syncthreads();
}

/* In planes, all elements of the vector are of one channel: each gets their sum. */
DEVICE void vec_sum(float *v)
{
#if !LAST
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum += v[i];
#pragma unroll
    for (int i = 0; i < VEC; i++)
        v[i] = sum;
#endif
}

/* The number of different channels in the thread's vector. */
#define OWN_CHANNELS (LAST ? VEC : 1)

/* The channels of the elements of an octet of the whole tensor, one after the other. inner:
 * adjacent elements of one channel. */
typedef struct place {
    int channel, rest;
} place;

DEVICE place place_of(int64 first, int channels, int inner)
{
    int64 row = first / inner;
    place p = { (int)(row % channels), (int)(first - row * inner) };
    return p;
}

/* True if the next element is of another channel. */
DEVICE bool place_next(place *p, int channels, int inner)
{
    if (++p->rest < inner)
        return false;
    p->rest = 0;
    p->channel = p->channel + 1 < channels ? p->channel + 1 : 0;
    return true;
}
