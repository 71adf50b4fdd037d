/* lanes_each.h: compiles LANES_FILE once for each instruction set. LANES_FILE is the file that
 * includes this one: between `#ifdef LANES_SET` and `#else` it has its kernels, written with
 * lanes.h, with all names of file scope through LANES_NAME; the rest follows the `#else` and
 * selects a kernel with LANES_BEST(name). */
#ifndef RN_BACKENDS_ONEDNN_LANES_EACH_H
#define RN_BACKENDS_ONEDNN_LANES_EACH_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "cpu/clones.h"

#define LANES_JOIN_NAMES(name, set) name##set
#define LANES_JOIN(name, set) LANES_JOIN_NAMES(name, set)
#define LANES_NAME(name) LANES_JOIN(name, LANES_SET)

#define lanes LANES_NAME(lanes)
#define lanes_float LANES_NAME(lanes_float)
#define lanes_word LANES_NAME(lanes_word)
#define lanes_half LANES_NAME(lanes_half)
#define lanes_all LANES_NAME(lanes_all)
#define lanes_load LANES_NAME(lanes_load)
#define lanes_widen LANES_NAME(lanes_widen)
#define lanes_round LANES_NAME(lanes_round)
#define lanes_store LANES_NAME(lanes_store)
#define lanes_stream LANES_NAME(lanes_stream)
#define lanes_add LANES_NAME(lanes_add)
#define lanes_sum_of_four LANES_NAME(lanes_sum_of_four)
#define lanes_subtract LANES_NAME(lanes_subtract)
#define lanes_multiply LANES_NAME(lanes_multiply)
#define lanes_multiply_add LANES_NAME(lanes_multiply_add)
#define lanes_kept LANES_NAME(lanes_kept)
#define lanes_keep LANES_NAME(lanes_keep)
#define lanes_relu LANES_NAME(lanes_relu)
#define lanes_keep_larger LANES_NAME(lanes_keep_larger)
#define lanes_store_bytes LANES_NAME(lanes_store_bytes)
#define lanes_equal_bytes LANES_NAME(lanes_equal_bytes)

/* The small loops must be unrolled for values to stay in registers, even with -O2. */
#ifdef __clang__
#define LANES_UNROLL _Pragma("unroll")
#else
#define LANES_UNROLL _Pragma("GCC unroll 16")
#endif

/* Read and write the mask of a pixel, as bits or as bytes. */
CPU_INLINE uint16_t lanes_mask_load(const uint8_t *mask, int64_t pixel, bool bytes)
{
    uint16_t bits = 0;
    if (!bytes) {
        memcpy(&bits, mask + pixel * 2, sizeof bits);
        return bits;
    }
    for (int l = 0; l < 16; l++)
        bits = (uint16_t)(bits | (mask[pixel * 16 + l] ? 1 : 0) << l);
    return bits;
}

CPU_INLINE void lanes_mask_store(uint8_t *mask, int64_t pixel, uint16_t bits, bool bytes)
{
    if (!bytes)
        memcpy(mask + pixel * 2, &bits, sizeof bits);
    for (int l = 0; bytes && l < 16; l++)
        mask[pixel * 16 + l] = bits >> l & 1;
}

#ifdef __x86_64__

#define LANES_SET _avx512_bf16
#define LANES_AVX512
#define LANES_AVX512_BF16
#ifdef __clang__
#pragma clang attribute push(__attribute__((                                                       \
                                 target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"))),    \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")
#endif
#include "onednn/lanes.h"
#include LANES_FILE
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef LANES_AVX512
#undef LANES_AVX512_BF16
#undef LANES_SET

#define LANES_SET _avx512
#define LANES_AVX512
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))),    \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma")
#endif
#include "onednn/lanes.h"
#include LANES_FILE
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef LANES_AVX512
#undef LANES_SET

#define LANES_SET _avx2
#define LANES_AVX2
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#include "onednn/lanes.h"
#include LANES_FILE
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef LANES_AVX2
#undef LANES_SET

#endif

#define LANES_SET _portable
#include "onednn/lanes.h"
#include LANES_FILE
#undef LANES_SET

#ifdef __x86_64__
#define LANES_HAS(set) __builtin_cpu_supports(set)
#define LANES_BEST(name)                                                                           \
    (LANES_HAS("avx512f") && LANES_HAS("avx512bw") && LANES_HAS("avx512vl") &&                     \
             LANES_HAS("avx512dq")                                                                 \
         ? LANES_HAS("avx512bf16") ? name##_avx512_bf16 : name##_avx512                            \
     : LANES_HAS("avx2") && LANES_HAS("fma") ? name##_avx2                                         \
                                             : name##_portable)
#else
#define LANES_BEST(name) name##_portable
#endif

#endif
