/* linear.cl: the gradient of the bias, a sum over the batch. */
ITEMS_KERNEL linear_grad_bias(OPERAND(dy), OPERAND(dbias), const int n, const int k)
{
    int i = get_global_id(0);
    if (i >= k)
        return;
    float sum = 0.0f;
    for (int batch = 0; batch < n; batch++)
        sum += FLOATS(dy)[(ulong)batch * k + i];
    FLOATS(dbias)[i] = sum;
}
