/* complaints.h: the nodes that cannot be taken, those with the same fault together. */
#ifndef RN_CORE_WEIGHTS_ONNX_COMPLAINTS_H
#define RN_CORE_WEIGHTS_ONNX_COMPLAINTS_H

#include "weights/onnx/import.h"

#define RN_ONNX_MAX_FAULTS 64
#define RN_ONNX_MAX_NAMED 3 /* nodes of a fault */

/* Zero-initialise. Texts are borrowed. */
typedef struct rn_onnx_complaints {
    struct rn_onnx_fault {
        const char *op, *why;
        const char *nodes[RN_ONNX_MAX_NAMED];
        int64_t count;
    } faults[RN_ONNX_MAX_FAULTS];
    int n_faults;
    int64_t left_out; /* nodes of further faults */
} rn_onnx_complaints;

void rn_onnx_complain(rn_onnx_complaints *c, const rn_onnx_node *node, const char *why);

/* RN_E_DATA with all faults, as far as they fit in a message; RN_OK if there are none. */
rn_status rn_onnx_complaints_fail(const rn_onnx_complaints *c, const char *path);

#endif
