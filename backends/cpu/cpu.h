/* cpu.h: shared by the backends that compute in host memory: contexts, buffers, kernels, and a pool
 * of threads. A backend adds its list of operators and its `open`. */
#ifndef BACKENDS_CPU_CPU_H
#define BACKENDS_CPU_CPU_H

#include <resnet/plugin.h>
#include <stdbool.h>

#include "base/rank_sums.h"

typedef struct cpu_pool cpu_pool;

/* An open device. */
struct rn_context {
    /* By their numbers in the table of the ABI (described.h); NULL where the backend has none. */
    const struct cpu_operator *const *operators;
    cpu_pool *pool;
    int32_t n_threads;
    int32_t deterministic;
    int32_t convolution; /* rn_convolution */
    int32_t is_alone;    /* 1: what runs is too small to be divided among threads */
    int32_t has_layouts; /* 1: operands may have the backend's layouts */
    void *state;         /* the backend's data; NULL if it needs none */
    rank_sums ranks;     /* what the core has given */
    rn_status failed;    /* the status of the running operator, if its ranks' sums failed */
};

/* A prepared operator: a deep copy of its description, and the state from `prepare`. */
struct rn_kernel {
    const struct cpu_operator *type;
    rn_context *context;
    rn_op_desc desc; /* the kernel owns everything it points to */
    void *state;
    int32_t is_small; /* 1: runs on one thread */
    int32_t has_run;  /* 1: has run before; maintained only by backends that need it */
};

/* One operator of a backend; in <backend>/<op>.c. */
typedef struct cpu_operator {
    /* Optional: rejects with host->fail, or sets workspace_bytes. NULL accepts, without a
     * workspace. The common code has already rejected layouts other than PLAIN (for reorder also
     * NHWC; see takes_layouts), types that the ABI's table does not allow, and missing operands. */
    rn_status (*query)(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);
    rn_status (*prepare)(rn_kernel *kernel); /* optional; sets kernel->state */
    void (*destroy)(rn_kernel *kernel);      /* optional; frees kernel->state */
    /* operands: inputs, then outputs; NULL: absent. */
    void (*run)(const rn_kernel *kernel, void *const *operands, void *workspace);
    /* 1: sees operands in any layout, and `query` answers which it wants. 0: sees plain ones; the
     * common code refuses others or, where the backend has layouts, answers that they be plain. */
    int32_t takes_layouts;
} cpu_operator;

/* The host table, set by cpu_plugin_init. */
extern const rn_host *cpu_host;

/* The slots of rn_backend that all CPU backends share, and those that a simple backend uses as
 * well; the backend sets the others. */
#define CPU_MEMORY_SLOTS                                                                           \
    .device_count = cpu_device_count, .buffer_create = cpu_buffer_create,                          \
    .buffer_destroy = cpu_buffer_destroy, .upload = cpu_upload, .download = cpu_download,          \
    .kernel_destroy = cpu_kernel_destroy, .synchronize = cpu_synchronize,                          \
    .extension = cpu_extension
#define CPU_BACKEND_SLOTS                                                                          \
    CPU_MEMORY_SLOTS, .query = cpu_query, .prepare = cpu_prepare, .run = cpu_run, .close = cpu_close

rn_status cpu_device_count(int32_t *count);
rn_status cpu_device_info(int32_t index, rn_device_info *info, const char *library);
rn_status cpu_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer);
void cpu_buffer_destroy(rn_context *context, rn_buffer *buffer);
rn_status cpu_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes);
rn_status cpu_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes);
rn_status cpu_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);
rn_status cpu_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel);
void cpu_kernel_destroy(rn_context *context, rn_kernel *kernel);
rn_status cpu_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                  rn_operand workspace);
rn_status cpu_synchronize(rn_context *context);
const void *cpu_extension(rn_context *context, const char *id);

/* Of a synchronised batch norm or its gradient (base/rank_sums.h): refuses it where the context was
 * given no sums, and adds the numbers that are summed to the workspace. */
rn_status cpu_ranks_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);

/* Replaces these numbers by their sums over the ranks. False: that failed, which cpu_run returns;
 * the operator's run ends. */
bool cpu_ranks_sum(rn_context *context, const rn_op_desc *op, double *values);
extern const rn_rank_sums cpu_rank_sums;

/* The operand's address; NULL if it is absent. */
void *cpu_operand_pointer(rn_operand operand);

/* Creates a context: device "" or "0", fp32 only, `threads` as requested. */
rn_status cpu_open(const rn_open_params *params, const cpu_operator *const *operators,
                   rn_context **context);
void cpu_close(rn_context *context);

/* Calls work(argument, begin, end, thread) for ranges that cover [0, count), one for each thread.
 * The ranges depend only on count and the number of threads; those of a small operator run one
 * after the other. Returns when all are done. Allocates nothing. `work` must not call cpu_parallel.
 */
void cpu_parallel(rn_context *context, int64_t count,
                  void (*work)(void *argument, int64_t begin, int64_t end, int32_t thread),
                  void *argument);

/* Fills *plugin with one backend and no blocks, copying the smaller of both sizes. */
rn_status cpu_plugin_init(const rn_host *host, rn_plugin *plugin, const rn_backend *backend,
                          const char *version);

#endif
