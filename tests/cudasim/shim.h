/* shim.h: CUDA C++ for the host's compiler: keywords, built-in variables, synchronisation,
 * shuffles, atomics. It is included before the kernels; it includes no system headers, to compile
 * quickly.
 *
 * Macros that nvrtc_build.c must still see after preprocessing stay as CUDASIM_...; it defines them
 * in its second pass. All threads of all blocks run in one host thread. */
#ifndef RN_TESTS_CUDASIM_SHIM_H
#define RN_TESTS_CUDASIM_SHIM_H

#include "module.h"

#define CUDASIM 1
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1

#define __global__ CUDASIM_GLOBAL
#define __launch_bounds__(...) CUDASIM_BOUNDS(__VA_ARGS__)
#define __shared__ CUDASIM_SHARED
#define __device__
#define __host__
#define __constant__ static
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) CUDASIM_ALIGN(n)

typedef decltype(sizeof 0) size_t;

/* ---- built-in variables ---- */

typedef cudasim_dim uint3;
struct dim3 {
    unsigned x, y, z;
};
static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;
constexpr int warpSize = 32;

static const cudasim_hooks *cudasim_hook;
static void *cudasim_dynamic;

/* Functions whose own use of memory is not looked at for races. */
#ifdef CUDASIM_RACES
#define CUDASIM_UNSEEN __attribute__((no_sanitize("thread"), noinline))
#define CUDASIM_ATOMIC_ACCESS(address)                                                             \
    cudasim_hook->access(address, sizeof *address, CUDASIM_ATOMIC)
#include "shim_races.h"
#else
#define CUDASIM_UNSEEN
#define CUDASIM_ATOMIC_ACCESS(address)
#endif

/* ---- vectors ---- */

#define CUDASIM_VECTOR(type, n, bytes, ...)                                                        \
    struct alignas(bytes) n {                                                                      \
        type __VA_ARGS__;                                                                          \
    };
#define CUDASIM_VECTORS(type, name, bytes)                                                         \
    CUDASIM_VECTOR(type, name##2, 2 * bytes, x, y)                                                 \
    CUDASIM_VECTOR(type, name##4, (bytes < 8 ? 4 * bytes : 16), x, y, z, w)                        \
    static inline name##2 make_##name##2(type x, type y)                                           \
    {                                                                                              \
        return { x, y };                                                                           \
    }                                                                                              \
    static inline name##4 make_##name##4(type x, type y, type z, type w)                           \
    {                                                                                              \
        return { x, y, z, w };                                                                     \
    }
CUDASIM_VECTORS(signed char, char, 1)
CUDASIM_VECTORS(unsigned char, uchar, 1)
CUDASIM_VECTORS(short, short, 2)
CUDASIM_VECTORS(unsigned short, ushort, 2)
CUDASIM_VECTORS(int, int, 4)
CUDASIM_VECTORS(unsigned, uint, 4)
CUDASIM_VECTORS(float, float, 4)
CUDASIM_VECTORS(double, double, 8)
CUDASIM_VECTORS(long long, longlong, 8)
CUDASIM_VECTORS(unsigned long long, ulonglong, 8)

struct float3 {
    float x, y, z;
};
struct int3 {
    int x, y, z;
};
static inline float3 make_float3(float x, float y, float z)
{
    return { x, y, z };
}
static inline int3 make_int3(int x, int y, int z)
{
    return { x, y, z };
}
static inline uint3 make_uint3(unsigned x, unsigned y, unsigned z)
{
    return { x, y, z };
}

/* ---- synchronisation ---- */

#define __syncthreads() cudasim_hook->barrier(__LINE__)
#define __syncwarp(...) cudasim_syncwarp(__LINE__ __VA_OPT__(, ) __VA_ARGS__)
#define __shfl_sync(...) cudasim_shuffle<CUDASIM_SHUFFLE>(__LINE__, __VA_ARGS__)
#define __shfl_up_sync(...) cudasim_shuffle<CUDASIM_SHUFFLE_UP>(__LINE__, __VA_ARGS__)
#define __shfl_down_sync(...) cudasim_shuffle<CUDASIM_SHUFFLE_DOWN>(__LINE__, __VA_ARGS__)
#define __shfl_xor_sync(...) cudasim_shuffle<CUDASIM_SHUFFLE_XOR>(__LINE__, __VA_ARGS__)
#define __ballot_sync(...) cudasim_ballot(__LINE__, __VA_ARGS__)
#define __any_sync(mask, is) (cudasim_ballot(__LINE__, mask, is) != 0)
#define __all_sync(mask, is) (cudasim_ballot(__LINE__, mask, is) == (unsigned)(mask))

static inline void cudasim_syncwarp(int line, unsigned mask = 0xffffffffu)
{
    cudasim_hook->exchange(line, CUDASIM_SYNC_WARP, mask, 0, 0, warpSize);
}

template <cudasim_exchange WHAT, class T>
static inline T cudasim_shuffle(int line, unsigned mask, T value, int operand, int width = 32)
{
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles take 4 or 8 bytes");
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    bits = cudasim_hook->exchange(line, WHAT, mask, bits, operand, width);
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

static inline unsigned cudasim_ballot(int line, unsigned mask, int is)
{
    return (unsigned)cudasim_hook->exchange(line, CUDASIM_BALLOT, mask, is != 0, 0, warpSize);
}

static inline void __threadfence()
{
}
static inline void __threadfence_block()
{
}
static inline void __threadfence_system()
{
}
[[noreturn]] static inline void __trap()
{
    __builtin_trap();
}

/* ---- atomics: return the previous value ---- */

#define CUDASIM_ATOMIC(name, type, next)                                                           \
    CUDASIM_UNSEEN static inline type name(type *address, type value)                              \
    {                                                                                              \
        CUDASIM_ATOMIC_ACCESS(address);                                                            \
        type old = *address;                                                                       \
        *address = (next);                                                                         \
        return old;                                                                                \
    }
#define CUDASIM_ATOMIC_INTEGERS(name, next)                                                        \
    CUDASIM_ATOMIC(name, int, next)                                                                \
    CUDASIM_ATOMIC(name, unsigned, next)                                                           \
    CUDASIM_ATOMIC(name, unsigned long long, next)
CUDASIM_ATOMIC_INTEGERS(atomicAdd, old + value)
CUDASIM_ATOMIC(atomicAdd, float, old + value)
CUDASIM_ATOMIC(atomicAdd, double, old + value)
CUDASIM_ATOMIC(atomicSub, int, old - value)
CUDASIM_ATOMIC(atomicSub, unsigned, old - value)
CUDASIM_ATOMIC_INTEGERS(atomicOr, old | value)
CUDASIM_ATOMIC_INTEGERS(atomicAnd, old &value)
CUDASIM_ATOMIC_INTEGERS(atomicXor, old ^ value)
CUDASIM_ATOMIC_INTEGERS(atomicMax, old > value ? old : value)
CUDASIM_ATOMIC_INTEGERS(atomicMin, old < value ? old : value)
CUDASIM_ATOMIC_INTEGERS(atomicExch, value)
CUDASIM_ATOMIC(atomicExch, float, value)

#define CUDASIM_ATOMIC_CAS(type)                                                                   \
    CUDASIM_UNSEEN static inline type atomicCAS(type *address, type expected, type value)          \
    {                                                                                              \
        CUDASIM_ATOMIC_ACCESS(address);                                                            \
        type old = *address;                                                                       \
        *address = old == expected ? value : old;                                                  \
        return old;                                                                                \
    }
CUDASIM_ATOMIC_CAS(int)
CUDASIM_ATOMIC_CAS(unsigned)
CUDASIM_ATOMIC_CAS(unsigned long long)

#include "shim_math.h"

/* ---- calling kernels ---- */

template <class T> constexpr bool cudasim_is_pointer = false;
template <class T> constexpr bool cudasim_is_pointer<T *> = true;
template <class T> constexpr bool cudasim_is_pointer<T *const> = true;

template <int...> struct cudasim_numbers {
};
template <int N, int... I> struct cudasim_count : cudasim_count<N - 1, N - 1, I...> {
};
template <int... I> struct cudasim_count<0, I...> {
    using numbers = cudasim_numbers<I...>;
};

template <class... A, int... I>
static inline void cudasim_spread(void (*kernel)(A...), void **args, cudasim_numbers<I...>)
{
    kernel(*(A *)args[I]...);
}

template <class F> struct cudasim_kernel;
template <class... A> struct cudasim_kernel<void(A...)> {
    template <void (*KERNEL)(A...)> static void call(void **args)
    {
        cudasim_spread(KERNEL, args, typename cudasim_count<sizeof...(A)>::numbers());
    }
    static constexpr unsigned long bytes[] = { sizeof(A)..., 0 };
    static constexpr bool is_pointer[] = { cudasim_is_pointer<A>..., false };
    static constexpr int n = sizeof...(A);
};

constexpr int cudasim_bounds(int threads = 1024, int = 0, int = 0)
{
    return threads;
}

#endif
