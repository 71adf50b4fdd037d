/* prelude.cu: the beginning of every program.
 *
 * Options that the host always sets: GROUP, the threads of a block; one of REAL_FLOAT, REAL_HALF
 * and REAL_BF16; NHWC, 1 or 0. No headers are included, so that NVRTC works without an installed
 * toolkit. */

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef long long int64;

/* Threads that compute an ITEM are independent of each other, and the host rounds their number up
 * to whole blocks. In other kernels the threads of a block cooperate, and the grid is exact. */
#define KERNEL extern "C" __global__ void __launch_bounds__(GROUP)
#define ITEM ((int64)blockIdx.x * GROUP + threadIdx.x)
#define DEVICE static __device__ __forceinline__

/* ---- Halves ---- */

#ifndef CUDASIM /* the tests' stand-in defines its own */
DEVICE float half_to_float(ushort h)
{
    float f;
    asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(h));
    return f;
}

DEVICE ushort float_to_half(float f)
{
    ushort h;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(f));
    return h;
}
#endif

DEVICE float bf16_to_float(ushort h)
{
    return __uint_as_float((uint)h << 16);
}

/* Rounds to nearest, ties to even; keeps NaN. */
DEVICE ushort float_to_bf16(float f)
{
    uint bits = __float_as_uint(f);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (ushort)(bits >> 16 | 0x40u);
    return (ushort)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

/* ---- Images are stored as real and computed with as float ---- */

#if defined REAL_FLOAT
typedef float real;
DEVICE float real_to_float(real r) { return r; }
DEVICE real float_to_real(float f) { return f; }
#elif defined REAL_HALF
typedef ushort real;
DEVICE float real_to_float(real r) { return half_to_float(r); }
DEVICE real float_to_real(float f) { return float_to_half(f); }
#else
typedef ushort real;
DEVICE float real_to_float(real r) { return bf16_to_float(r); }
DEVICE real float_to_real(float f) { return float_to_bf16(f); }
#endif

/* Keeps NaN. */
#define RELU(x) ((x) <= 0.0f ? 0.0f : (x))

/* Eight adjacent elements, or fewer at the end of a tensor. In a bit mask they share one byte, the
 * first the lowest bit; masks follow the order in memory. */
typedef struct octet {
    float v[8];
} octet;

/* The `count` elements from `first`, a multiple of 8, on, then 0 up to eight. */
DEVICE octet octet_load(const real *p, int64 first, int count)
{
    octet o;
    if (count < 8) {
#pragma unroll
        for (int i = 0; i < 8; i++)
            o.v[i] = i < count ? real_to_float(p[first + i]) : 0.0f;
        return o;
    }
#ifdef REAL_FLOAT
    float4 low = *(const float4 *)(p + first), high = *(const float4 *)(p + first + 4);
    o.v[0] = low.x, o.v[1] = low.y, o.v[2] = low.z, o.v[3] = low.w;
    o.v[4] = high.x, o.v[5] = high.y, o.v[6] = high.z, o.v[7] = high.w;
#else
    uint4 words = *(const uint4 *)(p + first);
    const uint word[4] = { words.x, words.y, words.z, words.w };
#pragma unroll
    for (int i = 0; i < 4; i++) {
        o.v[2 * i] = real_to_float((ushort)(word[i] & 0xffffu));
        o.v[2 * i + 1] = real_to_float((ushort)(word[i] >> 16));
    }
#endif
    return o;
}

DEVICE void octet_store(real *p, int64 first, int count, octet o)
{
    if (count < 8) {
#pragma unroll
        for (int i = 0; i < 8; i++)
            if (i < count)
                p[first + i] = float_to_real(o.v[i]);
        return;
    }
#ifdef REAL_FLOAT
    *(float4 *)(p + first) = make_float4(o.v[0], o.v[1], o.v[2], o.v[3]);
    *(float4 *)(p + first + 4) = make_float4(o.v[4], o.v[5], o.v[6], o.v[7]);
#else
    uint word[4];
#pragma unroll
    for (int i = 0; i < 4; i++)
        word[i] = (uint)float_to_real(o.v[2 * i]) | (uint)float_to_real(o.v[2 * i + 1]) << 16;
    *(uint4 *)(p + first) = make_uint4(word[0], word[1], word[2], word[3]);
#endif
}

/* Masks: MASK_BITS or MASK_BYTES is defined if there is one. `first` is a multiple of 8. */
#if defined MASK_BITS
DEVICE void mask_put(uchar *mask, int64 first, int count, uint bits)
{
    mask[first / 8] = (uchar)(bits & ((1u << count) - 1u));
}

DEVICE uint mask_get(const uchar *mask, int64 first, int count)
{
    return mask[first / 8];
}
#elif defined MASK_BYTES
DEVICE void mask_put(uchar *mask, int64 first, int count, uint bits)
{
    for (int i = 0; i < count; i++)
        mask[first + i] = (uchar)(bits >> i & 1u);
}

DEVICE uint mask_get(const uchar *mask, int64 first, int count)
{
    uint bits = 0;
    for (int i = 0; i < count; i++)
        bits |= (mask[first + i] ? 1u : 0u) << i;
    return bits;
}
#else
DEVICE void mask_put(uchar *mask, int64 first, int count, uint bits)
{
}

DEVICE uint mask_get(const uchar *mask, int64 first, int count)
{
    return 255u;
}
#endif
