/* lanes.h: the 16 channels of a pixel as one value, for the instruction set selected by
 * lanes_each.h, which includes this file once for each set. A pixel is float, or bfloat16 if
 * `bf16`; `pixel` counts pixels, not elements. */
#if defined LANES_AVX512
#define LANES_BYTES 64 /* bytes per register */
#elif defined LANES_AVX2
#define LANES_BYTES 32
#else
#define LANES_BYTES 16
#endif
#define LANES_WIDTH (LANES_BYTES / 4) /* floats per register */
#define LANES_PARTS (64 / LANES_BYTES)

typedef float lanes_float __attribute__((vector_size(LANES_BYTES), aligned(4), may_alias));
typedef uint32_t lanes_word __attribute__((vector_size(LANES_BYTES), aligned(4), may_alias));
typedef uint16_t lanes_half __attribute__((vector_size(LANES_BYTES / 2), aligned(2), may_alias));

typedef struct lanes {
    lanes_float part[LANES_PARTS];
} lanes;

#define LANES_FOR_PARTS(i) LANES_UNROLL for (int i = 0; i < LANES_PARTS; i++)

CPU_INLINE lanes lanes_all(float value)
{
    lanes v;
    /* A sum would be computed, as it makes 0 of -0. */
    LANES_FOR_PARTS(i) v.part[i] = value - (lanes_float){ 0 };
    return v;
}

CPU_INLINE lanes_word lanes_widen(const uint16_t *from)
{
    lanes_half half = *(const lanes_half *)from;
#if defined LANES_AVX512 /* gcc 12 splits the general form into two halves */
    return (lanes_word)_mm512_cvtepu16_epi32((__m256i)half);
#elif defined LANES_AVX2
    return (lanes_word)_mm256_cvtepu16_epi32((__m128i)half);
#else
    return __builtin_convertvector(half, lanes_word);
#endif
}

CPU_INLINE lanes lanes_load(const void *from, int64_t pixel, bool bf16)
{
    lanes v;
    LANES_FOR_PARTS(i)
    {
        int64_t at = pixel * 16 + i * LANES_WIDTH;
        if (bf16)
            v.part[i] = (lanes_float)(lanes_widen((const uint16_t *)from + at) << 16);
        else
            v.part[i] = *(const lanes_float *)((const float *)from + at);
    }
    return v;
}

/* Rounds to nearest, ties to even; NaN stays NaN. The processor's own instruction turns numbers
 * below 2^-126 into 0. */
CPU_INLINE lanes_half lanes_round(lanes_float value)
{
#ifdef LANES_AVX512_BF16
    return (lanes_half)_mm512_cvtneps_pbh((__m512)value);
#else
    lanes_word bits = (lanes_word)value;
    lanes_word rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
#ifdef LANES_AVX512
    __mmask16 nan = _mm512_cmp_ps_mask((__m512)value, (__m512)value, _CMP_UNORD_Q);
    rounded = (lanes_word)_mm512_mask_mov_epi32((__m512i)rounded, nan, _mm512_set1_epi32(0x7fc0));
#else
    lanes_word nan = (lanes_word)(value != value);
    rounded = (rounded & ~nan) | (nan & 0x7fc0);
#endif
    return __builtin_convertvector(rounded, lanes_half);
#endif
}

CPU_INLINE void lanes_store(void *to, int64_t pixel, lanes v, bool bf16)
{
    LANES_FOR_PARTS(i)
    {
        int64_t at = pixel * 16 + i * LANES_WIDTH;
        if (bf16)
            *(lanes_half *)((uint16_t *)to + at) = lanes_round(v.part[i]);
        else
            *(lanes_float *)((float *)to + at) = v.part[i];
    }
}

/* As lanes_store, but bypasses the caches: the memory is not read first, and nothing is evicted.
 * The pixel must be aligned. */
CPU_INLINE void lanes_stream(void *to, int64_t pixel, lanes v, bool bf16)
{
#if defined LANES_AVX512
    if (bf16)
        _mm256_stream_si256((__m256i *)to + pixel, (__m256i)lanes_round(v.part[0]));
    else
        _mm512_stream_ps((float *)to + pixel * 16, (__m512)v.part[0]);
#elif defined LANES_AVX2
    LANES_FOR_PARTS(i)
    {
        if (bf16)
            _mm_stream_si128((__m128i *)to + pixel * 2 + i, (__m128i)lanes_round(v.part[i]));
        else
            _mm256_stream_ps((float *)to + pixel * 16 + i * 8, (__m256)v.part[i]);
    }
#else
    lanes_store(to, pixel, v, bf16);
#endif
}

CPU_INLINE lanes lanes_add(lanes a, lanes b)
{
    LANES_FOR_PARTS(i) a.part[i] += b.part[i];
    return a;
}

CPU_INLINE lanes lanes_sum_of_four(const lanes *v)
{
    return lanes_add(lanes_add(v[0], v[1]), lanes_add(v[2], v[3]));
}

CPU_INLINE lanes lanes_subtract(lanes a, lanes b)
{
    LANES_FOR_PARTS(i) a.part[i] -= b.part[i];
    return a;
}

CPU_INLINE lanes lanes_multiply(lanes a, lanes b)
{
    LANES_FOR_PARTS(i) a.part[i] *= b.part[i];
    return a;
}

/* a * b + c */
CPU_INLINE lanes lanes_multiply_add(lanes a, lanes b, lanes c)
{
    LANES_FOR_PARTS(i) a.part[i] = a.part[i] * b.part[i] + c.part[i];
    return a;
}

/* Bit l: relu keeps lane l. NaN is kept, so that it stays visible. */
CPU_INLINE uint16_t lanes_kept(lanes v)
{
#if defined LANES_AVX512
    return _mm512_cmp_ps_mask((__m512)v.part[0], _mm512_setzero_ps(), _CMP_NLE_UQ);
#elif defined LANES_AVX2
    __m256 zero = _mm256_setzero_ps();
    int low = _mm256_movemask_ps(_mm256_cmp_ps((__m256)v.part[0], zero, _CMP_NLE_UQ));
    int high = _mm256_movemask_ps(_mm256_cmp_ps((__m256)v.part[1], zero, _CMP_NLE_UQ));
    return (uint16_t)(low | high << 8);
#else
    uint16_t bits = 0;
    for (int l = 0; l < 16; l++)
        bits = (uint16_t)(bits | (v.part[l / LANES_WIDTH][l % LANES_WIDTH] <= 0 ? 0 : 1) << l);
    return bits;
#endif
}

/* Keeps the lanes whose bit is set; the others become 0. */
CPU_INLINE lanes lanes_keep(uint16_t bits, lanes v)
{
#ifdef LANES_AVX512
    v.part[0] = (lanes_float)_mm512_maskz_mov_ps(bits, (__m512)v.part[0]);
#else
    LANES_FOR_PARTS(i)
    {
        lanes_word bit;
        LANES_UNROLL for (int l = 0; l < LANES_WIDTH; l++) bit[l] = 1u << (i * LANES_WIDTH + l);
        lanes_word keep = (lanes_word)((((lanes_word){ 0 } + bits) & bit) == bit);
        v.part[i] = (lanes_float)((lanes_word)v.part[i] & keep);
    }
#endif
    return v;
}

CPU_INLINE lanes lanes_relu(lanes v)
{
#ifdef LANES_AVX512
    /* If one operand is NaN, the instruction returns the second. */
    v.part[0] = (lanes_float)_mm512_max_ps(_mm512_setzero_ps(), (__m512)v.part[0]);
#else
    LANES_FOR_PARTS(i)
    {
        lanes_word dropped = (lanes_word)(v.part[i] <= 0);
        v.part[i] = (lanes_float)((lanes_word)v.part[i] & ~dropped);
    }
#endif
    return v;
}

/* Replaces the best value and its position by the given ones where the value is larger or NaN. */
CPU_INLINE void lanes_keep_larger(lanes *best, lanes *position, lanes value, float value_position)
{
#ifdef LANES_AVX512
    __m512 b = (__m512)best->part[0], v = (__m512)value.part[0];
    __mmask16 won = _mm512_cmp_ps_mask(v, b, _CMP_GT_OQ) | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    best->part[0] = (lanes_float)_mm512_mask_mov_ps(b, won, v);
    position->part[0] = (lanes_float)_mm512_mask_mov_ps((__m512)position->part[0], won,
                                                        _mm512_set1_ps(value_position));
#else
    lanes_word at = (lanes_word)((lanes_float){ 0 } + value_position);
    LANES_FOR_PARTS(i)
    {
        lanes_float b = best->part[i], v = value.part[i];
        lanes_word won = (lanes_word)(v > b) | (lanes_word)(v != v);
        best->part[i] = (lanes_float)(((lanes_word)v & won) | ((lanes_word)b & ~won));
        position->part[i] = (lanes_float)((at & won) | ((lanes_word)position->part[i] & ~won));
    }
#endif
}

/* Stores one byte per lane; the lanes must be integers from 0 to 255. */
CPU_INLINE void lanes_store_bytes(uint8_t *to, int64_t pixel, lanes v)
{
#ifdef LANES_AVX512
    _mm_storeu_si128((__m128i *)to + pixel,
                     _mm512_cvtepi32_epi8(_mm512_cvttps_epi32((__m512)v.part[0])));
#else
    float of[16];
    lanes_store(of, 0, v, false);
    for (int l = 0; l < 16; l++)
        to[pixel * 16 + l] = (uint8_t)of[l];
#endif
}

/* Bit l: byte l of the pixel equals `byte`. */
CPU_INLINE uint16_t lanes_equal_bytes(const uint8_t *from, int64_t pixel, uint8_t byte)
{
#if defined LANES_AVX512
    return _mm_cmpeq_epi8_mask(_mm_loadu_si128((const __m128i *)from + pixel),
                               _mm_set1_epi8((char)byte));
#elif defined LANES_AVX2
    __m128i bytes = _mm_loadu_si128((const __m128i *)from + pixel);
    return (uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)byte)));
#else
    uint16_t bits = 0;
    for (int l = 0; l < 16; l++)
        bits = (uint16_t)(bits | (from[pixel * 16 + l] == byte ? 1 : 0) << l);
    return bits;
#endif
}

#undef LANES_FOR_PARTS
#undef LANES_PARTS
#undef LANES_WIDTH
#undef LANES_BYTES
