/* shim_math.h: CUDA C++'s arithmetic functions; part of shim.h. */
#ifndef RN_TESTS_CUDASIM_SHIM_MATH_H
#define RN_TESTS_CUDASIM_SHIM_MATH_H

/* clang-format off: one function a line */

#define CUDASIM_LIBM_1(name)                                                                       \
    extern "C" float name##f(float) noexcept;                                                      \
    extern "C" double name(double) noexcept;                                                       \
    static inline float name(float x)                                                              \
    {                                                                                              \
        return name##f(x);                                                                         \
    }
#define CUDASIM_LIBM_2(name)                                                                       \
    extern "C" float name##f(float, float) noexcept;                                               \
    extern "C" double name(double, double) noexcept;                                               \
    static inline float name(float x, float y)                                                     \
    {                                                                                              \
        return name##f(x, y);                                                                      \
    }
CUDASIM_LIBM_1(sqrt)
CUDASIM_LIBM_1(cbrt)
CUDASIM_LIBM_1(exp)
CUDASIM_LIBM_1(exp2)
CUDASIM_LIBM_1(expm1)
CUDASIM_LIBM_1(log)
CUDASIM_LIBM_1(log2)
CUDASIM_LIBM_1(log10)
CUDASIM_LIBM_1(log1p)
CUDASIM_LIBM_1(sin)
CUDASIM_LIBM_1(cos)
CUDASIM_LIBM_1(tanh)
CUDASIM_LIBM_1(erf)
CUDASIM_LIBM_1(erfc)
CUDASIM_LIBM_1(fabs)
CUDASIM_LIBM_1(floor)
CUDASIM_LIBM_1(ceil)
CUDASIM_LIBM_1(trunc)
CUDASIM_LIBM_1(round)
CUDASIM_LIBM_1(rint)
CUDASIM_LIBM_2(pow)
CUDASIM_LIBM_2(fmod)
CUDASIM_LIBM_2(fmax)
CUDASIM_LIBM_2(fmin)
CUDASIM_LIBM_2(copysign)
extern "C" float fmaf(float, float, float) noexcept;
extern "C" double fma(double, double, double) noexcept;
extern "C" float ldexpf(float, int) noexcept;
extern "C" int abs(int) noexcept;
static inline float fma(float x, float y, float z)
{
    return fmaf(x, y, z);
}
static inline float abs(float x)
{
    return fabsf(x);
}
static inline double abs(double x)
{
    return fabs(x);
}
static inline float rsqrtf(float x)
{
    return 1.0f / sqrtf(x);
}
static inline double rsqrt(double x)
{
    return 1.0 / sqrt(x);
}
static inline float rsqrt(float x)
{
    return rsqrtf(x);
}
static inline float __saturatef(float x)
{
    return x > 0.0f ? x < 1.0f ? x : 1.0f : 0.0f;
}

static inline bool isnan(float x)
{
    return __builtin_isnan(x);
}
static inline bool isnan(double x)
{
    return __builtin_isnan(x);
}
static inline bool isinf(float x)
{
    return __builtin_isinf(x);
}
static inline bool isinf(double x)
{
    return __builtin_isinf(x);
}
static inline bool isfinite(float x)
{
    return __builtin_isfinite(x);
}
static inline bool isfinite(double x)
{
    return __builtin_isfinite(x);
}

#define CUDASIM_MIN_MAX(type)                                                                      \
    static inline type min(type a, type b)                                                         \
    {                                                                                              \
        return a < b ? a : b;                                                                      \
    }                                                                                              \
    static inline type max(type a, type b)                                                         \
    {                                                                                              \
        return a > b ? a : b;                                                                      \
    }
CUDASIM_MIN_MAX(int)
CUDASIM_MIN_MAX(unsigned)
CUDASIM_MIN_MAX(long)
CUDASIM_MIN_MAX(unsigned long)
CUDASIM_MIN_MAX(long long)
CUDASIM_MIN_MAX(unsigned long long)
static inline float min(float a, float b)
{
    return fminf(a, b);
}
static inline float max(float a, float b)
{
    return fmaxf(a, b);
}
static inline double min(double a, double b)
{
    return fmin(a, b);
}
static inline double max(double a, double b)
{
    return fmax(a, b);
}

/* On a device these are less accurate; here they are exact. */
static inline float __expf(float x)
{
    return expf(x);
}
static inline float __logf(float x)
{
    return logf(x);
}
static inline float __log2f(float x)
{
    return log2f(x);
}
static inline float __powf(float x, float y)
{
    return powf(x, y);
}
static inline float __fdividef(float x, float y)
{
    return x / y;
}
static inline float __frcp_rn(float x)
{
    return 1.0f / x;
}
static inline float __frsqrt_rn(float x)
{
    return (float)(1.0 / sqrt((double)x));
}
static inline float __fsqrt_rn(float x)
{
    return sqrtf(x);
}
static inline float __fdiv_rn(float x, float y)
{
    return x / y;
}
static inline float __fmaf_rn(float x, float y, float z)
{
    return fmaf(x, y, z);
}
/* Never fused into a multiply-add. */
__noinline__ static float __fmul_rn(float x, float y)
{
    return x * y;
}
__noinline__ static float __fadd_rn(float x, float y)
{
    return x + y;
}
__noinline__ static float __fsub_rn(float x, float y)
{
    return x - y;
}

/* ---- bits ---- */

template <class To, class From> static inline To cudasim_bits(From from)
{
    static_assert(sizeof(To) == sizeof(From), "the same bits");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}
static inline float __int_as_float(int x)
{
    return cudasim_bits<float>(x);
}
static inline float __uint_as_float(unsigned x)
{
    return cudasim_bits<float>(x);
}
static inline int __float_as_int(float x)
{
    return cudasim_bits<int>(x);
}
static inline unsigned __float_as_uint(float x)
{
    return cudasim_bits<unsigned>(x);
}
static inline double __longlong_as_double(long long x)
{
    return cudasim_bits<double>(x);
}
static inline long long __double_as_longlong(double x)
{
    return cudasim_bits<long long>(x);
}
static inline int __float2int_rn(float x)
{
    return (int)rintf(x);
}
static inline int __float2int_rz(float x)
{
    return (int)x;
}
static inline int __float2int_rd(float x)
{
    return (int)floorf(x);
}
static inline float __int2float_rn(int x)
{
    return (float)x;
}
static inline float __uint2float_rn(unsigned x)
{
    return (float)x;
}

static inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}
static inline int __popcll(unsigned long long x)
{
    return __builtin_popcountll(x);
}
static inline int __ffs(int x)
{
    return __builtin_ffs(x);
}
static inline int __ffsll(long long x)
{
    return __builtin_ffsll(x);
}
static inline int __clz(int x)
{
    return x ? __builtin_clz((unsigned)x) : 32;
}
static inline int __clzll(long long x)
{
    return x ? __builtin_clzll((unsigned long long)x) : 64;
}
static inline unsigned __umulhi(unsigned x, unsigned y)
{
    return (unsigned)((unsigned long long)x * y >> 32);
}
static inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y)
{
    return (unsigned long long)((unsigned __int128)x * y >> 64);
}
static inline unsigned __brev(unsigned x)
{
    unsigned y = 0;
    for (int i = 0; i < 32; i++)
        y |= (x >> i & 1u) << (31 - i);
    return y;
}

/* Cache hints. */
template <class T> static inline T __ldg(const T *p)
{
    return *p;
}
template <class T> static inline T __ldcg(const T *p)
{
    return *p;
}
template <class T> static inline T __ldca(const T *p)
{
    return *p;
}
template <class T> static inline T __ldcs(const T *p)
{
    return *p;
}
template <class T> static inline void __stcg(T *p, T value)
{
    *p = value;
}
template <class T> static inline void __stcs(T *p, T value)
{
    *p = value;
}

/* ---- halves: the product's kernels use the device's own assembly for these ---- */

static inline float half_to_float(unsigned short h)
{
    unsigned sign = (unsigned)(h & 0x8000u) << 16, exponent = h >> 10 & 31u, rest = h & 1023u;
    if (exponent == 31u)
        return __uint_as_float(sign | 0x7f800000u | rest << 13);
    if (exponent)
        return __uint_as_float(sign | (exponent + 112u) << 23 | rest << 13);
    float tiny = (float)rest * 0x1p-24f;
    return sign ? -tiny : tiny;
}

/* Rounds to nearest, ties to even. Any NaN becomes 0x7fff, as in PTX. */
static inline unsigned short float_to_half(float f)
{
    unsigned bits = __float_as_uint(f), sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;
    if (size > 0x7f800000u)
        return 0x7fff;
    if (size >= 0x477ff000u) /* from 65520, which rounds to 2^16 */
        return (unsigned short)(sign | 0x7c00u);
    if (size < 0x38800000u) /* below 2^-14: steps of 2^-24, the same as next to the float 0.5 */
        return (unsigned short)(sign |
                                (__float_as_uint(__uint_as_float(size) + 0.5f) - 0x3f000000u));
    return (unsigned short)(sign | (size - 0x38000000u + 0xfffu + (size >> 13 & 1u)) >> 13);
}

/* The same for bfloat16. */
static inline unsigned short float_to_bf16(float f)
{
    unsigned bits = __float_as_uint(f);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return 0x7fff;
    return (unsigned short)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

#endif
