/* reorder.cu: copies tensors, of which one or both have their channels last.
 *
 * Options: X_FLOAT, Y_FLOAT if that tensor holds floats whatever `real` is; BYTES if both hold
 * bytes, which are exact as floats. */
#if defined BYTES
typedef uchar source;
#define GET(value) ((float)(value))
#elif defined X_FLOAT
typedef float source;
#define GET(value) (value)
#else
typedef real source;
#define GET(value) real_to_float(value)
#endif
#if defined BYTES
typedef uchar target;
#define PUT(value) ((uchar)(value))
#elif defined Y_FLOAT
typedef float target;
#define PUT(value) (value)
#else
typedef real target;
#define PUT(value) float_to_real(value)
#endif

/* The elements of a tile, and the most channels in one, as in reorder.c. */
#define TILE 4096
#define TILE_CHANNELS 64

/* The elements that a thread of reorder_rows moves: that many loads are in flight at a time. */
#define ELEMENTS 8

/* a / b for small numbers, by the reciprocal of b: 2^32 / b rounded up. */
DEVICE int quotient(int a, int b, uint reciprocal)
{
    return b == 1 ? a : (int)((unsigned long long)a * reciprocal >> 32);
}

/* The tile of a block: `count_c` channels from first_c on, `count_p` pixels from first_p on, of
 * image n. Its element (c, p) is at c * step + p. The step is odd, so that columns as well as rows
 * are spread over the 32 banks. */
typedef struct tile {
    int64 n, first_p;
    int first_c, count_c, count_p, step;
} tile;

DEVICE tile tile_of(int64 plane, int channels, int tile_c, int tile_p)
{
    int64 tiles_p = (plane + tile_p - 1) / tile_p, tiles_c = (channels + tile_c - 1) / tile_c;
    int64 block = blockIdx.x;
    tile t;
    t.first_p = block % tiles_p * tile_p;
    t.first_c = (int)(block / tiles_p % tiles_c) * tile_c;
    t.n = block / tiles_p / tiles_c;
    t.count_p = (int)(plane - t.first_p < tile_p ? plane - t.first_p : tile_p);
    t.count_c = channels - t.first_c < tile_c ? channels - t.first_c : tile_c;
    t.step = tile_p | 1;
    return t;
}

/* From planes of x to pixels of y, which have `padded` channels. */
KERNEL reorder_to_last(const source *x, target *y, int64 plane, int channels, int padded,
                       int tile_c, int tile_p, uint reciprocal_c, uint reciprocal_p)
{
    __shared__ float values[TILE + TILE_CHANNELS];
    const tile t = tile_of(plane, padded, tile_c, tile_p);
    const source *from = x + (t.n * channels + t.first_c) * plane + t.first_p;
    target *to = y + (t.n * plane + t.first_p) * padded + t.first_c;
#pragma unroll 4
    for (int i = threadIdx.x; i < t.count_c * tile_p; i += GROUP) {
        int c = quotient(i, tile_p, reciprocal_p), p = i - c * tile_p;
        if (p < t.count_p)
            values[c * t.step + p] = t.first_c + c < channels ? GET(from[c * plane + p]) : 0.0f;
    }
    __syncthreads();
#pragma unroll 4
    for (int i = threadIdx.x; i < t.count_p * tile_c; i += GROUP) {
        int p = quotient(i, tile_c, reciprocal_c), c = i - p * tile_c;
        if (c < t.count_c)
            to[(int64)p * padded + c] = PUT(values[c * t.step + p]);
    }
}

/* From pixels of x, which have `padded` channels, to planes of y. */
KERNEL reorder_to_planes(const source *x, target *y, int64 plane, int channels, int padded,
                         int tile_c, int tile_p, uint reciprocal_c, uint reciprocal_p)
{
    __shared__ float values[TILE + TILE_CHANNELS];
    const tile t = tile_of(plane, channels, tile_c, tile_p);
    const source *from = x + (t.n * plane + t.first_p) * padded + t.first_c;
    target *to = y + (t.n * channels + t.first_c) * plane + t.first_p;
#pragma unroll 4
    for (int i = threadIdx.x; i < t.count_p * tile_c; i += GROUP) {
        int p = quotient(i, tile_c, reciprocal_c), c = i - p * tile_c;
        if (c < t.count_c)
            values[c * t.step + p] = GET(from[(int64)p * padded + c]);
    }
    __syncthreads();
#pragma unroll 4
    for (int i = threadIdx.x; i < t.count_c * tile_p; i += GROUP) {
        int c = quotient(i, tile_p, reciprocal_p), p = i - c * tile_p;
        if (p < t.count_p)
            to[c * plane + p] = PUT(values[c * t.step + p]);
    }
}

/* From rows of `from` elements to `n` elements in rows of `to`; longer rows end in zeros. */
KERNEL reorder_rows(const source *x, target *y, int64 n, int from, int to)
{
    const int64 first = (int64)blockIdx.x * (GROUP * ELEMENTS) + threadIdx.x;
    float values[ELEMENTS];
#pragma unroll
    for (int j = 0; j < ELEMENTS; j++) {
        int64 i = first + j * GROUP;
        if (i >= n)
            continue;
        int64 row = from == to ? 0 : n <= 0x7fffffff ? (int64)((uint)i / (uint)to) : i / to;
        int64 column = i - row * to;
        values[j] = from == to || column < from ? GET(x[row * from + column]) : 0.0f;
    }
#pragma unroll
    for (int j = 0; j < ELEMENTS; j++)
        if (first + j * GROUP < n)
            y[first + j * GROUP] = PUT(values[j]);
}
