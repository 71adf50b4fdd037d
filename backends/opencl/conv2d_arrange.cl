/* conv2d_arrange.cl: weights as the gradient of data needs them: class after class, of each a row
 * for every channel of x, with its taps in the opposite order. */

/* rows, in_rows: channels of x and of y in a group. */
ITEMS_KERNEL conv2d_arrange(OPERAND(weight), OPERAND(arranged), const int n, const int groups,
                            const int rows, const int in_rows, const int taps_h,
                            const int taps_w, const int stride_h, const int stride_w,
                            const int padding_h, const int padding_w, const int dilation_h,
                            const int dilation_w)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    int s = i % taps_w, r = i / taps_w % taps_h, rest = i / taps_w / taps_h;
    int row = rest % rows, k = rest / rows, g = k / in_rows;
    int first_h = remainder_of(r * dilation_h - padding_h, stride_h);
    int first_w = remainder_of(s * dilation_w - padding_w, stride_w);
    axis a = axis_of(first_h, taps_h, stride_h, padding_h, dilation_h);
    axis b = axis_of(first_w, taps_w, stride_w, padding_w, dilation_w);
    int before = taps_before(first_h, taps_h, stride_h, padding_h, dilation_h) * taps_w +
                 a.count * taps_before(first_w, taps_w, stride_w, padding_w, dilation_w);
    int tap = (a.count - 1 - (r - a.first) / a.step) * b.count + b.count - 1 -
              (s - b.first) / b.step;
    int to = before * groups * rows * in_rows +
             ((g * rows + row) * in_rows + k - g * in_rows) * a.count * b.count + tap;
    FLOATS(arranged)[to] = FLOATS(weight)[i];
}
