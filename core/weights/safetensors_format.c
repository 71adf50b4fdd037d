/* safetensors_format.c: weights as safetensors files, of this program and of others. */
#include <string.h>

#include "io/safetensors.h"
#include "weights/formats.h"

/* The header's length in 8 bytes, then its JSON. */
static bool recognise(const uint8_t *bytes, uint64_t count, uint64_t size)
{
    uint64_t length = 0;
    if (count < 9 || bytes[8] != '{')
        return false;
    memcpy(&length, bytes, sizeof length);
    return length <= size - 8;
}

static void destroy(void *file)
{
    rn_safetensors_destroy(file);
}

static rn_status read(rn_weights *weights, const char *path, const char *key)
{
    rn_safetensors *file = NULL;
    (void)key;
    rn_status status = rn_safetensors_open(path, &file);
    if (status)
        return status;
    status = rn_weights_hold(weights, file, destroy);
    if (status)
        return status;
    weights->record = rn_safetensors_metadata(file, "config");
    weights->class_names = rn_safetensors_metadata(file, "class_names");
    for (int64_t i = 0; i < file->stored.count && !status; i++)
        status = rn_weights_add(weights, &file->stored.tensors[i]);
    return status;
}

const rn_weights_format rn_weights_safetensors = { "safetensors", recognise, read };
