/* add.cu: each thread adds one octet. */

KERNEL add(const real *a, const real *b, real *y, int64 n)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    octet o = octet_load(a, first, count), other = octet_load(b, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        o.v[i] += other.v[i];
    octet_store(y, first, count, o);
}
