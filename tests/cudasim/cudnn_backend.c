/* cudnn_backend.c: descriptors of cuDNN's graph interface in the stand-in: created, filled in,
 * finalised, read, destroyed. What a finalised descriptor was made from may be destroyed. */
#include "cudnn_backend.h"

#include <string.h>

/* The index of a row among those of its type. */
static int index_of(const dnn_attribute *row)
{
    int i = 0;
    while (dnn_attribute_at(row->of, i) != row)
        i++;
    return i;
}

const void *dnn_part_values(const dnn_part *part, cudnnBackendAttributeName_t name, int64_t *n)
{
    const dnn_attribute *row = dnn_attribute_find(part->type, name);
    int64_t ignored, *count = n ? n : &ignored;
    *count = row ? part->values[index_of(row)].n : 0;
    return *count ? part->values[index_of(row)].bytes : NULL;
}

int64_t dnn_part_int(const dnn_part *part, cudnnBackendAttributeName_t name, int64_t absent)
{
    const dnn_attribute *row = dnn_attribute_find(part->type, name);
    const void *values = dnn_part_values(part, name, NULL);
    int32_t narrow;
    int64_t wide;
    if (!values)
        return absent;
    if (dnn_element_bytes(row->type) == 1)
        return *(const bool *)values;
    memcpy(&narrow, values, sizeof narrow);
    memcpy(&wide, values, sizeof wide);
    return dnn_element_bytes(row->type) == 4 ? narrow : wide;
}

dnn_part *dnn_part_link(const dnn_part *part, cudnnBackendAttributeName_t name)
{
    dnn_part *const *values = dnn_part_values(part, name, NULL);
    return values ? *values : NULL;
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type,
                                           cudnnBackendDescriptor_t *descriptor)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !descriptor)
        status =
            dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the descriptor");
    if (!status && !dnn_part_type_exists(type))
        status = dnn_wrong(&call, CUDNN_STATUS_NOT_SUPPORTED, "a descriptor of type %d", (int)type);
    if (!status) {
        dnn_part *part = cudasim_object_new(DNN_PART, sizeof *part);
        part->type = type;
        *descriptor = part;
    }
    return dnn_end(status);
}

/* Unlike the older interface's destructors, this one takes no NULL. */
cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor)
{
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !cudasim_object_is(__func__, DNN_PART, descriptor))
        status = CUDNN_STATUS_BAD_PARAM;
    else if (!status)
        cudasim_object_free(DNN_PART, descriptor);
    return dnn_end(status);
}

/* ---- Setting ---- */

static cudnnStatus_t link_check(const dnn_call *call, const dnn_attribute *row, int64_t n,
                                dnn_part *const *parts)
{
    for (int64_t i = 0; i < n; i++) {
        if (!cudasim_object_is(call->function, DNN_PART, parts[i]))
            return CUDNN_STATUS_BAD_PARAM;
        bool fits =
            row->link < 0 ? dnn_is_operation(parts[i]->type) : (int)parts[i]->type == row->link;
        if (!fits)
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "attribute %d takes no descriptor of %d",
                             (int)row->name, (int)parts[i]->type);
        /* NVIDIA's library takes it, and crashes or fails later. */
        if (!parts[i]->final)
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED,
                             "attribute %d takes a descriptor of %d that is not finalised",
                             (int)row->name, (int)parts[i]->type);
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_check(const dnn_call *call, const dnn_part *part, const dnn_attribute *row,
                               cudnnBackendAttributeType_t type, int64_t n, const void *values)
{
    if (part->final)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "the descriptor of %d is finalised",
                         (int)part->type);
    if (!row || !(row->flags & DNN_SET))
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "a descriptor of %d has no such attribute",
                         (int)part->type);
    if (type != row->type)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE,
                         "attribute %d has values of type %d, not %d", (int)row->name,
                         (int)row->type, (int)type);
    if (n < 1 || n > row->most)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "%lld values for attribute %d", (long long)n,
                         (int)row->name);
    if (!values)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no values for attribute %d",
                         (int)row->name);
    if (type == CUDNN_TYPE_HANDLE) {
        cudnnHandle_t handle;
        memcpy(&handle, values, sizeof handle);
        return dnn_handle_check(call, handle);
    }
    return type == CUDNN_TYPE_BACKEND_DESCRIPTOR ? link_check(call, row, n, values)
                                                 : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t n,
                                       const void *values)
{
    dnn_call call = { __func__, false };
    dnn_part *part = descriptor;
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !cudasim_object_is(__func__, DNN_PART, part))
        status = CUDNN_STATUS_BAD_PARAM;
    if (!status) {
        const dnn_attribute *row = dnn_attribute_find(part->type, name);
        status = set_check(&call, part, row, type, n, values);
        if (!status) {
            int i = index_of(row);
            part->values[i].n = n;
            memcpy(part->values[i].bytes, values, (size_t)n * dnn_element_bytes(type));
        }
    }
    return dnn_end(status);
}

/* ---- Finalising ---- */

static cudnnStatus_t requirements_check(const dnn_call *call, const dnn_part *part)
{
    const dnn_attribute *row;
    for (int i = 0; (row = dnn_attribute_at(part->type, i)) != NULL; i++)
        if ((row->flags & DNN_REQUIRED) && !part->values[i].n)
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                             "a descriptor of %d without attribute %d", (int)part->type,
                             (int)row->name);
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t part_finish(const dnn_call *call, dnn_part *part)
{
    switch ((int)part->type) {
        case CUDNN_BACKEND_TENSOR_DESCRIPTOR: return dnn_tensor_part_finish(call, part);
        case CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR: return dnn_convolution_part_finish(call, part);
        case CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR: return dnn_graph_finish(call, part);
        case CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR:
            part->graph = dnn_part_link(part, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH)->graph;
            return CUDNN_STATUS_SUCCESS;
        case CUDNN_BACKEND_ENGINE_DESCRIPTOR: return dnn_engine_finish(call, part);
        case CUDNN_BACKEND_ENGINECFG_DESCRIPTOR: return dnn_config_finish(call, part);
        case CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR: return dnn_plan_finish(call, part);
        case CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR: return dnn_pack_finish(call, part);
        default: return CUDNN_STATUS_SUCCESS;
    }
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor)
{
    dnn_call call = { __func__, true };
    dnn_part *part = descriptor;
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !cudasim_object_is(__func__, DNN_PART, part))
        status = CUDNN_STATUS_BAD_PARAM;
    if (!status && part->final)
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "the descriptor is already finalised");
    if (!status)
        status = requirements_check(&call, part);
    if (!status)
        status = part_finish(&call, part);
    if (!status)
        part->final = true;
    return dnn_end(status);
}

/* ---- Reading ---- */

static cudnnStatus_t computed_get(const dnn_call *call, const dnn_part *part,
                                  const dnn_attribute *row, int64_t n, int64_t *found, void *values)
{
    const int64_t one = row->name == CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT
                            ? dnn_engine_count(&part->graph)
                            : dnn_plan_workspace(part);
    switch ((int)row->name) {
        case CUDNN_ATTR_ENGINEHEUR_RESULTS: return dnn_results_get(call, part, n, found, values);
        case CUDNN_ATTR_ENGINE_NUMERICAL_NOTE:
            *found = dnn_notes_get(part, n, values);
            return CUDNN_STATUS_SUCCESS;
        default:
            *found = 1;
            if (n)
                memcpy(values, &one, sizeof one);
            return CUDNN_STATUS_SUCCESS;
    }
}

static cudnnStatus_t stored_get(const dnn_part *part, const dnn_attribute *row, int64_t n,
                                int64_t *found, void *values)
{
    const int i = index_of(row);
    const int64_t has = part->values[i].n;
    *found = n < has ? n : has;
    if (*found)
        memcpy(values, part->values[i].bytes, (size_t)*found * dnn_element_bytes(row->type));
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t part_get(const dnn_call *call, const dnn_part *part, const dnn_attribute *row,
                              int64_t n, int64_t *found, void *values)
{
    if (row->flags & DNN_COMPUTED)
        return computed_get(call, part, row, n, found, values);
    if (row->name == CUDNN_ATTR_ENGINECFG_ENGINE) {
        *found = 1;
        return n ? dnn_config_engine_get(call, part, *(cudnnBackendDescriptor_t *)values)
                 : CUDNN_STATUS_SUCCESS;
    }
    if (row->name == CUDNN_ATTR_ENGINECFG_KNOB_CHOICES)
        return dnn_config_knobs_get(call, part, n, found, values);
    return stored_get(part, row, n, found, values);
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t const descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t n, int64_t *found,
                                       void *values)
{
    dnn_call call = { __func__, false };
    const dnn_part *part = descriptor;
    int64_t ignored = 0;
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !cudasim_object_is(__func__, DNN_PART, part))
        status = CUDNN_STATUS_BAD_PARAM;
    if (!status && !part->final)
        status = dnn_wrong(&call, CUDNN_STATUS_NOT_INITIALIZED,
                           "a descriptor of %d is read that "
                           "is not finalised",
                           (int)part->type);
    if (!status) {
        const dnn_attribute *row = dnn_attribute_find(part->type, name);
        if (!row)
            status =
                dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "a descriptor of %d has no attribute %d",
                          (int)part->type, (int)name);
        else if (row->type != type)
            status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE,
                               "attribute %d has values of type %d, not %d", (int)name,
                               (int)row->type, (int)type);
        else if (n < 0 || (n > 0 && !values))
            status =
                dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "no memory for attribute %d", (int)name);
        else
            status = part_get(&call, part, row, n, found ? found : &ignored, values);
    }
    return dnn_end(status);
}
