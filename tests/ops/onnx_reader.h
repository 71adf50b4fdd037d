/* onnx_reader.h: reads the files of ONNX node tests: a model with one node, and tensors. */
#ifndef RN_TESTS_ONNX_READER_H
#define RN_TESTS_ONNX_READER_H

#include <resnet/status.h>
#include <stdint.h>

#define ONNX_MAX 16
#define ONNX_NAME_MAX 64

/* Values of TensorProto.DataType. */
enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT64 = 7 };

typedef struct onnx_tensor {
    char name[ONNX_NAME_MAX];
    int64_t type; /* ONNX_…; with any other type there are no data */
    int32_t rank;
    int64_t shape[8];
    int64_t count;
    float *floats;     /* with ONNX_FLOAT */
    int64_t *integers; /* with ONNX_INT64 */
} onnx_tensor;

typedef struct onnx_attribute {
    char name[ONNX_NAME_MAX];
    double number; /* the attribute's f or i */
    char text[ONNX_NAME_MAX];
    int64_t integers[ONNX_MAX];
    int32_t n_integers;
} onnx_attribute;

/* A model's first node, and the initializers. */
typedef struct onnx_model {
    char op[ONNX_NAME_MAX];
    char inputs[ONNX_MAX][ONNX_NAME_MAX];
    onnx_attribute attributes[ONNX_MAX];
    onnx_tensor initializers[ONNX_MAX];
    int32_t n_inputs, n_outputs, n_attributes, n_initializers;
    int32_t n_nodes; /* in the model; only the first one is read */
} onnx_model;

/* RN_E_DATA if the bytes are invalid or exceed a limit. After its clear function, a structure may
 * be reused. */
rn_status onnx_tensor_parse(const uint8_t *bytes, uint64_t size_bytes, onnx_tensor *tensor);
rn_status onnx_model_parse(const uint8_t *bytes, uint64_t size_bytes, onnx_model *model);
void onnx_tensor_clear(onnx_tensor *tensor);
void onnx_model_clear(onnx_model *model);

/* The attribute by name, or NULL. */
const onnx_attribute *onnx_model_attribute(const onnx_model *model, const char *name);

#endif
