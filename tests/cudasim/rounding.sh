#!/bin/sh
# rounding.sh: the stand-in rounds floats to halves as NVIDIA's headers do on the host, also NaN.
. "$srcdir/tests/e2e/e2e.sh"
include=${CUDA_HOME:-/usr/local/cuda}/include
[ -f "$include/cuda_bf16.h" ] || include=$(echo /usr/local/cuda-*/include | cut -d' ' -f1)
if [ ! -f "$include/cuda_bf16.h" ] || ! command -v g++ >/dev/null; then
    skip 'halves are rounded as by NVIDIA' "there is no g++, or no cuda_bf16.h in $include"
    exit 77
fi
cat >rounding.cpp <<'END'
#include <cstdio>
#include <cstring>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
template <class To, class From> static To same_bits(From from)
{
    To to;
    static_assert(sizeof to == sizeof from, "");
    memcpy(&to, &from, sizeof to);
    return to;
}
#define __float_as_uint(f) same_bits<unsigned>(f)
#define __uint_as_float(u) same_bits<float>(u)
namespace stand_in {
#include "halves.h"
}
int main()
{
    for (unsigned long long i = 0; i < 1ull << 32; i += 7) {
        float f = same_bits<float>((unsigned)i);
        unsigned bf16 = same_bits<unsigned short>(__float2bfloat16_rn(f));
        unsigned half = same_bits<unsigned short>(__float2half_rn(f));
        if (bf16 == stand_in::float_to_bf16(f) && half == stand_in::float_to_half(f))
            continue;
        printf("%08llx: %04x and %04x, by NVIDIA %04x and %04x\n", i, stand_in::float_to_bf16(f),
               stand_in::float_to_half(f), bf16, half);
        return 1;
    }
}
END
sed -n '/^static inline unsigned short float_to_/,/^}/p' "$srcdir/tests/cudasim/shim_math.h" \
    >halves.h
verdict 'halves are rounded as by NVIDIA' \
    "$(g++ -std=c++17 -O2 -w -I. -I"$include" rounding.cpp -o rounding 2>&1 && ./rounding)"
finish
