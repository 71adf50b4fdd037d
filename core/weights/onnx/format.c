/* format.c: ONNX as a format of weights, or why this build has none. */
#include "base/status.h"
#include "weights/formats.h"
#ifdef HAVE_ONNX
#include "weights/onnx/read.h"
#endif

/* A ModelProto begins with its field 1, ir_version, a small number; then comes the name of who
 * wrote it (2), its version (3), a domain (4), the graph (7) or the operator sets (8). */
static bool recognise(const uint8_t *bytes, uint64_t count, uint64_t size)
{
    static const uint8_t next[] = { 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42 };
    bool is_known = false;
    for (size_t i = 0; i < sizeof next && count >= 4; i++)
        is_known = is_known || bytes[2] == next[i];
    return is_known && size >= 4 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 0x80;
}

static rn_status read(rn_weights *weights, const char *path, const char *key)
{
    (void)key;
#ifdef HAVE_ONNX
    return rn_onnx_read(weights, path);
#else
    (void)weights;
    return rn_fail(RN_E_DATA,
                   "%s: an ONNX model, which this build cannot read: install libprotobuf-c-dev and "
                   "protobuf-c-compiler, then configure and build again",
                   path);
#endif
}

const rn_weights_format rn_weights_onnx = { "ONNX", recognise, read };
