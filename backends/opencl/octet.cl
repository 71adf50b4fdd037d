/* octet.cl: eight neighbouring elements of a tensor, or the fewer at its end, in one vector; of an
 * image they have a byte of its mask of bits. */

/* What an item has of planes of `plane` elements, of which `octets` items take one. */
typedef struct octet {
    int first, count;
} octet;

octet octet_of(int item, int plane, int octets)
{
    int begin = item % octets * 8;
    return (octet){ item / octets * plane + begin, min(8, plane - begin) };
}

/* The elements from `first` on, `count` of them; 0 where there are less than eight. */
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

/* -1 where the bit is set, else 0. */
int8 octet_keep(uint bits)
{
    return ((int8)((int)bits) & OCTET_BITS) != 0;
}

/* The bits of the first `count` elements that are not 0 in `keep`, which has -1 and 0. */
uint octet_bits(int8 keep, int count)
{
    int8 eight = keep & OCTET_BITS;
    int4 four = eight.lo | eight.hi;
    int2 two = four.lo | four.hi;
    return (uint)(two.x | two.y) & ((1u << count) - 1);
}

/* -1 of the first `count` elements. */
#define OCTET_FIRST(count) ((int8)(0, 1, 2, 3, 4, 5, 6, 7) < (count))

/* As RELU: -1 where the value stays. */
#define OCTET_POSITIVE(value) (~((value) <= 0.0f))
#define OCTET_WHERE(keep, value) select((float8)(0.0f), value, keep)

float octet_sum(float8 value)
{
    float4 four = value.lo + value.hi;
    float2 two = four.lo + four.hi;
    return two.x + two.y;
}
