/* activation.cu: each thread handles one octet. Uses activation_kinds.txt.
 *
 * Options: VALUE and SLOPE, functions of that file. */

KERNEL activation(const real *x, real *y, int64 n, float alpha, float beta)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    octet o = octet_load(x, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        o.v[i] = VALUE(o.v[i], alpha, beta);
    octet_store(y, first, count, o);
}

/* Where the function is constant, dx is 0 even if dy is infinite. */
KERNEL activation_grad(const real *dy, const real *x, real *dx, int64 n, float alpha, float beta)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    octet o = octet_load(dy, first, count), at = octet_load(x, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        float slope = SLOPE(at.v[i], alpha, beta);
        o.v[i] = slope == 0.0f ? 0.0f : o.v[i] * slope;
    }
    octet_store(dx, first, count, o);
}
