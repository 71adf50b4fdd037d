/* square_sum.cl: the sum of the squares of several tensors. Uses octet.cl, joint.cl and
 * reduce.cl. */

/* A tensor's groups together go through it; each keeps its sum. */
GROUPS_KERNEL square_sum_parts(OPERAND(x), OPERAND(sums), const joint_table joint)
{
    REDUCE_LOCAL;
    int i = joint_tensor(&joint), begin = joint.begin[i], n = joint.count[i];
    int end = i + 1 < joint.n ? joint.begin[i + 1] : (int)get_num_groups(0);
    __global const float *values = JOINT_FLOATS(x, 0, i);
    float8 squares = (float8)(0.0f);
    for (int first = ((int)get_group_id(0) - begin) * GROUP * 8 + (int)get_local_id(0) * 8;
         first < n; first += (end - begin) * GROUP * 8) {
        float8 v = octet_load(values, first, n - first);
        squares += v * v;
    }
    float sum = REDUCE_SUM(octet_sum(squares));
    if (get_local_id(0) == 0)
        FLOATS(sums)[get_group_id(0)] = sum;
}

/* Runs as a single group: adds n sums to the total. */
GROUPS_KERNEL square_sum(OPERAND(total), OPERAND(sums), const int n)
{
    REDUCE_LOCAL;
    float sum = 0.0f;
    for (int i = get_local_id(0); i < n; i += GROUP)
        sum += FLOATS(sums)[i];
    sum = REDUCE_SUM(sum);
    if (get_local_id(0) == 0)
        FLOATS(total)[0] += sum;
}
