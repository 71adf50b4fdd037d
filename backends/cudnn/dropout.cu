/* dropout.cu: each thread handles one octet, as in relu.cu. Uses random.cu. */

/* Goes along memory and gives the index that each element would have in a plain tensor of images of
 * c channels of `plane` pixels. */
typedef struct position {
    int64 image;
    int channel, pixel;
} position;

DEVICE position position_from(int64 first, int c, int plane)
{
#if NHWC
    int64 pixel = first / c;
    position p = { pixel / plane, (int)(first % c), (int)(pixel % plane) };
#else
    position p = { first, 0, 0 };
#endif
    return p;
}

DEVICE int64 position_index(position p, int c, int plane)
{
    return NHWC ? (p.image * c + p.channel) * plane + p.pixel : p.image;
}

DEVICE position position_next(position p, int c, int plane)
{
#if NHWC
    if (++p.channel == c) {
        p.channel = 0;
        if (++p.pixel == plane)
            p.pixel = 0, p.image++;
    }
#else
    p.image++;
#endif
    return p;
}

/* An element is dropped if its 24 random bits are below `threshold`; the others are multiplied by
 * `scale`. The tensor's first element has index `begin`. */
KERNEL dropout(const real *x, const uint *random, real *y, uchar *mask, int64 n, int c, int plane,
               int64 begin, int stream, int threshold, float scale)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    const uint seed = random[0], step = random[1];
    octet o = octet_load(x, first, count);
    position p = position_from(first, c, plane);
    uint4 four = make_uint4(0u, 0u, 0u, 0u);
    uint keep = 0;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        unsigned long long at = (unsigned long long)(begin + position_index(p, c, plane));
        if (NHWC || i == 0 || at % 4 == 0)
            four = philox(seed, (uint)stream, step, at / 4);
        bool keeps = (int)(number_of(four, (uint)(at % 4)) >> 8) >= threshold;
        keep |= (keeps ? 1u : 0u) << i;
        o.v[i] = keeps ? o.v[i] * scale : 0.0f;
        p = position_next(p, c, plane);
    }
    octet_store(y, first, count, o);
    mask_put(mask, first, count, keep);
}

KERNEL dropout_grad(const real *dy, const uchar *mask, real *dx, int64 n, float scale)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    octet o = octet_load(dy, first, count);
    uint keep = mask_get(mask, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        o.v[i] = keep >> i & 1u ? o.v[i] * scale : 0.0f;
    octet_store(dx, first, count, o);
}
