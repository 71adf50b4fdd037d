/* reduce.cl: reductions over the items of a group, in a fixed order. */

/* Declares the local memory that a reduction needs. */
#define REDUCE_LOCAL __local float reduce_values[GROUP]

/* The sum, or the maximum, of the values of all items, returned to each. Every item of the group
 * must call it. A NaN makes the sum NaN; the maximum ignores it. */
#define REDUCE_SUM(value) reduce(value, reduce_values, false)
#define REDUCE_MAX(value) reduce(value, reduce_values, true)

float reduce(float value, __local float *values, bool is_max)
{
    int item = get_local_id(0);
    values[item] = value;
    for (int half_way = GROUP / 2; half_way > 0; half_way /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < half_way) {
            float a = values[item], b = values[item + half_way];
            values[item] = is_max ? fmax(a, b) : a + b;
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float whole = values[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return whole;
}
