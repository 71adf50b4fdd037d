/* cpu.c: shared by backends in host memory: plugin table, device, context, buffers. */
#define _GNU_SOURCE
#include "cpu/cpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hand_over.h"
#include "base/plugin_fill.h"
#include "base/processors.h"
#include "cpu/threads.h"

#define CACHE_LINE_BYTES 64
#define HUGE_PAGE_BYTES ((uint64_t)2 << 20)

struct rn_buffer {
    char *memory;
    uint64_t size_bytes;
};

const rn_host *cpu_host;

rn_status cpu_plugin_init(const rn_host *host, rn_plugin *plugin, const rn_backend *backend,
                          const char *version)
{
    cpu_host = host;
    plugin_fill(plugin, backend, version);
    return RN_OK;
}

rn_status cpu_device_count(int32_t *count)
{
    *count = 1;
    return RN_OK;
}

/* The processor's name from Linux; some architectures have none. */
static void processor_name(char *name, size_t name_bytes)
{
    snprintf(name, name_bytes, "CPU");
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (!file)
        return;
    char line[256];
    while (fgets(line, sizeof line, file)) {
        const char *value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) == 0 && value) {
            snprintf(name, name_bytes, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
            break;
        }
    }
    fclose(file);
}

rn_status cpu_device_info(int32_t index, rn_device_info *info, const char *library)
{
    if (index != 0)
        return cpu_host->fail(RN_E_DEVICE, "there is no device %" PRId32 ", only device 0", index);
    long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    rn_device_info filled = { .size = sizeof filled, .threads = processors_default() };
    if (pages > 0 && page_bytes > 0)
        filled.memory_bytes = (uint64_t)pages * (uint64_t)page_bytes;
    processor_name(filled.name, sizeof filled.name);
    snprintf(filled.library, sizeof filled.library, "%s", library);
    hand_over(info, &filled);
    return RN_OK;
}

static rn_status open_check(const rn_open_params *params)
{
    if (params->device && params->device[0] && strcmp(params->device, "0") != 0)
        return cpu_host->fail(RN_E_DEVICE, "there is no device \"%s\", only device 0",
                              params->device);
    if (params->precision != RN_PRECISION_FP32)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "this backend computes in fp32 only; ask for --precision=fp32");
    if (params->threads < 0 || params->threads > PROCESSORS_MAX)
        return cpu_host->fail(RN_E_USAGE,
                              "%" PRId32 " threads were requested; ask for 1 to "
                              "%d, or 0 for one per processor",
                              params->threads, PROCESSORS_MAX);
    return RN_OK;
}

rn_status cpu_no_thread(int32_t index, int32_t n_threads, int error)
{
    return cpu_host->fail(RN_E_NOMEM,
                          "thread %d of %d does not start: %s; ask for fewer threads, "
                          "or raise the limit on memory or processes (ulimit -v, -u)",
                          (int)index + 1, (int)n_threads, strerror(error));
}

rn_status cpu_open(const rn_open_params *params, const cpu_operator *const *operators,
                   rn_context **context)
{
    rn_open_params given = { .size = sizeof given };
    *context = NULL;
    hand_over(&given, params);
    rn_status status = open_check(&given);
    if (status)
        return status;
    rn_context *made = calloc(1, sizeof *made);
    if (!made)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a context");
    made->operators = operators;
    made->n_threads = given.threads ? given.threads : processors_default();
    made->deterministic = given.deterministic;
    made->convolution = given.convolution;
    status = cpu_pool_create(made->n_threads, &made->pool);
    if (status)
        cpu_close(made);
    else
        *context = made;
    return status;
}

void cpu_close(rn_context *context)
{
    if (!context)
        return;
    cpu_pool_destroy(context->pool);
    free(context);
}

rn_status cpu_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    (void)context;
    *buffer = NULL;
    rn_buffer *made = calloc(1, sizeof *made);
    uint64_t alignment = size_bytes < HUGE_PAGE_BYTES ? CACHE_LINE_BYTES : HUGE_PAGE_BYTES;
    void *memory = NULL;
    int error = size_bytes > PTRDIFF_MAX - alignment;
    if (made && !error)
        error = posix_memalign(&memory, alignment, size_bytes ? size_bytes : CACHE_LINE_BYTES);
    if (!made || error) {
        free(made);
        return cpu_host->fail(RN_E_NOMEM, "no memory for a buffer of %" PRIu64 " bytes",
                              size_bytes);
    }
    /* Only advice: the buffer works without it. */
    if (alignment == HUGE_PAGE_BYTES)
        madvise(memory, size_bytes, MADV_HUGEPAGE);
    *made = (rn_buffer){ .memory = memory, .size_bytes = size_bytes };
    *buffer = made;
    return RN_OK;
}

void cpu_buffer_destroy(rn_context *context, rn_buffer *buffer)
{
    (void)context;
    if (!buffer)
        return;
    free(buffer->memory);
    free(buffer);
}

void *cpu_operand_pointer(rn_operand operand)
{
    return operand.buffer ? operand.buffer->memory + operand.offset_bytes : NULL;
}

static rn_status range_check(rn_operand at, uint64_t size_bytes)
{
    uint64_t held = at.buffer->size_bytes;
    if (at.offset_bytes > held || size_bytes > held - at.offset_bytes)
        return cpu_host->fail(RN_E_DEVICE,
                              "a copy of %" PRIu64 " bytes at %" PRIu64 " exceeds its buffer "
                              "of %" PRIu64 " bytes",
                              size_bytes, at.offset_bytes, held);
    return RN_OK;
}

rn_status cpu_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    (void)context;
    rn_status status = range_check(to, size_bytes);
    if (!status && size_bytes)
        memcpy(cpu_operand_pointer(to), from, size_bytes);
    return status;
}

rn_status cpu_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    (void)context;
    rn_status status = range_check(from, size_bytes);
    if (!status && size_bytes)
        memcpy(to, cpu_operand_pointer(from), size_bytes);
    return status;
}

rn_status cpu_synchronize(rn_context *context)
{
    (void)context;
    return RN_OK;
}
