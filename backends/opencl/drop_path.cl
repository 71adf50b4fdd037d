/* drop_path.cl: each item handles eight neighbouring elements of a sample. Uses octet.cl and
 * random.cl. */

/* n: items; sample: elements of one, for each of which there are `octets` items. A sample is
 * dropped if its 24 random bits are below `threshold`; the others are multiplied by `scale`. The
 * first sample has number `begin`. */
ITEMS_KERNEL drop_path(OPERAND(x), OPERAND(random), OPERAND(y), const int n, const int sample,
                       const int octets, const long begin, const int stream, const int threshold,
                       const float scale)
{
    int item = get_global_id(0);
    if (item >= n)
        return;
    octet o = octet_of(item, sample, octets);
    ulong at = (ulong)begin + item / octets;
    uint numbers[4];
    __global const uint *seed_and_step = AT(uint, random);
    vstore4(philox((uint2)(seed_and_step[0], stream),
                   (uint4)((uint)(at / 4), (uint)(at >> 34), seed_and_step[1], 0)), 0, numbers);
    bool keep = (int)(numbers[at % 4] >> 8) >= threshold;
    float8 value = keep ? octet_load(REALS(x), o.first, o.count) * scale : (float8)(0.0f);
    octet_store(value, REALS(y), o.first, o.count);
}
