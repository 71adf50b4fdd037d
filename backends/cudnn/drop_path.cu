/* drop_path.cu: each thread handles one octet, which may lie in several samples. Uses random.cu. */

DEVICE bool is_kept(const uint *random, int stream, int64 sample, int threshold)
{
    unsigned long long at = (unsigned long long)sample;
    uint4 four = philox(random[0], (uint)stream, random[1], at / 4);
    return (int)(number_of(four, (uint)(at % 4)) >> 8) >= threshold;
}

/* n, size: elements of all samples, and of one. A sample is dropped if its 24 random bits are below
 * `threshold`; the others are multiplied by `scale`. The tensor's first sample has number
 * `begin`. */
KERNEL drop_path(const real *x, const uint *random, real *y, int64 n, int64 size, int64 begin,
                 int stream, int threshold, float scale)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    int64 sample = first / size, left = size - first % size;
    bool keeps = is_kept(random, stream, begin + sample, threshold);
    octet o = octet_load(x, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        if (left-- == 0) {
            left = size - 1;
            keeps = is_kept(random, stream, begin + ++sample, threshold);
        }
        o.v[i] = keeps ? o.v[i] * scale : 0.0f;
    }
    octet_store(y, first, count, o);
}
