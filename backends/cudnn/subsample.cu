/* subsample.cu: each thread copies one vector of channels of y, or in the gradient of dx. Plain
 * images are copied one element at a time. */

/* An element: its image, its vector of channels, its pixel. */
typedef struct place {
    int64 image;
    uint channel, row, column;
} place;

/* The element of `item`, in images of c vectors of h x w pixels. */
DEVICE place place_of(uint item, uint c, uint h, uint w)
{
    place at;
#if NHWC
    at.channel = item % c, item /= c;
    at.column = item % w, item /= w;
    at.row = item % h, at.image = item / h;
#else
    at.column = item % w, item /= w;
    at.row = item % h, item /= h;
    at.channel = item % c, at.image = item / c;
#endif
    return at;
}

/* The index of the first element of a vector. */
DEVICE int64 element_of(place at, int c, int h, int w)
{
#if NHWC
    return (((at.image * h + at.row) * w + at.column) * c + at.channel) * VEC;
#else
    return ((at.image * c + at.channel) * h + at.row) * w + at.column;
#endif
}

/* The vector at that index, or zeros. */
DEVICE octet octet_where(bool has, const real *from, int64 first)
{
    octet o;
    if (has)
        return octet_load(from, first, VEC);
#pragma unroll
    for (int i = 0; i < 8; i++)
        o.v[i] = 0.0f;
    return o;
}

/* items: of y; c, h, w: of x; k, p, q: of y. Channel 0 of x is channel `before` of y. Channels are
 * counted in vectors. */
KERNEL subsample(const real *x, real *y, int items, int c, int h, int w, int k, int p, int q,
                 int before, int stride_h, int stride_w)
{
    if (ITEM >= items)
        return;
    place at = place_of((uint)ITEM, k, p, q);
    const bool has = at.channel >= before && at.channel - before < c;
    at.channel -= before, at.row *= stride_h, at.column *= stride_w;
    octet_store(y, ITEM * VEC, VEC, octet_where(has, x, element_of(at, c, h, w)));
}

/* items: of dx. */
KERNEL subsample_grad(const real *dy, real *dx, int items, int c, int h, int w, int k, int p, int q,
                      int before, int stride_h, int stride_w)
{
    if (ITEM >= items)
        return;
    place at = place_of((uint)ITEM, c, h, w);
    const bool has = at.row % stride_h == 0 && at.column % stride_w == 0;
    at.channel += before, at.row /= stride_h, at.column /= stride_w;
    octet_store(dx, ITEM * VEC, VEC, octet_where(has, dy, element_of(at, k, p, q)));
}
