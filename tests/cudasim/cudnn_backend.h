/* cudnn_backend.h: cuDNN's graph interface (cudnnBackend…) in the stand-in for cuDNN: descriptors
 * with attributes, operation graphs of one convolution and its epilogue, engines and plans. */
#ifndef RN_TESTS_CUDNN_BACKEND_H
#define RN_TESTS_CUDNN_BACKEND_H

#include "cudnn_sim.h"

#define DNN_PART "cudnnBackendDescriptor_t"

/* ---- attributes: cudnn_backend_table.c ---- */

enum {
    DNN_REQUIRED = 1, /* finalising fails without it */
    DNN_SET = 2,      /* can be set */
    DNN_COMPUTED = 4  /* can be read after finalising, but not set */
};

typedef struct dnn_attribute {
    cudnnBackendDescriptorType_t of;
    cudnnBackendAttributeName_t name;
    cudnnBackendAttributeType_t type;
    int64_t most; /* elements */
    int flags;
    int link; /* the type of the descriptors that it holds; -1: any operation */
} dnn_attribute;

/* The attribute's row; NULL: such descriptors have none of that name. */
const dnn_attribute *dnn_attribute_find(cudnnBackendDescriptorType_t of,
                                        cudnnBackendAttributeName_t name);
/* Row i of those of a type; NULL: there are fewer. */
const dnn_attribute *dnn_attribute_at(cudnnBackendDescriptorType_t of, int i);
bool dnn_part_type_exists(cudnnBackendDescriptorType_t type);
bool dnn_is_operation(cudnnBackendDescriptorType_t type);
size_t dnn_element_bytes(cudnnBackendAttributeType_t type);

/* ---- descriptors: cudnn_backend.c ---- */

/* An operation graph, as those who are made from it keep it. */
enum { DNN_X, DNN_W, DNN_Y, DNN_Z, DNN_BIAS, DNN_OPERANDS };
typedef struct dnn_graph {
    dnn_problem problem;
    bool fused, relu;
    bool has[DNN_OPERANDS];
    int64_t names[DNN_OPERANDS], alignments[DNN_OPERANDS];
    struct cudnnTensorStruct z, bias;
    float alpha, beta;
} dnn_graph;

enum { DNN_KNOBS = 4 };
typedef struct dnn_config {
    int64_t engine;
    int n_knobs;
    int64_t types[DNN_KNOBS], values[DNN_KNOBS];
} dnn_config;

enum { DNN_ATTRIBUTES = 9, DNN_ATTRIBUTE_BYTES = 256 };
typedef struct dnn_part {
    cudnnBackendDescriptorType_t type;
    bool final;
    struct {
        int64_t n;
        _Alignas(8) unsigned char bytes[DNN_ATTRIBUTE_BYTES];
    } values[DNN_ATTRIBUTES]; /* by the row in the table */
    dnn_graph graph;          /* of graphs, and of what is made from one */
    dnn_config config;        /* of engines, configurations and plans */
} dnn_part;

/* A set attribute's values; NULL: it was not set. */
const void *dnn_part_values(const dnn_part *part, cudnnBackendAttributeName_t name, int64_t *n);
/* Its only value, or `absent`. */
int64_t dnn_part_int(const dnn_part *part, cudnnBackendAttributeName_t name, int64_t absent);
/* The descriptor that it holds; NULL: none. */
dnn_part *dnn_part_link(const dnn_part *part, cudnnBackendAttributeName_t name);

/* ---- finalising: cudnn_backend_graph.c, cudnn_backend_engine.c ---- */

cudnnStatus_t dnn_tensor_part_finish(const dnn_call *call, dnn_part *part);
cudnnStatus_t dnn_convolution_part_finish(const dnn_call *call, dnn_part *part);
cudnnStatus_t dnn_operation_finish(const dnn_call *call, dnn_part *part);
cudnnStatus_t dnn_graph_finish(const dnn_call *call, dnn_part *part);
cudnnStatus_t dnn_engine_finish(const dnn_call *call, dnn_part *part);
cudnnStatus_t dnn_config_finish(const dnn_call *call, dnn_part *part);
cudnnStatus_t dnn_plan_finish(const dnn_call *call, dnn_part *part);
cudnnStatus_t dnn_pack_finish(const dnn_call *call, dnn_part *part);

/* The values of a computed attribute; returns how many there are, and fills at most n. */
int64_t dnn_notes_get(const dnn_part *engine, int64_t n, cudnnBackendNumericalNote_t *notes);
cudnnStatus_t dnn_results_get(const dnn_call *call, const dnn_part *heuristics, int64_t n,
                              int64_t *found, cudnnBackendDescriptor_t *configs);
cudnnStatus_t dnn_config_engine_get(const dnn_call *call, const dnn_part *config,
                                    cudnnBackendDescriptor_t engine);
cudnnStatus_t dnn_config_knobs_get(const dnn_call *call, const dnn_part *config, int64_t n,
                                   int64_t *found, cudnnBackendDescriptor_t *choices);
int64_t dnn_engine_count(const dnn_graph *graph);
int64_t dnn_plan_workspace(const dnn_part *plan);

/* Engines that are accepted and refuse to run; those that take beta for 0; those whose results are
 * too imprecise for anyone; those that round operands to tf32; and the algorithm by whose rules
 * one computes. */
bool dnn_engine_refuses(const dnn_config *config);
bool dnn_engine_forgets(const dnn_config *config);
bool dnn_engine_spoils(const dnn_config *config);
bool dnn_engine_rounds(const dnn_config *config);
int dnn_engine_algo(const dnn_graph *graph, const dnn_config *config);

#endif
