/* onnx_files.h: ONNX models that a test changes. Failures end the test. */
#ifndef RN_TESTS_ONNX_FILES_H
#define RN_TESTS_ONNX_FILES_H

#include <resnet/status.h>
#include <stddef.h>

#include "weights/onnx/onnx.pb-c.h"

/* Reads a file of the source tree. */
Onnx__ModelProto *onnx_read_model(const char *name);

/* Writes and opens files in the test's own folder. */
void onnx_write_bytes(const char *name, const void *bytes, size_t size);
rn_status onnx_open_scratch(const char *name);

/* Writes the model as m.onnx, frees it, and opens the file. */
rn_status onnx_open_model(Onnx__ModelProto *model);

void onnx_set_text(char **text, const char *to);

#endif
