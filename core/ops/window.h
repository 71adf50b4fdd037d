/* window.h: sliding windows of convolutions and pools: padding modes and output sizes. */
#ifndef RN_CORE_OPS_WINDOW_H
#define RN_CORE_OPS_WINDOW_H

#include "graph/graph.h"

/* Points into an operator's attributes; each array is height, width. */
typedef struct rn_window {
    int64_t *kernel, *stride;
    int64_t *dilation; /* NULL: 1 */
    int64_t *padding, *padding_end;
    int32_t *mode; /* becomes RN_PADDING_EXPLICIT */
} rn_window;

/* Resolves the padding to pixels and gives the output's height and width. RN_E_SHAPE where the
 * numbers make no sense or the window is larger than the padded input. */
rn_status rn_window_resolve(const rn_window *window, const char *op, const rn_tensor_desc *x,
                            int64_t out[2]);

#endif
