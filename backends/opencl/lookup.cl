/* lookup.cl: each item makes a pixel of y, of all channels. */

/* pixels: of all images; plane: of one. */
ITEMS_KERNEL lookup(OPERAND(x), OPERAND(table), OPERAND(y), const int pixels, const int plane,
                    const int channels)
{
    int i = get_global_id(0);
    if (i >= pixels)
        return;
    __global const uchar *pixel = AT(uchar, x) + i * channels;
    int first = i / plane * plane * channels + i % plane;
    for (int c = 0; c < channels; c++)
        STORE(REALS(y), first + c * plane, FLOATS(table)[c * 256 + pixel[c]]);
}
