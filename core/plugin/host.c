/* host.c: the table of host functions that is passed to plugins (include/resnet/host.h). */
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "base/status.h"
#include "plugin/registry.h"
#include "plugin/trust.h"
#include "plugin/vendor_search.h"

static rn_status fail(rn_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rn_fail_va(status, format, args);
    va_end(args);
    /* A plugin that reports a failure as RN_OK has still failed. */
    return status == RN_OK ? RN_E_PLUGIN : status;
}

static void note(int32_t level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rn_log_va(level, format, args);
    va_end(args);
}

static uint64_t time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int32_t is_trusted(const char *path, char *why, uint32_t size)
{
    return rn_trust_check(path, why, size);
}

static rn_status find_library(const char *name, char *path, uint32_t size)
{
    char found[PATH_MAX];
    rn_status status = rn_vendor_find(name, found);
    snprintf(path, size, "%s", status ? rn_fail_text() : found);
    return status;
}

const rn_host *rn_host_table(void)
{
    static const rn_host table = {
        .size = sizeof(rn_host),
        .abi_minor = RN_ABI_MINOR,
        .fail = fail,
        .note = note,
        .time_ns = time_ns,
        .is_trusted = is_trusted,
        .find_library = find_library,
    };
    return &table;
}
