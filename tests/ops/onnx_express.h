/* onnx_express.h: shared by onnx_cases.c and onnx_windows.c. */
#ifndef RN_TESTS_ONNX_EXPRESS_H
#define RN_TESTS_ONNX_EXPRESS_H

#include "ops/onnx_cases.h"

/* Fills in an operator's case; returns NULL, or the reason why it cannot. */
typedef const char *onnx_express_function(const onnx_case *o, op_case *c, op_set *expected);

onnx_express_function onnx_express_conv, onnx_express_pool, onnx_express_global_pool;

/* The node's attribute, or `missing` if it has none. */
int64_t onnx_integer(const onnx_case *o, const char *name, int64_t missing);
double onnx_number(const onnx_case *o, const char *name, double missing);
const char *onnx_text(const onnx_case *o, const char *name, const char *missing);

/* Adds a copy named `name`, with the file's shape, extended by trailing ones to at least `rank`
 * axes. */
op_tensor *onnx_add_tensor(op_set *set, const char *name, const onnx_tensor *from, int32_t rank);

/* Adds a copy of the node's expected output i. */
op_tensor *onnx_add_result(op_set *expected, const char *name, const onnx_case *o, int i);

/* NULL if the input is an image, else the reason to skip the case. */
const char *onnx_images_only(const onnx_case *o);

#endif
