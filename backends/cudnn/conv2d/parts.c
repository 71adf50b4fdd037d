/* parts.c: descriptors of cuDNN's graph interface. */
#include "cudnn/conv2d/parts.h"

cudnnBackendDescriptor_t cudnn_part_new(cudnn_parts *parts, cudnnBackendDescriptorType_t type)
{
    cudnnBackendDescriptor_t part = NULL;
    if (!parts->error && parts->n == CUDNN_PARTS)
        parts->error = CUDNN_STATUS_NOT_SUPPORTED;
    if (parts->error)
        return NULL;
    parts->error = cudnnBackendCreateDescriptor(type, &part);
    if (parts->error)
        return NULL;
    parts->list[parts->n++] = part;
    return part;
}

void cudnn_part_set(cudnn_parts *parts, cudnnBackendDescriptor_t part,
                    cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t n,
                    const void *values)
{
    if (!parts->error)
        parts->error = cudnnBackendSetAttribute(part, name, type, n, values);
}

void cudnn_part_link(cudnn_parts *parts, cudnnBackendDescriptor_t part,
                     cudnnBackendAttributeName_t name, int64_t n,
                     const cudnnBackendDescriptor_t *others)
{
    cudnn_part_set(parts, part, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, n, others);
}

void cudnn_part_finish(cudnn_parts *parts, cudnnBackendDescriptor_t part)
{
    if (!parts->error)
        parts->error = cudnnBackendFinalize(part);
}

int64_t cudnn_part_get(cudnn_parts *parts, cudnnBackendDescriptor_t part,
                       cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                       int64_t n, void *values)
{
    int64_t found = 0;
    if (!parts->error)
        parts->error = cudnnBackendGetAttribute(part, name, type, n, &found, values);
    if (parts->error)
        return 0;
    return found < n ? found : n;
}

void cudnn_parts_free(cudnn_parts *parts)
{
    while (parts->n > 0)
        cudnnBackendDestroyDescriptor(parts->list[--parts->n]);
    parts->error = CUDNN_STATUS_SUCCESS;
}
