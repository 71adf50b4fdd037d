/* add.c: the sums of mpi.so, whose order is that of the processes. */
#include <math.h>
#include <string.h>

#include "mpi/link.h"

/* Numbers that are summed at a time: a few KiB, which stay in the first cache while the terms are
 * read one after the other. */
#define BLOCK 1024

size_t mpi_type_bytes(int32_t type)
{
    switch (type) {
        case RN_TRANSPORT_F32: return sizeof(float);
        case RN_TRANSPORT_BF16: return sizeof(uint16_t);
        case RN_TRANSPORT_F64: return sizeof(double);
        case RN_TRANSPORT_I64: return sizeof(int64_t);
        default: return 0;
    }
}

static float widen(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

/* To nearest, ties to even; what is no number stays so. */
static uint16_t narrow(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    return (uint16_t)(isnan(value) ? bits >> 16 | 0x40 : rounded);
}

/* Where one number of the sums lies: in `values`, or in what another process sent. */
typedef struct terms {
    char *values;
    const char *received;
    int before, n;  /* terms received from processes before this one, and in all */
    uint64_t bytes; /* of each */
} terms;

static const void *find_term(const terms *t, int process)
{
    int k = process < t->before ? process : process - 1;
    return process == t->before ? t->values : t->received + (uint64_t)k * t->bytes;
}

/* Adds up to BLOCK `stored` numbers, from `at` on, as `sum`s. */
#define ADDER(name, stored, sum, load, result)                                                     \
    static void name(const terms *t, uint64_t at, int count, double factor)                        \
    {                                                                                              \
        (void)factor; /* of integers */                                                            \
        sum total[BLOCK] = { 0 };                                                                  \
        for (int k = 0; k <= t->n; k++) {                                                          \
            const stored *term = (const stored *)find_term(t, k) + at;                             \
            for (int i = 0; i < count; i++)                                                        \
                total[i] += load(term[i]);                                                         \
        }                                                                                          \
        stored *to = (stored *)(void *)t->values + at;                                             \
        for (int i = 0; i < count; i++)                                                            \
            to[i] = result;                                                                        \
    }

/* A product with a factor that a float cannot hold is rounded once. */
ADDER(add_f32, float, float, (float), (float)(total[i] * factor))
ADDER(add_bf16, uint16_t, float, widen, narrow((float)(total[i] * factor)))
ADDER(add_f64, double, double, (double), total[i] * factor)
ADDER(add_i64, int64_t, int64_t, (int64_t), total[i])

void mpi_add(int32_t type, void *values, const void *received, int before, int n, uint64_t count,
             double factor)
{
    terms t = { values, received, before, n, count * mpi_type_bytes(type) };
    for (uint64_t at = 0; at < count; at += BLOCK) {
        int here = count - at < BLOCK ? (int)(count - at) : BLOCK;
        switch (type) {
            case RN_TRANSPORT_F32: add_f32(&t, at, here, factor); break;
            case RN_TRANSPORT_BF16: add_bf16(&t, at, here, factor); break;
            case RN_TRANSPORT_F64: add_f64(&t, at, here, factor); break;
            default: add_i64(&t, at, here, factor); break;
        }
    }
}
