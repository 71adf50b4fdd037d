/* arrange.cl: reorders weights for the gradient of data: class by class, one row per channel of x,
 * with the taps reversed. */

/* Each item handles one channel of x and this many of y. */
#define BLOCK 8

/* The taps of one class for one pair of channels. */
void turn(axis a, axis b, int taps_w, __global const float *from, __global float *to)
{
    from += (a.first + (a.count - 1) * a.step) * taps_w + b.first + (b.count - 1) * b.step;
    for (int i = 0; i < a.count; i++)
        for (int j = 0; j < b.count; j++)
            to[i * b.count + j] = from[-i * a.step * taps_w - j * b.step];
}

/* rows, in_rows: channels of x and of y per group. */
ITEMS_KERNEL conv2d_arrange(OPERAND(weight), OPERAND(arranged), const int n, const int groups,
                            const int rows, const int in_rows, const int taps_h, const int taps_w,
                            const int stride_h, const int stride_w, const int padding_h,
                            const int padding_w, const int dilation_h, const int dilation_w)
{
    int item = get_global_id(0), all_rows = groups * rows;
    if (item >= n)
        return;
    int block = item / all_rows, row = item - block * all_rows, g = row / rows;
    int k = block * BLOCK, end = min(in_rows, k + BLOCK), whole = taps_h * taps_w;
    __global const float *from =
        FLOATS(weight) + (g * in_rows * rows + row - g * rows) * whole;
    __global float *to = FLOATS(arranged);
    for (int h = 0; h < stride_h; h++) {
        axis a = axis_of(h, taps_h, stride_h, padding_h, dilation_h);
        for (int w = 0; w < stride_w; w++) {
            axis b = axis_of(w, taps_w, stride_w, padding_w, dilation_w);
            int taps = a.count * b.count;
            for (int i = k; taps > 0 && i < end; i++)
                turn(a, b, taps_w, from + i * rows * whole, to + (row * in_rows + i) * taps);
            to += all_rows * in_rows * taps;
        }
    }
}
