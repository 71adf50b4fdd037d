/* kernel.h: operators and prepared kernels of a backend on GPUs, and the functions of
 * rn_backend that prepare and run them. */
#ifndef BACKENDS_GPU_KERNEL_H
#define BACKENDS_GPU_KERNEL_H

#include <resnet/plugin.h>
#include <stdbool.h>

#include "base/described.h"
#include "gpu/launch.h"

/* A prepared operator: a deep copy of its description (base/described.h), and its launches, which
 * the common code releases. */
struct rn_kernel {
    const struct gpu_operator *type;
    rn_context *context;
    described *described;
    rn_op_desc desc; /* described->desc */
    /* Images and filters among the operands have the backend's layout for the context's precision;
     * otherwise they are plain. */
    bool is_opaque;
    gpu_launch *launches; /* NULL before the first gpu_launch_add */
    int32_t n_launches;
    bool has_run; /* for backends whose first run of a kernel is special */
    void *state;  /* the operator's; or NULL */
};

/* One operator; in <op>.c. */
typedef struct gpu_operator {
    /* Bit i: operand i (inputs, then outputs) is an image if its rank is 4. */
    uint32_t images;
    /* Likewise, for backends that store these differently: filters, vectors of rank 1, and images
     * and filters whose channels are rounded up if `pads` returns true. */
    uint32_t filters, vectors, padded;
    bool (*pads)(const rn_kernel *kernel); /* optional; called only if is_opaque */
    uint32_t plain; /* likewise: bytes that are plain, though images are not */
    /* Optional: refuses with gpu_host->fail, or sets workspace_bytes, inplace_inputs, algorithm,
     * deterministic (1 unless it says 0). The kernel has its description and is_opaque, but
     * no launches. The common code has checked the operands against op.h, and answers layouts. */
    rn_status (*query)(const rn_kernel *kernel, rn_op_answer *answer);
    rn_status (*prepare)(rn_kernel *kernel); /* adds launches, fills state */
    void (*destroy)(rn_kernel *kernel);      /* optional; frees state */
    const struct gpu_joint_form *joint;      /* joint.h; or NULL. Then `run` is NULL, too. */
    /* Enqueues; NULL: launch 0 with all operands in order. Must not allocate or wait, so that it
     * can be recorded and replayed; what ranks synchronise through the core is not recorded. */
    rn_status (*run)(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace);
} gpu_operator;

/* The host table; set by the plugin's entry. */
extern const rn_host *gpu_host;

/* ---- Defined by each backend ---- */

/* Its operators, by their index in the ABI's table (described_operator()); NULL: unsupported. */
extern const gpu_operator *const gpu_operators[];

/* Sets is_opaque of a kernel whose description is set, or refuses its operands. */
rn_status gpu_storage_choose(rn_kernel *kernel);

/* How operand i, which must be present, is stored. */
typedef struct gpu_storage {
    int32_t layout; /* RN_LAYOUT_PLAIN, or one of the backend's layouts */
    uint64_t bytes; /* size in one of the backend's layouts */
} gpu_storage;
gpu_storage gpu_storage_of(const rn_kernel *kernel, int32_t i);

/* The items of a group of the usual size. */
int32_t gpu_group(const rn_context *context);

/* The context's launch that waits; joint.h. */
struct gpu_joint *gpu_joint_of(rn_context *context);

/* Makes what is enqueued next wait for gradients that ranks are exchanging. */
rn_status gpu_gradients_wait(rn_context *context);

/* Tells the profile that another `run` begins. */
void gpu_record_run(rn_context *context);

/* ---- kernel.c ---- */

/* Operand i, inputs then outputs; NULL: absent. */
const rn_tensor_desc *gpu_kernel_operand(const rn_kernel *kernel, int32_t i);
static inline int32_t gpu_kernel_operand_count(const rn_kernel *kernel)
{
    return kernel->desc.n_inputs + kernel->desc.n_outputs;
}

/* The purpose of `reorder` is to change layouts, so its operands keep theirs. */
bool gpu_kernel_is_reorder(const rn_kernel *kernel);

rn_status gpu_kernel_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);
rn_status gpu_kernel_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel);
void gpu_kernel_destroy(rn_context *context, rn_kernel *kernel);
rn_status gpu_kernel_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                         rn_operand workspace);

#endif
