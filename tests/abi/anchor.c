/* anchor.c: one object whose type reaches every structure, slot, enumeration and constant of the
 * ABI. abidiff compares what debug information tells of it: it sees nothing behind `const void *`,
 * so what crosses the line by name only (attributes, values of int32_t fields) is reached here.
 * Pointers, not members: a structure may grow without moving what stands after it. */
#include <resnet/attr.h>
#include <resnet/backend.h>
#include <resnet/block.h>
#include <resnet/capture.h>
#include <resnet/collective.h>
#include <resnet/graph.h>
#include <resnet/host.h>
#include <resnet/op.h>
#include <resnet/plugin.h>
#include <resnet/profile.h>
#include <resnet/random.h>
#include <resnet/status.h>
#include <resnet/tensor.h>
#if RN_ABI_MINOR >= 9
#include <resnet/host_memory.h>
#include <resnet/source_kernel.h>
#endif
#if RN_ABI_MINOR >= 10
#include <resnet/rank_sums.h>
#include <resnet/transport.h>
#endif
#if RN_ABI_MINOR >= 11
#include <resnet/pinned_memory.h>
#endif

/* Macros leave no trace in debug information; as enumerators they do. The version is not among
 * them: it names the baseline. */
enum rn_abi_constant { ANCHOR_RN_MAX_RANK = RN_MAX_RANK, ANCHOR_RN_MAX_OPERANDS = RN_MAX_OPERANDS };
#if RN_ABI_MINOR >= 9
/* Lengths, as two of them are equal. */
typedef struct rn_abi_custom_numbers {
    char max_inputs[RN_CUSTOM_MAX_INPUTS];
    char max_outputs[RN_CUSTOM_MAX_OUTPUTS];
    char max_args[RN_CUSTOM_MAX_ARGS];
} rn_abi_custom_numbers;

/* What came with operators of plugins. */
typedef struct rn_abi_custom {
    const rn_custom_ops *ops;
    const rn_custom_op *op;
    const rn_custom_desc *desc;
    const rn_custom_cost *cost;
    const rn_custom_gradient *gradient;
    const rn_custom_call *call;
    const rn_custom_arg *arg;
    const rn_custom_launch *launch;
    const rn_custom_source *source;
    const rn_custom_use *use;
    const rn_parameter_desc *parameter_desc;
    const rn_host_memory *host_memory;
#if RN_ABI_MINOR >= 11
    const rn_pinned_memory *pinned_memory;
#endif
    const rn_source_desc *source_desc;
    const rn_source_kernel *source_kernel;
    const rn_abi_custom_numbers *numbers;
    enum rn_custom_arg_type arg_type;
    enum rn_source_language language;
    enum rn_parameter_init parameter_init;
} rn_abi_custom;
#endif

#if RN_ABI_MINOR >= 10
/* What came with several processes. */
typedef struct rn_abi_processes {
    const rn_transport *transport;
    const rn_transport_info *transport_info;
    const rn_rank_sums *rank_sums;
    enum rn_transport_type transport_type;
    char note_bytes[RN_TRANSPORT_NOTE_BYTES];
    char key_bytes[RN_COLLECTIVE_KEY_BYTES];
} rn_abi_processes;
#endif

/* The rows of operators.h in their order, each with what it says of its operand. */
#define RN_OP(OPERATOR, name, bytes) ANCHOR_##name,
#define RN_IN(SLOT, type, presence, use) ANCHOR_IN_##SLOT##_##type##_##presence##_##use,
#define RN_OUT(SLOT, type, presence) ANCHOR_OUT_##SLOT##_##type##_##presence,
enum rn_abi_row {
#include <resnet/operators.h>
};

/* By which numbers the operands of each operator are indexed. */
#define RN_OP(OPERATOR, name, bytes)                                                               \
    enum rn_##name##_inputs name##_inputs;                                                         \
    enum rn_##name##_outputs name##_outputs;                                                       \
    enum rn_##name##_operands name##_operands;
typedef struct rn_abi_slots {
#include <resnet/operators.h>
} rn_abi_slots;

/* What plugins and the core hand to each other. */
typedef struct rn_abi_structures {
    const rn_plugin *plugin;
    const rn_backend *backend;
    const rn_block *block;
    const rn_host *host;
    rn_graph *graph;
    const rn_attr *attr;
    const rn_setting *setting;
    const rn_tensor_desc *tensor_desc;
    const rn_device_info *device_info;
    const rn_open_params *open_params;
    const rn_op_desc *op_desc;
    const rn_op_answer *op_answer;
    const rn_operand *operand;
    const rn_profile *profile;
    const rn_profile_entry *profile_entry;
    const rn_capture *capture;
    const rn_collective *collective;
} rn_abi_structures;

/* What `attrs` of an rn_op_desc points to. */
typedef struct rn_abi_attributes {
    const rn_conv2d_attrs *conv2d;
    const rn_batch_norm_attrs *batch_norm;
    const rn_pool_attrs *pool;
    const rn_linear_attrs *linear;
    const rn_cross_entropy_attrs *cross_entropy;
    const rn_dropout_attrs *dropout;
    const rn_subsample_attrs *subsample;
    const rn_sgd_attrs *sgd;
#if RN_ABI_MINOR >= 8
    const rn_clip_attrs *clip;
    const rn_adam_attrs *adam;
    const rn_lars_attrs *lars;
    const rn_rmsprop_attrs *rmsprop;
#endif
#if RN_ABI_MINOR >= 9
    const rn_activation_attrs *activation;
#endif
} rn_abi_attributes;

/* What fields of type int32_t hold. */
typedef struct rn_abi_values {
    enum rn_status_code status;
    enum rn_dtype dtype;
    enum rn_layout layout;
    enum rn_attr_type attr_type;
    enum rn_epilogue epilogue;
    enum rn_padding padding;
    enum rn_precision precision;
    enum rn_convolution convolution;
    enum rn_tuning tuning;
    enum rn_log_level log_level;
#if RN_ABI_MINOR >= 9
    enum rn_activation activation;
#endif
    enum rn_abi_constant constant;
    enum rn_abi_row row;
} rn_abi_values;

typedef struct rn_abi {
    const rn_abi_structures *structures;
    const rn_abi_attributes *attributes;
    const rn_abi_values *values;
    const rn_abi_slots *slots;
    rn_status (*entry)(const rn_host *host, rn_plugin *plugin);
#if RN_ABI_MINOR >= 9
    const rn_abi_custom *custom;
#endif
#if RN_ABI_MINOR >= 10
    const rn_abi_processes *processes;
#endif
} rn_abi;

/* The entry is compared by its name as well. */
RN_PLUGIN_EXPORT extern const rn_abi rn_abi_anchor;
const rn_abi rn_abi_anchor = { .entry = RN_PLUGIN_ENTRY };

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    (void)plugin;
    return RN_E_PLUGIN;
}
