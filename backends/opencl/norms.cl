/* norms.cl: the norms of two series of numbers. Uses reduce.cl. */

/* Keeps a group's sums of squares. */
void norms_keep(float8 first, float8 second, __global float *sums, __local float *reduce_values)
{
    float a = REDUCE_SUM(octet_sum(first)), b = REDUCE_SUM(octet_sum(second));
    if (get_local_id(0) == 0)
        vstore2((float2)(a, b), get_group_id(0), sums);
}

/* The norms, from the sums of `parts` groups. */
float2 norms_of(__global const float *sums, int parts, __local float *reduce_values)
{
    float2 sum = (float2)(0.0f);
    for (int i = get_local_id(0); i < parts; i += GROUP)
        sum += vload2(i, sums);
    float a = REDUCE_SUM(sum.x), b = REDUCE_SUM(sum.y);
    return sqrt((float2)(a, b));
}
