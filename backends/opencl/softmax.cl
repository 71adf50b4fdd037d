/* softmax.cl: rows of probabilities; one group per row. Uses reduce.cl. */

/* The maximum and the sum that turn a score into a probability: exp(x - maximum) / sum. */
typedef struct softmax_row {
    float maximum, sum;
} softmax_row;

#define SOFTMAX_ROW(x, classes) softmax_row_of(x, classes, reduce_values)

/* Every item of the group must call it. A NaN among the scores makes the sum NaN. */
softmax_row softmax_row_of(__global const float *x, int classes, __local float *reduce_values)
{
    softmax_row row = { -INFINITY, 0.0f };
    for (int k = get_local_id(0); k < classes; k += GROUP)
        row.maximum = fmax(row.maximum, x[k]);
    row.maximum = REDUCE_MAX(row.maximum);
    for (int k = get_local_id(0); k < classes; k += GROUP)
        row.sum += exp(x[k] - row.maximum);
    row.sum = REDUCE_SUM(row.sum);
    return row;
}

GROUPS_KERNEL softmax(OPERAND(x), OPERAND(y), const int classes)
{
    REDUCE_LOCAL;
    __global const float *from = FLOATS(x) + get_group_id(0) * classes;
    __global float *to = FLOATS(y) + get_group_id(0) * classes;
    softmax_row row = SOFTMAX_ROW(from, classes);
    for (int k = get_local_id(0); k < classes; k += GROUP)
        to[k] = exp(from[k] - row.maximum) / row.sum;
}
