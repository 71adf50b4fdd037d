/* library.h: oneDNN's C interface as used by the operators, the same for versions 2 and 3.
 *
 * A memory description (onednn_md) is owned by whoever created it and freed by onednn_md_free; NULL
 * stands for an absent operand. Functions that create something return NULL if oneDNN declines or
 * memory runs out; callers decide what that means. */
#ifndef RN_BACKENDS_ONEDNN_LIBRARY_H
#define RN_BACKENDS_ONEDNN_LIBRARY_H

#include <oneapi/dnnl/dnnl.h>

#include "onednn/onednn.h"

#define ONEDNN_MAX_ARGUMENTS 8

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t onednn_md;
typedef const_dnnl_memory_desc_t onednn_const_md;
#else
typedef dnnl_memory_desc_t *onednn_md;
typedef const dnnl_memory_desc_t *onednn_const_md;
#endif

/* An element type and an order of dimensions; `any` leaves the order to oneDNN. */
onednn_md onednn_md_make(int32_t rank, const int64_t *dims, dnnl_data_type_t type,
                         dnnl_format_tag_t tag);
onednn_md onednn_md_clone(onednn_const_md md);
void onednn_md_free(onednn_md md);
uint64_t onednn_md_bytes(onednn_const_md md);
bool onednn_md_equal(onednn_const_md a, onednn_const_md b);

/* A row-major description of floats with the same dimensions. */
onednn_md onednn_md_plain(onednn_const_md md);

/* The parameters of convolutions, poolings and inner products. Unused fields are 0 or NULL; in a
 * gradient, x is dx, w is dw or y is dy. */
typedef struct onednn_window {
    /* dilation as oneDNN counts it: minus 1 */
    dnnl_dims_t kernel, stride, dilation, padding, padding_end;
} onednn_window;

/* oneDNN requires padding that gives the size of y exactly, so pixels that a stride leaves over at
 * the end reduce the padding there. */
onednn_window onednn_window_of(const shape_window *rows, const shape_window *columns);

typedef struct onednn_problem {
    dnnl_prop_kind_t kind; /* dnnl_forward_inference … */
    dnnl_alg_kind_t algorithm;
    onednn_const_md x, w, bias, y;
    onednn_const_md w_forward; /* for a gradient of weights: the weights in the forward pass */
    onednn_window window;
    int32_t epilogue; /* flags of rn_epilogue, applied to the result */
} onednn_problem;

dnnl_primitive_desc_t onednn_conv2d_desc(dnnl_engine_t engine, const onednn_problem *problem);
dnnl_primitive_desc_t onednn_pool_desc(dnnl_engine_t engine, const onednn_problem *problem);
dnnl_primitive_desc_t onednn_linear_desc(dnnl_engine_t engine, const onednn_problem *problem);
dnnl_primitive_desc_t onednn_reorder_desc(dnnl_engine_t engine, onednn_const_md from,
                                          onednn_const_md to);

/* A copy of one of a primitive's memory descriptions (dnnl_query_src_md …). */
onednn_md onednn_desc_md(dnnl_primitive_desc_t desc, dnnl_query_t what);
uint64_t onednn_desc_scratchpad(dnnl_primitive_desc_t desc);

/* "jit:avx512_core"; owned by the description. */
const char *onednn_desc_implementation(dnnl_primitive_desc_t desc);

/* True if there is one that is fast: oneDNN's plain loops are a thousand times slower. */
bool onednn_desc_is_fast(dnnl_primitive_desc_t desc);

/* A primitive with a memory object for each of its operands. */
typedef struct onednn_primitive {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[ONEDNN_MAX_ARGUMENTS]; /* the last one is the scratchpad */
    int32_t n_arguments;
    void *pointers[ONEDNN_MAX_ARGUMENTS]; /* addresses used in the last run */
} onednn_primitive;

typedef struct onednn_argument {
    int32_t which;      /* DNNL_ARG_SRC … */
    dnnl_query_t query; /* finds its description */
    int32_t index;      /* 1: the bias, which follows the weights */
} onednn_argument;

/* The arguments of a convolution or an inner product, in this order: x, weights, y, bias; a data
 * gradient lacks the bias. */
const onednn_argument *onednn_arguments_of(dnnl_prop_kind_t kind);

/* Takes ownership of `desc`, even on failure; `desc` NULL fails, too. RN_E_NOMEM, RN_E_DEVICE. */
rn_status onednn_primitive_make(dnnl_engine_t engine, dnnl_primitive_desc_t desc,
                                const onednn_argument *arguments, int32_t n_arguments,
                                onednn_primitive **made);
void onednn_primitive_free(onednn_primitive *p);

/* pointers: one for each argument, in the order of `arguments`. A failure is recorded in
 * `state`. */
struct onednn_state; /* context.h */
void onednn_primitive_run(struct onednn_state *state, onednn_primitive *p, void *const *pointers,
                          void *scratchpad);

/* True if it multiplies bfloat16 with AMX, which it does with channels last. */
bool onednn_has_amx(void);

/* Writes "oneDNN 2.6.3", and a note if it has no Winograd convolution. */
void onednn_library(char *text, size_t size);

#endif
