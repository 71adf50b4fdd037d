/* host_memory.c: the extensions, and the one through which the core runs operators of plugins on
 * these buffers, with the threads of the context. */
#include <resnet/host_memory.h>
#include <string.h>

#include "cpu/cpu.h"

static void *pointer(rn_context *context, rn_operand operand)
{
    (void)context;
    return cpu_operand_pointer(operand);
}

static int32_t threads(rn_context *context)
{
    return context->n_threads;
}

const void *cpu_extension(rn_context *context, const char *id)
{
    static const rn_host_memory HOST_MEMORY = {
        .size = sizeof HOST_MEMORY, .pointer = pointer, .threads = threads, .parallel = cpu_parallel
    };
    (void)context;
    if (strcmp(id, RN_RANK_SUMS_ID) == 0)
        return &cpu_rank_sums;
    return strcmp(id, RN_HOST_MEMORY_ID) == 0 ? &HOST_MEMORY : NULL;
}
