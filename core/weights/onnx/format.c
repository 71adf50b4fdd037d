/* format.c: ONNX as a format of weights, or why this build has none. */
#include "base/status.h"
#include "weights/formats.h"

/* A ModelProto begins with its field 1, ir_version, which is a small number; or, from writers that
 * order fields otherwise, with a text or a message. */
static bool recognise(const uint8_t *bytes, uint64_t count, uint64_t size)
{
    return count >= 4 && size >= 4 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 0x80;
}

static rn_status read(rn_weights *weights, const char *path, const char *key)
{
    (void)weights;
    (void)key;
    return rn_fail(RN_E_DATA,
                   "%s: an ONNX model, which this build cannot read: install libprotobuf-c-dev and "
                   "protobuf-c-compiler, then configure and build again",
                   path);
}

const rn_weights_format rn_weights_onnx = { "ONNX", recognise, read };
