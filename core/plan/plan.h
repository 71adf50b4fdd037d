/* plan.h: a graph made ready for a device: a kernel for every operator, a place for every tensor. A
 * step is then one loop, without allocation. */
#ifndef RN_CORE_PLAN_PLAN_H
#define RN_CORE_PLAN_PLAN_H

#include "device/device.h"
#include "plan/memory.h"
#include "plan/store.h"

/* One operator, ready to run. */
typedef struct rn_launch {
    rn_kernel *kernel;
    const rn_node *node;
    rn_operand operands[RN_MAX_OPERANDS]; /* inputs, then outputs */
    rn_operand workspace;
} rn_launch;

typedef struct rn_plan {
    rn_device *device;
    rn_dag *dag;             /* owned */
    int32_t pass;            /* the session's rn_pass */
    int64_t batch;           /* images of a step, on all ranks together; set by session */
    int32_t n_ranks;         /* devices that share a step; set by session */
    struct rn_plan *replica; /* the same on the next rank; set by session; NULL: there is none */
    const void *fed; /* the images that are in its inputs and not used up by a run; set by step */
    rn_memory *memory;
    uint64_t *workspace_bytes; /* by node */
    rn_buffer *arena;          /* of the session; NULL until bound */
    rn_store *store;           /* of the session; NULL until bound */
    rn_launch *launches;       /* of a step; views have none */
    int32_t n_launches;
    rn_launch *constants; /* once for each version of the store, before the step */
    int32_t n_constants;
    rn_buffer *constant_buffer; /* owned; NULL until bound, or where nothing is constant */
    uint64_t constant_version;  /* of the store, when they ran last; 0: never */
    rn_recording *recording;    /* of the launches; NULL: not yet, or not to be had */
    int32_t n_runs;             /* of the launches one by one, counted up to 2 */
} rn_plan;

/* Settles the layouts, asks the backend about every operator and lays out the arena. Takes the
 * graph, also on failure. RN_E_UNSUPPORTED lists every operator that the backend declines, with its
 * reason. */
rn_status rn_plan_create(rn_device *device, rn_dag *dag, rn_plan **out);

/* Prepares the kernels and resolves every operand. The arena holds memory->arena_bytes and may be
 * shared with other plans that do not run at the same time; kept tensors come from the store, which
 * outlives the plan's last step. */
rn_status rn_plan_bind(rn_plan *plan, rn_store *store, rn_buffer *arena);

/* Runs what is constant where the kept tensors have changed since it was run. */
rn_status rn_plan_refresh(rn_plan *plan);

/* Enqueues one step, and before it what rn_plan_refresh does. Where the backend can, the second run
 * records the launches, and from then on a run launches the recording. */
rn_status rn_plan_run(rn_plan *plan);

/* The same, never recorded. */
rn_status rn_plan_run_each(rn_plan *plan);

/* The same, waiting after each operator; adds the milliseconds of each of the step's to
 * times_ms[launch]. As before any run, the inputs must have been uploaded anew. */
rn_status rn_plan_run_timed(rn_plan *plan, double *times_ms);

/* A step by hand: begins it, and then enqueues each of the launches, in order. */
rn_status rn_plan_begin(rn_plan *plan);
rn_status rn_plan_launch(const rn_plan *plan, int32_t i);

/* Copies to an input, or from any value that is still in its place (pinned ones are). A failure
 * names the device. */
rn_status rn_plan_upload(rn_plan *plan, const rn_value *value, const void *from);
rn_status rn_plan_download(rn_plan *plan, const rn_value *value, void *to);

/* Bytes that rn_plan_download gives. */
uint64_t rn_plan_bytes(const rn_value *value);

void rn_plan_destroy(rn_plan *plan);

#endif
