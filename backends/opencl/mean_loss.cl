/* mean_loss.cl: the mean of the rows' losses. Uses reduce.cl. */

/* Runs as a single group. */
GROUPS_KERNEL mean_loss(OPERAND(losses), OPERAND(loss), const int n)
{
    REDUCE_LOCAL;
    float sum = 0.0f;
    for (int i = get_local_id(0); i < n; i += GROUP)
        sum += FLOATS(losses)[i];
    sum = REDUCE_SUM(sum);
    if (get_local_id(0) == 0)
        FLOATS(loss)[0] = sum / n;
}
