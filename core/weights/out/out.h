/* out.h: a network's weights written for other programs: the formats, and what they are given. */
#ifndef RN_CORE_WEIGHTS_OUT_OUT_H
#define RN_CORE_WEIGHTS_OUT_OUT_H

#include "config/config.h"
#include "config/words.h"
#include "graph/graph.h"
#include "io/safetensors.h"
#include "plan/store.h"
#include "plugin/registry.h"
#include "weights/weights.h"

/* What is written. Everything is borrowed but `tensors`. */
typedef struct rn_out_model {
    const rn_config *config;
    rn_registry *registry;
    rn_dag *dag;              /* prediction of one image, with nothing merged */
    rn_weights *weights;      /* the network's, with its names */
    const char *class_names;  /* a JSON array; NULL: unknown */
    bool fold;                /* batch norms into convolutions, where the format has them apart */
    rn_named_tensor *tensors; /* parameters and running statistics, F32, in the network's order */
    int64_t n_tensors;
    float *copies; /* of tensors that are stored in another form */
} rn_out_model;

/* Sets the tensors of a model whose other fields are set, those that a store of the network names
 * and that its weights are known to have. rn_out_clear frees them, on failure too. */
rn_status rn_out_gather(rn_out_model *model, const rn_store *store);
void rn_out_clear(rn_out_model *model);

/* The tensor of that name; NULL: the network has none. */
const rn_named_tensor *rn_out_find(const rn_out_model *model, const char *name);

typedef enum rn_out_kind {
    RN_OUT_SAFETENSORS = 1,
    RN_OUT_PTH,
    RN_OUT_ONNX,
    RN_OUT_TIMM,
    RN_OUT_TRANSFORMERS,
    RN_OUT_CFG
} rn_out_kind;

/* FORMAT(name, kind, help, ending): the words of --to. An ending "" stands for a folder. */
#define RN_OUT_FORMATS(FORMAT)                                                                     \
    FORMAT(safetensors, RN_OUT_SAFETENSORS,                                                        \
           "a file with PyTorch's names, which also tells the configuration and the classes",      \
           ".safetensors")                                                                         \
    FORMAT(pth, RN_OUT_PTH, "a state dict as torch.save writes it", ".pth")                        \
    FORMAT(onnx, RN_OUT_ONNX, "the network and its weights, opset 17, for any batch size",         \
           ".onnx")                                                                                \
    FORMAT(timm, RN_OUT_TIMM, "a folder with config.json and model.safetensors for timm", "")      \
    FORMAT(transformers, RN_OUT_TRANSFORMERS,                                                      \
           "a folder with config.json, preprocessor_config.json and model.safetensors for "        \
           "ResNetForImageClassification",                                                         \
           "")                                                                                     \
    FORMAT(cfg, RN_OUT_CFG, "the cfg of the network", ".cfg")

/* A format, rn_out_NAME in NAME_out.c. It writes a file, or files into a folder, each atomically;
 * RN_E_DATA names what the format cannot express. */
typedef rn_status rn_out_write(const rn_out_model *model, const char *path);
#define RN_OUT_DECLARE(name, kind, help, ending) rn_out_write rn_out_##name;
RN_OUT_FORMATS(RN_OUT_DECLARE)

typedef struct rn_out_format {
    const char *name;
    rn_out_kind kind;
    const char *ending;
    rn_out_write *write;
} rn_out_format;

/* By kind; and by the ending of a path, NULL where it tells none. */
const rn_out_format *rn_out_by_kind(rn_out_kind kind);
const rn_out_format *rn_out_by_path(const char *path);
bool rn_out_is_folder(const rn_out_format *format);

#endif
