/* trace_file.h: what a backend computed, in a safetensors file: activations under the layer's path
 * ("layer2.1.conv1"), gradients as "grad.NAME", kept tensors after the step as "after.NAME", masks as
 * "mask.NAME"; in the metadata, hashes of weights, input and cfg, the seed, the backend and its versions,
 * and each tensor's operator, layer, sum length, place and noise. share/doc/traces.md describes it.
 *
 * Written tensor by tensor: the header's room is reserved, since the shapes are known before the first
 * step (the tensors are announced). Nothing appears under the final name before it is complete. */
#ifndef RN_CORE_COMPARE_TRACE_FILE_H
#define RN_CORE_COMPARE_TRACE_FILE_H

#include "compare/traced.h"

typedef enum rn_trace_detail {
    RN_TRACE_FULL = 1,  /* every value */
    RN_TRACE_SAMPLE,    /* statistics, and a seeded sample of at most 4096 values a tensor */
    RN_TRACE_STATISTICS /* count, mean, RMS, least, largest, non-finite, hash */
} rn_trace_detail;

/* What must be equal in both for a comparison to mean anything; hashes in hexadecimal. */
typedef struct rn_trace_header {
    const char *label; /* "cudnn:0", "PyTorch 2.6" */
    const char *weights_hash, *input_hash, *cfg_hash;
    const char *phase;     /* "infer" or "train-step" */
    const char *precision; /* "fp32" */
    int64_t seed, batch;
    const char *versions; /* JSON object: of every library and driver */
    rn_trace_detail detail;
} rn_trace_header;

typedef struct rn_trace_writer rn_trace_writer;
typedef struct rn_trace_reader rn_trace_reader;

rn_status rn_trace_create(const char *path, const rn_trace_header *header, rn_trace_writer **out);
rn_status rn_trace_write(rn_trace_writer *writer, const rn_traced *tensor);
/* rn_judged's noise of a tensor; after it was written. */
rn_status rn_trace_set_noise(rn_trace_writer *writer, rn_traced_kind kind, const char *name,
                             const double noise[RN_N_COMPARE_MODES]);
/* Completes the file under its name. */
rn_status rn_trace_finish(rn_trace_writer *writer);
void rn_trace_writer_destroy(rn_trace_writer *writer); /* without finish: nothing is left behind */

rn_status rn_trace_open(const char *path, rn_trace_reader **out);
const rn_trace_header *rn_trace_header_of(const rn_trace_reader *reader);
int32_t rn_trace_count(const rn_trace_reader *reader);
/* Tensor i in the order of computation, without values; its noise (NaN: not measured). */
const rn_traced *rn_trace_at(const rn_trace_reader *reader, int32_t i,
                             double noise[RN_N_COMPARE_MODES]);
/* The index of a tensor; -1: there is none. */
int32_t rn_trace_find(const rn_trace_reader *reader, rn_traced_kind kind, const char *name);
/* Reads all values of tensor i. RN_E_UNSUPPORTED where the trace has a sample or statistics alone. */
rn_status rn_trace_read(rn_trace_reader *reader, int32_t i, float *values);
/* Chooses from a whole tensor what the trace has of it; *values and *of_trace are valid until the
 * next call. For RN_TRACE_FULL, both are whole. */
rn_status rn_trace_sample(rn_trace_reader *reader, int32_t i, const float *whole,
                          const float **values, const float **of_trace, int64_t *count);
void rn_trace_reader_destroy(rn_trace_reader *reader);

#endif
