/* device.h: an opened backend, and questions to it in terms of graph nodes. */
#ifndef RN_CORE_DEVICE_DEVICE_H
#define RN_CORE_DEVICE_DEVICE_H

#include <resnet/capture.h>
#include <resnet/collective.h>
#include <resnet/host_memory.h>
#include <resnet/pinned_memory.h>
#include <resnet/rank_sums.h>
#include <resnet/source_kernel.h>

#include "graph/graph.h"
#include "plugin/registry.h"

#define RN_MOST_NOTED 32

typedef struct rn_device {
    const rn_backend *backend;
    rn_context *context;
    char *label; /* "cpu_blas" or "cudnn:1" */
    rn_device_info info;
    rn_capture capture;             /* its size is 0 where the backend does not offer it */
    rn_collective collective;       /* likewise */
    rn_source_kernel source_kernel; /* likewise */
    rn_host_memory host_memory;     /* likewise */
    rn_rank_sums rank_sums;         /* likewise */
    rn_pinned_memory pinned_memory; /* likewise */
    struct rn_group *group; /* in which the core exchanges what ranks exchange (group.h); NULL: the
                             * device works alone, or the backend has collective operations */
    int32_t member;         /* of the group */
    bool declines_capture;  /* that a plan could not be recorded has been said */
    bool deterministic;     /* equal inputs must give equal bits */
    bool strict;            /* computes every operator itself */
    int32_t threads;        /* for what is computed in host memory though the device is not there */
    void *staging;          /* operands of such an operator; shared by all */
    uint64_t staging_bytes;
    const rn_loaded_op *noted[RN_MOST_NOTED]; /* such operators of which this has been said */
    int32_t n_noted;
} rn_device;

typedef struct rn_device_params {
    const char *backend;
    const char *device; /* "": the first */
    int32_t threads, precision, deterministic, convolution, tuning;
    bool strict;
} rn_device_params;

/* A node that is ready to run: by a kernel of the backend, by the plugin that brings its operator,
 * or, of ranks, by the core. The others are NULL. */
typedef struct rn_host_op rn_host_op;
typedef struct rn_exchange rn_exchange;
typedef struct rn_ready {
    rn_kernel *kernel;
    rn_host_op *host;
    rn_exchange *exchange; /* a run starts it; it is waited for (exchange.h) before its results are
                            * used */
} rn_ready;

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
rn_status rn_device_prepare(rn_device *device, const rn_node *node, rn_ready *ready);

/* Enqueues a run, or computes; and the end of what was prepared. */
rn_status rn_device_run(rn_device *device, const rn_ready *ready, const rn_operand *operands,
                        rn_operand workspace);
void rn_device_release(rn_device *device, rn_ready *ready);

/* Asks the same where a refusal (RN_E_UNSUPPORTED) is an answer, not a failure. `reason`: room of
 * RN_REFUSAL_BYTES for the text of a refusal, or NULL. */
#define RN_REFUSAL_BYTES 512
rn_status rn_device_accepts(rn_device *device, const rn_node *node, bool *accepts, char *reason);

/* RN_BIT where the backend keeps masks as bits, else RN_U8. */
rn_status rn_device_mask_dtype(rn_device *device, int32_t *dtype);

/* Does the backend make images of their bytes (lookup)? */
rn_status rn_device_takes_bytes(rn_device *device, bool *takes);

#endif
