/* onnx_cases.h: ONNX node tests expressed by our operators. */
#ifndef RN_TESTS_ONNX_CASES_H
#define RN_TESTS_ONNX_CASES_H

#include "ops/onnx_reader.h"
#include "support/op_oracle.h"

/* A node test, as read from its folder. */
typedef struct onnx_case {
    onnx_model model;
    onnx_tensor given[ONNX_MAX], expected[ONNX_MAX];
    int32_t n_given, n_expected;
    const onnx_tensor *inputs[ONNX_MAX]; /* given tensors or initializers; NULL: absent */
} onnx_case;

/* True if the model is one node whose operator has an equivalent. */
bool onnx_case_supported(const onnx_model *model);

/* Fills in the chain, its attributes and inputs, and puts the results into `expected` under the
 * chain's names. Returns NULL, or the reason why the case cannot be expressed. */
const char *onnx_case_express(const onnx_case *o, op_case *c, op_set *expected);

#endif
