/* multiply.cu: products with a tensor of which an element may count for a plane, and their
 * gradient. Uses plane_sum.cu. */

/* Each thread multiplies a vector. vectors: of a; c: vectors of channels; plane: how many vectors
 * of a one of b counts for. */
KERNEL multiply(const real *a, const real *b, real *y, int vectors, int c, int plane)
{
    if (ITEM >= vectors)
        return;
    const uint item = (uint)ITEM;
#if NHWC
    const int64 from = (int64)(item / c / plane) * c + item % c;
#else
    const int64 from = item / plane;
#endif
    octet o = octet_load(a, ITEM * VEC, VEC), by = octet_load(b, from * VEC, VEC);
#pragma unroll
    for (int i = 0; i < VEC; i++)
        o.v[i] *= by.v[i];
    octet_store(y, ITEM * VEC, VEC, o);
}

/* vectors: of db. */
KERNEL multiply_sum(const real *dy, const real *a, real *db, int vectors, int c, int plane)
{
    __shared__ float sums[VEC][GROUP];
    int64 at;
    octet sum;
    if (plane_sum(dy, a, vectors, c, plane, sums, &at, &sum))
        octet_store(db, at * VEC, VEC, sum);
}
