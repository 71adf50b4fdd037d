/* model.c: unpacks an ONNX file with protobuf-c. */
#include "weights/onnx/model.h"

#include <stdlib.h>

#include "base/status.h"

/* What the messages may take beyond the bytes that they copy from the file. */
#define BEYOND_FILE (64u << 20)

/* What is given back is not counted: the limit bounds the time, too, that a file can cost which
 * repeats a message, to be merged again and again. */
static void *take(void *left, size_t size)
{
    uint64_t *bytes = left;
    if (size > *bytes)
        return NULL;
    *bytes -= size;
    return malloc(size);
}

static void give_back(void *left, void *block)
{
    (void)left;
    free(block);
}

static void release(void *model)
{
    onnx__model_proto__free_unpacked(model, NULL);
}

rn_status rn_onnx_unpack(rn_weights *weights, const char *path, Onnx__ModelProto **model)
{
    rn_map map = { 0 };
    rn_status status = rn_map_open(path, &map);
    if (status)
        return status;
    uint64_t left = map.size + BEYOND_FILE;
    ProtobufCAllocator allocator = { take, give_back, &left };
    Onnx__ModelProto *unpacked = onnx__model_proto__unpack(&allocator, map.size, map.data);
    rn_map_close(&map);
    if (!unpacked)
        return rn_fail(RN_E_DATA,
                       "%s: not an ONNX model, or cut short, or of more parts than %u MB hold",
                       path, BEYOND_FILE >> 20);
    status = rn_weights_hold(weights, unpacked, release);
    if (status)
        return status;
    if (!unpacked->graph)
        return rn_fail(RN_E_DATA, "%s: an ONNX model without a graph", path);
    *model = unpacked;
    return RN_OK;
}
