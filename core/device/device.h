/* device.h: an opened backend, and questions to it in terms of graph nodes. */
#ifndef RN_CORE_DEVICE_DEVICE_H
#define RN_CORE_DEVICE_DEVICE_H

#include <resnet/capture.h>
#include <resnet/collective.h>

#include "graph/graph.h"
#include "plugin/registry.h"

typedef struct rn_device {
    const rn_backend *backend;
    rn_context *context;
    char *label; /* "cpu_blas" or "cudnn:1" */
    rn_device_info info;
    rn_capture capture;       /* its size is 0 where the backend does not offer it */
    rn_collective collective; /* likewise */
    bool declines_capture;    /* that a plan could not be recorded has been said */
    bool deterministic;       /* equal inputs must give equal bits */
} rn_device;

typedef struct rn_device_params {
    const char *backend;
    const char *device; /* "": the first */
    int32_t threads, precision, deterministic, convolution, tuning;
} rn_device_params;

rn_status rn_device_open(rn_registry *registry, const rn_device_params *params, rn_device **out);
void rn_device_close(rn_device *device);

/* How many devices a text like "0,1" names: numbers joined by commas, RN_MAX_RANKS at most. 1 for
 * any other text, which names one device or none. RN_E_CONFIG where a number is there twice. */
#define RN_MAX_RANKS 64
rn_status rn_device_list(const char *text, int32_t *count);

/* The name of device `index` of such a text, to be freed; NULL where memory ran out. */
char *rn_device_list_name(const char *text, int32_t index);

/* backend.h's query and prepare for a node; a refusal names the layer. Where the device was opened
 * as deterministic, an operator that the backend does not say is so is refused, too. */
rn_status rn_device_query(rn_device *device, const rn_node *node, rn_op_answer *answer);
rn_status rn_device_prepare(rn_device *device, const rn_node *node, rn_kernel **kernel);

/* Asks the same where a refusal (RN_E_UNSUPPORTED) is an answer, not a failure. `reason`: room of
 * RN_REFUSAL_BYTES for the text of a refusal, or NULL. */
#define RN_REFUSAL_BYTES 512
rn_status rn_device_accepts(rn_device *device, const rn_node *node, bool *accepts, char *reason);

/* RN_BIT where the backend keeps masks as bits, else RN_U8. */
rn_status rn_device_mask_dtype(rn_device *device, int32_t *dtype);

#endif
