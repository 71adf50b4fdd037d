/* prelude.cl: the beginning of every program.
 *
 * Options that the host always sets: GROUP, the items of a one-dimensional group; HALF if images
 * are stored in half precision. */

/* An operand is two arguments: its buffer, and its offset there in units of 64 bytes. Inside the
 * kernel AT(type, name) is the pointer. Operands precede other arguments. */
#define OPERAND(name) __global uchar *name, const uint name##_at
#define AT(type, name) ((__global type *)(name + (ulong)name##_at * 64))

/* Items are independent of each other; the host rounds their number up to whole groups:
 * `int i = get_global_id(0); if (i >= n) return;` */
#define ITEMS_KERNEL __attribute__((reqd_work_group_size(GROUP, 1, 1))) __kernel void
/* Items of a group cooperate; the grid is exact. */
#define GROUPS_KERNEL ITEMS_KERNEL

/* Images are stored as real and computed with as float. LOAD and STORE take a pointer to real and
 * an index in elements; LOAD8 and STORE8 handle eight elements from there on. */
#ifdef HALF
typedef half real;
#define LOAD(p, i) vload_half(i, p)
#define STORE(p, i, value) vstore_half(value, i, p)
#define LOAD4(p, i) vload_half4(0, (p) + (i))
#define LOAD8(p, i) vload_half8(0, (p) + (i))
#define LOAD16(p, i) vload_half16(0, (p) + (i))
#define STORE4(p, i, value) vstore_half4(value, 0, (p) + (i))
#define STORE8(p, i, value) vstore_half8(value, 0, (p) + (i))
#define STORE16(p, i, value) vstore_half16(value, 0, (p) + (i))
#else
typedef float real;
#define LOAD(p, i) ((p)[i])
#define STORE(p, i, value) ((p)[i] = (value))
#define LOAD4(p, i) vload4(0, (p) + (i))
#define LOAD8(p, i) vload8(0, (p) + (i))
#define LOAD16(p, i) vload16(0, (p) + (i))
#define STORE4(p, i, value) vstore4(value, 0, (p) + (i))
#define STORE8(p, i, value) vstore8(value, 0, (p) + (i))
#define STORE16(p, i, value) vstore16(value, 0, (p) + (i))
#endif
#define REALS(name) AT(real, name)
#define FLOATS(name) AT(float, name)

/* a * b + c with one rounding if the device has a fast fma, otherwise whatever is fast. */
#ifdef FP_FAST_FMAF
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) mad(a, b, c)
#endif

/* Keeps NaN. */
#define RELU(x) ((x) <= 0.0f ? 0.0f : (x))

/* Masks: MASK_BITS or MASK_BYTES is defined if there is one. In a bit mask, byte `item` holds the
 * `count` elements from `first` on, the first in the lowest bit, and each plane begins with a new
 * byte. In a byte mask, element i is byte i. */
#if defined MASK_BITS
#define MASK_PUT(mask, item, first, count, bits) (AT(uchar, mask)[item] = (uchar)(bits))
#define MASK_GET(mask, item, first, count) ((uint)AT(uchar, mask)[item])
#elif defined MASK_BYTES
#define MASK_PUT(mask, item, first, count, bits) mask_put(AT(uchar, mask) + (first), count, bits)
#define MASK_GET(mask, item, first, count) mask_get(AT(uchar, mask) + (first), count)
void mask_put(__global uchar *mask, int count, uint bits)
{
    for (int i = 0; i < count; i++)
        mask[i] = (uchar)(bits >> i & 1);
}
uint mask_get(__global const uchar *mask, int count)
{
    uint bits = 0;
    for (int i = 0; i < count; i++)
        bits |= (mask[i] ? 1u : 0u) << i;
    return bits;
}
#else
#define MASK_PUT(mask, item, first, count, bits)
#define MASK_GET(mask, item, first, count) 255u
#endif
