/* import.h: an ONNX graph on its way to a cfg: what is known of its values, and the layers that its
 * nodes become. */
#ifndef RN_CORE_WEIGHTS_ONNX_IMPORT_H
#define RN_CORE_WEIGHTS_ONNX_IMPORT_H

#include <resnet/op.h>

#include "graph/names.h"
#include "weights/onnx/model.h"
#include "weights/onnx/tensor.h"

#define RN_ONNX_BATCH                                                                              \
    INT64_MIN               /* a length that is the batch's, whatever the exporter's batch was */
#define RN_ONNX_MAX_INTS 16 /* of a shape that the graph computes with */

typedef Onnx__NodeProto rn_onnx_node;

/* A layer of the cfg. */
typedef struct rn_onnx_layer {
    const char *name, *block;
    const char *settings;      /* "channels = 8; kernel = 3; " */
    bool takes_bias, has_bias; /* a convolution or linear layer; one that got its bias */
    const char **inputs;       /* names of layers */
    int32_t n_inputs;
    rn_subsample_attrs subsample; /* of that layer; strides 0: of another */
    struct rn_onnx_layer *next;
} rn_onnx_layer;

typedef enum rn_onnx_kind {
    RN_ONNX_UNMADE,  /* its node has not been looked at yet */
    RN_ONNX_UNKNOWN, /* its node, or one before it, is not supported */
    RN_ONNX_IMAGES,  /* the result of a layer */
    RN_ONNX_TENSOR,  /* constant numbers */
    RN_ONNX_INTS,    /* integers computed from shapes */
    RN_ONNX_PART     /* a part of gelu of a layer's result */
} rn_onnx_kind;

typedef enum rn_onnx_erf { RN_ONNX_NO_ERF, RN_ONNX_ERF, RN_ONNX_ONE_AND_ERF } rn_onnx_erf;

/* A part of gelu: factor * (x, or nothing) * (nothing, erf(x / sqrt 2), or 1 + erf(x / sqrt 2)). */
typedef struct rn_onnx_part {
    double factor;
    bool has_x;
    rn_onnx_erf erf;
} rn_onnx_part;

/* What a name of the graph stands for. */
typedef struct rn_onnx_value {
    const char *name;
    rn_onnx_kind kind;
    const rn_onnx_node *producer; /* NULL: an input or an initialiser */
    int64_t n_readers;

    /* RN_ONNX_IMAGES, and the x of RN_ONNX_PART. A transposed value is the layer's result with axis
     * i being axes[i] of it. */
    int32_t rank;
    int64_t dims[RN_MAX_RANK]; /* dims[0] of a value that is not transposed is RN_ONNX_BATCH */
    int32_t axes[RN_MAX_RANK];
    const char *layer_name; /* "images": the input */
    rn_onnx_layer *layer;   /* NULL: the input */
    int64_t padding[2][2];  /* zeros around it that the next layer has to add: [axis][end] */
    bool is_softmax;        /* its probabilities, which only the output may be */

    rn_onnx_part part; /* RN_ONNX_PART */

    /* RN_ONNX_TENSOR */
    const Onnx__TensorProto *tensor;
    rn_stored stored; /* read when it is first needed: type is then not NULL */

    /* RN_ONNX_INTS */
    int64_t ints[RN_ONNX_MAX_INTS];
    int32_t n_ints;
    int32_t columns; /* of a matrix, row after row; 0: they are a vector */
} rn_onnx_value;

typedef struct rn_onnx {
    rn_weights *weights;
    const char *path;
    const Onnx__ModelProto *model;
    int64_t opset;
    rn_onnx_file *files;
    rn_onnx_value *values; /* in the order of their names */
    size_t n_values;
    rn_onnx_value *input, *output;
    int64_t batch; /* that the exporter fixed; 0: none */
    bool assumes_size;
    const char *settings; /* a cfg's data and training, where the model tells them */
    rn_names names;       /* of layers */
    rn_onnx_layer *first, *last;
    rn_status status; /* the first failure that is not the model's */
} rn_onnx;

/* ---- Values (values.c) ---- */

/* Sets up the table of all values that the graph names. RN_E_DATA where a name stands for two. */
rn_status rn_onnx_values_create(rn_onnx *o);

rn_onnx_value *rn_onnx_find(const rn_onnx *o, const char *name);

/* Input or output i of a node; NULL where the node has none. */
rn_onnx_value *rn_onnx_input(const rn_onnx *o, const rn_onnx_node *node, size_t i);
rn_onnx_value *rn_onnx_result(const rn_onnx *o, const rn_onnx_node *node);

/* Makes the node's result another name for `x`. NULL, the reason why not: none. */
const char *rn_onnx_alias(const rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x);

/* True if `x` is a layer's result as the layer gives it: neither transposed nor still to be padded,
 * and no probabilities. */
bool rn_onnx_is_plain(const rn_onnx_value *x);

/* The tensor's numbers; NULL if `x` is no tensor of floats, or after a failure. */
const rn_stored *rn_onnx_floats(rn_onnx *o, rn_onnx_value *x);

/* Copies the integers of a constant or of a computed shape. Returns how many; -1: `x` has none, or
 * they are a matrix. */
int32_t rn_onnx_ints(rn_onnx *o, rn_onnx_value *x, int64_t ints[RN_ONNX_MAX_INTS]);

/* The number of a constant of one element; false if it is none. */
bool rn_onnx_number(rn_onnx *o, rn_onnx_value *x, double *number);

/* Makes a node's result a constant. */
void rn_onnx_set_number(rn_onnx *o, rn_onnx_value *y, float number);

/* ---- Attributes (attributes.c) ---- */

const Onnx__AttributeProto *rn_onnx_attribute(const rn_onnx_node *node, const char *name);
int64_t rn_onnx_int(const rn_onnx_node *node, const char *name, int64_t otherwise);
double rn_onnx_float(const rn_onnx_node *node, const char *name, double otherwise);

/* Whether the attribute is that text. */
bool rn_onnx_is_text(const rn_onnx_node *node, const char *name, const char *text);

/* Copies the integers of an attribute. Returns how many; -1: absent, or more than `most`. */
int32_t rn_onnx_attribute_ints(const rn_onnx_node *node, const char *name, int64_t *ints,
                               int32_t most);

/* ---- Layers (layers.c) ---- */

/* Adds a layer that reads `x` and gives the node's result, of the shape that the caller then sets.
 * Its name is that of the weight, or is made of the node's. NULL: no memory. */
rn_onnx_layer *rn_onnx_layer_add(rn_onnx *o, const rn_onnx_node *node, const char *block,
                                 const rn_stored *weight, const rn_onnx_value *x);

/* The same for a layer that joins several. */
rn_onnx_layer *rn_onnx_join_add(rn_onnx *o, const rn_onnx_node *node, const char *block,
                                const rn_onnx_value *const *x, int32_t count);

/* Adds to the settings what printf makes. */
void rn_onnx_set(rn_onnx *o, rn_onnx_layer *layer, const char *format, ...) RN_PRINTF(3, 4);

/* Adds the tensor LAYER.suffix. */
void rn_onnx_tensor_add(rn_onnx *o, const rn_onnx_layer *layer, const char *suffix,
                        const rn_stored *tensor);

/* ---- Reasons ---- */

/* Why a node cannot be taken, in memory of the pool. */
#define RN_ONNX_WHY(o, ...) rn_onnx_why(rn_pool_print((o)->weights->pool, __VA_ARGS__))
const char *rn_onnx_why(const char *text);

#endif
