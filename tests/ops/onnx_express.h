/* onnx_express.h: between onnx_cases.c and onnx_windows.c. */
#ifndef RN_TESTS_ONNX_EXPRESS_H
#define RN_TESTS_ONNX_EXPRESS_H

#include "ops/onnx_cases.h"

/* Writes an operator's case; returns NULL, or why it cannot. */
typedef const char *onnx_express_function(const onnx_case *o, op_case *c, op_set *expected);

onnx_express_function onnx_express_conv, onnx_express_pool, onnx_express_global_pool;

/* The node's attribute, or `missing`. */
int64_t onnx_integer(const onnx_case *o, const char *name, int64_t missing);
double onnx_number(const onnx_case *o, const char *name, double missing);
const char *onnx_text(const onnx_case *o, const char *name, const char *missing);

/* A copy under our name, with the shape of the file; below rank `rank` with ones behind. */
op_tensor *onnx_take(op_set *set, const char *name, const onnx_tensor *from, int32_t rank);

/* The node's result i. */
op_tensor *onnx_take_result(op_set *expected, const char *name, const onnx_case *o, int i);

/* NULL where x is an image, else the reason. */
const char *onnx_images_only(const onnx_case *o);

#endif
