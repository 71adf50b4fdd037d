/* octet.cl: eight neighbouring elements of a tensor, or fewer at its end, in one vector. In an
 * image they share one byte of the bit mask. */

/* The part of an item in planes of `plane` elements, each handled by `octets` items. */
typedef struct octet {
    int first, count;
} octet;

octet octet_of(int item, int plane, int octets)
{
    int begin = item % octets * 8;
    return (octet){ item / octets * plane + begin, min(8, plane - begin) };
}

/* The `count` elements from `first` on, then 0 up to eight. */
float8 octet_load(__global const real *p, int first, int count)
{
    float v[8];
    if (count >= 8)
        return LOAD8(p, first);
#pragma unroll
    for (int i = 0; i < 8; i++)
        v[i] = i < count ? LOAD(p, first + i) : 0.0f;
    return vload8(0, v);
}

void octet_store(float8 value, __global real *p, int first, int count)
{
    float v[8];
    if (count >= 8) {
        STORE8(p, first, value);
        return;
    }
    vstore8(value, 0, v);
#pragma unroll
    for (int i = 0; i < 8; i++)
        if (i < count)
            STORE(p, first + i, v[i]);
}

#define OCTET_BITS ((int8)(1, 2, 4, 8, 16, 32, 64, 128))

/* -1 where the bit is set, otherwise 0. */
int8 octet_keep(uint bits)
{
    return ((int8)((int)bits) & OCTET_BITS) != 0;
}

/* The bits of the first `count` elements of `keep`, whose elements are -1 (set) or 0. */
uint octet_bits(int8 keep, int count)
{
    int8 eight = keep & OCTET_BITS;
    int4 four = eight.lo | eight.hi;
    int2 two = four.lo | four.hi;
    return (uint)(two.x | two.y) & ((1u << count) - 1);
}

/* -1 in the first `count` elements, otherwise 0. */
#define OCTET_FIRST(count) ((int8)(0, 1, 2, 3, 4, 5, 6, 7) < (count))

/* -1 where RELU keeps the value. */
#define OCTET_POSITIVE(value) (~((value) <= 0.0f))
#define OCTET_WHERE(keep, value) select((float8)(0.0f), value, keep)

float octet_sum(float8 value)
{
    float4 four = value.lo + value.hi;
    float2 two = four.lo + four.hi;
    return two.x + two.y;
}
