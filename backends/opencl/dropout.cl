/* dropout.cl: an item takes the elements of one byte of the mask, or of eight bytes of it. */

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

/* n, plane, bytes: as in relu.cl. A number of 24 random bits below `threshold` drops; what is kept
 * is multiplied by `scale`. */
ITEMS_KERNEL dropout(OPERAND(x), OPERAND(random), OPERAND(y), OPERAND(mask), const int n,
                     const int plane, const int bytes, const int stream, const int threshold,
                     const float scale)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    int begin = item % bytes * 8, count = min(8, plane - begin);
    int first = item / bytes * plane + begin;
    __global const uint *seed_and_step = AT(uint, random);
    uint numbers[4];
    uint bits = 0;
    for (int i = 0; i < count; i++) {
        uint at = first + i;
        if (i == 0 || at % 4 == 0)
            vstore4(philox((uint2)(seed_and_step[0], stream),
                           (uint4)(at / 4, 0, seed_and_step[1], 0)), 0, numbers);
        bool keep = (int)(numbers[at % 4] >> 8) >= threshold;
        bits |= (keep ? 1u : 0u) << i;
        STORE(REALS(y), at, keep ? LOAD(REALS(x), at) * scale : 0.0f);
    }
    MASK_PUT(mask, item, first, count, bits);
}

ITEMS_KERNEL dropout_grad(OPERAND(dy), OPERAND(mask), OPERAND(dx), const int n, const int plane,
                          const int bytes, const float scale)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    int begin = item % bytes * 8, count = min(8, plane - begin);
    int first = item / bytes * plane + begin;
    uint bits = MASK_GET(mask, item, first, count);
    for (int i = 0; i < count; i++)
        STORE(REALS(dx), first + i,
              bits >> i & 1 ? LOAD(REALS(dy), first + i) * scale : 0.0f);
}
