/* trace_file.h: what a backend computed, in a safetensors file: activations under the layer's path
 * ("layer2.1.conv1"), gradients as "grad.NAME", kept tensors after the step as "after.NAME", masks as
 * "mask.NAME", and the batch as "input.images" and "input.labels"; in the metadata, hashes of weights,
 * input and cfg, the seed, the backend and its versions, and each tensor's operator, layer, sum length,
 * place and noise. share/doc/traces.md describes it for those who write one.
 *
 * It is written tensor by tensor. Nothing appears under the final name before it is complete. It is
 * read tensor by tensor, too, and takes no more memory than its largest one. */
#ifndef RN_CORE_COMPARE_TRACE_FILE_H
#define RN_CORE_COMPARE_TRACE_FILE_H

#include "compare/traced.h"

typedef enum rn_trace_detail {
    RN_TRACE_FULL = 1,  /* every value */
    RN_TRACE_SAMPLE,    /* a seeded sample of at most 4096 values a tensor, and statistics */
    RN_TRACE_STATISTICS /* mean, RMS, least and largest value */
} rn_trace_detail;

#define RN_TRACE_INFER "infer"
#define RN_TRACE_STEP "train-step"

/* What must be equal in both for a comparison to mean anything. No text is NULL; "": unknown. */
typedef struct rn_trace_header {
    const char *label;                                /* "cudnn:0", "PyTorch 2.6" */
    const char *weights_hash, *input_hash, *cfg_hash; /* trace_hash.h */
    const char *cfg;                                  /* rn_config_record */
    const char *phase;                                /* RN_TRACE_INFER or RN_TRACE_STEP */
    const char *precision;                            /* "fp32" */
    int64_t seed, batch, steps; /* steps: with the one that is traced, which is the last */
    const char *versions;       /* JSON object: of every library and driver */
    rn_trace_detail detail;
} rn_trace_header;

typedef struct rn_trace_writer rn_trace_writer;
typedef struct rn_trace_reader rn_trace_reader;

/* Begins a trace. Without a path (NULL) it is a temporary file, which has no name and takes its
 * space in TMPDIR until the reader of rn_trace_reopen is destroyed. */
rn_status rn_trace_create(const char *path, const rn_trace_header *header, rn_trace_writer **out);

/* The images (N,C,H,W) and labels; a trace of less than full detail leaves them out. */
rn_status rn_trace_write_input(rn_trace_writer *writer, const float *images, const int64_t shape[4],
                               const int32_t *labels);
rn_status rn_trace_write(rn_trace_writer *writer, const rn_traced *tensor);

/* rn_judged's noise of a tensor that was written; NaN: not measured. */
rn_status rn_trace_set_noise(rn_trace_writer *writer, rn_traced_kind kind, const char *name,
                             const double noise[RN_N_COMPARE_MODES]);

/* Reads `count` values of a tensor that was written, of a trace in full detail. RN_E_UNSUPPORTED:
 * there is none of that name and size. */
rn_status rn_trace_reread(rn_trace_writer *writer, rn_traced_kind kind, const char *name,
                          int64_t count, float *values);

/* Completes the file under its name; then destroys the writer, also on failure. */
rn_status rn_trace_finish(rn_trace_writer *writer);

/* The same for one with or without a name, and opens it. */
rn_status rn_trace_reopen(rn_trace_writer *writer, rn_trace_reader **out);

/* Without rn_trace_finish nothing is left behind. May be NULL. */
void rn_trace_writer_destroy(rn_trace_writer *writer);

/* RN_E_DATA says what is wrong with the file and where. */
rn_status rn_trace_open(const char *path, rn_trace_reader **out);
const rn_trace_header *rn_trace_header_of(const rn_trace_reader *reader);
int32_t rn_trace_count(const rn_trace_reader *reader);

/* Tensor i in the order of computation, without values; its noise, unless `noise` is NULL. */
const rn_traced *rn_trace_at(const rn_trace_reader *reader, int32_t i,
                             double noise[RN_N_COMPARE_MODES]);

/* The index of a tensor; -1: there is none. */
int32_t rn_trace_find(const rn_trace_reader *reader, rn_traced_kind kind, const char *name);

/* Reads all values of tensor i. RN_E_UNSUPPORTED where the trace has a sample or statistics alone. */
rn_status rn_trace_read(rn_trace_reader *reader, int32_t i, float *values);

/* Chooses from a whole tensor what the trace has of it; *values and *of_trace are valid until the
 * next call. For RN_TRACE_FULL, both are whole. With a sample, the statistics are the last
 * RN_TRACE_N_STATISTICS of them. */
#define RN_TRACE_N_STATISTICS 4
rn_status rn_trace_sample(rn_trace_reader *reader, int32_t i, const float *whole,
                          const float **values, const float **of_trace, int64_t *count);

/* The shape (N,C,H,W) of the images in the trace; NULL: it has no input. */
const int64_t *rn_trace_input_shape(const rn_trace_reader *reader);

/* Reads the images, and labels for each; there is an input. */
rn_status rn_trace_read_input(rn_trace_reader *reader, float *images, int32_t *labels);

/* Writes the same trace under another name, with the same or less detail. */
rn_status rn_trace_save(rn_trace_reader *reader, const char *path, rn_trace_detail detail);

void rn_trace_reader_destroy(rn_trace_reader *reader); /* may be NULL */

#endif
