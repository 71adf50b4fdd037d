/* pool.cu: the windows of max_pool.cu and avg_pool.cu. Each thread handles VEC channels of a pixel;
 * the planes of plain tensors count as images of one channel.
 *
 * Options: KERNEL_SIZE and STRIDE if they are square: then loops have a fixed number of
 * iterations. */

/* items; c: vectors per pixel; h, w: of x; p, q: of y. */
#define POOL_PARAMETERS                                                                      \
    int items, int c, int h, int w, int p, int q, int kernel_h, int kernel_w, int stride_h,  \
        int stride_w, int padding_h, int padding_w

#ifdef KERNEL_SIZE
#define KERNEL_H KERNEL_SIZE
#define KERNEL_W KERNEL_SIZE
#define STRIDE_H STRIDE
#define STRIDE_W STRIDE
#else
#define KERNEL_H kernel_h
#define KERNEL_W kernel_w
#define STRIDE_H stride_h
#define STRIDE_W stride_w
#endif

/* A vector of an image: its channels, its pixel, its image. */
typedef struct place {
    uint image, row, column, vector;
} place;

DEVICE place place_of(uint item, uint rows, uint columns, uint vectors)
{
    place at;
    at.vector = item % vectors, item /= vectors;
    at.column = item % columns, item /= columns;
    at.row = item % rows, at.image = item / rows;
    return at;
}

/* The first element of the same channels at another pixel of images of rows x columns. */
#define ELEMENT(at, rows, columns, row_, column_)                                            \
    (((((int64)(at).image * (rows) + (row_)) * (columns) + (column_)) * c + (at).vector) * VEC)

DEVICE bool is_inside(int at, int length)
{
    return at >= 0 && at < length;
}

/* The first and the last of `count` windows that contain a pixel; `padded` is its position counted
 * from the start of the padding. The last may precede the first: there is none. */
DEVICE int window_first(int padded, int kernel, int stride)
{
    return padded < kernel ? 0 : (padded - kernel) / stride + 1;
}

DEVICE int window_last(int padded, int stride, int count)
{
    return min(padded / stride, count - 1);
}

/* Declares the window of the element at `at` of y: its position in x. */
#define WINDOW_AT(at)                                                                        \
    const int top = (int)(at).row * STRIDE_H - padding_h;                                    \
    const int left = (int)(at).column * STRIDE_W - padding_w;

/* Declares the windows that contain the element at `at` of dx: the first and the last in rows and
 * columns, and its position `down` and `along` from the start of the padding. */
#define WINDOWS_AT(at)                                                                       \
    const int down = (int)(at).row + padding_h, along = (int)(at).column + padding_w;        \
    const int first_p = window_first(down, KERNEL_H, STRIDE_H);                              \
    const int first_q = window_first(along, KERNEL_W, STRIDE_W);                             \
    const int last_p = window_last(down, STRIDE_H, p);                                       \
    const int last_q = window_last(along, STRIDE_W, q);

/* Where to end. */
#ifdef KERNEL_SIZE
#define WINDOW_END(first, last) ((first) + (KERNEL_SIZE + STRIDE - 1) / STRIDE)
#else
#define WINDOW_END(first, last) ((last) + 1)
#endif
