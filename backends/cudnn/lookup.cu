/* lookup.cu: each thread makes a pixel of y, of all channels. */

/* The numbers of up to eight channels from `first` on; those beyond `channels` are 0. */
DEVICE octet numbers_of(const uchar *pixel, const float *table, int first, int channels)
{
    octet o;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const int c = first + i;
        o.v[i] = c < channels ? table[c * 256 + pixel[c]] : 0.0f;
    }
    return o;
}

/* pixels: of all images; plane: of one; padded: the channels of y, if they are last. */
KERNEL lookup(const uchar *x, const float *table, real *y, int64 pixels, int64 plane, int channels,
              int padded)
{
    if (ITEM >= pixels)
        return;
    const uchar *pixel = x + ITEM * channels;
#if NHWC
    for (int c = 0; c < padded; c += 8)
        octet_store(y + ITEM * padded, c, padded - c < 8 ? padded - c : 8,
                    numbers_of(pixel, table, c, channels));
#else
    real *to = y + ITEM / plane * plane * channels + ITEM % plane;
    for (int c = 0; c < channels; c++)
        to[c * plane] = float_to_real(table[c * 256 + pixel[c]]);
#endif
}
