/* attributes.c: the attributes of an ONNX node. */
#include <string.h>

#include "weights/onnx/import.h"

const Onnx__AttributeProto *rn_onnx_attribute(const rn_onnx_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->name && strcmp(node->attribute[i]->name, name) == 0)
            return node->attribute[i];
    return NULL;
}

int64_t rn_onnx_int(const rn_onnx_node *node, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *found = rn_onnx_attribute(node, name);
    return found && found->has_i ? found->i : otherwise;
}

double rn_onnx_float(const rn_onnx_node *node, const char *name, double otherwise)
{
    const Onnx__AttributeProto *found = rn_onnx_attribute(node, name);
    return found && found->has_f ? found->f : otherwise;
}

bool rn_onnx_is_text(const rn_onnx_node *node, const char *name, const char *text)
{
    const Onnx__AttributeProto *found = rn_onnx_attribute(node, name);
    return found && found->has_s && found->s.len == strlen(text) &&
           memcmp(found->s.data, text, found->s.len) == 0;
}

int32_t rn_onnx_attribute_ints(const rn_onnx_node *node, const char *name, int64_t *ints,
                               int32_t most)
{
    const Onnx__AttributeProto *found = rn_onnx_attribute(node, name);
    if (!found || found->n_ints > (size_t)most)
        return -1;
    if (found->n_ints)
        memcpy(ints, found->ints, found->n_ints * sizeof *ints);
    return (int32_t)found->n_ints;
}
