/* onnx_cases.h: ONNX node tests in the terms of our operators. */
#ifndef RN_TESTS_ONNX_CASES_H
#define RN_TESTS_ONNX_CASES_H

#include "ops/onnx_reader.h"
#include "support/op_oracle.h"

/* A node test as read from its folder. */
typedef struct onnx_case {
    onnx_model model;
    onnx_tensor given[ONNX_MAX], expected[ONNX_MAX];
    int32_t n_given, n_expected;
    const onnx_tensor *inputs[ONNX_MAX]; /* of the node: given or initializers; NULL: absent */
} onnx_case;

/* Is this a node of an operator that we have? */
bool onnx_case_known(const onnx_model *model);

/* Fills in the chain, its attributes and inputs, and in `expected` the results under the chain's
 * names. Returns NULL, or why it cannot be expressed. */
const char *onnx_case_express(const onnx_case *o, op_case *c, op_set *expected);

#endif
