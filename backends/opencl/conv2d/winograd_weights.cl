/* winograd_weights.cl: Winograd's transforms of weights, and the inverse for their gradient. */

/* Reads the weights of LANES inputs from `first` on, `step` floats apart; the last for those past
 * the end. */
static void read_weights(__global const float *weight, int step, int first, int depth, lanes *to)
{
#if LANES == 1
#pragma unroll
    for (int j = 0; j < 9; j++)
        to[j] = weight[first * step + j];
#else
    float *pixels = (float *)to;
    for (int l = 0; l < LANES; l += 4) {
        __global const float *from[4];
#pragma unroll
        for (int i = 0; i < 4; i++)
            from[i] = weight + min(first + l + i, depth - 1) * step;
        turn(vload4(0, from[0]), vload4(0, from[1]), vload4(0, from[2]), vload4(0, from[3]), 4,
             pixels + l);
        turn(vload4(1, from[0]), vload4(1, from[1]), vload4(1, from[2]), vload4(1, from[3]), 4,
             pixels + 4 * LANES + l);
#pragma unroll
        for (int i = 0; i < 4; i++)
            pixels[8 * LANES + l + i] = from[i][8];
    }
#endif
}

/* Rotates a kernel by 180 degrees. */
static void weights_turn(lanes *weights)
{
#pragma unroll
    for (int j = 0; j < 4; j++) {
        lanes first = weights[j];
        weights[j] = weights[8 - j];
        weights[8 - j] = first;
    }
}

/* u[point][row][width], the first `depth` of which are used, from weights (rows,depth,3,3); if
 * `turned`, from weights (depth,rows,3,3), each rotated. */
ITEMS_KERNEL winograd_weight(OPERAND(weight), OPERAND(u), const int rows, const int depth,
                             const int width, const int turned)
{
    int item = get_global_id(0), vectors = width / LANES;
    if (item >= rows * vectors)
        return;
    int row = item / vectors, at = item % vectors * LANES;
    lanes weights[9], points[POINTS];
    if (turned) {
        read_weights(FLOATS(weight) + row * 9, rows * 9, at, depth, weights);
        weights_turn(weights);
    } else {
        read_weights(FLOATS(weight) + row * depth * 9, 9, at, depth, weights);
    }
    square_weight(weights, points);
    points_write(points, AT(lanes, u), (ulong)rows * width, (ulong)row * width + at);
}

/* dweight (k,c,3,3) from u[part][point][k][width]; the parts are added. */
ITEMS_KERNEL winograd_weight_gradient(OPERAND(u), OPERAND(dweight), const int k, const int c,
                                      const int width, const int parts)
{
    int item = get_global_id(0), vectors = width / LANES;
    if (item >= k * vectors)
        return;
    int row = item / vectors, column = item % vectors * LANES;
    ulong plane = (ulong)k * width, first = (ulong)row * width + column;
    lanes sums[POINTS], to[9];
#pragma unroll
    for (int i = 0; i < POINTS; i++) {
        sums[i] = AT(lanes, u)[(i * plane + first) / LANES];
        for (int part = 1; part < parts; part++)
            sums[i] += AT(lanes, u)[((part * POINTS + i) * plane + first) / LANES];
    }
    square_weight_gradient(sums, to);
    __global float *weight = FLOATS(dweight) + (row * c + column) * 9;
    for (int lane = 0; lane < LANES && column + lane < c; lane++)
#pragma unroll
        for (int i = 0; i < 9; i++)
            weight[lane * 9 + i] = ((const float *)to)[i * LANES + lane];
}
