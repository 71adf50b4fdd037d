/* relu.cu: each thread handles one octet. */

KERNEL relu(const real *x, real *y, uchar *mask, int64 n)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    octet o = octet_load(x, first, count);
    uint keep = 0;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        keep |= (o.v[i] <= 0.0f ? 0u : 1u) << i;
        o.v[i] = RELU(o.v[i]);
    }
    octet_store(y, first, count, o);
    mask_put(mask, first, count, keep);
}

KERNEL relu_grad(const real *dy, const uchar *mask, real *dx, int64 n)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    octet o = octet_load(dy, first, count);
    uint keep = mask_get(mask, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        o.v[i] = keep >> i & 1u ? o.v[i] : 0.0f;
    octet_store(dx, first, count, o);
}
