/* conv2d.h: one convolution or gradient, and the ways in which it can be computed. */
#ifndef RN_BACKENDS_ONEDNN_CONV2D_H
#define RN_BACKENDS_ONEDNN_CONV2D_H

#include "onednn/context.h"

typedef enum conv2d_role { CONV2D_FORWARD = 1, CONV2D_GRAD_INPUT, CONV2D_GRAD_WEIGHT } conv2d_role;

/* The operator, with its operands by what they are: of a gradient, x is dx, w is dw with bias
 * dbias, or y is dy. Layouts are not looked at. */
typedef struct conv2d_problem {
    rn_context *context;
    conv2d_role role;
    const rn_conv2d_attrs *attrs;
    const rn_tensor_desc *x, *w, *y;
    const rn_tensor_desc *bias, *z; /* NULL: none */
} conv2d_problem;

/* Of the two that are Winograd's, the first is oneDNN's, which its versions from 3.2 on lack. */
typedef enum conv2d_algorithm {
    CONV2D_DIRECT = 1,
    CONV2D_LIBRARY_WINOGRAD,
} conv2d_algorithm;
enum { CONV2D_ALGORITHMS = CONV2D_LIBRARY_WINOGRAD };

typedef struct conv2d_layout {
    int32_t layout;
    uint64_t bytes;
} conv2d_layout;

/* One way to compute a problem. */
typedef struct conv2d_way {
    conv2d_algorithm algorithm;
    conv2d_layout x, w, y; /* as it wants them; z as y */
    uint64_t workspace_bytes;
    dnnl_primitive_desc_t desc; /* of oneDNN's */
} conv2d_way;

/* False where the algorithm does not apply, or memory ran out. */
bool conv2d_way_make(const conv2d_problem *p, conv2d_algorithm algorithm, conv2d_way *way);
void conv2d_way_clear(conv2d_way *way);

/* "direct" …: as kept in the file of choices. */
const char *conv2d_algorithm_name(conv2d_algorithm algorithm);

/* The way that the context's options, or the clock, ask for. RN_E_UNSUPPORTED where there is
 * none. */
rn_status conv2d_choose(const conv2d_problem *p, conv2d_way *way);

/* A way made ready; takes what the way holds, also where it fails. */
typedef struct conv2d_state {
    conv2d_algorithm algorithm;
    conv2d_role role;
    uint64_t y_bytes;
    onednn_primitive *primitive;
} conv2d_state;

rn_status conv2d_state_make(const conv2d_problem *p, conv2d_way *way, conv2d_state **made);
void conv2d_state_free(conv2d_state *state);

typedef struct conv2d_pointers {
    void *x, *w, *y;
    void *bias, *z; /* NULL: none */
    void *workspace;
} conv2d_pointers;

void conv2d_state_run(rn_context *context, const conv2d_state *state, const conv2d_pointers *at);

#endif
