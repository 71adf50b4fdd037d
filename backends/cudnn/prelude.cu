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

/* Rounding is to nearest, ties to even; every NaN becomes 0x7fff. bf16 is for GPUs of compute
 * capability 8.0 and later. */

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

DEVICE ushort float_to_bf16(float f)
{
    ushort h;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(h) : "f"(f));
    return h;
}
#endif

DEVICE float bf16_to_float(ushort h)
{
    return __uint_as_float((uint)h << 16);
}

/* ---- Images are stored as real and computed with as float ---- */

#if defined REAL_FLOAT
typedef float real;
DEVICE float real_to_float(real r) { return r; }
DEVICE real float_to_real(float f) { return f; }
#elif defined REAL_HALF
typedef ushort real;
#define PAIR "f16x2"
DEVICE float real_to_float(real r) { return half_to_float(r); }
DEVICE real float_to_real(float f) { return float_to_half(f); }
#else
typedef ushort real;
#define PAIR "bf16x2"
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

/* A whole octet as it is stored. Loads of several, before the first is unpacked, overlap. */
#ifdef REAL_FLOAT
typedef struct packed {
    float4 low, high;
} packed;

DEVICE packed packed_load(const real *p, int64 first)
{
    packed o = { *(const float4 *)(p + first), *(const float4 *)(p + first + 4) };
    return o;
}

DEVICE octet unpack(packed o)
{
    octet u = { { o.low.x, o.low.y, o.low.z, o.low.w, o.high.x, o.high.y, o.high.z, o.high.w } };
    return u;
}

DEVICE void packed_store(real *p, int64 first, octet o)
{
    *(float4 *)(p + first) = make_float4(o.v[0], o.v[1], o.v[2], o.v[3]);
    *(float4 *)(p + first + 4) = make_float4(o.v[4], o.v[5], o.v[6], o.v[7]);
}
#else
typedef uint4 packed;

DEVICE packed packed_load(const real *p, int64 first)
{
    return *(const uint4 *)(p + first);
}

DEVICE octet unpack(packed o)
{
    const uint word[4] = { o.x, o.y, o.z, o.w };
    octet u;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        u.v[2 * i] = real_to_float((ushort)(word[i] & 0xffffu));
        u.v[2 * i + 1] = real_to_float((ushort)(word[i] >> 16));
    }
    return u;
}

/* Two floats as reals, `low` in the lower half of the word. */
DEVICE uint pair_of(float low, float high)
{
#if defined CUDASIM || __CUDA_ARCH__ < 800
    return (uint)float_to_real(low) | (uint)float_to_real(high) << 16;
#else
    uint word;
    asm("cvt.rn." PAIR ".f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
#endif
}

DEVICE void packed_store(real *p, int64 first, octet o)
{
    *(uint4 *)(p + first) = make_uint4(pair_of(o.v[0], o.v[1]), pair_of(o.v[2], o.v[3]),
                                       pair_of(o.v[4], o.v[5]), pair_of(o.v[6], o.v[7]));
}
#endif

/* The `count` elements from `first`, a multiple of 8, on, then 0 up to eight. */
DEVICE octet octet_load(const real *p, int64 first, int count)
{
    octet o;
    if (count == 8)
        return unpack(packed_load(p, first));
#pragma unroll
    for (int i = 0; i < 8; i++)
        o.v[i] = i < count ? real_to_float(p[first + i]) : 0.0f;
    return o;
}

DEVICE void octet_store(real *p, int64 first, int count, octet o)
{
    if (count == 8) {
        packed_store(p, first, o);
        return;
    }
#pragma unroll
    for (int i = 0; i < 8; i++)
        if (i < count)
            p[first + i] = float_to_real(o.v[i]);
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
#elif defined MASK_BYTES /* each 0 or 1; a product gathers four of them, or spreads four bits */
DEVICE void mask_put(uchar *mask, int64 first, int count, uint bits)
{
    if (count == 8) {
        *(uint2 *)(mask + first) = make_uint2((bits & 15u) * 0x204081u & 0x01010101u,
                                              (bits >> 4 & 15u) * 0x204081u & 0x01010101u);
        return;
    }
    for (int i = 0; i < count; i++)
        mask[first + i] = (uchar)(bits >> i & 1u);
}

DEVICE uint mask_get(const uchar *mask, int64 first, int count)
{
    uint bits = 0;
    if (count == 8) {
        uint2 bytes = *(const uint2 *)(mask + first);
        return bytes.x * 0x1020408u >> 24 & 15u | (bytes.y * 0x1020408u >> 24 & 15u) << 4;
    }
    for (int i = 0; i < count; i++)
        bits |= (uint)mask[first + i] << i;
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
