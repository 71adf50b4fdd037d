/* conv2d.h: one convolution or gradient, and the ways in which it can be computed. */
#ifndef BACKENDS_ONEDNN_CONV2D_CONV2D_H
#define BACKENDS_ONEDNN_CONV2D_CONV2D_H

#include "cpu/winograd/winograd.h"
#include "onednn/context.h"
#include "onednn/conv2d/grouped.h"

typedef enum conv2d_role { CONV2D_FORWARD = 1, CONV2D_GRAD_INPUT, CONV2D_GRAD_WEIGHT } conv2d_role;

/* The operator, with its operands by what they are: of a gradient, x is dx, w is dw with bias
 * dbias, or y is dy. Layouts are not looked at. */
typedef struct conv2d_problem {
    rn_context *context;
    const rn_op_desc *op;
    conv2d_role role;
    const rn_conv2d_attrs *attrs;
    const rn_tensor_desc *x, *w, *y;
    const rn_tensor_desc *bias, *z; /* NULL: none */
} conv2d_problem;

typedef enum conv2d_algorithm {
    CONV2D_DIRECT = 1,       /* oneDNN's */
    CONV2D_LIBRARY_WINOGRAD, /* oneDNN's, which its versions from 3.2 on lack; fp32 */
    CONV2D_WINOGRAD,         /* ours; fp32 */
    CONV2D_GROUPED           /* ours, direct */
} conv2d_algorithm;
enum { CONV2D_ALGORITHMS = CONV2D_GROUPED };

typedef struct conv2d_layout {
    int32_t layout;
    uint64_t bytes;
} conv2d_layout;

/* One way to compute a problem. */
typedef struct conv2d_way {
    conv2d_algorithm algorithm;
    conv2d_layout x, w, y; /* as it wants them; z as y */
    uint64_t workspace_bytes;
    bool clears_workspace;      /* before each run */
    dnnl_primitive_desc_t desc; /* of oneDNN's */
    winograd_plan winograd;     /* of ours */
    onednn_grouped_plan grouped;
} conv2d_way;

/* False where the algorithm does not apply, or memory ran out. */
bool conv2d_way_make(const conv2d_problem *p, conv2d_algorithm algorithm, conv2d_way *way);
void conv2d_way_clear(conv2d_way *way);

/* The parts of it: by oneDNN, and by our own kernels. */
bool conv2d_library_make(const conv2d_problem *p, conv2d_way *way);
bool conv2d_winograd_make(const conv2d_problem *p, conv2d_way *way);
bool conv2d_grouped_make(const conv2d_problem *p, conv2d_way *way);

/* "direct" …: for people, and as kept in the file of choices. */
const char *conv2d_algorithm_name(conv2d_algorithm algorithm);

/* The way that the context's options, or the clock, ask for. RN_E_UNSUPPORTED where there is
 * none. */
rn_status conv2d_choose(const conv2d_problem *p, conv2d_way *way);

/* A way made ready. */
typedef struct conv2d_state {
    conv2d_way way; /* without `desc` */
    conv2d_role role;
    bool relu;
    onednn_primitive *primitive;
    int64_t n, channels, pixels; /* of y: images, channels, pixels of a plane */
} conv2d_state;

/* Takes what the way holds, also where it fails. RN_E_NOMEM, RN_E_DEVICE. */
rn_status conv2d_state_make(const conv2d_problem *p, conv2d_way *way, conv2d_state **made);
void conv2d_state_free(conv2d_state *state);

typedef struct conv2d_pointers {
    void *x, *w, *y;
    void *bias, *z; /* NULL: none */
    void *workspace;
} conv2d_pointers;

void conv2d_state_run(rn_context *context, const conv2d_state *state, const conv2d_pointers *at);

/* The parts of it. */
rn_status conv2d_library_prepare(const conv2d_problem *p, conv2d_way *way, onednn_primitive **made);
void conv2d_library_run(rn_context *context, const conv2d_state *state, const conv2d_pointers *at);
void conv2d_winograd_run(rn_context *context, const conv2d_state *state, const conv2d_pointers *at);
void conv2d_grouped_run(rn_context *context, const conv2d_state *state, const conv2d_pointers *at);

/* What our own kernels want: images in blocks, weights packed, their gradient plain. False where
 * memory ran out. */
bool conv2d_own_layouts(const conv2d_problem *p, const onednn_packing *packing, conv2d_way *way);

/* An image as a layout that has no format. */
conv2d_layout conv2d_image_layout(const rn_tensor_desc *t, int32_t layout);

#endif
