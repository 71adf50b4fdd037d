/* dropout.cl: each item handles eight neighbouring elements of a plane, as in relu.cl. Uses
 * octet.cl and random.cl. */

/* n, plane, octets: as in relu.cl. An element is dropped if its 24 random bits are below
 * `threshold`; the others are multiplied by `scale`. The tensor's first element has index
 * `begin`. */
ITEMS_KERNEL dropout(OPERAND(x), OPERAND(random), OPERAND(y), OPERAND(mask), const int n,
                     const int plane, const int octets, const long begin, const int stream,
                     const int threshold, const float scale)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    octet o = octet_of(item, plane, octets);
    __global const uint *seed_and_step = AT(uint, random);
    uint numbers[4];
    uint bits = 0;
    for (int i = 0; i < o.count; i++) {
        ulong at = (ulong)begin + o.first + i;
        if (i == 0 || at % 4 == 0)
            vstore4(philox((uint2)(seed_and_step[0], stream),
                           (uint4)((uint)(at / 4), (uint)(at >> 34), seed_and_step[1], 0)), 0,
                    numbers);
        bool keep = (int)(numbers[at % 4] >> 8) >= threshold;
        bits |= (keep ? 1u : 0u) << i;
        STORE(REALS(y), o.first + i, keep ? LOAD(REALS(x), o.first + i) * scale : 0.0f);
    }
    MASK_PUT(mask, item, o.first, o.count, bits);
}

ITEMS_KERNEL dropout_grad(OPERAND(dy), OPERAND(mask), OPERAND(dx), const int n, const int plane,
                          const int octets, const float scale)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    octet o = octet_of(item, plane, octets);
    int8 keep = octet_keep(MASK_GET(mask, item, o.first, o.count));
    float8 value = octet_load(REALS(dy), o.first, o.count);
    octet_store(OCTET_WHERE(keep, value * scale), REALS(dx), o.first, o.count);
}
