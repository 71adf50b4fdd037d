/* graph.h: the graph of operators, which only grows until the plan freezes it. Implements the
 * builder of include/resnet/graph.h. */
#ifndef RN_CORE_GRAPH_GRAPH_H
#define RN_CORE_GRAPH_GRAPH_H

#include <resnet/backend.h>
#include <resnet/block.h>
#include <stdbool.h>

#include "graph/names.h"

typedef struct rn_op rn_op;
typedef struct rn_node rn_node;
typedef struct rn_dag rn_dag;

typedef enum rn_role {
    RN_ROLE_ACTIVATION = 1, /* made by an operator; shares the arena */
    RN_ROLE_INPUT,          /* given by the host before each step */
    RN_ROLE_PARAM,          /* kept between steps, trained */
    RN_ROLE_STATE,    /* kept between steps, updated by the forward pass: running statistics */
    RN_ROLE_OPTIMIZER /* kept between steps, updated by the optimizer: velocity */
} rn_role;

/* How a kept tensor starts. */
typedef enum rn_init {
    RN_INIT_ZERO = 1,
    RN_INIT_ONE,
    RN_INIT_WEIGHT, /* by network.init */
    RN_INIT_BIAS    /* by network.init, from the fan of the weight beside it */
} rn_init;

struct rn_value {
    char
        *name; /* "layer1.0.conv1.weight"; of an activation its node's name, then :index unless 0 */
    rn_tensor_desc desc;
    rn_role role;
    rn_node *producer;  /* NULL: input or kept */
    rn_value *base;     /* a view of this value; NULL: memory of its own */
    rn_value *gradient; /* of the loss; set by autodiff */
    int32_t n_readers;  /* inputs of nodes that read it, not its views; set by rn_dag_index */
    rn_node *reader;    /* where n_readers is 1: who reads it */
    rn_value *copies, *next_copy; /* in other layouts, a list; set by layout */
    rn_value *moved; /* the copy in another layout that an operator updates; set by layout */
    rn_value *plain; /* what the host reads instead, where this one is not plain; set by layout */
    rn_init init;
    int64_t fan_in, fan_out; /* RN_INIT_WEIGHT and BIAS */
    bool needs_gradient;
    bool is_norm, is_bias; /* parameter groups of weight decay */
    bool pinned;           /* keeps its memory to the end of the step */
    bool is_constant;      /* keeps it from step to step, outside of the arena; set by constant */
    int32_t index;         /* in dag->values */
};

typedef enum rn_phase { RN_PHASE_FORWARD = 1, RN_PHASE_BACKWARD, RN_PHASE_UPDATE } rn_phase;

#define RN_MAX_PORTS RN_MAX_OPERANDS

struct rn_node {
    const rn_op *op;
    char *name; /* the layer's path, "layer1.0.conv1" */
    void *attrs;
    rn_phase phase;
    int32_t place;           /* in dag->nodes, between rn_dag_index and rn_dag_close */
    uint32_t inplace_inputs; /* besides the operator's own, by the backend's answer; set by plan */
    /* By the slots of include/resnet/operators.h; NULL: absent. As many as there are slots, but
     * where the last one is a REST. */
    int32_t n_inputs, n_outputs;
    rn_value *inputs[RN_MAX_PORTS];
    rn_value *outputs[RN_MAX_PORTS];
};

/* One entry of the cfg's list, or one block of a stage: a row of the summary. */
typedef struct rn_layer {
    char *path;                  /* "layer1.0" */
    char *block;                 /* "residual/basic" */
    int32_t first_node, n_nodes; /* in dag->nodes as built, before anything is merged */
    const rn_value *output;      /* its input where the block does nothing */
} rn_layer;

struct rn_dag {
    rn_graph builder; /* what blocks see; builder.core is this */
    bool training;
    bool is_parallel;   /* of one rank among several; set by parallel */
    int32_t mask_dtype; /* RN_BIT or RN_U8, as the backend can */
    int64_t n_classes;
    uint32_t n_dropouts;
    int64_t n_operations; /* of the operators so far, as op.h counts them */

    rn_node **nodes; /* in an order in which they can run */
    int32_t n_nodes, node_capacity;
    rn_value **values;
    int32_t n_values, value_capacity;
    rn_names names; /* of nodes and values */

    rn_layer *layers;
    int32_t n_layers, layer_capacity;

    /* Inputs; NULL where not needed. */
    rn_value *images, *labels, *random, *learning_rate, *loss_scale;
    rn_value *logits, *loss, *probabilities;

    /* Where the build is, for names and messages. */
    char *path;       /* "layer1.0"; "" at the top */
    char *place;      /* "resnet20.cfg:31: stage layer2, block 1 (residual/basic)"; "" where none */
    rn_status status; /* sticky */
    rn_phase phase;

    /* How blocks find each other; set by net.c. */
    rn_status (*find_block)(void *context, const char *name, const rn_block **block);
    void *find_block_context;
    const char *plugin; /* of the block being built, "residual"; "" for built-in layers */
    int32_t block_depth;
};

rn_status rn_dag_create(bool training, int32_t mask_dtype, rn_dag **out);
void rn_dag_destroy(rn_dag *dag);

/* Fills in dag->builder (builder.c). */
void rn_builder_init(rn_dag *dag);

/* A new input of the step. */
rn_value *rn_dag_input(rn_dag *dag, const char *name, const rn_tensor_desc *desc);

/* Appends an operator with everything that its rule makes. */
rn_status rn_dag_op(rn_dag *dag, const char *op, const char *name, const void *attrs,
                    rn_value *const *inputs, int32_t n_inputs, rn_node **out);

/* Appends a bare operator with its first inputs; the others are absent, and outputs are added by
 * rn_dag_output. For gradient rules and passes. */
rn_node *rn_dag_node(rn_dag *dag, const char *op, const char *name, const void *attrs,
                     rn_value *const *inputs, int32_t n_inputs);

/* Appends a node that was taken out of the list; the dag owns it also after a failure. */
rn_status rn_dag_append(rn_dag *dag, rn_node *node);

/* Makes the node's output `slot`. NULL where memory ran out (the dag is then failed). */
rn_value *rn_dag_output(rn_dag *dag, rn_node *node, int32_t slot, const rn_tensor_desc *desc);

/* Frees a node that is not, or no longer, in the graph's list. */
void rn_node_destroy(rn_node *node);

/* For passes that take nodes out and move them: notes where each node is and who reads each value;
 * the pass itself keeps true what it needs of that. Places that nodes have left are NULL until
 * rn_dag_close. */
void rn_dag_index(rn_dag *dag);
void rn_dag_close(rn_dag *dag);

/* Takes a node out of the graph and frees it; its results then have no producer. */
void rn_dag_drop(rn_dag *dag, rn_node *node);

/* Moves a node to an empty place. */
void rn_dag_move(rn_dag *dag, rn_node *node, int32_t place);

bool rn_node_is(const rn_node *node, const char *op);

/* Is its result another shape of the same memory? Then no backend sees it. */
bool rn_node_is_view(const rn_node *node);

/* Makes output 0 a view of `base` with another shape. */
rn_value *rn_dag_view(rn_dag *dag, rn_node *node, rn_value *base, const rn_tensor_desc *desc);

/* Makes the node's input `slot`: a kept tensor "NODE.suffix". */
rn_value *rn_dag_kept(rn_dag *dag, rn_node *node, int32_t slot, const char *suffix,
                      const rn_tensor_desc *desc, rn_role role, rn_init init);

/* Makes input `slot` the parameter "NODE.weight" of this description, whose fans are PyTorch's
 * (elements over the first and over the second dimension). */
rn_status rn_dag_weight(rn_dag *dag, rn_node *node, int32_t slot, const rn_tensor_desc *desc);

/* Makes input `slot` the parameter "NODE.bias" beside such a weight. */
rn_status rn_dag_bias(rn_dag *dag, rn_node *node, int32_t slot, const rn_value *weight);

/* Adds `gradient` to what is known of the loss's gradient of `value`; for gradient rules. Does
 * nothing where the value needs none. */
void rn_dag_add_gradient(rn_dag *dag, rn_value *value, rn_value *gradient);

/* Appends the gradient operator `op` of a node, with the node's name and attributes. Both lists
 * have all slots of `op`, NULL where absent: inputs[i] becomes input i, and output i is the
 * gradient of targets[i]. `op` has no REST. */
rn_status rn_dag_gradient_op(rn_dag *dag, const rn_node *node, const char *op,
                             rn_value *const *inputs, rn_value *const *targets);

/* Has it only letters that names of layers may have? They become names of tensors, and go into
 * files and tables. */
bool rn_dag_name_fits(const char *name);

/* The value of this name, or NULL. */
rn_value *rn_dag_find(const rn_dag *dag, const char *name);

/* Begins and ends a layer: the nodes appended in between are its own. */
rn_status rn_dag_begin_layer(rn_dag *dag, const char *path, const char *block);
void rn_dag_end_layer(rn_dag *dag, const rn_value *output);

/* Builds a block under `name` on x. */
rn_value *rn_dag_block(rn_dag *dag, const rn_block *block, const rn_attrs *attrs, const char *name,
                       rn_value *x);

/* The plugin part of "residual/basic", whose blocks call each other by bare names; "" of a built-in
 * layer. */
void rn_block_plugin(const char *block_name, char *plugin, size_t size);

/* The memory behind a value: itself, or what it is a view of. */
rn_value *rn_value_storage(rn_value *value);

/* Does it outlive the step? */
bool rn_value_is_kept(const rn_value *value);

/* Between rn_dag_index and rn_dag_close: the value's producer, if that is an `op` whose result one
 * input reads, and the host does not. */
rn_node *rn_value_lone_producer(const rn_value *value, const char *op);

/* Descriptions. */
rn_tensor_desc rn_desc_make(int32_t dtype, int32_t rank, const int64_t *shape);
rn_tensor_desc rn_desc_like(const rn_tensor_desc *desc, int32_t dtype);
int64_t rn_desc_count(const rn_tensor_desc *desc);
/* RN_E_SHAPE where a dimension is not positive, it or the pixels of an image do not fit in 31 bits,
 * or the bytes do not fit in 63. */
rn_status rn_desc_check(const rn_tensor_desc *desc);
bool rn_desc_same_shape(const rn_tensor_desc *a, const rn_tensor_desc *b);
/* "(128, 64, 24, 24)" into text; returns text. */
const char *rn_desc_text(const rn_tensor_desc *desc, char *text, uint64_t size);

#define RN_DESC_TEXT 200
#define RN_DESC_STRING(desc) rn_desc_text(desc, (char[RN_DESC_TEXT]){ 0 }, RN_DESC_TEXT)

#endif
