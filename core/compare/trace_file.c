/* trace_file.c: what a trace holds of a tensor and in its metadata. */
#define _GNU_SOURCE /* asprintf */
#include "compare/trace_file.h"

#include <math.h>
#include <resnet/random.h>
#include <stdio.h>
#include <string.h>

#include "compare/trace_file_parts.h"

#define SAMPLE 4096
#define STREAM 3 /* of the seed's random numbers; synthetic.c takes 1 and 2 */

const rn_word rn_trace_details[] = {
    { "full", RN_TRACE_FULL, "every value" },
    { "sample", RN_TRACE_SAMPLE, "statistics, and a sample of each tensor" },
    { "statistics", RN_TRACE_STATISTICS, "mean, RMS, least and largest value of each tensor" },
    { NULL, 0, NULL },
};

#define FIELD(key, member, is_number, is_required)                                                 \
    {                                                                                              \
        key, offsetof(rn_trace_header, member), is_number, is_required                             \
    }

const rn_trace_field rn_trace_fields[] = {
    FIELD("label", label, false, false),
    FIELD("weights_sha256", weights_hash, false, false),
    FIELD("input_sha256", input_hash, false, false),
    FIELD("cfg_sha256", cfg_hash, false, false),
    FIELD("cfg", cfg, false, false),
    FIELD("phase", phase, false, true),
    FIELD("precision", precision, false, false),
    FIELD("seed", seed, true, false),
    FIELD("batch", batch, true, true),
    FIELD("steps", steps, true, false),
    FIELD("versions", versions, false, false),
    { NULL, 0, false, false },
};

char *rn_trace_name(rn_traced_kind kind, const char *name)
{
    char *text = NULL;
    return asprintf(&text, "%s%s", rn_traced_prefix(kind), name) < 0 ? NULL : text;
}

static int64_t sample_size(int64_t count)
{
    return count < SAMPLE ? count : SAMPLE;
}

int64_t rn_trace_drawn(rn_trace_detail detail, int64_t count)
{
    if (detail == RN_TRACE_FULL)
        return count;
    return RN_TRACE_N_STATISTICS + (detail == RN_TRACE_SAMPLE ? sample_size(count) : 0);
}

/* One element from each of as many equal stretches as the sample is to have elements. */
static int64_t draw_sample(uint32_t seed, const float *whole, int64_t count, float *to)
{
    int64_t n = sample_size(count);
    for (int64_t k = 0; k < n; k++) {
        double within = n < count ? (double)rn_random_uniform(seed, 0, STREAM, (uint64_t)k) : 0;
        to[k] = whole[(int64_t)(((double)k + within) * ((double)count / (double)n))];
    }
    return n;
}

static void take_statistics(const float *whole, int64_t count, float to[RN_TRACE_N_STATISTICS])
{
    double sum = 0, squares = 0;
    float least = INFINITY, largest = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        double x = (double)whole[i];
        sum += x;
        squares += x * x;
        least = whole[i] < least ? whole[i] : least;
        largest = whole[i] > largest ? whole[i] : largest;
    }
    to[0] = (float)(sum / (double)count);
    to[1] = (float)sqrt(squares / (double)count);
    to[2] = least;
    to[3] = largest;
}

void rn_trace_draw(const rn_trace_header *header, const float *whole, int64_t count, float *to)
{
    int64_t n = 0;
    if (header->detail == RN_TRACE_FULL) {
        memcpy(to, whole, (size_t)count * sizeof *to);
        return;
    }
    if (header->detail == RN_TRACE_SAMPLE)
        n = draw_sample((uint32_t)header->seed, whole, count, to);
    take_statistics(whole, count, to + n);
}
