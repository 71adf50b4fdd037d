/* errors.c: the names of OpenCL's errors, and a remedy for those that have one. */
#include "opencl/opencl.h"

typedef struct known_error {
    cl_int error;
    const char *name, *remedy; /* NULL: none beyond the name */
} known_error;

#define NAMED(error)                                                                               \
    {                                                                                              \
        error, #error, NULL                                                                        \
    }
#define LOST "the device is lost: the system's log says why; start again with --resume"
#define NO_MEMORY "there is not enough memory: ask for a smaller batch, or free the device's"
#define NOT_ENOUGH "registers, local memory or memory ran out, or the device is lost"

static const known_error KNOWN[] = {
    { CL_DEVICE_NOT_AVAILABLE, "CL_DEVICE_NOT_AVAILABLE", LOST },
    { CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES", NOT_ENOUGH },
    { CL_OUT_OF_HOST_MEMORY, "CL_OUT_OF_HOST_MEMORY", NO_MEMORY },
    { CL_MEM_OBJECT_ALLOCATION_FAILURE, "CL_MEM_OBJECT_ALLOCATION_FAILURE", NO_MEMORY },
    { CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
      "an earlier command failed: " LOST },
    { -9999, "an access out of bounds", "a kernel failed: " LOST }, /* NVIDIA's drivers */
    { CL_PLATFORM_NOT_FOUND_KHR, "CL_PLATFORM_NOT_FOUND_KHR", "there is no driver" },
    NAMED(CL_DEVICE_NOT_FOUND),
    NAMED(CL_COMPILER_NOT_AVAILABLE),
    NAMED(CL_PROFILING_INFO_NOT_AVAILABLE),
    NAMED(CL_MEM_COPY_OVERLAP),
    NAMED(CL_BUILD_PROGRAM_FAILURE),
    NAMED(CL_MAP_FAILURE),
    NAMED(CL_MISALIGNED_SUB_BUFFER_OFFSET),
    NAMED(CL_COMPILE_PROGRAM_FAILURE),
    NAMED(CL_LINKER_NOT_AVAILABLE),
    NAMED(CL_LINK_PROGRAM_FAILURE),
    NAMED(CL_DEVICE_PARTITION_FAILED),
    NAMED(CL_KERNEL_ARG_INFO_NOT_AVAILABLE),
    NAMED(CL_INVALID_VALUE),
    NAMED(CL_INVALID_DEVICE_TYPE),
    NAMED(CL_INVALID_PLATFORM),
    NAMED(CL_INVALID_DEVICE),
    NAMED(CL_INVALID_CONTEXT),
    NAMED(CL_INVALID_QUEUE_PROPERTIES),
    NAMED(CL_INVALID_COMMAND_QUEUE),
    NAMED(CL_INVALID_HOST_PTR),
    NAMED(CL_INVALID_MEM_OBJECT),
    NAMED(CL_INVALID_BINARY),
    NAMED(CL_INVALID_BUILD_OPTIONS),
    NAMED(CL_INVALID_PROGRAM),
    NAMED(CL_INVALID_PROGRAM_EXECUTABLE),
    NAMED(CL_INVALID_KERNEL_NAME),
    NAMED(CL_INVALID_KERNEL_DEFINITION),
    NAMED(CL_INVALID_KERNEL),
    NAMED(CL_INVALID_ARG_INDEX),
    NAMED(CL_INVALID_ARG_VALUE),
    NAMED(CL_INVALID_ARG_SIZE),
    NAMED(CL_INVALID_KERNEL_ARGS),
    NAMED(CL_INVALID_WORK_DIMENSION),
    NAMED(CL_INVALID_WORK_GROUP_SIZE),
    NAMED(CL_INVALID_WORK_ITEM_SIZE),
    NAMED(CL_INVALID_GLOBAL_OFFSET),
    NAMED(CL_INVALID_EVENT_WAIT_LIST),
    NAMED(CL_INVALID_EVENT),
    NAMED(CL_INVALID_OPERATION),
    NAMED(CL_INVALID_BUFFER_SIZE),
    NAMED(CL_INVALID_GLOBAL_WORK_SIZE),
    NAMED(CL_INVALID_PROPERTY),
    NAMED(CL_INVALID_COMPILER_OPTIONS),
    NAMED(CL_INVALID_LINKER_OPTIONS),
    NAMED(CL_INVALID_DEVICE_PARTITION_COUNT),
};

static const known_error *error_find(cl_int error)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (KNOWN[i].error == error)
            return &KNOWN[i];
    return NULL;
}

const char *opencl_error_name(cl_int error)
{
    const known_error *known = error_find(error);
    return known ? known->name : "an unknown error";
}

rn_status opencl_check(cl_int error, const char *what)
{
    if (error == CL_SUCCESS)
        return RN_OK;
    const known_error *known = error_find(error);
    bool is_memory = error == CL_MEM_OBJECT_ALLOCATION_FAILURE || error == CL_OUT_OF_HOST_MEMORY;
    return gpu_host->fail(is_memory ? RN_E_NOMEM : RN_E_DEVICE, "OpenCL could not %s: %s (%d)%s%s",
                          what, opencl_error_name(error), (int)error,
                          known && known->remedy ? "; " : "",
                          known && known->remedy ? known->remedy : "");
}
