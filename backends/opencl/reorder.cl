/* reorder.cl: images in another layout, or in half precision. Each item moves one element.
 *
 * Options: X_NHWC, Y_NHWC if that tensor has its channels last; X_HALF, Y_HALF. */
#ifdef X_HALF
#define GET(i) vload_half(i, AT(half, x))
#else
#define GET(i) (FLOATS(x)[i])
#endif
#ifdef Y_HALF
#define PUT(i, value) vstore_half_rte(value, i, AT(half, y))
#else
#define PUT(i, value) (FLOATS(y)[i] = (value))
#endif

/* n: elements; plane: elements per plane. */
ITEMS_KERNEL reorder(OPERAND(x), OPERAND(y), const int n, const int channels, const int plane)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    int from = i, to = i;
#if defined X_NHWC || defined Y_NHWC
    int row = i / plane;
    int last = (row / channels * plane + i % plane) * channels + row % channels;
#ifdef X_NHWC
    from = last;
#endif
#ifdef Y_NHWC
    to = last;
#endif
#endif
    PUT(to, GET(from));
}
