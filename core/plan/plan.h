/* plan.h: a graph made ready for a device: a kernel for every operator, memory for every tensor. A
 * step is then one loop that allocates nothing. */
#ifndef RN_CORE_PLAN_PLAN_H
#define RN_CORE_PLAN_PLAN_H

#include "device/device.h"
#include "plan/memory.h"
#include "plan/store.h"

/* One operator, ready to run. */
typedef struct rn_launch {
    rn_ready ready;
    const rn_node *node;
    rn_operand operands[RN_MAX_OPERANDS]; /* inputs, then outputs */
    rn_operand workspace;
    const struct rn_launch *awaited;      /* exchanges that it waits for; waits.h */
    const struct rn_launch *next_awaited; /* of an exchange: the next in its list */
} rn_launch;

typedef struct rn_plan {
    rn_device *device;
    rn_dag *dag; /* owned */
    rn_memory *memory;
    int32_t n_reorders;        /* operators that change a layout */
    uint64_t *workspace_bytes; /* by node */
    bool averaged;             /* takes the averages of kept tensors that have one; set before it
                                * is bound */
    bool spends;               /* no other plan reads the kept tensors, which may be given back once
                                * they are packed (spend.h); set before it is bound */
    rn_buffer *arena;          /* borrowed; NULL until bound */
    rn_store_copy *kept;       /* borrowed: the kept tensors on the device; NULL until bound */
    rn_launch *launches;       /* of a step; views have none; then one for what its end awaits */
    int32_t n_launches;
    rn_launch *constants; /* run before a step if the kept tensors have changed */
    int32_t n_constants;
    rn_buffer *constant_buffer; /* owned; NULL until bound, or where nothing is constant */
    uint64_t constant_version;  /* of the kept tensors when the constants last ran; 0: never */
    rn_recording *recording;    /* of the launches; NULL: not recorded yet, or unsupported */
    bool uses_host;             /* a launch computes in host memory, so that none is recorded */
    int32_t n_runs;             /* of the launches one by one; counted up to 2 */
} rn_plan;

/* Chooses the layouts, asks the backend about every operator and lays out the arena. Takes
 * ownership of the graph, also on failure. RN_E_UNSUPPORTED lists the operators that the backend
 * declines, with its reasons. */
rn_status rn_plan_create(rn_device *device, rn_dag *dag, rn_plan **out);

/* Prepares the kernels and resolves every operand. The arena has memory->arena_bytes or more, and
 * other plans that do not run at the same time may share it. Kept tensors come from the store's
 * copy for `rank`, which must be on the plan's device. Both outlive the plan's last step. */
rn_status rn_plan_bind(rn_plan *plan, const rn_store *store, int32_t rank, rn_buffer *arena);

/* What was decided, as lines of the log. */
void rn_plan_log_created(const rn_plan *plan);
void rn_plan_log_bound(const rn_plan *plan);

/* Runs the constant operators if the kept tensors have changed since they last ran. */
rn_status rn_plan_refresh(rn_plan *plan);

/* Refreshes the constants and enqueues one step. The step overwrites its inputs, so upload them
 * before every run. If the backend supports it, the second run records the launches, and later runs
 * launch the recording. */
rn_status rn_plan_run(rn_plan *plan);

/* As rn_plan_run, never recorded. */
rn_status rn_plan_run_each(rn_plan *plan);

/* As rn_plan_run_each, waiting after each launch; adds its milliseconds to times_ms[launch]. */
rn_status rn_plan_run_timed(rn_plan *plan, double *times_ms);

/* A step by hand: begins it; then enqueue each of the launches, in order. Not of ranks. */
rn_status rn_plan_begin(rn_plan *plan);
rn_status rn_plan_launch(const rn_plan *plan, int32_t i);

/* Copy to an input, also from pinned memory (device/calls.h), or from any value whose memory has
 * not been reused (that of pinned ones never is). A failure names the device. */
rn_status rn_plan_upload(rn_plan *plan, const rn_value *value, const void *from);
rn_status rn_plan_upload_pinned(rn_plan *plan, const rn_value *value, const void *from);
rn_status rn_plan_download(rn_plan *plan, const rn_value *value, void *to);

/* The memory of a value that is not kept. */
rn_operand rn_plan_operand(const rn_plan *plan, const rn_value *value);

/* Bytes that rn_plan_download writes. */
uint64_t rn_plan_bytes(const rn_value *value);

void rn_plan_destroy(rn_plan *plan);

#endif
