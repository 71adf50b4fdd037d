/* random.cl: numbers that depend on seed, step, stream and position alone. */

/* Philox4x32-10 of include/resnet/random.h. */
uint4 philox(uint2 key, uint4 counter)
{
    for (int round = 0; round < 10; round++) {
        uint high_x = mul_hi(0xD2511F53u, counter.x), high_z = mul_hi(0xCD9E8D57u, counter.z);
        counter = (uint4)(high_z ^ counter.y ^ key.x, 0xCD9E8D57u * counter.z,
                          high_x ^ counter.w ^ key.y, 0xD2511F53u * counter.x);
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return counter;
}
