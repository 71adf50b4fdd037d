/* pool.cl: the windows of max_pool.cl and avg_pool.cl.
 *
 * Options: KERNEL and STRIDE if they are square: then loops have a fixed number of iterations and
 * no branches, and `inside` selects what counts. */

/* n: items; h, w: of x; p, q: of y. */
#define POOL_PARAMETERS                                                                      \
    const int n, const int h, const int w, const int p, const int q, const int kernel_h,     \
        const int kernel_w, const int stride_h, const int stride_w, const int padding_h,     \
        const int padding_w

#ifdef KERNEL
#define KERNEL_H KERNEL
#define KERNEL_W KERNEL
#define STRIDE_H STRIDE
#define STRIDE_W STRIDE
#else
#define KERNEL_H kernel_h
#define KERNEL_W kernel_w
#define STRIDE_H stride_h
#define STRIDE_W stride_w
#endif

/* The taps inside of the image, for a window that begins at pixel `start` of `length`. */
#ifdef KERNEL
#define TAP_BEGIN(start) 0
#define TAP_END(start, length, kernel) KERNEL
#else
#define TAP_BEGIN(start) max(0, -(start))
#define TAP_END(start, length, kernel) min(kernel, (length) - (start))
#endif

/* The first and the last of `count` windows that contain a pixel; `padded` is its position counted
 * from the start of the padding. The last may precede the first: there is none. */
#define WINDOW_FIRST(padded, kernel, stride) (max(0, (padded) - (kernel) + (stride)) / (stride))
#define WINDOW_LAST(padded, stride, count) min((padded) / (stride), (count) - 1)
/* Declares the window of element `i` of y: the plane of x, and its position there. */
#define WINDOW_OF(i)                                                                         \
    const int row = (i) / q;                                                                 \
    const int top = row % p * STRIDE_H - padding_h, left = (i) % q * STRIDE_W - padding_w;   \
    __global const real *plane = REALS(x) + row / p * h * w;

/* Declares the windows that contain element `i` of dx: the first and the last in rows and columns,
 * its position `down` and `along` from the start of the padding, and its plane of dy. */
#define WINDOWS_OF(i)                                                                        \
    const int row = (i) / w;                                                                 \
    const int down = row % h + padding_h, along = (i) % w + padding_w;                       \
    const int plane = row / h * p * q;                                                       \
    const int first_p = WINDOW_FIRST(down, KERNEL_H, STRIDE_H);                              \
    const int first_q = WINDOW_FIRST(along, KERNEL_W, STRIDE_W);                             \
    const int last_p = WINDOW_LAST(down, STRIDE_H, p);                                       \
    const int last_q = WINDOW_LAST(along, STRIDE_W, q);

/* Where to end. */
#ifdef KERNEL
#define WINDOW_END(first, last) ((first) + (KERNEL + STRIDE - 1) / STRIDE)
#else
#define WINDOW_END(first, last) ((last) + 1)
#endif
