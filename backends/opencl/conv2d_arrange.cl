/* conv2d_arrange.cl: weights as the gradient of data needs them: class after class, of each a row
 * for every channel of x, with its taps in the opposite order. */

/* Neighbouring items take blocks of BLOCK channels of x and of y, so that both what they read and
 * what they write lies together. */
#define BLOCK 8

/* rows, in_rows: channels of x and of y in a group. */
ITEMS_KERNEL conv2d_arrange(OPERAND(weight), OPERAND(arranged), const int groups, const int rows,
                            const int in_rows, const int taps_h, const int taps_w,
                            const int stride_h, const int stride_w, const int padding_h,
                            const int padding_w, const int dilation_h, const int dilation_w)
{
    int i = get_global_id(0), blocks = (in_rows + BLOCK - 1) / BLOCK;
    int block = i / (BLOCK * BLOCK), block_row = block / blocks;
    int k = (block - block_row * blocks) * BLOCK + i % BLOCK;
    int row = block_row * BLOCK + i / BLOCK % BLOCK, g = row / rows; /* of all groups' */
    if (k >= in_rows || row >= groups * rows)
        return;
    __global const float *from =
        FLOATS(weight) + ((g * in_rows + k) * rows + row - g * rows) * taps_h * taps_w;
    __global float *to = FLOATS(arranged);
    for (int h = 0; h < stride_h; h++) {
        axis a = axis_of(h, taps_h, stride_h, padding_h, dilation_h);
        for (int w = 0; w < stride_w; w++) {
            axis b = axis_of(w, taps_w, stride_w, padding_w, dilation_w);
            int taps = a.count * b.count, at = (row * in_rows + k) * taps;
            for (int t = taps - 1; t >= 0; t--, at++)
                to[at] = from[(a.first + t / b.count * a.step) * taps_w +
                              b.first + t % b.count * b.step];
            to += groups * rows * in_rows * taps;
        }
    }
}
