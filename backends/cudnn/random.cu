/* random.cu: numbers that depend on seed, step, stream and position alone. */

/* Philox4x32-10 of include/resnet/random.h: the four numbers of elements 4 * at and on. */
DEVICE uint4 philox(uint seed, uint stream, uint step, unsigned long long at)
{
    uint4 c = make_uint4((uint)at, (uint)(at >> 32), step, 0u);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        uint high_x = __umulhi(0xD2511F53u, c.x), high_z = __umulhi(0xCD9E8D57u, c.z);
        c = make_uint4(high_z ^ c.y ^ seed, 0xCD9E8D57u * c.z, high_x ^ c.w ^ stream,
                       0xD2511F53u * c.x);
        seed += 0x9E3779B9u, stream += 0xBB67AE85u;
    }
    return c;
}

DEVICE uint number_of(uint4 four, uint which)
{
    return which < 2 ? (which ? four.y : four.x) : (which & 1u ? four.w : four.z);
}
