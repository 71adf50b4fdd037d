/* classes.cl: the pixels of dx with the same remainder modulo the stride form a class. Each tap of
 * the kernel contributes to one class. Within a class the gradient of data is a convolution of dy
 * with stride 1 and the taps of that class. */

/* Taps of a class along an axis: `first`, then every `step`-th, `count` of them. */
typedef struct axis {
    int first, step, count;
} axis;

int divisor_of(int a, int b)
{
    while (b) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Tap r contributes to pixels h where (h + padding - r * dilation) is a multiple of the stride. */
axis axis_of(int remainder, int kernel_size, int stride, int padding, int dilation)
{
    axis a = { 0, stride / divisor_of(stride, dilation), 0 };
    while (a.first < a.step && (remainder + padding - a.first * dilation) % stride != 0)
        a.first++;
    if (a.first < a.step && a.first < kernel_size)
        a.count = (kernel_size - a.first + a.step - 1) / a.step;
    return a;
}

/* Taps of the preceding classes. */
int taps_before(int remainder, int kernel_size, int stride, int padding, int dilation)
{
    int taps = 0;
    for (int i = 0; i < remainder; i++)
        taps += axis_of(i, kernel_size, stride, padding, dilation).count;
    return taps;
}

/* Rows of zero padding before dy in the class's convolution; may be negative. */
int axis_padding(axis a, int remainder, int stride, int padding, int dilation)
{
    int offset = (remainder + padding - a.first * dilation) / stride;
    return dilation * a.step / stride * (a.count - 1) - offset;
}
