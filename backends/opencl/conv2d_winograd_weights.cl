/* conv2d_winograd_weights.cl: Winograd's transforms of weights, and back of their gradient. */

/* u[point][row][depth], `plane` floats a point, of weights (rows,depth,3,3), or where `turned` of
 * weights (depth,rows,3,3), each kernel turned round. */
ITEMS_KERNEL winograd_weight(OPERAND(weight), OPERAND(u), const int rows, const int depth,
                             const int plane, const int turned)
{
    int i = (int)get_global_id(0) * LANES;
    if (i >= plane)
        return;
    lanes from[9], points[POINTS];
    for (int lane = 0; lane < LANES; lane++) {
        int at = min(i + lane, rows * depth - 1);
        if (turned)
            at = at % depth * rows + at / depth;
#pragma unroll
        for (int j = 0; j < 9; j++)
            ((float *)from)[j * LANES + lane] = FLOATS(weight)[at * 9 + (turned ? 8 - j : j)];
    }
    square_weight(from, points);
#pragma unroll
    for (int j = 0; j < POINTS; j++)
        AT(lanes, u)[((ulong)j * plane + i) / LANES] = points[j];
}

/* dweight (k,c,3,3) of u[part][point][k][width], whose parts are added. */
ITEMS_KERNEL winograd_weight_gradient(OPERAND(u), OPERAND(dweight), const int k, const int c,
                                      const int width, const int parts)
{
    int item = get_global_id(0), vectors = width / LANES;
    if (item >= k * vectors)
        return;
    int row = item / vectors, column = item % vectors * LANES;
    ulong plane = (ulong)k * width;
    lanes sums[POINTS], to[9];
#pragma unroll
    for (int i = 0; i < POINTS; i++) {
        __global const lanes *from =
            AT(lanes, u) + (i * plane + (ulong)row * width + column) / LANES;
        sums[i] = from[0];
        for (int part = 1; part < parts; part++)
            sums[i] += from[part * POINTS * plane / LANES];
    }
    square_weight_gradient(sums, to);
    for (int lane = 0; lane < LANES && column + lane < c; lane++)
#pragma unroll
        for (int i = 0; i < 9; i++)
            FLOATS(dweight)[(row * c + column + lane) * 9 + i] =
                ((const float *)to)[i * LANES + lane];
}
