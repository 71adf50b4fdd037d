/* context.h: the backend's data in a context, and formats of weights.
 *
 * A format gives a meaning to a layout from ONEDNN_FIRST_FORMAT up: oneDNN's layout for the weights
 * of one convolution, or a packing of our own kernels. Formats are added while plans are made, and
 * live as long as the context. */
#ifndef RN_BACKENDS_ONEDNN_CONTEXT_H
#define RN_BACKENDS_ONEDNN_CONTEXT_H

#include "onednn/library.h"

/* How our kernels pack plain weights, on the context's threads. */
typedef struct onednn_packing {
    char key[48]; /* what the packed bytes depend on, as text: equal keys share a format */
    void (*pack)(rn_context *context, const void *plan, const float *weight, void *to);
    const void *plan; /* passed to `pack`; a format has its own copy */
    uint64_t plan_bytes;
    uint64_t bytes; /* size of the packed weights */
} onednn_packing;

typedef struct onednn_format {
    onednn_md md; /* NULL: packed by `packing` */
    onednn_packing packing;
} onednn_format;

typedef struct onednn_state {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int32_t precision;    /* rn_precision */
    bool channels_last;   /* images are, where their channels fill blocks */
    int32_t tuning;       /* rn_tuning */
    int32_t n_timed;      /* convolutions whose algorithms were timed in this session */
    double timed_ms;      /* that it took */
    char machine[320];    /* what all times depend on: processor, library, threads, precision */
    dnnl_status_t failed; /* the first failure of a primitive's run; cleared when reported */
    onednn_format *formats;
    int32_t n_formats, capacity;
    struct choices *choices;               /* the fastest algorithms (choices.h) */
    struct onednn_conv2d_planned *planned; /* convolutions (conv2d/plans.h) */
} onednn_state;

static inline onednn_state *onednn_of(const rn_context *context)
{
    return context->state;
}

/* RN_E_NOMEM if there is too little memory for what oneDNN and OpenMP take without checking: to
 * create a primitive, and to restart threads, which OpenMP ends when a loop has work for fewer. */
rn_status onednn_room_check(const rn_context *context);

/* The layout of this format, which is added if it is new; 0: out of memory. */
int32_t onednn_format_of_md(onednn_state *state, onednn_const_md md);

int32_t onednn_format_of_packing(onednn_state *state, const onednn_packing *packing);

/* The format of a layout; NULL if it has none. */
const onednn_format *onednn_format_find(const onednn_state *state, int32_t layout);

void onednn_formats_free(onednn_state *state);

/* Describes a tensor without a format: plain, NHWC, or blocked. NULL: out of memory. The caller
 * frees it. */
onednn_md onednn_tensor_md(const rn_tensor_desc *t);

/* The same for another layout. */
onednn_md onednn_tensor_md_as(const rn_tensor_desc *t, int32_t layout);

#endif
