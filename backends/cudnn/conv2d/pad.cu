/* pad.cu: copies planes into larger or smaller ones, with zeros around x. Each block writes one row
 * of y. Row i of x becomes row i + top of y, its element j becomes j + left. */

KERNEL pad(const real *x, real *y, int x_rows, int y_rows, int x_length, int y_length, int top,
           int left)
{
    const int64 plane = blockIdx.x / y_rows;
    const int row = (int)(blockIdx.x % y_rows) - top;
    const bool is_there = row >= 0 && row < x_rows;
    const real *from = x + (plane * x_rows + row) * x_length - left;
    real *to = y + (int64)blockIdx.x * y_length;
    for (int j = threadIdx.x; j < y_length; j += GROUP)
        to[j] = is_there && j >= left && j - left < x_length ? from[j] : (real)0;
}
