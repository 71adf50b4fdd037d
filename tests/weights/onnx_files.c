/* onnx_files.c: ONNX models that a test changes. */
#include "weights/onnx_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "support/check.h"
#include "weights/open.h"

Onnx__ModelProto *onnx_read_model(const char *name)
{
    char path[CHECK_PATH_MAX];
    uint8_t *bytes = NULL;
    uint64_t size = 0;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, name), &bytes, &size), RN_OK);
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, bytes);
    free(bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    return model;
}

void onnx_write_bytes(const char *name, const void *bytes, size_t size)
{
    char path[CHECK_PATH_MAX];
    FILE *out = fopen(check_scratch(path, name), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL_FATAL(fwrite(bytes, 1, size, out), size);
    CU_ASSERT_EQUAL_FATAL(fclose(out), 0);
}

rn_status onnx_open_scratch(const char *name)
{
    char path[CHECK_PATH_MAX];
    rn_weights *weights = NULL;
    rn_status status = rn_weights_open(check_scratch(path, name), NULL, &weights);
    if (!status)
        rn_weights_close(weights);
    return status;
}

rn_status onnx_open_model(Onnx__ModelProto *model)
{
    size_t size = onnx__model_proto__get_packed_size(model);
    uint8_t *bytes = malloc(size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    onnx__model_proto__pack(model, bytes);
    onnx__model_proto__free_unpacked(model, NULL);
    onnx_write_bytes("m.onnx", bytes, size);
    free(bytes);
    return onnx_open_scratch("m.onnx");
}

void onnx_set_text(char **text, const char *to)
{
    free(*text);
    *text = strdup(to);
}
