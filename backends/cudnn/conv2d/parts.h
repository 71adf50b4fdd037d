/* parts.h: descriptors of cuDNN's graph interface (cudnnBackend…) that live and die together.
 *
 * The first error sticks, and what follows it does nothing: a description is written down without
 * a check after each line, and its error is looked at once. */
#ifndef BACKENDS_CUDNN_CONV2D_PARTS_H
#define BACKENDS_CUDNN_CONV2D_PARTS_H

#include "cudnn/cudnn.h"

enum { CUDNN_PARTS = 96 };
typedef struct cudnn_parts {
    cudnnBackendDescriptor_t list[CUDNN_PARTS];
    int32_t n;
    cudnnStatus_t error;
} cudnn_parts;

/* A new descriptor; NULL after an error. */
cudnnBackendDescriptor_t cudnn_part_new(cudnn_parts *parts, cudnnBackendDescriptorType_t type);
void cudnn_part_set(cudnn_parts *parts, cudnnBackendDescriptor_t part,
                    cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t n,
                    const void *values);
/* Makes one attribute of another descriptor, or of n. */
void cudnn_part_link(cudnn_parts *parts, cudnnBackendDescriptor_t part,
                     cudnnBackendAttributeName_t name, int64_t n,
                     const cudnnBackendDescriptor_t *others);
void cudnn_part_finish(cudnn_parts *parts, cudnnBackendDescriptor_t part);
/* Reads at most n values, and returns how many there are of them; 0 after an error. */
int64_t cudnn_part_get(cudnn_parts *parts, cudnnBackendDescriptor_t part,
                       cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                       int64_t n, void *values);
/* Destroys them, in the opposite order, and leaves none and no error. */
void cudnn_parts_free(cudnn_parts *parts);

#endif
