/* context.h: the backend's own part of a context, and the formats of weights.
 *
 * A format is what a layout from ONEDNN_FIRST_FORMAT up means: oneDNN's for the weights of one
 * convolution, or packed by our own kernels. Formats are added while plans are made and live as
 * long as the context. */
#ifndef RN_BACKENDS_ONEDNN_CONTEXT_H
#define RN_BACKENDS_ONEDNN_CONTEXT_H

#include "onednn/library.h"

/* How our own kernels pack plain weights, on the threads of the context. */
typedef struct onednn_packing {
    char key[48]; /* what the packed bytes depend on, in words: equal keys are one format */
    void (*pack)(rn_context *context, const void *plan, const float *weight, void *to);
    const void *plan; /* for `pack`; of a format, a copy */
    uint64_t plan_bytes;
    uint64_t bytes; /* of packed weights */
} onednn_packing;

typedef struct onednn_format {
    onednn_md md; /* NULL: by `packing` */
    onednn_packing packing;
} onednn_format;

typedef struct onednn_own {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int32_t precision;    /* rn_precision */
    char machine[320];    /* what all times depend on: processor, library, threads, precision */
    dnnl_status_t failed; /* of the first primitive that did not run; cleared when it is told */
    onednn_format *formats;
    int32_t n_formats, capacity;
    struct choices *choices; /* of algorithms (choices.h) */
} onednn_own;

static inline onednn_own *onednn_of(const rn_context *context)
{
    return context->own;
}

/* RN_E_NOMEM where there is too little for what oneDNN and OpenMP take without checking: to make a
 * primitive, and to start threads again, which OpenMP ends where a loop has work for fewer. */
rn_status onednn_room_check(const rn_context *context);

/* The layout of this format, which is added where it is new. 0 where memory ran out. */
int32_t onednn_format_of_md(onednn_own *own, onednn_const_md md);

int32_t onednn_format_of_packing(onednn_own *own, const onednn_packing *packing);

/* The format of a layout; NULL where it is none. */
const onednn_format *onednn_format_find(const onednn_own *own, int32_t layout);

void onednn_formats_free(onednn_own *own);

/* The description of a tensor that has no format: plain, NHWC, or blocks. NULL where memory ran
 * out. */
onednn_md onednn_tensor_md(const rn_tensor_desc *t);

/* The same as if it had this layout. */
onednn_md onednn_tensor_md_as(const rn_tensor_desc *t, int32_t layout);

#endif
