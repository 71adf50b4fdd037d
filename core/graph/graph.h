/* graph.h: the graph of operators. It is built through the builder of include/resnet/graph.h,
 * rewritten by the passes, and frozen by the plan. */
#ifndef RN_CORE_GRAPH_GRAPH_H
#define RN_CORE_GRAPH_GRAPH_H

#include <resnet/backend.h>
#include <resnet/block.h>
#include <stdbool.h>

#include "graph/names.h"
#include "plugin/process_state.h"

typedef struct rn_op rn_op;
typedef struct rn_custom_node rn_custom_node;
struct rn_loaded_op;
typedef struct rn_node rn_node;
typedef struct rn_dag rn_dag;

typedef enum rn_role {
    RN_ROLE_ACTIVATION = 1, /* computed by an operator; shares the arena */
    RN_ROLE_INPUT,          /* uploaded by the host before each step */
    RN_ROLE_RUN,            /* several kept tensors, end to end; see rn_dag_run */
    RN_ROLE_PARAM,          /* kept between steps, trained */
    RN_ROLE_STATE,     /* kept between steps, updated by the forward pass: running statistics */
    RN_ROLE_OPTIMIZER, /* kept between steps, updated by the optimizer: velocity */
    RN_ROLE_AVERAGE,   /* kept between steps: averages of parameters and statistics */
    RN_ROLE_SCRATCH    /* kept between steps, but not in files: sums of gradients */
} rn_role;

/* The initial content of a kept tensor. */
typedef enum rn_init {
    RN_INIT_ZERO = 1,
    RN_INIT_ONE,
    RN_INIT_WEIGHT,   /* by network.init */
    RN_INIT_BIAS,     /* by network.init, with the fan of its layer's weight */
    RN_INIT_CONSTANT, /* init_value everywhere */
    RN_INIT_NORMAL,   /* init_value is the standard deviation */
    RN_INIT_UNIFORM   /* init_value is the bound */
} rn_init;

struct rn_value {
    /* "layer1.0.conv1.weight"; of an activation, its node's name, followed by :index unless 0. */
    char *name;
    rn_tensor_desc desc;
    rn_role role;
    rn_node *producer; /* NULL for an input or a kept tensor */
    rn_value *base;    /* the value that this one is a view of; NULL if it is not a view */
    rn_value *run;     /* the run that this activation is a part of; see rn_dag_run; or NULL */
    uint64_t run_offset;
    rn_value **parts; /* of a run; NULL: it is none */
    int32_t n_parts;
    rn_value *gradient; /* of the loss with respect to this value; set by autodiff */
    int32_t n_readers;  /* how many node inputs read it, not counting its views; see rn_dag_index */
    rn_node *reader;    /* the only reader if n_readers is 1 */
    rn_value *copies, *next_copy; /* the list of its copies in other layouts; set by layout */
    rn_value *moved; /* the copy in another layout that an operator updates; set by layout */
    rn_value *plain; /* the plain copy that the host reads, if this is not plain; set by layout */
    rn_init init;
    int64_t fan_in, fan_out; /* RN_INIT_WEIGHT and RN_INIT_BIAS */
    double init_value;       /* RN_INIT_CONSTANT and after */
    bool needs_gradient;
    bool is_norm, is_bias; /* of a parameter: whose weight decay has keys of its own */
    double rate_factor;    /* of a parameter: times the step's learning rate is its own; else 1 */
    double weight_decay;   /* of a parameter; set by groups */
    int32_t generation;    /* of a parameter: growths before it had its shape; set by births */
    const rn_value *owner; /* of what the update keeps of a tensor, such as a velocity: that tensor;
                            * else NULL */
    int32_t owner_slot;    /* distinguishes tensors of the same owner and role */
    bool is_frozen;        /* kept, and no step of training changes it; set by groups and freeze */
    bool pinned;           /* keeps its memory until the end of the step */
    bool shown;            /* can be downloaded right after the launch that computes it */
    bool is_constant;      /* keeps its memory between steps, outside the arena; set by constant */
    int32_t last_constant; /* of a kept tensor that no step reads: how many operators have run once
                            * the last one that reads it has; else 0; set by constant */
    int32_t index;         /* in dag->values */
};

typedef enum rn_phase { RN_PHASE_FORWARD = 1, RN_PHASE_BACKWARD, RN_PHASE_UPDATE } rn_phase;

#define RN_MAX_PORTS RN_MAX_OPERANDS

struct rn_node {
    const rn_op *op;
    char *name; /* the layer's path, "layer1.0.conv1" */
    void *attrs;
    rn_custom_node *custom; /* owned; NULL but for an operator that a plugin brings */
    rn_phase phase;
    int32_t position;        /* in dag->nodes; valid from rn_dag_index to rn_dag_compact */
    uint32_t inplace_inputs; /* those the backend allows besides op->inplace_inputs; set by plan */
    /* Indexed by the slots of include/resnet/operators.h; NULL for an absent operand. n_inputs and
     * n_outputs are the numbers of slots, or more if the last slot is a REST. */
    int32_t n_inputs, n_outputs;
    rn_value *inputs[RN_MAX_PORTS];
    rn_value *outputs[RN_MAX_PORTS];
};

/* A single layer of the cfg's list, or one block of a stage: a row of the summary. */
typedef struct rn_layer {
    char *path;                  /* "layer1.0" */
    char *block;                 /* "residual/basic" */
    int32_t first_node, n_nodes; /* in dag->nodes as built, before the passes */
    const rn_value *output;      /* the layer's input if the block adds no operator */
} rn_layer;

#define RN_IMAGES "images" /* what layers of a cfg call the images */
#define RN_MAX_OUTPUTS 64
#define RN_MAX_GENERATIONS 65

/* An input for the learning rate of the parameters that have this factor. */
typedef struct rn_rate {
    rn_value *input;
    double factor;
} rn_rate;

#define RN_MAX_VALUE_CHUNKS 24 /* a thousand million values */

struct rn_dag {
    rn_graph builder; /* passed to blocks; builder.core points to this dag */
    bool training;
    bool is_parallel;   /* trained by several ranks; set by parallel */
    int32_t mask_dtype; /* RN_BIT or RN_U8, whichever the backend supports */
    int64_t n_classes;
    uint32_t n_dropouts;
    int64_t n_operations; /* arithmetic operations of a step; see rn_op_count */

    rn_node **nodes; /* in execution order */
    int32_t n_nodes, node_capacity;
    rn_value **values;
    int32_t n_values, n_value_chunks;
    rn_value *value_chunks[RN_MAX_VALUE_CHUNKS]; /* see values.c */
    rn_names names;                              /* of nodes and values */

    rn_layer *layers;
    int32_t n_layers, layer_capacity;

    /* Inputs and results; NULL if not needed. */
    rn_value *images, *labels, *random;
    rn_value *bytes, *byte_values; /* of which the images are made; NULL: images are an input */
    rn_value *loss_scale;          /* factor of the gradient of the loss */
    rn_value *update_scale;        /* by which the updates divide the gradients, and the flag */
    rn_value *square_sum;          /* 0 */
    rn_value *sum_factors;         /* of the sums of gradients: 1 or 0, and 1 */
    rn_value *average_factors;     /* of the averages: the share that stays, and the rest */
    /* Of adamw and lamb, by generation: 1 - beta^t for each of `betas`. */
    rn_value *corrections[RN_MAX_GENERATIONS];
    double betas[2];
    rn_rate *rates;
    int32_t n_rates, rate_capacity;
    rn_value *logits, *loss, *probabilities, *gradient_norm;
    rn_value *outputs[RN_MAX_OUTPUTS]; /* those asked for besides, pinned */

    /* The layer being built, for names and messages. */
    char *path;       /* "layer1.0"; NULL at the top level */
    char *location;   /* "resnet20.cfg:31: stage layer2, block 1 (residual/basic)", or NULL */
    rn_status status; /* the first failure; later calls do nothing */
    rn_phase phase;   /* of the nodes that are appended */

    /* How a block finds another one, and operators of plugins; set by net.c. */
    rn_status (*find_block)(void *context, const char *name, const rn_block **block);
    rn_status (*find_custom)(void *context, const char *name, const struct rn_loaded_op **op);
    void *find_block_context;
    const char *plugin; /* of the block being built, "residual"; "" for built-in layers */
    int32_t block_depth;
    rn_process_state *process_state; /* before the first block of a plugin, while the network is
                                      * built; NULL: none was */
};

rn_status rn_dag_create(bool training, int32_t mask_dtype, rn_dag **out);
void rn_dag_destroy(rn_dag *dag);

/* Sets dag->builder (builder.c, builder_custom.c). */
void rn_builder_init(rn_dag *dag);
rn_value *rn_builder_custom(rn_graph *g, const rn_custom_use *use);
rn_value *rn_builder_parameter(rn_graph *g, const char *name, const rn_parameter_desc *desc);

/* The path of a new node: BLOCK.name, or BLOCK if `name` is "". Without a name, BLOCK.op, numbered
 * from the second on; or BLOCK if that already ends in the operator's name. NULL if there is no
 * memory. */
char *rn_builder_path(const rn_dag *dag, const char *op, const char *name);

/* False, after a failure, for a name that no layer may have. NULL: rn_builder_path chooses one. */
bool rn_builder_check_name(rn_dag *dag, const char *name);

/* RN_E_SHAPE where the network has as many operators as it may have. */
bool rn_builder_check_count(rn_dag *dag);

/* Adds a value without a name (values.c). NULL if there is no memory. */
rn_value *rn_dag_add_value(rn_dag *dag);

/* True if `value`, which may be any pointer, is a value of this graph. */
bool rn_dag_owns(const rn_dag *dag, const rn_value *value);

void rn_dag_free_values(rn_dag *dag);

/* Adds an input of the step. */
rn_value *rn_dag_input(rn_dag *dag, const char *name, const rn_tensor_desc *desc);

/* Adds an input for learning rates. */
rn_value *rn_dag_rate(rn_dag *dag, const char *name, const rn_tensor_desc *desc, double factor);

/* The input of the seed and the step; added when it is first asked for. */
rn_value *rn_dag_random(rn_dag *dag);

/* Appends an operator with the parameters and outputs that its `infer` creates. */
rn_status rn_dag_op(rn_dag *dag, const char *op, const char *name, const void *attrs,
                    rn_value *const *inputs, int32_t n_inputs, rn_node **out);

/* Appends an operator with its first inputs. The other inputs are absent, and rn_dag_output adds
 * the outputs. For gradient rules and passes. */
rn_node *rn_dag_node(rn_dag *dag, const char *op, const char *name, const void *attrs,
                     rn_value *const *inputs, int32_t n_inputs);

/* Appends an operator that a plugin brings, with its outputs. Takes ownership of `custom`, also on
 * failure. */
rn_status rn_dag_custom(rn_dag *dag, rn_custom_node *custom, const char *name,
                        rn_value *const *inputs, int32_t n_inputs, rn_node **out);

/* Appends a node of an operator with its first inputs and nothing else. */
rn_node *rn_dag_add_node(rn_dag *dag, const rn_op *op, const char *name, rn_value *const *inputs,
                         int32_t n_inputs);

/* Appends a node that is not in dag->nodes. Takes ownership, also on failure. */
rn_status rn_dag_append(rn_dag *dag, rn_node *node);

/* Creates the node's output `slot`. NULL after a failure, which is in dag->status. */
rn_value *rn_dag_output(rn_dag *dag, rn_node *node, int32_t slot, const rn_tensor_desc *desc);

/* Frees a node that is not, or no longer, in dag->nodes. */
void rn_node_destroy(rn_node *node);

/* For passes that remove and move nodes. rn_dag_index sets each node's position and each value's
 * readers; the pass updates those that it relies on. rn_dag_compact removes the NULLs that removed
 * and moved nodes have left in dag->nodes. */
void rn_dag_index(rn_dag *dag);
void rn_dag_compact(rn_dag *dag);

/* Removes a node from the graph and frees it; its outputs then have no producer. */
void rn_dag_drop(rn_dag *dag, rn_node *node);

/* Moves a node to an empty position. */
void rn_dag_move(rn_dag *dag, rn_node *node, int32_t position);

/* True if the node's operator is `op`. */
bool rn_node_is(const rn_node *node, const char *op);

/* True if output 0 is a view: another shape of an input's memory. No backend runs such a node. */
bool rn_node_is_view(const rn_node *node);

/* Adds an output that is a view of `base` with another shape. */
rn_value *rn_dag_view(rn_dag *dag, rn_node *node, rn_value *base, const rn_tensor_desc *desc);

/* Adds a run: one tensor of all elements of the n parts, which are plain floats and lie end to end,
 * so that an operator can go through all of them at once. Each part but the last takes a multiple
 * of 64 bytes. Kept parts follow each other in rn_kept_order; of activations, the caller sets
 * `run` and `run_offset` once the run is used. NULL if there is no memory. */
rn_value *rn_dag_run(rn_dag *dag, rn_value *const *parts, int32_t n);

#define RN_RUN_BYTES (UINT64_C(1) << 20) /* of one run, at most */

/* Bytes in memory to which all tensors are aligned; a cache line, and an AVX-512 register. */
#define RN_ALIGNMENT 64

/* The kept tensors in the order in which they lie in memory: tensors that one operator may update
 * together, of the same role, decay and learning rate, in the order of the layers. It is the same
 * for all passes of a network. The caller frees the list. */
rn_status rn_kept_order(const rn_dag *dag, rn_value ***list, int32_t *n);

/* Creates the node's input `slot`: a kept tensor "NODE.suffix". */
rn_value *rn_dag_kept(rn_dag *dag, rn_node *node, int32_t slot, const char *suffix,
                      const rn_tensor_desc *desc, rn_role role, rn_init init);

/* The same for what the update keeps of `owner`, of its shape. */
rn_value *rn_dag_own(rn_dag *dag, rn_node *node, int32_t slot, const char *suffix,
                     const rn_value *owner, rn_role role, rn_init init);

/* Creates a kept tensor of this name, which belongs to no node. Takes ownership of `name`, which is
 * NULL if its allocation failed. */
rn_value *rn_dag_keep(rn_dag *dag, char *name, const rn_tensor_desc *desc, rn_role role,
                      rn_init init);

/* Creates input `slot`, the parameter "NODE.weight". Fans are as in PyTorch: fan_in is the number
 * of elements divided by shape[0], fan_out by shape[1]. */
rn_status rn_dag_weight(rn_dag *dag, rn_node *node, int32_t slot, const rn_tensor_desc *desc);

/* Creates input `slot`, the parameter "NODE.bias" that belongs to `weight`. */
rn_status rn_dag_bias(rn_dag *dag, rn_node *node, int32_t slot, const rn_value *weight);

/* Adds `gradient` to the gradient of the loss with respect to `value`. Does nothing if the value
 * needs none. For gradient rules. */
void rn_dag_add_gradient(rn_dag *dag, rn_value *value, rn_value *gradient);

/* Appends the gradient operator `op` of a node, with the node's name and attributes. Both lists
 * have an entry for each slot of `op`, NULL if absent: inputs[i] becomes input i, and output i is
 * added to the gradient of targets[i]. `op` has no REST. */
rn_status rn_dag_gradient_op(rn_dag *dag, const rn_node *node, const char *op,
                             rn_value *const *inputs, rn_value *const *targets);

/* True if a layer may have this name: letters, digits and _ - . only, because it becomes part of
 * the names of tensors in files and tables. */
bool rn_dag_name_is_valid(const char *name);

/* The value of this name, or NULL. */
rn_value *rn_dag_find(const rn_dag *dag, const char *name);

/* Begin and end a layer; the nodes appended in between belong to it. */
rn_status rn_dag_begin_layer(rn_dag *dag, const char *path, const char *block);
void rn_dag_end_layer(rn_dag *dag, rn_value *output);

/* Builds a block on x, under the path `name` within the current block. */
rn_value *rn_dag_block(rn_dag *dag, const rn_block *block, const rn_attrs *attrs, const char *name,
                       rn_value *x);

/* The plugin of a block, "residual" of "residual/basic" (its blocks call each other without it); ""
 * for a built-in layer. */
void rn_block_plugin(const char *block_name, char *plugin, size_t size);

/* The value whose memory this one uses: itself, or what it is a view of. */
rn_value *rn_value_storage(rn_value *value);

/* The value if a gradient of it is wanted, else NULL. */
rn_value *rn_value_if_trained(rn_value *value);

/* True if the value is kept between steps. */
bool rn_value_is_kept(const rn_value *value);

/* The value's producer if that is an `op` whose result has one reader and is not pinned, else NULL.
 * Only between rn_dag_index and rn_dag_compact. */
rn_node *rn_value_sole_producer(const rn_value *value, const char *op);

/* A description with the plain layout, and one with the shape of `desc`. Their size_bytes is 0 if a
 * dimension is not positive or the tensor is too large to address. */
rn_tensor_desc rn_desc_make(int32_t dtype, int32_t rank, const int64_t *shape);
rn_tensor_desc rn_desc_like(const rn_tensor_desc *desc, int32_t dtype);

/* The number of elements. */
int64_t rn_desc_count(const rn_tensor_desc *desc);

/* RN_E_SHAPE if a dimension is not positive, if a dimension or the pixels of an image do not fit in
 * 31 bits, or if the bytes do not fit in 63. */
rn_status rn_desc_check(const rn_tensor_desc *desc);
bool rn_desc_same_shape(const rn_tensor_desc *a, const rn_tensor_desc *b);

/* Prints "(128, 64, 24, 24)" into `text` and returns it. */
const char *rn_desc_text(const rn_tensor_desc *desc, char *text, uint64_t size);

#define RN_DESC_TEXT 200
#define RN_DESC_STRING(desc) rn_desc_text(desc, (char[RN_DESC_TEXT]){ 0 }, RN_DESC_TEXT)

#endif
